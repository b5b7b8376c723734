"""The shapes of runs, jobs and steps in /api/v1, and how rows become them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from pydantic import BaseModel, Field

from pulseboard import clock
from pulseboard.api.shapes import Run, seconds, when
from pulseboard.model import Job, Log, Step
from pulseboard.pipelines import JobCounts, RunRow
from pulseboard.pipelines.logs import Guilty
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


class CommitRef(BaseModel):
    """The commit of a run, as far as it is known."""

    sha: str
    title: str | None
    author: str | None
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


class LogRef(BaseModel):
    """Whether there is a log of a job; /jobs/{id}/log/meta says why not."""

    available: bool
    state: str | None = Field(description="null: nothing is known of a log.")
    bytes: int = 0
    lines: int = 0


class FullRun(Run):
    """One attempt of a run with everything that is known of it."""

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
    meta: Any = Field(default=None, description="What was pushed along with it.")
    rev: int = Field(description="Rises with every change of the attempt.")

    @classmethod
    def whole(
        cls, row: RunRow, *, jobs: JobCounts | None, at: int, guilty: Guilty | None = None
    ) -> "FullRun":
        """Make the shape of a row as it stands at an instant."""
        counts = jobs or JobCounts(0, 0, 0, 0, None)
        return cls(
            **Run.of(row, at=at).model_dump(),
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
            meta=msgspec.json.decode(row.meta) if row.meta else None,
            rev=row.rev,
        )


def commit_of(row: RunRow) -> CommitRef | None:
    if row.head_sha is None:
        return None
    return CommitRef(
        sha=row.head_sha,
        title=row.commit_message,
        author=row.commit_author,
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

    @classmethod
    def of(cls, step: Step) -> "FullStep":
        """Make the shape of a row."""
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
        )


class Runner(BaseModel):
    """Who ran a job, and which labels it asked for."""

    name: str | None
    group: str | None
    labels: list[str]


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
    log: LogRef
    rev: int = Field(description="Rises with every change of the job.")

    @classmethod
    def of(cls, job: Job, steps: Sequence[Step], log: Log | None) -> "FullJob":
        """Make the shape of a row, its steps and what is known of its log."""
        queue = job.queue
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
            steps=[FullStep.of(step) for step in steps],
            first_error=_first_error_of(job, log),
            log=LogRef(available=False, state=None)
            if log is None
            else LogRef(
                available=log.state == LogState.STORED,
                state=log.state,
                bytes=log.size_bytes,
                lines=log.lines,
            ),
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
