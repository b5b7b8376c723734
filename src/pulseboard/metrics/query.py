"""The questions asked of the numbers; each module below answers one kind of them."""

from collections.abc import Sequence
from functools import reduce
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard.clock import Granularity
from pulseboard.metrics.conditions import conditions_of, read
from pulseboard.metrics.counts import FAILED_SQL
from pulseboard.metrics.ranking import (
    WorkflowTotals,
    per_workflow,
    sums_per_workflow,
    top_failing,
)
from pulseboard.metrics.scope import Scope, Totals
from pulseboard.metrics.series import Bucket, series
from pulseboard.metrics.spread import Percentiles, percentiles, percentiles_of_parts
from pulseboard.metrics.sums import totals
from pulseboard.metrics.tiers import Window

__all__ = [
    "Bucket",
    "Overview",
    "Percentiles",
    "Scope",
    "Totals",
    "Window",
    "WorkflowTotals",
    "failed_between",
    "overview",
    "per_workflow",
    "percentiles",
    "percentiles_of_parts",
    "previous_window",
    "series",
    "sums_per_workflow",
    "top_failing",
    "totals",
]


class Overview(Struct, frozen=True):
    """The numbers of the first page for one window."""

    totals: Totals
    percentiles: Percentiles
    series: Sequence[Bucket]
    top_failing: Sequence[WorkflowTotals]


def previous_window(window: Window) -> Window:
    """Return the equally long window just before."""
    return window.before()


def failed_between(session: Session, *, scope: Scope, window: Window) -> int:
    """Count the failures completed in a window, whenever they were created."""
    # Failures of a day are fewer than the runs of a workflow or of a branch.
    conditions = conditions_of(session, scope, by_time=True)
    ((count,),) = read(
        session,
        f"SELECT count(*) FROM runs WHERE {FAILED_SQL}"
        f" AND completed_at >= :since AND completed_at < :until AND {conditions.runs}",
        conditions.values,
        since=window.start,
        until=window.end,
    )
    return int(count)


def overview(
    session: Session, *, scope: Scope, window: Window, zone: ZoneInfo, worst: int = 20
) -> Overview:
    """Return the numbers of the first page, with a daily series in the zone.

    Raises InvalidInput when the window has more than 1,000 days.
    """
    buckets = series(session, scope=scope, window=window, by=Granularity.DAY, zone=zone)
    counted = reduce(Totals.plus, (bucket.totals for bucket in buckets), Totals())
    return Overview(
        totals=counted,
        percentiles=percentiles(session, scope=scope, window=window, counted=counted),
        series=buckets,
        top_failing=top_failing(session, scope=scope, window=window, limit=worst),
    )
