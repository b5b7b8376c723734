"""How durations are spread over a window: percentiles, exact while there are few of them."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard.db.engine import gathered
from pulseboard.metrics.conditions import Conditions, conditions_of
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
_numbers: Final = msgspec.json.Decoder(list[int])


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
    (found,) = percentiles_of_parts(session, scope=scope, parts=[(window, counted)])
    return found


def percentiles_of_parts(
    session: Session, *, scope: Scope, parts: Sequence[tuple[Window, Totals]]
) -> list[Percentiles]:
    """Return p50 and p95 of each window; its totals say how many durations it has."""
    few = {
        number: window
        for number, (window, counted) in enumerate(parts)
        if 0 < counted.timed <= EXACT_UP_TO
    }
    read = _durations(session, scope, few)
    found = []
    for number, (window, counted) in enumerate(parts):
        values = read.get(number, [])
        # Of runs that retention has deleted only the bins know the durations.
        if counted.timed <= EXACT_UP_TO and len(values) >= counted.timed:
            found.append(Percentiles(percentile(values, 0.5), percentile(values, 0.95), exact=True))
            continue
        bins = sorted(count_bins(session, scope=scope, window=window).items())
        p50, p95 = percentile_of_bins(bins, 0.5), percentile_of_bins(bins, 0.95)
        found.append(Percentiles(p50, p95, exact=False))
    return found


def _durations(
    session: Session, scope: Scope, windows: Mapping[int, Window]
) -> dict[int, list[int]]:
    """Return the rising durations of each window, by its number."""
    slices = [(number, window.start, window.end) for number, window in windows.items()]
    rows = read_slices(
        session, slices, conditions_of(session, scope),
        # A row for each duration would take longer to fetch than to find.
        select=gathered(session, "duration"), where=TIMED_SQL,
    )  # fmt: skip
    return {number: sorted(_numbers.decode(text)) for number, text in rows if text is not None}


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
