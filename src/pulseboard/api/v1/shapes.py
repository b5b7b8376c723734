"""The shapes of runs, jobs and steps in /api/v1, and how rows become them."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from pydantic import BaseModel, Field

from pulseboard import clock
from pulseboard.api.shapes import Run, seconds, when
from pulseboard.collect.payloads import read_masked
from pulseboard.logs import outline
from pulseboard.model import Job, Log, Step
from pulseboard.pipelines import JobCounts, RunRow
from pulseboard.pipelines.logs import Guilty, why_not
from pulseboard.vocabulary import LogState, Outcome, Provider, fold_status


class Page(BaseModel):
    """What every page carries; pass `next_cursor` as `cursor` for the next one."""

    next_cursor: str | None = Field(default=None, description="null on the last page.")
    total: int | None = Field(default=None, description="null when it is too many to count.")
    as_of: str


class RepositoryRef(BaseModel):
    """The repository of a run."""

    id: int
    full_name: str
    url: str | None
    default_branch: str | None


class CommitAuthor(BaseModel):
    """Who wrote a commit; null is what nobody said."""

    login: str | None = Field(
        default=None, description="null: a run tells the author's name, not the account."
    )
    name: str | None
    avatar_url: str | None = Field(default=None, description="null while the login is.")


class CommitRef(BaseModel):
    """The commit of a run, as far as it is known."""

    sha: str
    title: str | None
    author: CommitAuthor
    committed_at: str | None
    url: str | None


class PullRequestRef(BaseModel):
    """The pull request that a run belongs to."""

    number: int
    url: str | None


class JobNumbers(BaseModel):
    """How many jobs of the attempt are known, and how they stand."""

    total: int = 0
    failed: int = 0
    running: int = 0
    skipped: int = 0


class FirstError(BaseModel):
    """The line that most likely says why a job failed."""

    job_id: int
    job_name: str
    line: int = Field(description="Number in the job's log, from 1.")
    text: str
    signature: str | None = Field(description="The text without what changes from run to run.")
    cluster_id: int | None = Field(
        default=None, description="null: this version does not gather errors into clusters."
    )


class LogRef(BaseModel):
    """Whether there is a log of a job, and if not, why."""

    available: bool
    state: str | None = Field(description="null: nothing is known of a log.")
    bytes: int = 0
    lines: int = 0
    reason: str | None = Field(
        default=None, description="Why there is none, in words; null when there is one."
    )

    @classmethod
    def of(cls, job: Job, log: Log | None, *, run: RunRow) -> "LogRef":
        """Make the shape of what is known of the log of a run's job."""
        is_there = log is not None and log.state == LogState.STORED
        return cls(
            available=is_there,
            state=log.state if log else None,
            bytes=log.size_bytes if log else 0,
            lines=log.lines if log else 0,
            reason=None if is_there else why_not(job, log, provider=run.provider, demo=run.demo),
        )


class FullRun(Run):
    """One attempt of a run with everything that is known of it."""

    attempts: int = Field(description="How many attempts there were so far.")
    provider: str = Field(description="github or generic.")
    repository: RepositoryRef
    workflow_id: int
    workflow_path: str | None
    is_default_branch: bool
    head_repository: str | None = Field(description="Where the branch lives, if in a fork.")
    pr: PullRequestRef | None
    title: str | None
    head_commit: CommitRef | None
    created_at: str
    rerun_url: str | None = Field(description="Where a person can run it again.")
    duration_s: float | None = Field(description="As duration_seconds, beside queue_s.")
    queue_s: float | None = Field(description="The longest that one of its jobs waited.")
    jobs: JobNumbers
    first_error: FirstError | None = Field(
        default=None, description="Of the first failed job whose log is stored."
    )
    flaky: bool | None = Field(
        default=None, description="null: this version does not know yet what was flaky."
    )
    meta: Any = Field(
        default=None, description="What was pushed along with it, its secrets masked."
    )
    rev: int = Field(description="Rises with every change of the attempt.")

    @classmethod
    def whole(
        cls,
        row: RunRow,
        *,
        jobs: JobCounts | None,
        at: int,
        guilty: Guilty | None = None,
        attempts: int | None = None,
    ) -> "FullRun":
        """Make the shape of a row as it stands at an instant.

        Without `attempts` the row is that of the latest one.
        """
        counts = jobs or JobCounts(0, 0, 0, 0, None)
        return cls(
            **Run.of(row, at=at).model_dump(),
            attempts=attempts or row.attempt,
            provider=row.provider,
            repository=RepositoryRef(
                id=row.repository_id,
                full_name=row.repository,
                url=row.repository_url,
                default_branch=row.default_branch,
            ),
            workflow_id=row.workflow_id,
            workflow_path=row.workflow_path,
            is_default_branch=row.on_default,
            head_repository=row.head_repository,
            pr=_pull_request_of(row),
            title=row.title,
            head_commit=commit_of(row),
            created_at=clock.to_iso(row.created_at),
            rerun_url=row.html_url if row.provider == Provider.GITHUB else None,
            duration_s=seconds(row.duration),
            queue_s=seconds(counts.longest_wait),
            jobs=JobNumbers(
                total=counts.total,
                failed=counts.failed,
                running=counts.running,
                skipped=counts.skipped,
            ),
            first_error=None if guilty is None else FirstError(**guilty._asdict()),
            meta=read_masked(row.meta) if row.meta else None,
            rev=row.rev,
        )


