"""The shapes that /api/v1 answers with, and how rows become them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from pydantic import BaseModel, Field

from pulseboard import clock
from pulseboard.api.shapes import seconds, when
from pulseboard.model import Job, Step
from pulseboard.pipelines import RunRow
from pulseboard.vocabulary import fold_status


class RepositoryRef(BaseModel):
    """The repository of a run."""

    id: int
    full_name: str
    default_branch: str | None


class WorkflowRef(BaseModel):
    """The workflow of a run."""

    id: int
    name: str
    path: str | None


class CommitRef(BaseModel):
    """The commit of a run, as far as it is known."""

    sha: str
    title: str | None
    author: str | None
    committed_at: str | None


class RunShape(BaseModel):
    """One attempt of a run."""

    id: int = Field(description="Ours; the same for all attempts.")
    run_id: str = Field(description="The provider's.")
    provider: str
    repository: RepositoryRef
    workflow: WorkflowRef
    run_number: int | None
    attempt: int
    status: str
    conclusion: str | None
    branch: str | None
    is_default_branch: bool
    head_repository: str | None = Field(description="Where the branch lives, if in a fork.")
    pr_number: int | None
    commit: CommitRef | None
    title: str | None
    event: str | None
    actor: str | None
    created_at: str
    started_at: str
    completed_at: str | None
    updated_at: str
    duration_seconds: float | None
    html_url: str | None
    source: str
    meta: Any = None
    demo: bool
    rev: int = Field(description="Rises with every change of the row.")

    @classmethod
    def of(cls, row: RunRow, *, at: int) -> "RunShape":
        """Make the shape of a row as it stands at an instant."""
        commit = row.head_sha and CommitRef(
            sha=row.head_sha,
            title=row.commit_message,
            author=row.commit_author,
            committed_at=when(row.committed_at),
        )
        return cls(
            id=row.id,
            run_id=row.provider_run_id,
            provider=row.provider,
            repository=RepositoryRef(
                id=row.repository_id, full_name=row.repository, default_branch=row.default_branch
            ),
            workflow=WorkflowRef(id=row.workflow_id, name=row.workflow, path=row.workflow_path),
            run_number=row.run_number,
            attempt=row.attempt,
            status=row.status(at=at),
            conclusion=row.conclusion,
            branch=row.head_branch,
            is_default_branch=row.on_default,
            head_repository=row.head_repository,
            pr_number=row.pr_number,
            commit=commit or None,
            title=row.title,
            event=row.event,
            actor=row.actor,
            created_at=clock.to_iso(row.created_at),
            started_at=clock.to_iso(row.started_at),
            completed_at=when(row.completed_at),
            updated_at=clock.to_iso(row.updated_at),
            duration_seconds=seconds(row.duration),
            html_url=row.html_url,
            source=row.source,
            meta=msgspec.json.decode(row.meta) if row.meta else None,
            demo=row.demo,
            rev=row.rev,
        )


class StepShape(BaseModel):
    """One step of a job; numbers can have gaps."""

    number: int
    name: str
    status: str
    conclusion: str | None
    started_at: str | None
    completed_at: str | None
    duration_seconds: float | None

    @classmethod
    def of(cls, step: Step) -> "StepShape":
        """Make the shape of a row."""
        known = step.started_at is not None and step.completed_at is not None
        took = (step.completed_at or 0) - (step.started_at or 0) if known else -1
        return cls(
            number=step.number,
            name=step.name,
            status=fold_status(step.status, step.conclusion),
            conclusion=step.conclusion,
            started_at=when(step.started_at),
            completed_at=when(step.completed_at),
            duration_seconds=seconds(took) if took >= 0 else None,
        )


class JobShape(BaseModel):
    """The newest result of a job up to the attempt shown."""

    id: int
    job_id: str = Field(description="The provider's.")
    attempt: int
    name: str
    status: str
    conclusion: str | None
    created_at: str | None
    started_at: str | None
    completed_at: str | None
    duration_seconds: float | None
    queue_seconds: float | None = Field(description="Waiting for a runner; never below 0.")
    queue_clock_skew: bool = Field(description="It was created after it started: clocks differ.")
    runner_name: str | None
    runner_group: str | None
    labels: list[str]
    html_url: str | None
    steps: list[StepShape]
    rev: int

    @classmethod
    def of(cls, job: Job, steps: Sequence[Step]) -> "JobShape":
        """Make the shape of a row and its steps."""
        queue = job.queue
        return cls(
            id=job.id,
            job_id=job.provider_job_id,
            attempt=job.attempt,
            name=job.name,
            status=fold_status(job.status, job.conclusion),
            conclusion=job.conclusion,
            created_at=when(job.created_at),
            started_at=when(job.started_at),
            completed_at=when(job.completed_at),
            duration_seconds=seconds(job.duration),
            queue_seconds=None if queue is None else seconds(max(queue, 0)),
            queue_clock_skew=queue is not None and queue < 0,
            runner_name=job.runner_name,
            runner_group=job.runner_group,
            labels=msgspec.json.decode(job.labels, type=list[str]) if job.labels else [],
            html_url=job.html_url,
            steps=[StepShape.of(step) for step in steps],
            rev=job.rev,
        )


class AttemptShape(BaseModel):
    """One attempt in the list of a run's attempts."""

    attempt: int
    status: str
    conclusion: str | None
    started_at: str
    duration_seconds: float | None


class RunDetails(BaseModel):
    """One run: the attempt shown, all attempts, and its jobs with their steps."""

    run: RunShape
    attempts: list[AttemptShape]
    jobs: list[JobShape]
    as_of: str


class RunPage(BaseModel):
    """A page of runs; pass `next_cursor` as `cursor` for the next one."""

    items: list[RunShape]
    next_cursor: str | None
    total: int | None = Field(description="null when there are more than 10,000.")
    as_of: str


class WorkflowShape(BaseModel):
    """A workflow of a repository."""

    id: int
    name: str
    path: str | None
    provider_id: str | None


class RepositoryShape(BaseModel):
    """A repository with the numbers of the last 30 days on all branches."""

    id: int
    full_name: str
    provider: str
    html_url: str | None
    default_branch: str | None
    demo: bool
    created_at: str
    fed_by: str | None = Field(description="By which door the newest delivery came.")
    last_event_at: str | None
    runs: int
    success_rate: float | None
    avg_duration_seconds: float | None
    failed_24h: int
    last_status: str | None
    last_run_at: str | None
