"""Runs: the list in pages, and one run with its attempts, jobs and steps."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from msgspec import structs
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.cursor import Cursor, make_cursor, read_cursor
from pulseboard.api.deps import (
    Attempt,
    PeriodAsked,
    Reading,
    RepoAsked,
    RunName,
    ScopeAsked,
    StatusesAsked,
    Words,
    invalid,
    words_of,
)
from pulseboard.api.problems import REFUSALS
from pulseboard.api.shapes import seconds
from pulseboard.api.v1.shapes import CommitRef, FullJob, FullRun, Page
from pulseboard.logs.reading import list_logs
from pulseboard.metrics.stats import percentile
from pulseboard.pipelines import (
    Order,
    RunFilter,
    RunRow,
    count_jobs,
    count_runs,
    get_last_green,
    list_attempts,
    list_durations_before,
    list_jobs,
    list_runs,
    list_steps,
    page_runs,
    require_run,
)
from pulseboard.pipelines.logs import list_guilty

router = APIRouter(tags=["runs"])

RunId = Annotated[int, Field(ge=0, lt=1 << 63)]
Limit = Annotated[int, Query(ge=1, le=500)]
Sort = Annotated[
    Order, Query(description="A minus means the greatest first; ties are the newest id first.")
]


class RunCounts(BaseModel):
    """How many runs of each status match."""

    by_status: dict[str, int] = Field(
        description="Beyond 5,000 runs what is unfinished is told together as `open`, and what"
        " came to anything but success, failure, cancelled or skipped as `other`."
    )


class RunPage(Page):
    """A page of runs."""

    items: list[FullRun]
    counts: RunCounts | None = Field(
        description="null when it is too many to count, and on all pages but the first."
    )
    latest_match_at: str | None = Field(
        description="When nothing matches: when the newest run that the filters would find in any"
        " other window was created."
    )


class AttemptRef(BaseModel):
    """One attempt in the list of a run's attempts."""

    n: int = Field(description="The number of the attempt, from 1.")
    status: str
    conclusion: str | None
    started_at: str
    finished_at: str | None
    duration_s: float | None


class Baseline(BaseModel):
    """How long the up to 50 runs of the workflow took that finished before this one."""

    p50_s: float | None
    p95_s: float | None
    n: int


class LastGreenRef(BaseModel):
    """The last success of the workflow on the branch before this run."""

    run_id: int
    commit: CommitRef | None
    finished_at: str | None
    commits_since: int = Field(description="Commits that were run since, this one included.")


class RunDetails(BaseModel):
    """One run: the attempt shown, all attempts, and its jobs with their steps."""

    run: FullRun
    attempts: list[AttemptRef]
    jobs: list[FullJob]
    baseline: Baseline
    last_green: LastGreenRef | None
    as_of: str


def _plain_filter(
    scope: ScopeAsked,
    period: PeriodAsked,
    statuses: StatusesAsked,
    ids: Annotated[
        list[RunId] | None,
        Query(alias="id", max_length=100, description="Our id; may be repeated up to 100 times."),
    ] = None,
    event: Words = None,
    actor: Words = None,
    label: Annotated[list[str] | None, Query(description="Label of a runner.")] = None,
    commit: Annotated[
        str | None, Query(max_length=64, description="A commit id, or how it begins.")
    ] = None,
    min_attempt: Annotated[int, Query(ge=1, le=1000)] = 1,
) -> RunFilter:
    window = period.window(length=clock.DAY) if period.is_given else None
    return RunFilter(
        scope,
        ids=tuple(ids or ()),
        statuses=statuses,
        events=words_of(event),
        actors=words_of(actor),
        labels=words_of(label),
        commit=commit or None,
        attempts_from=min_attempt,
        start=window.start if window else None,
        end=window.end if window else None,
    )


PlainFilterAsked = Annotated[RunFilter, Depends(_plain_filter)]


def _filter(
    wanted: PlainFilterAsked,
    q: Annotated[
        str | None,
        Query(
            max_length=200,
            description="Part of a title, branch or name of a person, a number, or a commit id.",
        ),
    ] = None,
) -> RunFilter:
    return structs.replace(wanted, words=q or None)


FilterAsked = Annotated[RunFilter, Depends(_filter)]


