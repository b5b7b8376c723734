"""Figures of repositories and workflows that no count is kept of."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from pulseboard.model import Repository, Run, Workflow
from pulseboard.pipelines.filters import LATEST, has_demo
from pulseboard.pipelines.rows import RunRow, select_runs
from pulseboard.vocabulary import Phase

# SQLite uses a partial index only for the very words of its condition.
_FAILED: Final = text("runs.outcome = 'failure'")


def count_failures(session: Session, *, demo: bool, since: int) -> dict[int, int]:
    """Count the failures completed since an instant, by workflow, of all repositories."""
    # A sum is in no index: SQLite would rather walk through all runs in order of workflow.
    workflow_id = Run.workflow_id + 0
    query = (
        select(workflow_id, func.count())
        .where(LATEST, _FAILED, Run.completed_at >= since, has_demo(demo))
        .group_by(workflow_id)
    )
    return {row[0]: int(row[1]) for row in session.execute(query)}


def list_newest_runs(session: Session, *, repository_ids: Sequence[int]) -> dict[int, RunRow]:
    """Return the newest run of each repository."""
    newest = (
        select(Run.id)
        .where(LATEST, Run.repository_id == Repository.id, Run.status != Phase.DELETED)
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(1)
        .correlate(Repository)
        .scalar_subquery()
    )
    ids = select(newest).where(Repository.id.in_(repository_ids))
    rows = session.execute(select_runs().where(LATEST, Run.id.in_(ids)))
    return {run.repository_id: run for run in (RunRow(*row) for row in rows)}


def list_newest_runs_of_workflows(
    session: Session, *, repository_ids: Sequence[int]
) -> dict[int, RunRow]:
    """Return the newest run of each workflow of some repositories."""
    newest = (
        select(Run.id)
        .where(LATEST, Run.workflow_id == Workflow.id, Run.status != Phase.DELETED)
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(1)
        .correlate(Workflow)
        .scalar_subquery()
    )
    ids = select(newest).where(Workflow.repository_id.in_(repository_ids))
    rows = session.execute(select_runs().where(LATEST, Run.id.in_(ids)))
    return {run.workflow_id: run for run in (RunRow(*row) for row in rows)}


def count_repositories(session: Session, *, demo: bool | None) -> int:
    """Count the made-up or the real repositories, or (None) both."""
    query = select(func.count()).select_from(Repository)
    if demo is not None:
        query = query.where(Repository.demo == demo)
    return session.scalar(query) or 0
