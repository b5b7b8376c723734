"""The life of an alert as a function of the runs: pending, firing, resolved, whatever came first.

The order of arrival does not enter: the runs are put in the order of (run_number, attempt) and the
rule is read after each of them. So a late failure behind a known success opens nothing.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from pulseboard import clock
from pulseboard.alerts.readings import (
    STREAKS,
    Reading,
    Result,
    in_order,
    look_back,
    read,
    read_streak,
)
from pulseboard.alerts.rules import Kind, Rule


class State(StrEnum):
    """Where an alert stands; acknowledged and muted are flags beside it."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class Episode(NamedTuple):
    """From the run that opened it to the one that cleared it (None while it lasts)."""

    state: State
    opened_by: Result
    fired_at: int | None
    value: float | None
    cleared_by: Result | None = None
    cleared_at: int | None = None
    # It lasted already at the first run that was looked at: its true beginning may lie before.
    from_the_start: bool = False


class _Open(NamedTuple):
    first: Result
    checks: int
    fired_at: int | None
    value: float | None
    from_the_start: bool


def replay(rule: Rule, results: Sequence[Result], *, at: int) -> list[Episode]:
    """Return every episode of these runs in order, the last one perhaps still open at `at`.

    One that cleared while it was pending is left out: nobody was told of it.
    """
    story = _Story(rule)
    for result in in_order(results):
        story.take(result)
    story.let_pass(at)
    return story.end()


def now_of(rule: Rule, results: Sequence[Result], *, at: int) -> Episode | None:
    """Return the episode that is open at `at`, or None."""
    episodes = replay(rule, results, at=at)
    if not episodes or episodes[-1].state is State.RESOLVED:
        return None
    return episodes[-1]


class _Story:
    """The runs of one subject, told one after the other."""

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._seen: list[Result] = []
        # The failures since the last pass: they grow by one a run and are never counted anew.
        self._streak: list[Result] = []
        self._episodes: list[Episode] = []
        self._open: _Open | None = None

    def take(self, result: Result) -> None:
        """Tell of the next run."""
        goes_on = self._goes_on(result)
        if self._rule.kind is Kind.BRANCH_RED and not goes_on:
            # It may have been red for long enough before this run ended it.
            self.let_pass(result.completed_at)
        self._seen.append(result)
        if result.failed:
            self._streak.append(result)
        else:
            self._count_streak()
            self._streak = []
        if goes_on:
            return
        reading = self._read(result.completed_at)
        if reading.holds:
            self._hold(reading.value, result.completed_at)
        elif self._open is not None and self._is_clear():
            self._close(result, result.completed_at)

    def _goes_on(self, result: Result) -> bool:
        """Say whether a run only makes a streak longer that fires already.

        A branch may be red for hundreds of runs; then there is nothing to be read after each.
        """
        fires = self._open is not None and self._open.fired_at is not None
        return fires and result.failed and self._rule.kind in STREAKS

    def _count_streak(self) -> None:
        if self._open is None or self._rule.kind is not Kind.FAILURES_IN_A_ROW:
            return
        reading = read_streak(self._rule, self._streak, at=0)
        if reading.holds:
            self._open = self._open._replace(value=reading.value)

    def let_pass(self, at: int) -> None:
        """Let the clock have its say at `at`, after the runs told so far."""
        if not self._seen or not self._rule.is_timed:
            return
        # A clock that was set back does not undo what has been seen.
        at = max(at, self._seen[-1].completed_at)
        reading = self._read(at)
        if reading.holds:
            self._hold(reading.value, at)
        elif self._open is not None and self._rule.within_minutes is not None:
            self._close(self._seen[-1], at)

    def end(self) -> list[Episode]:
        """Return all that happened."""
        self._count_streak()
        if self._open is None:
            return self._episodes
        state = State.PENDING if self._open.fired_at is None else State.FIRING
        return [*self._episodes, self._as_episode(self._open, state)]

    def _read(self, at: int) -> Reading:
        if self._rule.kind in STREAKS:
            return read_streak(self._rule, self._streak, at=at)
        return read(self._rule, self._seen[-look_back(self._rule) :], at=at)

    def _hold(self, value: float | None, at: int) -> None:
        rule, now = self._rule, self._open
        if now is None:
            first = self._first()
            now = _Open(first, 0, None, value, from_the_start=first is self._seen[0])
        checks, fired = now.checks + 1, now.fired_at
        if fired is None and checks >= rule.for_checks:
            fired = at
            if rule.kind is Kind.BRANCH_RED:
                fired = now.first.completed_at + round(rule.threshold * clock.MINUTE)
        self._open = now._replace(checks=checks, fired_at=fired, value=value)

    def _first(self) -> Result:
        """Return the run an episode is said to begin with: the first failure, else the last run."""
        is_streak = self._rule.kind in STREAKS and self._streak
        return self._streak[0] if is_streak else self._seen[-1]

    def _is_clear(self) -> bool:
        last = self._seen[-self._rule.clear_passes :]
        if self._rule.kind in STREAKS:
            return len(last) == self._rule.clear_passes and not any(r.failed for r in last)
        if self._rule.clear_passes == 1:
            return True
        # The values of a window clear it once the last runs passed as well.
        return not any(result.failed for result in last)

    def _close(self, result: Result, at: int) -> None:
        if self._open is not None and self._open.fired_at is not None:
            closed = self._as_episode(self._open, State.RESOLVED)
            self._episodes.append(closed._replace(cleared_by=result, cleared_at=at))
        self._open = None

    def _as_episode(self, now: _Open, state: State) -> Episode:
        return Episode(state, now.first, now.fired_at, now.value, from_the_start=now.from_the_start)
