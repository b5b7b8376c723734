"""What a screen needs to know before anything else, and the series it draws."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from pulseboard import __version__, clock
from pulseboard.api.deps import (
    AppSettings,
    Demo,
    EndsAsked,
    GroupBy,
    Reading,
    ScopeAsked,
    Zone,
)
from pulseboard.api.shapes import seconds, when
from pulseboard.clock import Granularity
from pulseboard.metrics.series import series
from pulseboard.pipelines import has_real_runs, list_repositories

router = APIRouter(tags=["screen"])


class OutcomeBucket(BaseModel):
    """One bucket: how many runs came to which outcome, and how long they took on average."""

    start: str
    end: str
    complete: bool
    total: int
    success: int
    failure: int
    cancelled: int
    other: int
    avg_duration_seconds: float | None


class OutcomeSeries(BaseModel):
    """A window cut into buckets of the zone."""

    buckets: list[OutcomeBucket]
    as_of: str


@router.get("/meta")
def show_meta(session: Reading, settings: AppSettings, demo: Demo) -> dict[str, Any]:
    """Show the title, environment and version, whether there is data, and when it last came."""
    now = clock.now()
    sources = [
        {
            "repo": row.full_name,
            "via": row.last_source,
            "last_event_at": when(row.last_event_at),
        }
        for row in list_repositories(session, demo=demo)
        if row.last_event_at
    ]
    last = max((str(source["last_event_at"]) for source in sources), default=None)
    return {
        "app_title": settings.title,
        "environment": str(settings.environment),
        "version": __version__,
        "server_time": clock.to_iso(now),
        "demo": demo and bool(sources),
        "default_tz": str(settings.zone),
        "features": ["webhook", "push", "import", "simulate", "live"],
        "has_data": bool(sources),
        "has_real_data": has_real_runs(session),
        "ingest": {"last_event_at": last, "sources": sources},
    }


@router.get("/series/outcomes")
def show_outcomes(
    session: Reading,
    scope: ScopeAsked,
    ends: EndsAsked,
    zone: Zone,
    gran: GroupBy = Granularity.DAY,
) -> OutcomeSeries:
    """Show outcomes and average duration bucket by bucket; the last 7 days by default."""
    window = ends.window(days=7)
    found = series(session, scope=scope, window=window, by=gran, zone=zone)
    return OutcomeSeries(
        buckets=[
            OutcomeBucket(
                start=clock.to_iso(bucket.start),
                end=clock.to_iso(bucket.end),
                complete=bucket.complete,
                total=bucket.totals.total,
                success=bucket.totals.success,
                failure=bucket.totals.failure,
                cancelled=bucket.totals.cancelled,
                other=bucket.totals.skipped + bucket.totals.other,
                avg_duration_seconds=seconds(bucket.totals.average),
            )
            for bucket in found
        ],
        as_of=clock.to_iso(clock.now()),
    )
