"""The paths of the five older systems: runs, metrics, filters, configuration, health, ingest.

No SQL lives here: each translates to the same domain calls as /api/v1.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from pulseboard import __version__, clock
from pulseboard.api.deps import (
    AppSettings,
    Demo,
    EndsAsked,
    GroupBy,
    Reading,
    ScopeAsked,
    Words,
    Zone,
)
from pulseboard.api.shapes import (
    Bucket,
    Metrics,
    MetricsSummary,
    RecentRun,
    Run,
    Summary,
    rate,
    runs_of,
    seconds,
    when,
)
from pulseboard.api.summary import summarise
from pulseboard.clock import Granularity
from pulseboard.errors import NotFound
from pulseboard.pipelines.facets import Facets, list_facets
from pulseboard.metrics import query
from pulseboard.metrics.series import edges_of, series
from pulseboard.pipelines import (
    RunFilter,
    list_repositories,
    list_runs,
    require_run,
)

router = APIRouter(prefix="/api")

MAX_MINUTES: Final = 5 * 366 * 24 * 60


class FacetsShape(BaseModel):
    """The values of every filter, sorted."""

    repos: list[str]
    workflows: list[str]
    branches: list[str]
    statuses: list[str]
    actors: list[str]


@router.get("/config", tags=["configuration"])
def show_config(settings: AppSettings) -> dict[str, Any]:
    """Show the configuration that a screen needs; never a secret."""
    reason = settings.polling_reason
    return {
        "title": settings.title,
        "environment": str(settings.environment),
        "version": __version__,
        "refresh_seconds": settings.refresh_seconds,
        "repos": list(settings.repos),
        "workflows": list(settings.workflows),
        # Collecting by polling is not part of this version, whatever is configured.
        "polling": {
            "enabled": False,
            "reason": reason or "This version does not poll yet: use the webhook, push or import.",
        },
        "timezone": str(settings.zone),
        "features": ["webhook", "push", "import", "simulate", "live"],
    }


@router.get("/filters", tags=["runs"], response_model=FacetsShape)
def show_filters(session: Reading, demo: Demo) -> Facets:
    """List the values of every filter from what is stored, each sorted."""
    return list_facets(session, demo=demo)


@router.get("/runs", tags=["runs"])
def show_runs(
    session: Reading,
    scope: ScopeAsked,
    ends: EndsAsked,
    status: Words = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> list[Run]:
    """List the latest attempt of each run, newest start first.

    `status` takes the folded word or the provider's conclusion, `workflow` a name or a file,
    `branch` a name or @default; each may be repeated. Runs created in [from, to).
    """
    wanted = RunFilter(scope, statuses=tuple(status or ()), start=ends.start, end=ends.end)
    rows = list_runs(session, wanted=wanted, limit=limit, offset=offset)
    return runs_of(rows, at=clock.now())


@router.get("/runs/{run_id}", tags=["runs"])
def show_run(
    run_id: str, session: Reading, repo: str | None = None, attempt: int | None = None
) -> Run:
    """Show one run by our id, else the provider's; `attempt` chooses an earlier one."""
    row = require_run(session, name=run_id, repository=repo, attempt=attempt)
    return Run.of(row, at=clock.now())


@router.get("/logs/{run_id}", tags=["runs"])
def show_logs(run_id: str, session: Reading, repo: str | None = None) -> Response:
    """Show the logs of a run. This version keeps none, so the answer is 404 with the reason."""
    require_run(session, name=run_id, repository=repo)
    raise NotFound("The logs of this run were not fetched: this version does not keep logs yet")


@router.get("/metrics", tags=["metrics"])
def show_metrics(
    session: Reading,
    scope: ScopeAsked,
    ends: EndsAsked,
    zone: Zone,
    group_by: GroupBy = Granularity.DAY,
    limit: Annotated[int, Query(ge=1, le=500)] = 20,
) -> Metrics:
    """Show the numbers of a window (the last 7 days), bucket by bucket, and its newest runs.

    Runs count in the window in which they were created. Empty buckets are there with zeros. More
    than 1,000 buckets are refused with 422.
    """
    window = ends.window(days=7)
    edges_of(window, by=group_by, zone=zone)
    buckets = series(session, scope=scope, window=window, by=group_by, zone=zone)
    wanted = RunFilter(scope, start=window.start, end=window.end)
    now = clock.now()
    return Metrics(
        summary=_summary(session, scope, window),
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


def _summary(session: Any, scope: query.Scope, window: query.Window) -> Summary:
    totals = query.totals(session, scope=scope, window=window)
    spread = query.percentiles(session, scope=scope, window=window, counted=totals)
    repositories = list_repositories(session, demo=scope.demo)
    heard = [
        repository.last_event_at
        for repository in repositories
        if repository.last_event_at
        and (not scope.repositories or repository.id in scope.repositories)
    ]
    return Summary(
        total_runs=totals.total,
        success_rate=rate(totals.success_rate),
        failure_rate=rate(totals.failure_rate),
        avg_duration_seconds=seconds(totals.average),
        p50_duration_seconds=seconds(spread.p50),
        p95_duration_seconds=seconds(spread.p95),
        percentiles_exact=spread.exact,
        success=totals.success,
        failure=totals.failure,
        last_updated=when(max(heard, default=None)),
    )


@router.get("/metrics/summary", tags=["metrics"])
def show_summary(
    session: Reading,
    scope: ScopeAsked,
    minutes: Annotated[int, Query(ge=1, le=MAX_MINUTES)] = 1440,
) -> MetricsSummary:
    """Show the numbers of the last minutes, in total and for each (repository, workflow)."""
    return summarise(session, scope=scope, minutes=minutes)
