"""The arithmetic of the numbers, held against figures worked out by hand or found in print."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from pulseboard.clock import DAY, MINUTE, SECOND
from pulseboard.metrics.stats import (
    Meaning,
    bin_bounds,
    bin_of,
    bin_sql,
    compare,
    percentile,
    percentile_of_bins,
    wilson,
)

LONGEST = (1 << 63) - 1
durations = st.integers(0, 400 * DAY) | st.integers(0, LONGEST)


@pytest.mark.parametrize(
    ("duration", "number", "bounds"),
    [
        (0, 0, (0, 1)),
        (1, 1, (1, 2)),
        (127, 127, (127, 128)),
        (128, 128, (128, 130)),
        (129, 128, (128, 130)),
        (255, 191, (254, 256)),
        (256, 192, (256, 260)),
        (SECOND, 954, (999_424, 1_007_616)),
        (MINUTE, 1_330, (59_768_832, 60_293_120)),
        (LONGEST, 56 * 64 + 127, (127 << 56, 128 << 56)),
    ],
)
def test_bins_are_the_highest_seven_bits(duration, number, bounds):
    assert bin_of(duration) == number
    assert bin_bounds(number) == bounds


@given(duration=durations)
def test_a_bin_holds_its_duration_and_is_at_most_two_percent_wide(duration):
    lower, upper = bin_bounds(bin_of(duration))

    assert lower <= duration < upper
    assert upper - lower == 1 or upper <= lower * 1.02


@given(duration=st.integers(0, LONGEST - 1))
def test_bins_lie_side_by_side(duration):
    assert bin_of(duration + 1) - bin_of(duration) in (0, 1)


def test_sql_puts_durations_into_the_same_bins(database):
    edges = [0, 1, 127, 128, *(1 << shift for shift in range(7, 63)), LONGEST]
    tried = sorted({max(edge + off, 0) for edge in edges[:-1] for off in (-1, 0, 1)} | {LONGEST})

    with database.reading() as session:
        found = [
            session.scalar(text(f"SELECT {bin_sql(f'CAST({duration} AS bigint)')}"))
            for duration in tried
        ]

    assert found == [bin_of(duration) for duration in tried]


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([], 0.5, None),
        ([7], 0.95, 7),
        ([10, 20], 0.5, 15),
        ([10, 20, 30, 40], 0.5, 25),
        ([10, 20, 30, 40], 0.95, 38.5),
        ([1, 2, 3, 4, 100], 0.5, 3),
        ([1, 2, 3, 4, 100], 0.95, 80.8),
        ([5, 6, 7], 0, 5),
        ([5, 6, 7], 1, 7),
    ],
)
def test_percentiles_are_linear_between_neighbours(values, share, expected):
    assert percentile(values, share) == pytest.approx(expected)


@given(
    values=st.lists(durations, min_size=1, max_size=50).map(sorted),
    share=st.sampled_from([0, 0.25, 0.5, 0.95, 0.99, 1]),
)
def test_percentiles_of_bins_are_at_most_one_percent_off(values, share):
    bins = {}
    for value in values:
        bins[bin_of(value)] = bins.get(bin_of(value), 0) + 1

    found = percentile_of_bins(sorted(bins.items()), share)

    assert found == pytest.approx(percentile(values, share), rel=0.010001)


def test_percentiles_of_bins_lie_evenly_between_their_edges():
    # All in the bin from 59.768832 s to 60.293120 s, as if at equal distances.
    bins = [(bin_of(MINUTE), 1000)]

    assert percentile_of_bins(bins, 0.5) == pytest.approx(60.030_976 * SECOND, rel=1e-6)
    assert percentile_of_bins([], 0.5) is None


@pytest.mark.parametrize(
    ("successes", "total", "low", "high"),
    [
        (1, 2, 0.0945, 0.9055),
        (9, 50, 0.0977, 0.3080),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_wilson_interval_is_the_published_one(successes, total, low, high):
    assert wilson(successes, total) == pytest.approx((low, high), abs=5e-5)


def test_wilson_interval_of_nothing_is_none():
    assert wilson(0, 0) is None


@pytest.mark.parametrize(
    ("value", "before", "better", "is_rate", "meaning"),
    [
        (0.95, 0.90, True, True, Meaning.BETTER),
        (0.90, 0.95, True, True, Meaning.WORSE),
        (0.905, 0.900, True, True, Meaning.SAME),
        (0.906, 0.900, True, True, Meaning.BETTER),
        (102.0, 100.0, False, False, Meaning.SAME),
        (103.0, 100.0, False, False, Meaning.WORSE),
        (97.0, 100.0, False, False, Meaning.BETTER),
        (0.0, 0.0, False, False, Meaning.SAME),
        (5.0, 0.0, False, False, Meaning.WORSE),
        (200.0, 100.0, None, False, Meaning.UNKNOWN),
        (None, 100.0, True, False, Meaning.UNKNOWN),
        (100.0, None, True, False, Meaning.UNKNOWN),
    ],
)
def test_a_change_means_something_beyond_the_dead_band(value, before, better, is_rate, meaning):
    found = compare(value, before, runs_before=5, higher_is_better=better, is_rate=is_rate)

    assert found.meaning is meaning


def test_a_change_is_told_in_difference_and_share():
    found = compare(150.0, 100.0, runs_before=5, higher_is_better=False)

    assert (found.absolute, found.share) == (50.0, 0.5)


def test_there_is_no_comparison_with_fewer_than_five_runs():
    found = compare(150.0, 100.0, runs_before=4, higher_is_better=False)

    assert found == (None, None, Meaning.UNKNOWN)