def commit_of(row: RunRow) -> CommitRef | None:
    if row.head_sha is None:
        return None
    return CommitRef(
        sha=row.head_sha,
        title=row.commit_message,
        author=CommitAuthor(name=row.commit_author),
        committed_at=when(row.committed_at),
        url=f"{row.repository_url}/commit/{row.head_sha}" if row.repository_url else None,
    )


def _pull_request_of(row: RunRow) -> PullRequestRef | None:
    if row.pr_number is None:
        return None
    home = row.repository_url
    url = f"{home}/pull/{row.pr_number}" if home else None
    return PullRequestRef(number=row.pr_number, url=url)


class FullStep(BaseModel):
    """One step of a job; numbers can have gaps."""

    number: int
    name: str
    status: str
    conclusion: str | None
    started_at: str | None
    finished_at: str | None
    duration_s: float | None
    first_line: int | None = Field(
        description="The first of its lines in the job's log; null when nobody can tell."
    )
    last_line: int | None

    @classmethod
    def of(cls, step: Step, *, lines: tuple[int, int] | None) -> "FullStep":
        """Make the shape of a row and of the lines (first, last) that it wrote."""
        started, completed = step.started_at, step.completed_at
        took = None if started is None or completed is None else completed - started
        return cls(
            number=step.number,
            name=step.name,
            status=fold_status(step.status, step.conclusion),
            conclusion=step.conclusion,
            started_at=when(started),
            finished_at=when(completed),
            duration_s=seconds(took) if took is not None and took >= 0 else None,
            first_line=lines[0] if lines else None,
            last_line=lines[1] if lines else None,
        )


class Runner(BaseModel):
    """Who ran a job, and which labels it asked for."""

    name: str | None
    group: str | None
    labels: list[str]


class JobVerdict(BaseModel):
    """Whose fault a failure most likely is."""

    kind: Literal["this_change", "also_on_default", "known_flaky", "infra", "unknown"]
    evidence: str
    ref_run_id: int | None


class FullJob(BaseModel):
    """The newest result of a job up to the attempt shown."""

    id: int = Field(description="Ours.")
    job_id: str = Field(description="The provider's.")
    run_id: int = Field(description="Our id of the run.")
    attempt: int = Field(description="The attempt in which it ran; a partial re-run skips some.")
    name: str
    status: str
    conclusion: str | None
    created_at: str | None
    started_at: str | None
    finished_at: str | None
    duration_s: float | None = Field(description="null when it was skipped.")
    queue_s: float | None = Field(description="Waiting for a runner; never below 0.")
    has_clock_skew: bool = Field(description="It was created after it started: clocks differ.")
    runner: Runner
    html_url: str | None
    needs: list[str] | None = Field(
        default=None, description="null: this version does not read the workflow file."
    )
    on_critical_path: bool | None = Field(default=None, description="null while needs is.")
    exclusive_s: float | None = Field(default=None, description="null while needs is.")
    steps: list[FullStep]
    first_error: FirstError | None = Field(default=None, description="Of a failed job.")
    verdict: JobVerdict | None = Field(
        default=None, description="null: this version does not judge whose fault a failure is."
    )
    log: LogRef
    rev: int = Field(description="Rises with every change of the job.")

    @classmethod
    def of(cls, job: Job, steps: Sequence[Step], log: Log | None, *, run: RunRow) -> "FullJob":
        """Make the shape of a row, its steps and what is known of its log."""
        queue = job.queue
        lines = outline.read_steps(log.outline) if log and log.outline else {}
        return cls(
            id=job.id,
            job_id=job.provider_job_id,
            run_id=job.run_id,
            attempt=job.attempt,
            name=job.name,
            status=fold_status(job.status, job.conclusion),
            conclusion=job.conclusion,
            created_at=when(job.created_at),
            started_at=when(job.started_at),
            finished_at=when(job.completed_at),
            duration_s=seconds(job.duration),
            queue_s=None if queue is None else seconds(max(queue, 0)),
            has_clock_skew=queue is not None and queue < 0,
            runner=Runner(
                name=job.runner_name,
                group=job.runner_group,
                labels=msgspec.json.decode(job.labels, type=list[str]) if job.labels else [],
            ),
            html_url=job.html_url,
            steps=[FullStep.of(step, lines=lines.get(step.number)) for step in steps],
            first_error=_first_error_of(job, log),
            log=LogRef.of(job, log, run=run),
            rev=job.rev,
        )


def _first_error_of(job: Job, log: Log | None) -> FirstError | None:
    if job.outcome != Outcome.FAILURE or log is None or log.first_error is None:
        return None
    return FirstError(
        job_id=job.id,
        job_name=job.name,
        line=log.first_error_line or 1,
        text=log.first_error,
        signature=log.signature,
    )
