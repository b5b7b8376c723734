"""The questions asked of the numbers; each module below answers one kind of them."""

from collections.abc import Sequence
from functools import reduce
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard.clock import Granularity
from pulseboard.metrics.conditions import conditions_of, read
from pulseboard.metrics.counts import COUNTED_SQL, FAILED_SQL
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
    "LastBuild",
    "Overview",
    "Percentiles",
    "Scope",
    "Totals",
    "Window",
    "WorkflowTotals",
    "failed_between",
    "last_build",
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


class LastBuild(Struct, frozen=True):
    """The newest run of a scope: its ids, the provider's words, and when it began and ended."""

    run_id: int
    repository_id: int
    workflow_id: int
    status: str
    conclusion: str | None
    started_at: int
    completed_at: int | None


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
    # Failures of a day are fewer than the runs of a workflow.
    conditions = conditions_of(session, scope, column="workflow_id + 0")
    ((count,),) = read(
        session,
        f"SELECT count(*) FROM runs WHERE {FAILED_SQL}"
        f" AND completed_at >= :since AND completed_at < :until AND {conditions.runs}",
        conditions.values,
        since=window.start,
        until=window.end,
    )
    return int(count)


def last_build(session: Session, *, scope: Scope) -> LastBuild | None:
    """Return the newest run of a scope, by its start; None when there is none."""
    conditions = conditions_of(session, scope)
    newest_first = "ORDER BY started_at DESC, id DESC LIMIT 1"
    counted = f"{COUNTED_SQL} AND demo = :demo AND {conditions.runs}"
    ids = f"(SELECT id FROM runs WHERE {counted} {newest_first})"
    if conditions.workflows:
        # Each workflow has its newest run at the head of an index; the others need no sorting.
        one = f"SELECT id FROM runs WHERE {counted} AND workflow_id = w.id {newest_first}"
        ids = f"(SELECT ({one}) FROM workflows AS w WHERE w.id {conditions.workflows})"
    rows = read(
        session,
        "SELECT id, repository_id, workflow_id, status, conclusion, started_at, completed_at"
        f" FROM runs WHERE latest AND id IN {ids} {newest_first}",
        conditions.values,
        demo=scope.demo,
    )
    return LastBuild(*rows[0]) if rows else None


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
