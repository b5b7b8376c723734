"""Fetching history on request, and how far that is."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from pulseboard import clock
from pulseboard.api.deps import Reading, database_of, described_body, read_body, read_model
from pulseboard.api.problems import REFUSALS, refusal
from pulseboard.api.shapes import when
from pulseboard.collect.github import backfill, wishes
from pulseboard.collect.github.history import moved_of

router = APIRouter(tags=["repositories"])
_MAX_BODY: Final = 64 * 1024
_EXAMPLE: Final[dict[str, JsonValue]] = {
    "id": 4, "repo": "acme/api", "repository_id": 3, "state": "running", "words": None,
    "resumes_at": None, "since": "2025-11-02T10:00:00Z", "until": "2026-01-31T10:00:00Z",
    "reached": "2025-11-02T10:00:00Z", "runs": 1840, "checked": 920, "unchecked": 920,
    "runs_per_second": 9.2, "calls_left": 3980, "resets_at": "2026-01-31T10:41:00Z",
    "eta": "2026-01-31T10:03:20Z", "asked_at": "2026-01-31T10:00:00Z",
    "started_at": "2026-01-31T10:00:01Z", "finished_at": None,
}  # fmt: skip


class BackfillAsked(BaseModel):
    """How much history to fetch."""

    model_config = ConfigDict(json_schema_extra={"example": {"days": 90}})

    days: int = Field(default=90, ge=1, le=400, description="Days back from now.")


class BackfillItem(BaseModel):
    """How far a backfill is."""

    model_config = ConfigDict(json_schema_extra={"example": _EXAMPLE})

    id: int
    repo: str
    repository_id: int
    state: str = Field(description="waiting, running, done, failed or stopped.")
    words: str | None = Field(description="Why it waits, failed or ended early, in words.")
    resumes_at: str | None = Field(description="When it goes on, where it has to wait.")
    since: str = Field(description="It fetches the runs created from here")
    until: str = Field(description="to here.")
    reached: str = Field(description="All runs created after this are listed; it moves to since.")
    runs: int = Field(description="Runs that were listed so far.")
    checked: int = Field(description="Runs whose jobs were fetched so far.")
    unchecked: int = Field(description="Listed runs whose jobs are still to be fetched.")
    runs_per_second: float | None = Field(
        description="Runs with all their jobs, in a second of work; null until that is known."
    )
    calls_left: int | None = Field(description="What GitHub still answers before resets_at.")
    resets_at: str | None
    eta: str | None = Field(
        description="When it will probably be done, with the waiting for GitHub's limits."
    )
    asked_at: str
    started_at: str | None
    finished_at: str | None

    @classmethod
    def of(cls, progress: backfill.Progress) -> "BackfillItem":
        """Make the shape of what is stored."""
        row = progress.row
        is_open = row.state in backfill.UNFINISHED
        return cls(
            id=row.id,
            repo=progress.full_name,
            repository_id=row.repository_id,
            state=row.state,
            words=row.words,
            resumes_at=when(row.resumes_at) if row.state == backfill.WAITING else None,
            since=clock.to_iso(row.since),
            until=clock.to_iso(row.until),
            reached=clock.to_iso(row.reached),
            runs=row.runs,
            checked=row.checked,
            unchecked=row.unchecked,
            runs_per_second=None if progress.rate is None else round(progress.rate, 2),
            calls_left=progress.left if is_open else None,
            resets_at=when(progress.resets_at) if is_open else None,
            eta=when(progress.eta),
            asked_at=clock.to_iso(row.asked_at),
            started_at=when(row.started_at),
            finished_at=when(row.finished_at),
        )


class BackfillList(BaseModel):
    """Backfills, the last one asked for first."""

    items: list[BackfillItem]


@router.post(
    "/repos/{repo:path}/backfill",
    status_code=202,
    response_model=BackfillItem,
    responses={400: refusal("The body is not JSON."), 404: REFUSALS[404]},
    openapi_extra=described_body(BackfillAsked, required=False),
)
async def begin_backfill(repo: str, request: Request) -> Response:
    """Fetch the history of a repository, newest first; it is tracked from now on.

    `{repo}` is our id or `owner/name`, which need not be known yet. The answer is how far the
    backfill is: GET /backfills/{id} and the live message `backfill.progress` say how it goes on.
    Asking again for days that are being fetched already answers with that backfill.
    """
    body = await read_body(request, limit=_MAX_BODY)
    wanted = read_model(BackfillAsked, body) if body.strip() else BackfillAsked()
    return await run_in_threadpool(_begin, request, repo, wanted.days)


def _begin(request: Request, repo: str, days: int) -> Response:
    now = clock.now()
    with database_of(request).writing() as session:
        planned = wishes.ask_for_backfill(session, repo, days=days, at=now)
        item = BackfillItem.of(backfill.require_backfill(session, planned.id, at=now))
    return Response(
        item.model_dump_json(),
        202,
        headers={"Location": f"/api/v1/backfills/{item.id}"},
        media_type="application/json",
    )


@router.delete("/backfills/{backfill_id}", responses={404: REFUSALS[404]})
def stop_backfill(backfill_id: int, request: Request) -> BackfillItem:
    """Stop a backfill within seconds; what was fetched stays.

    Asking for the same days again goes on from there. One that has ended stays as it is.
    """
    now = clock.now()
    with database_of(request).writing() as session:
        row = backfill.stop_backfill(session, backfill_id, at=now)
        moved = moved_of(row)
        item = BackfillItem.of(backfill.require_backfill(session, backfill_id, at=now))
    request.app.state.broker.tell_backfill(moved)
    return item


@router.get("/backfills")
def show_backfills(
    session: Reading, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> BackfillList:
    """List backfills and how far each is, the last one asked for first."""
    found = backfill.list_backfills(session, at=clock.now(), limit=limit)
    return BackfillList(items=[BackfillItem.of(progress) for progress in found])


@router.get("/backfills/{backfill_id}", responses={404: REFUSALS[404]})
def show_backfill(backfill_id: int, session: Reading) -> BackfillItem:
    """Show how far a backfill is, how fast it goes, and when it will probably be done."""
    return BackfillItem.of(backfill.require_backfill(session, backfill_id, at=clock.now()))
