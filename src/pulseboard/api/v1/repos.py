"""Repositories and workflows with their basic numbers, and the runs of one repository."""

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.cursor import Cursor, make_cursor, read_cursor
from pulseboard.api.deps import (
    Demo,
    Period,
    PeriodAsked,
    Reading,
    StatusesAsked,
    Words,
    words_of,
)
from pulseboard.api.problems import REFUSALS
from pulseboard.api.shapes import rate, seconds, when
from pulseboard.api.v1.runs import Limit, RunPage, Sort, page_of_runs
from pulseboard.api.v1.shapes import Page
from pulseboard.metrics import query
from pulseboard.model import Repository
from pulseboard.pipelines import (
    EVERYTHING,
    Order,
    Place,
    RunFilter,
    RunRow,
    find_scope,
    list_repositories,
    list_workflows,
    require_repository,
)
from pulseboard.pipelines.feeds import Standing, read_standings
from pulseboard.pipelines.repositories import (
    count_failures,
    count_repositories,
    list_newest_runs,
    list_newest_runs_of_workflows,
)

router = APIRouter(prefix="/repos", tags=["repositories"])


class BasicNumbers(BaseModel):
    """What the runs of a window came to, on all branches."""

    runs: int = Field(description="Every run created in the window, whatever its status.")
    success: int
    failure: int
    success_rate: float | None = Field(description="success / (success + failure), 0 to 1.")
    avg_duration_seconds: float | None
    failed_24h: int = Field(description="Failures completed in the last 24 h, in any window.")
    last_status: str | None
    last_run_id: int | None
    last_started_at: str | None
    last_finished_at: str | None


class FeedItem(BaseModel):
    """How a repository is fed, and how far what is stored can be trusted."""

    tracked: bool = Field(description="Whether GitHub is asked for it.")
    origin: str | None = Field(
        description="Who wants it tracked: environment, people, owner (owner/*) or webhook."
    )
    state: str | None = Field(
        description="new, ok, limited, unauthorised, forbidden, missing_scope, not_found, moved,"
        " actions_disabled, unreadable or unreachable; null when it is not tracked."
    )
    words: str | None = Field(description="What is wrong or left out, in words.")
    next_step: str | None = Field(description="What to do about it.")
    heard_at: str | None = Field(
        description="When anything was last heard, be it that there is nothing new."
    )
    lag_s: int | None = Field(description="How long ago that is.")
    stale: bool = Field(
        description="Nothing was heard for longer than its own rhythm makes likely: what is shown"
        " may be out of date."
    )
    known_from: str | None = Field(description="Every run created since then is known.")
    partial: bool = Field(description="Something that should be known is not known yet.")
    partial_until: str | None = Field(description="When that is asked for again.")

    @classmethod
    def of(cls, standing: Standing, *, at: int) -> "FeedItem":
        """Make the shape of how a repository is fed."""
        heard = standing.heard_at
        return cls(
            tracked=standing.tracked,
            origin=standing.origin,
            state=standing.state,
            words=standing.words,
            next_step=standing.next_step,
            heard_at=when(heard),
            lag_s=None if heard is None else max(0, at - heard) // clock.SECOND,
            stale=standing.is_stale,
            known_from=when(standing.known_from),
            partial=standing.is_partial,
            partial_until=when(standing.partial_until),
        )


