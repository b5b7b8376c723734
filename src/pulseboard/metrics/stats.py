"""Pure arithmetic of the numbers: percentiles, logarithmic bins, intervals and comparisons."""

from collections.abc import Sequence
from enum import StrEnum
from math import floor, sqrt
from typing import Final, NamedTuple

# Each doubling of the duration is cut into this many equal bins: at most 1/64 = 1.6 % wide.
BINS_A_DOUBLING: Final = 64
_BITS: Final = BINS_A_DOUBLING.bit_length()
# Beyond every duration a table can hold.
_LARGEST_SHIFT: Final = 63 - _BITS
# How far a percentile read from bins may lie from the true one.
_TOLERANCE: Final = 0.01
# The two-sided 95 % point of the normal distribution.
_Z: Final = 1.959963984540054
# A rate over fewer is shown with its interval.
FEW_RUNS: Final = 30


def bin_of(duration: int) -> int:
    """Return the number of the bin of a duration in microseconds.

    The number grows with the logarithm of the duration. It is the duration's highest seven bits
    and how far they are shifted, so that whole numbers alone decide and no two machines, nor SQL
    and Python, can ever disagree about an edge. Up to 127 microseconds each has a bin of its own.
    """
    shift = max(duration.bit_length() - _BITS, 0)
    return shift * BINS_A_DOUBLING + (duration >> shift)


def bin_bounds(number: int) -> tuple[int, int]:
    """Return the lowest duration of a bin and the lowest of the next, in microseconds."""
    shift = max(number // BINS_A_DOUBLING - 1, 0)
    leading = number - shift * BINS_A_DOUBLING
    return leading << shift, (leading + 1) << shift


def bin_sql(column: str) -> str:
    """Return SQL that gives the bin of a duration as bin_of does, on any database."""

    def choose(low: int, high: int) -> str:
        if low == high:
            return f"{low * BINS_A_DOUBLING} + ({column} >> {low})"
        middle = (low + high) // 2
        limit = 1 << (middle + _BITS)
        upper = choose(middle + 1, high)
        return f"CASE WHEN {column} < {limit} THEN {choose(low, middle)} ELSE {upper} END"

    return choose(0, _LARGEST_SHIFT)


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
    low = floor(rank)
    below = _value_at(bins, low)
    above = _value_at(bins, min(low + 1, total - 1))
    return below + (above - below) * (rank - low)


def _value_at(bins: Sequence[tuple[int, int]], rank: int) -> float:
    """Return about the value of a rank, the smallest being number 0."""
    before = 0
    for number, n in bins:
        if before + n > rank:
            lower, upper = bin_bounds(number)
            highest = upper - 1
            even = lower + (highest - lower) * (rank - before + 0.5) / n
            # Wherever in the bin the true value lies, this is within the tolerance of it.
            return min(max(even, highest * (1 - _TOLERANCE)), lower * (1 + _TOLERANCE))
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
    # 0.905 - 0.9 is a little more than 0.005 in floating point.
    if abs(absolute) <= tolerance * (1 + 1e-9):
        return Delta(absolute, share, Meaning.SAME)
    if higher_is_better is None:
        return Delta(absolute, share, Meaning.UNKNOWN)
    better = (absolute > 0) == higher_is_better
    return Delta(absolute, share, Meaning.BETTER if better else Meaning.WORSE)
