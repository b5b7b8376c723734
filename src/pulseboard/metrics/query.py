"""The questions asked of the numbers: totals, percentiles, rankings, the overview."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard.clock import Granularity
from pulseboard.metrics.rollup import COUNT_COLUMNS, TIMED_SQL
from pulseboard.metrics.scope import Scope, Totals, fetch, segment_sql, totals, totals_of
from pulseboard.metrics.series import Bucket, series
from pulseboard.metrics.stats import bin_of, percentile, percentile_of_bins
from pulseboard.metrics.tiers import (
    FLEET_BIN_TIERS,
    WORKFLOW_BIN_TIERS,
    WORKFLOW_TIERS,
    Segment,
    Tier,
    Window,
    cover,
)

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
    "series",
    "top_failing",
    "totals",
]

# Up to this many durations are read as they are; beyond, the bins answer, at most 1 % off.
EXACT_UP_TO: Final = 2000
_SUMS: Final = ", ".join(f"sum({column}) AS {column}" for column in COUNT_COLUMNS)


class Percentiles(Struct, frozen=True):
    """Durations in microseconds; None without any. `exact` is False when read from bins."""

    p50: float | None
    p95: float | None
    exact: bool


class WorkflowTotals(Struct, frozen=True):
    """What one workflow's runs came to."""

    workflow_id: int
    repository_id: int
    totals: Totals


class Overview(Struct, frozen=True):
    """The numbers of the first page for one window."""

    totals: Totals
    percentiles: Percentiles
    series: Sequence[Bucket]
    top_failing: Sequence[WorkflowTotals]


def percentiles(
    session: Session, *, scope: Scope, window: Window, counted: Totals | None = None
) -> Percentiles:
    """Return p50 and p95 of the durations of success and failure.

    `counted` spares counting the window again.
    """
    counted = counted or totals(session, scope=scope, window=window)
    if counted.timed <= EXACT_UP_TO:
        values = _durations(session, scope, Segment(None, *window))
        return Percentiles(percentile(values, 0.5), percentile(values, 0.95), exact=True)
    bins = sorted(_bins(session, scope, window).items())
    return Percentiles(percentile_of_bins(bins, 0.5), percentile_of_bins(bins, 0.95), exact=False)


def _durations(session: Session, scope: Scope, segment: Segment) -> list[int]:
    rows = fetch(
        session,
        f"SELECT duration FROM runs WHERE {TIMED_SQL} AND {scope.runs_sql()}"
        f" AND created_at >= {segment.start} AND created_at < {segment.end}",
        scope,
    )
    return sorted(duration for (duration,) in rows)


def _bins(session: Session, scope: Scope, window: Window) -> dict[int, int]:
    table = "rollup_fleet_bins"
    tiers: Sequence[Tier] = FLEET_BIN_TIERS
    if not scope.is_fleet:
        table, tiers = "rollup_workflow_bins", () if scope.branches else WORKFLOW_BIN_TIERS
    found: dict[int, int] = {}
    whole = []
    for segment in cover(window, tiers):
        if segment.tier is None:
            for duration in _durations(session, scope, segment):
                number = bin_of(duration)
                found[number] = found.get(number, 0) + 1
        else:
            whole.append(
                f"SELECT bin, n FROM {table} WHERE tier = {int(segment.tier)}"
                f" AND {scope.rollup_sql()}"
                f" AND start >= {segment.start} AND start < {segment.end}"
            )
    if whole:
        parts = " UNION ALL ".join(whole)
        sql = f"SELECT bin, sum(n) FROM ({parts}) AS parts GROUP BY bin"
        for number, n in fetch(session, sql, scope):
            found[number] = found.get(number, 0) + int(n)
    return {number: n for number, n in found.items() if n}