class RepositoryItem(BasicNumbers):
    """A repository, its numbers, how it is fed and when it was last heard of."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 3, "full_name": "acme/api", "provider": "github",
                "html_url": "https://github.com/acme/api", "default_branch": "main",
                "demo": False, "created_at": "2026-01-02T08:00:00Z", "fed_by": "webhook",
                "last_event_at": "2026-01-31T10:07:50Z", "runs": 1402, "success": 1284,
                "failure": 79, "success_rate": 0.942039, "avg_duration_seconds": 468.2,
                "failed_24h": 3, "last_status": "success", "last_run_id": 9214,
                "last_started_at": "2026-01-31T10:00:00Z",
                "last_finished_at": "2026-01-31T10:07:48Z",
                "feed": {
                    "tracked": True, "origin": "people", "state": "ok", "words": None,
                    "next_step": None, "heard_at": "2026-01-31T10:07:50Z", "lag_s": 12,
                    "stale": False, "known_from": "2026-01-01T10:00:00Z", "partial": False,
                    "partial_until": None,
                },
            }
        }
    )  # fmt: skip

    id: int
    full_name: str
    provider: str = Field(description="github or generic.")
    html_url: str | None
    default_branch: str | None
    demo: bool
    created_at: str = Field(description="When it was first heard of.")
    fed_by: str | None = Field(
        description="By which door it is fed: webhook, poll, push, import or simulator; null before"
        " anything came."
    )
    last_event_at: str | None
    feed: FeedItem


class RepositoryPage(Page):
    """A page of repositories by name."""

    items: list[RepositoryItem]


class WorkflowItem(BasicNumbers):
    """A workflow of a repository and its numbers."""

    id: int
    name: str
    path: str | None
    workflow_id: str | None = Field(description="The provider's.")


class WorkflowPage(Page):
    """The workflows of a repository by name; always one page."""

    items: list[WorkflowItem]


@router.get("")
def show_repositories(
    request: Request,
    session: Reading,
    demo: Demo,
    period: PeriodAsked,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 200,
) -> RepositoryPage:
    """List repositories by name: how each is fed, and the numbers of all its runs (or a window)."""
    place = read_cursor("repos", cursor)
    after = None if place is None else (str(place.key), place.id)
    # Until something real is heard of, what is tracked stands beside the demo repositories.
    chosen = None if demo and "demo" not in request.query_params else demo
    rows = list_repositories(session, demo=chosen, after=after, limit=limit + 1)
    end = Place(rows[limit - 1].name_key, rows[limit - 1].id) if len(rows) > limit else None
    return RepositoryPage(
        items=shape_repositories(session, rows[:limit], _window(period), demo=demo),
        next_cursor=make_cursor("repos", end),
        total=count_repositories(session, demo=chosen),
        as_of=clock.to_iso(clock.now()),
    )


def _window(period: Period) -> query.Window:
    return period.window(length=clock.DAY) if period.is_given else EVERYTHING


def shape_repositories(
    session: Session, rows: Sequence[Repository], window: query.Window, *, demo: bool
) -> list[RepositoryItem]:
    """Return repositories with the numbers of a window."""
    if not rows:
        return []
    now = clock.now()
    ids = [row.id for row in rows]
    scope = query.Scope(repositories=tuple(ids), demo=demo)
    parts: dict[int, list[query.Totals]] = {}
    for found in query.per_workflow(session, scope=scope, window=window):
        parts.setdefault(found.repository_id, []).append(found.totals)
    failed = count_failures(session, demo=demo, since=now - clock.DAY)
    failures = Counter[int]()
    for workflow in list_workflows(session, repository_ids=ids):
        failures[workflow.repository_id] += failed.get(workflow.id, 0)
    newest = list_newest_runs(session, repository_ids=ids)
    standings = read_standings(session, repository_ids=ids, at=now)
    return [
        RepositoryItem(
            id=row.id,
            full_name=row.full_name,
            provider=row.provider,
            html_url=row.html_url,
            default_branch=row.default_branch,
            demo=row.demo,
            created_at=clock.to_iso(row.created_at),
            fed_by=standings[row.id].fed_by,
            last_event_at=when(row.last_event_at),
            feed=FeedItem.of(standings[row.id], at=now),
            **_numbers(
                reduce(query.Totals.plus, parts.get(row.id, ()), query.Totals()),
                failures[row.id],
                newest.get(row.id),
                at=now,
            ).model_dump(),
        )
        for row in rows
    ]


def _numbers(totals: query.Totals, failed: int, newest: RunRow | None, *, at: int) -> BasicNumbers:
    return BasicNumbers(
        runs=totals.total,
        success=totals.success,
        failure=totals.failure,
        success_rate=rate(totals.success_rate),
        avg_duration_seconds=seconds(totals.average),
        failed_24h=failed,
        last_status=newest.status(at=at) if newest else None,
        last_run_id=newest.id if newest else None,
        last_started_at=clock.to_iso(newest.started_at) if newest else None,
        last_finished_at=when(newest.completed_at) if newest else None,
    )


# A path parameter that may hold a slash has to come after the paths that go on behind it.
@router.get("/{repo:path}/workflows", responses={404: REFUSALS[404]})
def show_workflows(repo: str, session: Reading, period: PeriodAsked) -> WorkflowPage:
    """List the workflows of a repository with the numbers of all their runs, or of a window.

    `{repo}` is our id or `owner/name`.
    """
    row = require_repository(session, name=repo)
    now = clock.now()
    ids = [row.id]
    scope = query.Scope(repositories=(row.id,), demo=row.demo)
    counted = {
        found.workflow_id: found.totals
        for found in query.per_workflow(session, scope=scope, window=_window(period))
    }
    failed = count_failures(session, demo=row.demo, since=now - clock.DAY)
    newest = list_newest_runs_of_workflows(session, repository_ids=ids)
    items = [
        WorkflowItem(
            id=workflow.id,
            name=workflow.name,
            path=workflow.path,
            workflow_id=workflow.provider_id,
            **_numbers(
                counted.get(workflow.id, query.Totals()),
                failed.get(workflow.id, 0),
                newest.get(workflow.id),
                at=now,
            ).model_dump(),
        )
        for workflow in list_workflows(session, repository_ids=ids)
    ]
    return WorkflowPage(items=items, total=len(items), as_of=clock.to_iso(now))


@router.get("/{repo:path}/runs", responses={404: REFUSALS[404]})
def show_repository_runs(
    repo: str,
    session: Reading,
    period: PeriodAsked,
    statuses: StatusesAsked,
    workflow: Words = None,
    branch: Words = None,
    demo: Annotated[
        bool | None, Query(description="Only where the repository is of the demo (1), or not (0).")
    ] = None,
    sort: Sort = Order.NEWEST,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RunPage:
    """List the runs of a repository in pages, newest start first.

    `{repo}` is our id or `owner/name`. GET /runs?repo= has more filters.
    """
    row = require_repository(session, name=repo)
    scope = find_scope(
        session,
        demo=row.demo if demo is None else demo,
        repositories=[str(row.id)],
        workflows=words_of(workflow),
        branches=words_of(branch),
    )
    window = period.window(length=clock.DAY) if period.is_given else None
    wanted = RunFilter(
        scope,
        statuses=statuses,
        start=window.start if window else None,
        end=window.end if window else None,
    )
    return page_of_runs(session, wanted=wanted, sort=sort, cursor=cursor, limit=limit)


@router.get("/{repo:path}", responses={404: REFUSALS[404]})
def show_repository(repo: str, session: Reading, period: PeriodAsked) -> RepositoryItem:
    """Show one repository with the numbers of all its runs, or of a window.

    `{repo}` is our id or `owner/name`.
    """
    row = require_repository(session, name=repo)
    (item,) = shape_repositories(session, [row], _window(period), demo=row.demo)
    return item
