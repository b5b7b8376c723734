"""One attempt as it is read: the row of the run with the names it goes by."""

from typing import Any, Final

from msgspec import Struct
from sqlalchemy import Select, select

from pulseboard.model import Repository, Run, Workflow
from pulseboard.pipelines.filters import STALE_AFTER
from pulseboard.vocabulary import Source, Status, fold_status


class RunRow(Struct, frozen=True):
    """One attempt with the names it goes by; instants and durations in microseconds."""

    id: int
    provider_run_id: str
    attempt: int
    repository_id: int
    repository: str
    repository_url: str | None
    default_branch: str | None
    provider: str
    workflow_id: int
    workflow: str
    workflow_path: str | None
    run_number: int | None
    source: str
    event: str | None
    phase: str
    conclusion: str | None
    outcome: str
    head_branch: str | None
    head_sha: str | None
    head_repository: str | None
    on_default: bool
    pr_number: int | None
    title: str | None
    commit_message: str | None
    commit_author: str | None
    committed_at: int | None
    actor: str | None
    html_url: str | None
    meta: str | None
    created_at: int
    started_at: int
    updated_at: int
    completed_at: int | None
    duration: int | None
    demo: bool
    rev: int

    def status(self, *, at: int) -> Status:
        """Return the folded word as it stands at an instant."""
        return stands_at(self.phase, self.conclusion, self.source, self.started_at, at=at)


def stands_at(
    phase: str, conclusion: str | None, source: str, started_at: int, *, at: int
) -> Status:
    """Return the folded word of a run as it stands at an instant."""
    status = fold_status(phase, conclusion)
    is_open = status in (Status.RUNNING, Status.QUEUED)
    if is_open and source == Source.PUSH and started_at < at - STALE_AFTER:
        return Status.STALE
    return status


_COLUMNS: Final[tuple[Any, ...]] = (
    Run.id, Run.provider_run_id, Run.attempt, Run.repository_id, Repository.full_name,
    Repository.html_url, Repository.default_branch, Repository.provider, Run.workflow_id,
    Workflow.name, Workflow.path, Run.run_number, Run.source, Run.event, Run.status,
    Run.conclusion, Run.outcome, Run.head_branch, Run.head_sha, Run.head_repository,
    Run.on_default, Run.pr_number, Run.title, Run.commit_message, Run.commit_author,
    Run.committed_at, Run.actor, Run.html_url, Run.meta, Run.created_at, Run.started_at,
    Run.updated_at, Run.completed_at, Run.duration, Run.demo, Run.rev,
)  # fmt: skip


def select_runs() -> Select[Any]:
    """Return the query of all attempts with their names; its rows make RunRows."""
    return (
        select(*_COLUMNS)
        .join(Repository, Repository.id == Run.repository_id)
        .join(Workflow, Workflow.id == Run.workflow_id)
    )