def failed_between(session: Session, *, scope: Scope, window: Window) -> int:
    """Count the failures completed in a window, whenever they were created."""
    ((count,),) = fetch(
        session,
        "SELECT count(*) FROM runs WHERE latest AND outcome = 'failure'"
        f" AND {scope.runs_sql()} AND completed_at >= :start AND completed_at < :end",
        scope,
        start=window.start,
        end=window.end,
    )
    return int(count)


def per_workflow(session: Session, *, scope: Scope, window: Window) -> list[WorkflowTotals]:
    """Count the runs of a window workflow by workflow; those without any are left out."""
    tiers = () if scope.branches else WORKFLOW_TIERS
    columns = "workflow_id, repository_id,"
    parts = " UNION ALL ".join(
        segment_sql(_by_workflow(scope), segment, columns=columns)
        for segment in cover(window, tiers)
    )
    if not parts:
        return []
    rows = fetch(
        session,
        f"SELECT {columns} {_SUMS} FROM ({parts}) AS parts GROUP BY workflow_id, repository_id"
        " HAVING sum(total) > 0 ORDER BY workflow_id",
        scope,
    )
    return [WorkflowTotals(row[0], row[1], totals_of(row[2:])) for row in rows]


class _WorkflowScope(Scope, frozen=True):
    """A scope that asks the workflows' counts even when it is about the whole fleet."""

    @property
    def is_fleet(self) -> bool:
        return False


def _by_workflow(scope: Scope) -> Scope:
    return _WorkflowScope(*(getattr(scope, name) for name in Scope.__struct_fields__))


def top_failing(
    session: Session, *, scope: Scope, window: Window, limit: int = 20
) -> list[WorkflowTotals]:
    """Return the workflows with the most failures in a window, the worst first.

    Ranking needs only failures, of which there are few; the full counts are then read for the
    winners alone.
    """
    tiers = () if scope.branches else WORKFLOW_TIERS
    parts = [_failures_sql(scope, segment) for segment in cover(window, tiers)]
    if not parts:
        return []
    ranked = fetch(
        session,
        f"SELECT workflow_id, sum(failure) AS failures FROM ({' UNION ALL '.join(parts)}) AS parts"
        " GROUP BY workflow_id HAVING sum(failure) > 0 ORDER BY failures DESC, workflow_id"
        " LIMIT :limit",
        scope,
        limit=limit,
    )
    worst = [workflow_id for workflow_id, _ in ranked]
    if not worst:
        return []
    chosen = Scope(
        workflows=tuple(worst),
        branches=scope.branches,
        default_only=scope.default_only,
        demo=scope.demo,
    )
    counted = {
        found.workflow_id: found for found in per_workflow(session, scope=chosen, window=window)
    }
    return [counted[workflow_id] for workflow_id in worst if workflow_id in counted]


def _failures_sql(scope: Scope, segment: Segment) -> str:
    if segment.tier is None:
        return (
            "SELECT workflow_id, count(*) AS failure FROM runs"
            f" WHERE latest AND outcome = 'failure' AND {scope.runs_sql()}"
            f" AND created_at >= {segment.start} AND created_at < {segment.end}"
            " GROUP BY workflow_id"
        )
    return (
        "SELECT workflow_id, sum(failure) AS failure FROM rollup_workflows"
        f" WHERE tier = {int(segment.tier)} AND {scope.rollup_sql()} AND failure <> 0"
        f" AND start >= {segment.start} AND start < {segment.end} GROUP BY workflow_id"
    )


def overview(
    session: Session, *, scope: Scope, window: Window, zone: ZoneInfo, worst: int = 20
) -> Overview:
    """Return the numbers of the first page, with a daily series in the zone."""
    counted = totals(session, scope=scope, window=window)
    return Overview(
        totals=counted,
        percentiles=percentiles(session, scope=scope, window=window, counted=counted),
        series=series(session, scope=scope, window=window, by=Granularity.DAY, zone=zone),
        top_failing=top_failing(session, scope=scope, window=window, limit=worst),
    )
