"""What an alert says in one line, and how its values are written for people."""

import re
from typing import Final, NamedTuple

from pulseboard import clock
from pulseboard.alerts.rules import Kind, Measure, Rule, unit_of

_VARIABLE: Final = re.compile(r"\{(\w+)\}")


class Place(NamedTuple):
    """What a rule speaks of, by name; all None is the whole installation."""

    repository: str | None = None
    workflow: str | None = None
    branch: str | None = None

    def __str__(self) -> str:
        if self.repository is None:
            return "Pulseboard"
        where = f"{self.workflow} of {self.repository}" if self.workflow else self.repository
        return f"{where} on {self.branch}" if self.branch else where


class Beginning(NamedTuple):
    """The run that an alert began with, as a headline of one's own may name it."""

    since: int
    commit: str | None = None
    author: str | None = None
    run_number: int | None = None


def names_the_run(rule: Rule) -> bool:
    """Say whether the headline of a rule needs to know the run."""
    return any(f"{{{name}}}" in rule.message for name in ("commit", "author", "run_number"))


def headline(rule: Rule, place: Place, value: float | None, beginning: Beginning) -> str:
    """Return the one line that says what broke."""
    if rule.message:
        return _fill(rule, place, value, beginning)
    return _SAYINGS[rule.kind](rule, place, value)


def _fill(rule: Rule, place: Place, value: float | None, beginning: Beginning) -> str:
    number = beginning.run_number
    words = {
        "rule": rule.name,
        "severity": rule.severity.value,
        "repository": place.repository or "Pulseboard",
        "workflow": place.workflow,
        "branch": place.branch,
        "value": write_value(rule, value),
        "threshold": write_value(rule, rule.threshold),
        "commit": beginning.commit and beginning.commit[:7],
        "author": beginning.author,
        "run_number": None if number is None else f"#{number}",
        "since": write_instant(beginning.since),
    }
    # In one go: what is filled in may have braces of its own.
    return _VARIABLE.sub(lambda found: words.get(found[1], found[0]) or "unknown", rule.message)


def write_instant(instant: int) -> str:
    """Write an instant for people who may be in any zone."""
    return clock.to_datetime(instant).strftime("%Y-%m-%d %H:%M UTC")


def write_value(rule: Rule, value: float | None) -> str:
    """Write a value in the unit of its rule."""
    if value is None:
        return "unknown"
    if rule.kind in (Kind.DURATION, Kind.QUEUE_TIME) and rule.measure is not Measure.OVER_BASELINE:
        return write_seconds(value)
    if rule.kind in (Kind.FAILURES_IN_A_ROW, Kind.FLAPPING):
        return f"{value:.0f}"
    if unit_of(rule) == "minutes":
        return write_seconds(value * 60)
    if unit_of(rule) == "hours":
        return write_seconds(value * 3600)
    return f"{value * 100:.0f} %"


def write_seconds(seconds: float) -> str:
    """Write a length of time with at most two units.

    >>> write_seconds(3900)
    '1 h 5 min'
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest and minutes < 10 else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def window_of(rule: Rule) -> str:
    """Say over what a value was taken."""
    if rule.within_minutes is not None:
        return f"in the last {write_seconds(rule.within_minutes * 60)}"
    return f"in the last {rule.within_runs} runs"


def _in_a_row(rule: Rule, place: Place, value: float | None) -> str:
    times = int(value or rule.threshold)
    return f"{place} failed" + (f" {times} times in a row" if times > 1 else "")


def _flapping(rule: Rule, place: Place, value: float | None) -> str:
    return f"{place} is flapping: {write_value(rule, value)} failures {window_of(rule)}"


def _success_rate(rule: Rule, place: Place, value: float | None) -> str:
    limit = write_value(rule, rule.threshold)
    return (
        f"Success rate of {place} is {write_value(rule, value)}, below {limit}, {window_of(rule)}"
    )


def _failure_rate(rule: Rule, place: Place, value: float | None) -> str:
    limit = write_value(rule, rule.threshold)
    return (
        f"Failure rate of {place} is {write_value(rule, value)}, above {limit}, {window_of(rule)}"
    )


def _duration(rule: Rule, place: Place, value: float | None) -> str:
    limit, said = write_value(rule, rule.threshold), write_value(rule, value)
    if rule.measure is Measure.OVER_BASELINE:
        return f"{place} takes {said} longer than usual, more than {limit}"
    measure = "95th percentile" if rule.measure is Measure.P95 else "average"
    return f"{place} is slow: {measure} {said}, over {limit}, {window_of(rule)}"


def _regression(rule: Rule, place: Place, value: float | None) -> str:
    return f"{place} became slower: the last 5 runs take {write_value(rule, value)} longer"


def _queue(rule: Rule, place: Place, value: float | None) -> str:
    limit = write_value(rule, rule.threshold)
    return f"Jobs of {place} wait {write_value(rule, value)} for a runner, over {limit}"


def _red(rule: Rule, place: Place, _value: float | None) -> str:
    return f"{place} has been red for {write_value(rule, rule.threshold)}"


def _no_run(rule: Rule, place: Place, _value: float | None) -> str:
    return f"{place} has not run for {write_value(rule, rule.threshold)}"


def _ingest(rule: Rule, _place: Place, _value: float | None) -> str:
    return f"Pulseboard has heard nothing for {write_value(rule, rule.threshold)}"


def _budget(_rule: Rule, _place: Place, value: float | None) -> str:
    left = "little" if value is None else f"{value * 100:.0f} %"
    return f"GitHub's API limit is nearly used up: {left} is left"


_SAYINGS: Final = {
    Kind.FAILURES_IN_A_ROW: _in_a_row,
    Kind.FLAPPING: _flapping,
    Kind.SUCCESS_RATE: _success_rate,
    Kind.FAILURE_RATE: _failure_rate,
    Kind.DURATION: _duration,
    Kind.DURATION_REGRESSION: _regression,
    Kind.QUEUE_TIME: _queue,
    Kind.BRANCH_RED: _red,
    Kind.NO_RUN: _no_run,
    Kind.INGEST_SILENT: _ingest,
    Kind.API_BUDGET: _budget,
}