@router.get("/runs")
def show_runs(
    session: Reading,
    wanted: FilterAsked,
    sort: Sort = Order.NEWEST,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> RunPage:
    """List the latest attempt of each run in pages, newest start first.

    Words of one filter are alternatives, different filters all have to match. Runs are chosen by
    their creation; without `from`, `to` or `window` all are listed.
    """
    return page_of_runs(session, wanted=wanted, sort=sort, cursor=cursor, limit=limit)


def page_of_runs(
    session: Session, *, wanted: RunFilter, sort: Order, cursor: str | None, limit: int
) -> RunPage:
    """Return one page; the first one also counts."""
    kind = f"runs {sort}"
    after = read_cursor(kind, cursor)
    if after is not None and isinstance(after.key, str) != ("status" in sort):
        raise invalid("cursor", "should be the next_cursor of the page before")
    rows, end = page_runs(session, wanted=wanted, limit=limit, order=sort, after=after)
    counted = count_runs(session, wanted=wanted) if after is None else None
    now = clock.now()
    return RunPage(
        items=shape_runs(session, rows, at=now),
        next_cursor=make_cursor(kind, end),
        total=counted.total if counted else None,
        counts=RunCounts(by_status=dict(counted.by_status))
        if counted and counted.by_status is not None
        else None,
        latest_match_at=None if rows or after else _latest_match(session, wanted),
        as_of=clock.to_iso(now),
    )


def shape_runs(
    session: Session, rows: list[RunRow], *, at: int, attempts: int | None = None
) -> list[FullRun]:
    """Make the shapes of rows as they stand at an instant.

    Without `attempts`, how many there were, the rows are those of latest attempts.
    """
    jobs = count_jobs(session, run_ids=[row.id for row in rows])
    guilty = list_guilty(session, run_ids=[row.id for row in rows])
    return [
        FullRun.whole(
            row,
            jobs=jobs.get((row.id, row.attempt)),
            guilty=next(iter(guilty.get((row.id, row.attempt), ())), None),
            at=at,
            attempts=attempts,
        )
        for row in rows
    ]


def _latest_match(session: Session, wanted: RunFilter) -> str | None:
    found = list_runs(session, wanted=structs.replace(wanted, start=None, end=None), limit=1)
    return clock.to_iso(found[0].created_at) if found else None


@router.get("/runs/{run_id}", responses=REFUSALS)
def show_run(
    run_id: RunName, session: Reading, repo: RepoAsked = None, attempt: Attempt = None
) -> RunDetails:
    """Show one run with all its attempts, jobs and steps, and what to compare it with.

    Jobs that a partial re-run did not run again keep the result of the attempt before.
    """
    row = require_run(session, name=run_id, repository=repo, attempt=attempt)
    now = clock.now()
    jobs = list_jobs(session, run_id=row.id, attempt=row.attempt)
    steps = list_steps(session, job_ids=[job.id for job in jobs])
    logs = list_logs(session, job_ids=[job.id for job in jobs])
    attempts = list_attempts(session, run_id=row.id)
    # A poll may have met no more than the newest of several.
    (run,) = shape_runs(session, [row], at=now, attempts=attempts[-1].attempt)
    return RunDetails(
        run=run,
        attempts=[_refer(one, at=now) for one in attempts],
        jobs=[FullJob.of(job, steps[job.id], logs.get(job.id), run=row) for job in jobs],
        baseline=_baseline(session, row),
        last_green=_last_green(session, row),
        as_of=clock.to_iso(now),
    )


def _refer(row: RunRow, *, at: int) -> AttemptRef:
    return AttemptRef(
        n=row.attempt,
        status=row.status(at=at),
        conclusion=row.conclusion,
        started_at=clock.to_iso(row.started_at),
        finished_at=None if row.completed_at is None else clock.to_iso(row.completed_at),
        duration_s=seconds(row.duration),
    )


def _baseline(session: Session, row: RunRow) -> Baseline:
    durations = list_durations_before(session, run=row)
    return Baseline(
        p50_s=seconds(percentile(durations, 0.5)),
        p95_s=seconds(percentile(durations, 0.95)),
        n=len(durations),
    )


def _last_green(session: Session, row: RunRow) -> LastGreenRef | None:
    found = get_last_green(session, run=row)
    if found is None:
        return None
    green = FullRun.whole(found.run, jobs=None, at=clock.now())
    return LastGreenRef(
        run_id=green.id,
        commit=green.head_commit,
        finished_at=green.finished_at,
        commits_since=found.commits_since,
    )
