"""Runs: the list in pages, and one run with its attempts, jobs and steps."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Final

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.deps import EndsAsked, Reading, ScopeAsked, Words, invalid
from pulseboard.api.shapes import seconds
from pulseboard.api.v1.shapes import AttemptShape, JobShape, RunDetails, RunPage, RunShape
from pulseboard.errors import NotFound
from pulseboard.pipelines import (
    Place,
    RunFilter,
    count_runs,
    list_attempts,
    list_jobs,
    page_runs,
    list_steps,
    require_run,
)

router = APIRouter(tags=["runs"])
# Counting further costs more than anybody reads.
MAX_COUNTED: Final = 10_000

Cursor = Annotated[str | None, Query(description="next_cursor of the page before.")]
Limit = Annotated[int, Query(ge=1, le=500)]


@router.get("/runs")
def show_runs(
    session: Reading,
    scope: ScopeAsked,
    ends: EndsAsked,
    status: Words = None,
    event: Words = None,
    actor: Words = None,
    commit: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RunPage:
    """List the latest attempt of each run, newest start first, in pages.

    Every filter may be repeated; `branch=@default` means each repository's default branch, `commit`
    is a whole head sha. Runs created in [from, to).
    """
    wanted = RunFilter(
        scope,
        statuses=tuple(status or ()),
        events=tuple(event or ()),
        actors=tuple(actor or ()),
        head_sha=commit,
        start=ends.start,
        end=ends.end,
    )
    return page_of_runs(session, wanted=wanted, cursor=cursor, limit=limit)


def page_of_runs(
    session: Session, *, wanted: RunFilter, cursor: str | None, limit: int
) -> RunPage:
    """Return one page; the first one also counts."""
    after = read_cursor(cursor) if cursor else None
    rows, end = page_runs(session, wanted=wanted, limit=limit, after=after and Place(*after))
    counted = None if cursor else count_runs(session, wanted=wanted).total
    now = clock.now()
    return RunPage(
        items=[RunShape.of(row, at=now) for row in rows],
        next_cursor=make_cursor(int(end.key), end.id) if end else None,
        total=counted,
        as_of=clock.to_iso(now),
    )


def make_cursor(started_at: int, run_id: int) -> str:
    """Return the cursor of a row.

    >>> read_cursor(make_cursor(5, 7))
    (5, 7)
    """
    return urlsafe_b64encode(f"{started_at}.{run_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[int, int]:
    """Return (started_at, id) of a cursor; raises InvalidInput for what we never gave out."""
    try:
        started_at, run_id = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).split(b".")
        found = int(started_at), int(run_id)
    except ValueError:
        found = (-1, -1)
    if not all(0 <= number < 1 << 63 for number in found):
        raise invalid("cursor", "should be the next_cursor of the page before")
    return found


@router.get("/runs/{run_id}")
def show_run(
    run_id: str,
    session: Reading,
    repo: str | None = None,
    attempt: Annotated[int | None, Query(ge=1, le=2_147_483_647)] = None,
) -> RunDetails:
    """Show one run with all its attempts, jobs and steps.

    `run_id` is ours, else the provider's; when several repositories have it, 409 asks for `repo`.
    Jobs that a partial re-run did not run again keep the result of the attempt before.
    """
    row = require_run(session, name=run_id, repository=repo, attempt=attempt)
    now = clock.now()
    jobs = list_jobs(session, run_id=row.id, attempt=row.attempt)
    steps = list_steps(session, job_ids=[job.id for job in jobs])
    attempts = [
        AttemptShape(
            attempt=one.attempt,
            status=one.status(at=now),
            conclusion=one.conclusion,
            started_at=clock.to_iso(one.started_at),
            duration_seconds=seconds(one.duration),
        )
        for one in list_attempts(session, run_id=row.id)
    ]
    return RunDetails(
        run=RunShape.of(row, at=now),
        attempts=attempts,
        jobs=[JobShape.of(job, steps[job.id]) for job in jobs],
        as_of=clock.to_iso(now),
    )


@router.get("/jobs/{job_id}/logs")
def show_job_logs(job_id: str) -> None:
    """Show the log of a job. This version keeps none, so the answer is 404 with the reason."""
    raise NotFound(f"The log of job {job_id} was not fetched: this version does not keep logs yet")
