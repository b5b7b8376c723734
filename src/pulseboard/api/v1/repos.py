"""Repositories with their basic numbers, their workflows and their runs."""

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.deps import Demo, EndsAsked, Reading, Words
from pulseboard.api.shapes import rate, seconds, when
from pulseboard.api.v1.runs import Cursor, Limit, page_of_runs
from pulseboard.api.v1.shapes import RepositoryShape, RunPage, WorkflowShape
from pulseboard.metrics import query
from pulseboard.model import Repository
from pulseboard.pipelines import (
    RunFilter,
    find_scope,
    get_last_run,
    list_repositories,
    list_workflows,
    require_repository,
)

router = APIRouter(prefix="/repos", tags=["repositories"])
_DAYS = 30


class RepositoryList(BaseModel):
    """All repositories by name."""

    items: list[RepositoryShape]
    next_cursor: str | None = Field(default=None, description="Always null: all are listed.")
    total: int
    as_of: str


@router.get("")
def show_repositories(session: Reading, demo: Demo) -> RepositoryList:
    """List every repository with its numbers of the last 30 days and how it is fed."""
    now = clock.now()
    items = [_shape_of(session, row, at=now) for row in list_repositories(session, demo=demo)]
    return RepositoryList(items=items, total=len(items), as_of=clock.to_iso(now))


def _shape_of(session: Session, row: Repository, *, at: int) -> RepositoryShape:
    scope = query.Scope(repositories=(row.id,), demo=row.demo)
    window = query.Window(at - _DAYS * clock.DAY, at + clock.MINUTE)
    totals = query.totals(session, scope=scope, window=window)
    day = query.Window(at - clock.DAY, at + clock.MINUTE)
    last = get_last_run(session, scope=scope)
    return RepositoryShape(
        id=row.id,
        full_name=row.full_name,
        provider=row.provider,
        html_url=row.html_url,
        default_branch=row.default_branch,
        demo=row.demo,
        created_at=clock.to_iso(row.created_at),
        fed_by=row.last_source,
        last_event_at=when(row.last_event_at),
        runs=totals.total,
        success_rate=rate(totals.success_rate),
        avg_duration_seconds=seconds(totals.average),
        failed_24h=query.failed_between(session, scope=scope, window=day),
        last_status=str(last.status(at=at)) if last else None,
        last_run_at=when(last.started_at) if last else None,
    )


# A path parameter that may hold a slash has to come after the paths that go on behind it.
@router.get("/{repo:path}/workflows")
def show_workflows(repo: str, session: Reading) -> list[WorkflowShape]:
    """List the workflows of a repository; `{repo}` is our id or owner/name."""
    row = require_repository(session, name=repo)
    return [
        WorkflowShape(id=w.id, name=w.name, path=w.path, provider_id=w.provider_id)
        for w in list_workflows(session, repository_ids=[row.id])
    ]


@router.get("/{repo:path}/runs")
def show_repository_runs(
    repo: str,
    session: Reading,
    ends: EndsAsked,
    status: Words = None,
    workflow: Words = None,
    branch: Words = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RunPage:
    """List the runs of a repository in pages, newest start first."""
    row = require_repository(session, name=repo)
    scope = find_scope(
        session,
        demo=row.demo,
        repositories=[str(row.id)],
        workflows=workflow or (),
        branches=branch or (),
    )
    wanted = RunFilter(scope, statuses=tuple(status or ()), start=ends.start, end=ends.end)
    return page_of_runs(session, wanted=wanted, cursor=cursor, limit=limit)


@router.get("/{repo:path}")
def show_repository(repo: str, session: Reading) -> RepositoryShape:
    """Show one repository; `{repo}` is our id or owner/name."""
    return _shape_of(session, require_repository(session, name=repo), at=clock.now())
