"""How durations are spread over a window: percentiles, exact while there are few of them."""

from typing import Final

from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard.metrics.conditions import Conditions, conditions_of, read
from pulseboard.metrics.counts import TIMED_SQL
from pulseboard.metrics.scope import Scope, Totals
from pulseboard.metrics.stats import bin_sql, percentile, percentile_of_bins
from pulseboard.metrics.sums import plan_for, read_signed, read_slices, totals
from pulseboard.metrics.tally import Sums
from pulseboard.metrics.tiers import (
    FLEET_BIN_TIERS,
    WORKFLOW_BIN_TIERS,
    Signed,
    Window,
    lay_flat,
    slices_of,
)

# Up to this many durations are read as they are; beyond, the bins answer, at most 1 % off.
EXACT_UP_TO: Final = 2000


class Percentiles(Struct, frozen=True):
    """Durations in microseconds; None without any. `exact` is False when read from bins."""

    p50: float | None
    p95: float | None
    exact: bool


def percentiles(
    session: Session, *, scope: Scope, window: Window, counted: Totals | None = None
) -> Percentiles:
    """Return p50 and p95 of the durations of success and failure.

    `counted` spares counting the window again.
    """
    counted = counted or totals(session, scope=scope, window=window)
    if counted.timed <= EXACT_UP_TO:
        values = _durations(session, scope, window) if counted.timed else []
        # Of runs that retention has deleted only the bins know the durations.
        if len(values) >= counted.timed:
            return Percentiles(percentile(values, 0.5), percentile(values, 0.95), exact=True)
    bins = sorted(count_bins(session, scope=scope, window=window).items())
    return Percentiles(percentile_of_bins(bins, 0.5), percentile_of_bins(bins, 0.95), exact=False)


def _durations(session: Session, scope: Scope, window: Window) -> list[int]:
    conditions = conditions_of(session, scope)
    rows = read(
        session,
        f"SELECT duration FROM runs WHERE {TIMED_SQL} AND {conditions.runs}"
        " AND created_at >= :since AND created_at < :until",
        conditions.values,
        since=window.start,
        until=window.end,
    )
    return sorted(row[0] for row in rows)


def count_bins(session: Session, *, scope: Scope, window: Window) -> dict[int, int]:
    """Return how many durations of a window fell into each bin; empty bins are left out."""
    if window.start >= window.end:
        return {}
    tiers = FLEET_BIN_TIERS if scope.is_fleet else () if scope.branches else WORKFLOW_BIN_TIERS
    flat = lay_flat(plan_for(session, window, tiers))
    conditions = conditions_of(session, scope)
    found = _read_tallies if scope.is_fleet else _read_bins
    bins = found(session, flat, conditions)
    for sign, number, n in read_slices(
        session, slices_of(flat), conditions,
        select=f"{bin_sql('duration')} AS bin, count(*)", where=TIMED_SQL, group="bin",
    ):  # fmt: skip
        bins[number] = bins.get(number, 0) + sign * n
    return {number: n for number, n in bins.items() if n > 0}


def _read_tallies(session: Session, flat: list[Signed], conditions: Conditions) -> dict[int, int]:
    sums = Sums()
    for sign, rows in read_signed(session, "rollup_fleet_bins", "part, tally", flat, conditions):
        sums.take(rows, sign=sign)
    return sums.counts()


def _read_bins(session: Session, flat: list[Signed], conditions: Conditions) -> dict[int, int]:
    bins: dict[int, int] = {}
    columns = "bin, CAST(sum(n) AS bigint) GROUP BY bin"
    for sign, rows in read_signed(session, "rollup_workflow_bins", columns, flat, conditions):
        for number, n in rows:
            bins[number] = bins.get(number, 0) + sign * n
    return bins
