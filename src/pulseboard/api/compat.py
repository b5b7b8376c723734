"""The reading paths of the older systems: runs, metrics, filters, configuration.

No SQL lives here: each translates to the same domain calls as /api/v1.
"""

from typing import Annotated, Final

from fastapi import APIRouter, Query
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.deps import (
    AppSettings,
    Attempt,
    Demo,
    EndsAsked,
    GroupBy,
    Reading,
    RepoAsked,
    RunName,
    ScopeAsked,
    StatusesAsked,
    Zone,
)
from pulseboard.api.problems import REFUSALS
from pulseboard.api.shapes import (
    Bucket,
    Config,
    Filters,
    Metrics,
    MetricsSummary,
    RecentRun,
    Run,
    Summary,
    runs_of,
    seconds,
    summary_fields,
    when,
)
from pulseboard.api.summary import summarise
from pulseboard.clock import Granularity
from pulseboard.metrics import query
from pulseboard.metrics.series import edges_of, series
from pulseboard.pipelines import RunFilter, list_repositories, list_runs, require_run
from pulseboard.pipelines.facets import Facets, list_facets

router = APIRouter(prefix="/api")

MAX_MINUTES: Final = 5 * 366 * 24 * 60
_DEFAULT_WINDOW: Final = 7 * clock.DAY


@router.get("/config", tags=["configuration"])
def show_config(settings: AppSettings) -> Config:
    """Show the configuration that a screen needs; never a secret."""
    return Config.of(settings)


@router.get("/filters", tags=["runs"], response_model=Filters)
def show_filters(session: Reading, demo: Demo) -> Facets:
    """List the values of every filter from what is stored, each sorted, at most 1,000 each.

    Actors, and the statuses of runs that are open or came to something unusual, are those of the
    newest 10,000 runs.
    """
    return list_facets(session, demo=demo)


@router.get("/runs", tags=["runs"])
def show_runs(
    session: Reading,
    scope: ScopeAsked,
    ends: EndsAsked,
    statuses: StatusesAsked,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> list[Run]:
    """List the latest attempt of each run, newest start first.

    `from` and `to` choose runs by their creation, `to` being exclusive. Demo runs are listed only
    while nothing real is stored, or with `demo=1`.
    """
    wanted = RunFilter(scope, statuses=statuses, start=ends.start, end=ends.end)
    rows = list_runs(session, wanted=wanted, limit=limit, offset=offset)
    return runs_of(rows, at=clock.now())


@router.get("/runs/{run_id}", tags=["runs"], responses=REFUSALS)
def show_run(
    run_id: RunName, session: Reading, repo: RepoAsked = None, attempt: Attempt = None
) -> Run:
    """Show one run; /api/v1/runs/{run_id} has its attempts, jobs and steps as well."""
    row = require_run(session, name=run_id, repository=repo, attempt=attempt)
    return Run.of(row, at=clock.now())


@router.get("/metrics", tags=["metrics"])
def show_metrics(
    session: Reading,
    scope: ScopeAsked,
    ends: EndsAsked,
    zone: Zone,
    group_by: GroupBy = Granularity.DAY,
    limit: Annotated[int, Query(ge=1, le=500, description="Of recent_runs.")] = 20,
) -> Metrics:
    """Show the numbers of a window (the last 7 days), bucket by bucket, and its newest runs.

    Runs count in the window in which they were created. Empty buckets are there with zeros, up to
    1,000 buckets; more are refused with 422.
    """
    window = ends.window(length=_DEFAULT_WINDOW)
    # Refuses too many buckets before anything is counted.
    edges_of(window, by=group_by, zone=zone)
    buckets = series(session, scope=scope, window=window, by=group_by, zone=zone)
    wanted = RunFilter(scope, start=window.start, end=window.end)
    now = clock.now()
    return Metrics(
        summary=_summarise(session, scope, window),
        time_series=[
            Bucket(
                timestamp=clock.to_iso(bucket.start),
                success=bucket.totals.success,
                failure=bucket.totals.failure,
                avg_duration=seconds(bucket.totals.average),
            )
            for bucket in buckets
        ],
        recent_runs=[
            RecentRun.of(row, at=now) for row in list_runs(session, wanted=wanted, limit=limit)
        ],
    )


def _summarise(session: Session, scope: query.Scope, window: query.Window) -> Summary:
    totals = query.totals(session, scope=scope, window=window)
    spread = query.percentiles(session, scope=scope, window=window, counted=totals)
    heard = [
        repository.last_event_at
        for repository in list_repositories(session, demo=scope.demo)
        if repository.last_event_at
        and (not scope.repositories or repository.id in scope.repositories)
    ]
    return Summary(**summary_fields(totals, spread), last_updated=when(max(heard, default=None)))


@router.get("/metrics/summary", tags=["metrics"])
def show_summary(
    session: Reading,
    scope: ScopeAsked,
    minutes: Annotated[int, Query(ge=1, le=MAX_MINUTES)] = 1440,
) -> MetricsSummary:
    """Show the numbers of the last minutes, in total and for each (repository, workflow)."""
    return summarise(session, scope=scope, minutes=minutes)
