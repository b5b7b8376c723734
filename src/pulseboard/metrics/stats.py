"""Pure arithmetic of the numbers: percentiles, logarithmic bins, intervals and comparisons."""

from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum
from math import floor, sqrt
from typing import Final, NamedTuple

# Bins begin at a millisecond; what is shorter shares the first one.
_FIRST_EDGE: Final = 1000
_LAST_EDGE: Final = 400 * 86_400 * 1_000_000
# The two-sided 95 % point of the normal distribution.
_Z: Final = 1.959963984540054


def _make_edges() -> tuple[int, ...]:
    edges = [_FIRST_EDGE]
    while edges[-1] < _LAST_EDGE:
        # Whole numbers, so that Python, SQLite and PostgreSQL can never disagree about an edge.
        edges.append(edges[-1] * 102 // 100)
    return tuple(edges)


# The lower edges of the bins in microseconds, each at most 2 % above the one before.
BIN_EDGES: Final = _make_edges()


def bin_of(duration: int) -> int:
    """Return the number of the bin of a duration in microseconds (PostgreSQL: width_bucket)."""
    return bisect_right(BIN_EDGES, duration)


def bin_bounds(number: int) -> tuple[int, int]:
    """Return the lower and upper edge of a bin in microseconds."""
    lower = BIN_EDGES[number - 1] if number else 0
    return lower, BIN_EDGES[number] if number < len(BIN_EDGES) else lower


def percentile(values: Sequence[int], share: float) -> float | None:
    """Return the percentile of rising values, linear between neighbours (Hyndman and Fan, type 7).

    >>> percentile([10, 20, 30, 40], 0.5)
    25.0
    """
    if not values:
        return None
    rank = share * (len(values) - 1)
    low = floor(rank)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (rank - low)


def percentile_of_bins(bins: Sequence[tuple[int, int]], share: float) -> float | None:
    """Return the percentile of (bin, count) pairs in rising order, at most 1 % off.

    The values of a bin are taken to lie evenly between its edges.
    """
    total = sum(n for _, n in bins)
    if not total:
        return None
    rank = share * (total - 1)
    before = 0
    for number, n in bins:
        if n and before + n > rank:
            lower, upper = bin_bounds(number)
            return lower + (upper - lower) * min((rank - before + 0.5) / n, 1.0)
        before += n
    raise AssertionError("the rank lies within the total")


class Interval(NamedTuple):
    """An interval of a share between 0 and 1."""

    low: float
    high: float


def wilson(successes: int, total: int) -> Interval | None:
    """Return the Wilson score interval (95 %) of a share; None without observations.

    Source: E. B. Wilson, "Probable inference", JASA 22 (1927).
    """
    if total <= 0:
        return None
    share = successes / total
    spread = _Z * sqrt(share * (1 - share) / total + _Z**2 / (4 * total**2))
    centre = share + _Z**2 / (2 * total)
    scale = 1 + _Z**2 / total
    return Interval(max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


class Meaning(StrEnum):
    """What a change against the previous period means to the reader."""

    BETTER = "better"
    WORSE = "worse"
    SAME = "same"
    UNKNOWN = "unknown"


class Delta(NamedTuple):
    """A change: the difference, the share of the earlier value, and what it means."""

    absolute: float | None
    share: float | None
    meaning: Meaning


# Below this a rate is shown with its interval.
FEW_RUNS: Final = 30
# Fewer runs before than this say nothing.
MIN_RUNS_TO_COMPARE: Final = 5
_SAME_SHARE: Final = 0.02
_SAME_RATE: Final = 0.005


def compare(
    value: float | None,
    before: float | None,
    *,
    runs_before: int,
    higher_is_better: bool | None,
    is_rate: bool = False,
) -> Delta:
    """Compare a value with the previous period's.

    A rate is the same within half a percentage point, anything else within 2 %. The meaning of a
    change that is neither good nor bad (`higher_is_better` None) is unknown.
    """
    if value is None or before is None or runs_before < MIN_RUNS_TO_COMPARE:
        return Delta(None, None, Meaning.UNKNOWN)
    absolute = value - before
    share = absolute / before if before else None
    tolerance = _SAME_RATE if is_rate else abs(before) * _SAME_SHARE
    if abs(absolute) <= tolerance:
        return Delta(absolute, share, Meaning.SAME)
    if higher_is_better is None:
        return Delta(absolute, share, Meaning.UNKNOWN)
    better = (absolute > 0) == higher_is_better
    return Delta(absolute, share, Meaning.BETTER if better else Meaning.WORSE)
