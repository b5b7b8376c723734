"""What a rule reads from finished runs: a value, and whether the condition holds."""

from collections.abc import Callable, Sequence
from itertools import takewhile
from math import isclose
from typing import Final, NamedTuple

from pulseboard import clock
from pulseboard.alerts.rules import Kind, Measure, Rule
from pulseboard.metrics.stats import percentile

_REGRESSION_NEW: Final = 5
_REGRESSION_OLD: Final = 24
_REGRESSION_LAST: Final = 3
_SHORT_WORKFLOW: Final = 5 * clock.MINUTE
_BASELINE: Final = 20
# A rate or a percentile of fewer says nothing.
_FEWEST: Final = 5
# What they read is the failures since the last pass, and nothing before it.
STREAKS: Final = frozenset({Kind.FAILURES_IN_A_ROW, Kind.BRANCH_RED})


class Result(NamedTuple):
    """A run as its last finished attempt that was not excluded left it; times in µs."""

    run_id: int
    number: int
    attempt: int
    created_at: int
    completed_at: int
    failed: bool
    duration: int | None = None
    queue: int | None = None

    @property
    def order(self) -> tuple[int, int, int]:
        """Where it stands in its workflow, whenever it arrived."""
        return (self.number, self.created_at, self.run_id)


class Reading(NamedTuple):
    """What was read at one moment; `value` is in the unit of the rule, None when too little."""

    value: float | None
    holds: bool


def in_order(results: Sequence[Result]) -> list[Result]:
    """Return one result a run, that of its highest attempt, in the order of the runs."""
    newest: dict[int, Result] = {}
    for result in results:
        known = newest.get(result.run_id)
        if known is None or result.attempt > known.attempt:
            newest[result.run_id] = result
    return sorted(newest.values(), key=lambda result: result.order)


def look_back(rule: Rule) -> int:
    """Return how many runs a reading of this rule can depend on."""
    if rule.kind is Kind.FAILURES_IN_A_ROW:
        return int(rule.threshold)
    if rule.kind is Kind.DURATION_REGRESSION:
        return _REGRESSION_NEW + _REGRESSION_OLD
    if rule.kind is Kind.DURATION and rule.measure is Measure.OVER_BASELINE:
        return (rule.within_runs or _BASELINE) + _BASELINE
    return rule.within_runs or 100


def read(rule: Rule, results: Sequence[Result], *, at: int) -> Reading:
    """Read the rule after the last of these results; `at` matters to windows of minutes."""
    return _READERS[rule.kind](rule, results, at)


def _window(rule: Rule, results: Sequence[Result], at: int) -> Sequence[Result]:
    if rule.within_minutes is not None:
        since = at - rule.within_minutes * clock.MINUTE
        return [r for r in results if since < r.completed_at <= at]
    return results[-(rule.within_runs or len(results) or 1) :]


def read_streak(rule: Rule, failures: Sequence[Result], *, at: int) -> Reading:
    """Read a rule of STREAKS from the failures since the last pass, in order."""
    if rule.kind is Kind.FAILURES_IN_A_ROW:
        return Reading(len(failures), len(failures) >= rule.threshold)
    if not failures:
        return Reading(0.0, holds=False)
    minutes = max(0, at - failures[0].completed_at) / clock.MINUTE
    return Reading(minutes, minutes >= rule.threshold)


def _streak(rule: Rule, results: Sequence[Result], at: int) -> Reading:
    failures = list(takewhile(lambda result: result.failed, reversed(results)))
    return read_streak(rule, failures[::-1], at=at)


def _flapping(rule: Rule, results: Sequence[Result], at: int) -> Reading:
    failures = sum(result.failed for result in _window(rule, results, at))
    return Reading(failures, failures >= rule.threshold)


def _rate(rule: Rule, results: Sequence[Result], at: int) -> Reading:
    window = _window(rule, results, at)
    if len(window) < min(_FEWEST, rule.within_runs or _FEWEST):
        return Reading(None, holds=False)
    failed = sum(result.failed for result in window) / len(window)
    if rule.kind is Kind.FAILURE_RATE:
        return Reading(failed, failed > rule.threshold and not isclose(failed, rule.threshold))
    rate = 1 - failed
    return Reading(rate, rate < rule.threshold and not isclose(rate, rule.threshold))


def _duration(rule: Rule, results: Sequence[Result], at: int) -> Reading:
    passed = [result for result in results if result.duration is not None]
    window = _window(rule, passed, at)
    lengths = sorted(result.duration or 0 for result in window)
    if not lengths:
        return Reading(None, holds=False)
    if rule.measure is not Measure.OVER_BASELINE:
        return _against(rule, lengths)
    before = [result.duration or 0 for result in passed[: len(passed) - len(window)]][-_BASELINE:]
    old, new = percentile(sorted(before), 0.5), percentile(lengths, 0.5)
    if len(before) < _FEWEST or not old or new is None:
        return Reading(None, holds=False)
    growth = new / old - 1
    return Reading(growth, growth > rule.threshold)


def _queue(rule: Rule, results: Sequence[Result], at: int) -> Reading:
    waits = sorted(r.queue for r in _window(rule, results, at) if r.queue is not None)
    return _against(rule, waits) if waits else Reading(None, holds=False)


def _against(rule: Rule, lengths: Sequence[int]) -> Reading:
    if rule.measure is Measure.P95:
        value = percentile(lengths, 0.95) or 0.0
    else:
        value = sum(lengths) / len(lengths)
    return Reading(value / clock.SECOND, value > rule.threshold * clock.SECOND)


def _regression(rule: Rule, results: Sequence[Result], _at: int) -> Reading:
    passed = [r.duration for r in results if r.duration is not None and not r.failed]
    new = passed[-_REGRESSION_NEW:]
    old = passed[-_REGRESSION_NEW - _REGRESSION_OLD : -_REGRESSION_NEW]
    if len(old) < _REGRESSION_OLD:
        return Reading(None, holds=False)
    was, now = percentile(sorted(old), 0.5) or 0.0, percentile(sorted(new), 0.5) or 0.0
    growth = now / was - 1 if was else 0.0
    least = 30 * clock.SECOND if was < _SHORT_WORKFLOW else 5 * clock.MINUTE
    grew = growth > rule.threshold and now - was > least
    return Reading(growth, grew and all(length > was for length in new[-_REGRESSION_LAST:]))


def _silent(rule: Rule, results: Sequence[Result], at: int) -> Reading:
    if not results:
        return Reading(None, holds=False)
    hours = max(0, at - max(result.created_at for result in results)) / clock.HOUR
    return Reading(hours, hours >= rule.threshold)


def _elsewhere(_rule: Rule, _results: Sequence[Result], _at: int) -> Reading:
    # What speaks of the whole installation is not read from runs (alerts/timed.py).
    return Reading(None, holds=False)


_READERS: Final[dict[Kind, Callable[[Rule, Sequence[Result], int], Reading]]] = {
    Kind.FAILURES_IN_A_ROW: _streak,
    Kind.FLAPPING: _flapping,
    Kind.SUCCESS_RATE: _rate,
    Kind.FAILURE_RATE: _rate,
    Kind.DURATION: _duration,
    Kind.DURATION_REGRESSION: _regression,
    Kind.QUEUE_TIME: _queue,
    Kind.BRANCH_RED: _streak,
    Kind.NO_RUN: _silent,
    Kind.INGEST_SILENT: _elsewhere,
    Kind.API_BUDGET: _elsewhere,
}
