"""Comparisons say whether a change is good, and say nothing without a base."""

from pulseboard import clock
from pulseboard.metrics.stats import Meaning
from pulseboard.wall.comparisons import (
    compare_counts,
    compare_durations,
    compare_failures,
    compare_rates,
)

BEFORE = "the week before"


def test_falling_rate_is_worse():
    found = compare_rates(0.92, 0.941, runs_before=50, period=BEFORE)
    assert (found.arrow, found.text) == ("▼", "2.1\u202fpp worse than the week before")
    assert found.meaning is Meaning.WORSE


def test_slower_is_worse_although_it_goes_up():
    found = compare_durations(
        468.0 * clock.SECOND, 427.0 * clock.SECOND, runs_before=9, period=BEFORE
    )
    assert (found.arrow, found.text) == ("▲", "41s slower than in the week before")
    assert found.meaning is Meaning.WORSE


def test_more_runs_are_neither_good_nor_bad():
    found = compare_counts(108, 100, period=BEFORE)
    assert (found.arrow, found.text) == ("▲", "8\u202f% more than in the week before")
    assert found.meaning is Meaning.UNKNOWN


def test_tiny_change_is_the_same():
    assert compare_rates(0.9, 0.904, runs_before=9, period=BEFORE).meaning is Meaning.SAME
    assert compare_counts(101, 100, period=BEFORE).text == "about as many as in the week before"


def test_fewer_than_five_runs_before_are_no_base():
    for found in (
        compare_rates(0.5, 1.0, runs_before=4, period=BEFORE),
        compare_counts(9, 4, period=BEFORE),
        compare_durations(2.0, 1.0, runs_before=4, period=BEFORE),
    ):
        assert (found.arrow, found.text) == ("", "no comparison (4 runs before)")
    assert compare_counts(9, 1, period=BEFORE).text == "no comparison (1 run before)"


def test_every_single_failure_counts():
    assert compare_failures(3, 3, period=BEFORE).text == "as many as in the week before"
    assert compare_failures(4, 3, period=BEFORE).text == "1 more than in the week before"
    assert compare_failures(0, 3, period=BEFORE).meaning is Meaning.BETTER
