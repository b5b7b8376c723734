"""The life of an alert, from tables of literals and whatever the order of arrival."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulseboard.alerts.episodes import State, now_of, replay
from pulseboard.alerts.readings import Result
from pulseboard.alerts.rules import Rule

MINUTE = 60_000_000


def results(word, *, duration=None):
    """Write runs as letters: F failed, P passed, one a minute."""
    return [
        Result(n, n, 1, n * MINUTE, n * MINUTE + 1, letter == "F", duration)
        for n, letter in enumerate(word, 1)
    ]


def story(rule, found, *, at=10**12):
    return [
        (
            episode.state.value,
            episode.opened_by.number,
            episode.cleared_by and episode.cleared_by.number,
        )
        for episode in replay(rule, found, at=at)
    ]


def rule_of(kind="consecutive_failures", **fields):
    return Rule(name="x", kind=kind, **fields)


@pytest.mark.parametrize(
    ("fields", "word", "told"),
    [
        ({}, "PP", []),
        ({}, "PF", [("firing", 2, None)]),
        ({}, "PFFP", [("resolved", 2, 4)]),
        ({}, "FPF", [("resolved", 1, 2), ("firing", 3, None)]),
        ({"threshold": 3}, "FFPFF", []),
        ({"threshold": 3}, "PFFFF", [("firing", 2, None)]),
        ({"threshold": 2, "clear_passes": 2}, "FFPF", [("firing", 1, None)]),
        ({"threshold": 2, "clear_passes": 2}, "FFPFPP", [("resolved", 1, 6)]),
        ({"for_checks": 2}, "PF", [("pending", 2, None)]),
        ({"for_checks": 2}, "PFP", []),
        ({"for_checks": 2}, "PFF", [("firing", 2, None)]),
    ],
)
def test_failures_in_a_row_open_and_passes_clear(fields, word, told):
    assert story(rule_of(**fields), results(word)) == told


@pytest.mark.parametrize(
    ("kind", "fields", "word", "told"),
    [
        ("flapping", {"threshold": 3, "within_runs": 5}, "FPFPF", [("firing", 5, None)]),
        ("flapping", {"threshold": 3, "within_runs": 5}, "FPFPFPP", [("resolved", 5, 6)]),
        ("success_rate", {"threshold": 0.8, "within_runs": 5}, "PPPPF", []),
        ("success_rate", {"threshold": 0.8, "within_runs": 5}, "PPPFF", [("firing", 5, None)]),
        ("failure_rate", {"threshold": 0.2, "within_runs": 5}, "PPPPF", []),
        ("failure_rate", {"threshold": 0.2, "within_runs": 5}, "PPPFF", [("firing", 5, None)]),
        ("success_rate", {"threshold": 0.8, "within_runs": 5}, "F", []),
    ],
)
def test_windows_of_runs(kind, fields, word, told):
    assert story(rule_of(kind, **fields), results(word)) == told


def test_failures_within_minutes_clear_as_time_passes():
    rule = rule_of("flapping", threshold=2, within_minutes=30)
    found = results("FF")

    assert story(rule, found, at=10 * MINUTE) == [("firing", 2, None)]
    assert story(rule, found, at=40 * MINUTE) == [("resolved", 2, 2)]


def test_red_for_long_enough_fires_without_another_run():
    rule = rule_of("default_branch_red", threshold=30)

    assert story(rule, results("PF"), at=31 * MINUTE) == []
    assert story(rule, results("PF"), at=33 * MINUTE) == [("firing", 2, None)]


def test_red_for_long_enough_is_remembered_when_the_fix_comes():
    rule = rule_of("default_branch_red", threshold=30)
    fixed = Result(2, 2, 1, 50 * MINUTE, 50 * MINUTE, failed=False)

    (episode,) = replay(rule, [*results("F"), fixed], at=60 * MINUTE)

    assert (episode.fired_at, episode.cleared_at) == (31 * MINUTE + 1, 50 * MINUTE)


def test_a_regression_needs_the_growth_the_minutes_and_the_last_three():
    rule = rule_of("duration_regression", threshold=0.25)

    def lengths(*new):
        return [
            Result(n, n, 1, n, n, failed=False, duration=length * MINUTE)
            for n, length in enumerate([20] * 24 + list(new), 1)
        ]

    assert now_of(rule, lengths(30, 30, 30, 30, 30), at=99).value == pytest.approx(0.5)
    assert now_of(rule, lengths(30, 30, 30, 30, 19), at=99) is None
    assert now_of(rule, lengths(24, 24, 24, 24, 24), at=99) is None


def test_slow_builds_by_average_and_over_baseline():
    slow = [r._replace(duration=60 * MINUTE) for r in results("PPP")]

    assert now_of(rule_of("duration", threshold=1200, within_runs=3), slow, at=0).value == 3600
    grown = [
        r._replace(duration=(10 if r.number <= 10 else 20) * MINUTE) for r in results("P" * 15)
    ]
    rule = rule_of("duration", threshold=0.5, within_runs=5, measure="over_baseline")
    assert now_of(rule, grown, at=0).value == pytest.approx(1.0)


def test_a_green_attempt_makes_up_for_the_red_one():
    red, green = results("F")[0], results("P")[0]._replace(attempt=2)

    assert story(rule_of(), [red]) == [("firing", 1, None)]
    assert story(rule_of(), [green, red]) == []


_letters = st.text("FP", min_size=1, max_size=25)
_rules = st.sampled_from([
    rule_of(), rule_of(threshold=2, clear_passes=2), rule_of(threshold=3, for_checks=2),
    rule_of("flapping", threshold=3, within_runs=5),
    rule_of("success_rate", threshold=0.7, within_runs=6),
    rule_of("default_branch_red", threshold=3),
])  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(word=_letters, again=_letters, rule=_rules, data=st.data())
def test_any_order_of_arrival_tells_the_same_story(word, again, rule, data):
    found = results(word) + [r._replace(attempt=2) for r in results(again)[: len(word)]]
    shuffled = data.draw(st.permutations(found))

    assert replay(rule, shuffled, at=60 * MINUTE) == replay(rule, found, at=60 * MINUTE)


@settings(deadline=None, max_examples=200)
@given(word=_letters)
def test_one_failure_and_one_pass_mean_the_newest_run_decides(word):
    episode = now_of(rule_of(), results(word), at=0)

    assert (episode is not None) is word.endswith("F")
    if episode is not None:
        assert episode.state is State.FIRING
        assert episode.opened_by.number == len(word.rstrip("F")) + 1
