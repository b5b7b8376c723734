"""How much may be asked of GitHub, by whom, and what for: its limits, and fewer than they allow."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import Enum
from threading import Condition
from typing import Final, NamedTuple

from msgspec import Struct

from pulseboard import clock
from pulseboard.collect.github.answers import Later, Purpose
from pulseboard.collect.github.credentials import Credential
from pulseboard.collect.github.verdict import (
    WAIT,
    Received,
    limit_of,
    number_in,
    reset_of,
    to_the_second,
)

# The part of every limit that is left for more urgent purposes. Of the hourly one it shrinks as
# the hour ends, so that nothing is left unused.
HELD_BACK: Final[Mapping[Purpose, float]] = {
    Purpose.ALERT: 0.0,
    Purpose.WEBHOOK: 0.0,
    Purpose.POLL: 0.1,
    Purpose.RECONCILE: 0.2,
    Purpose.BACKFILL: 0.3,
    Purpose.LOGS: 0.4,
}
# What has to wait longer for its turn is better asked for later.
_PATIENCE: Final = 30 * clock.SECOND
_LONGEST_PAUSE: Final = clock.HOUR
# GitHub counts what changes something five times.
_COST: Final = {"GET": 1, "POST": 5}
_CORE: Final = "core"


class Rules(NamedTuple):
    """How fast one credential may ask, whatever GitHub's hourly limit says.

    In no minute more than `per_minute`: a tenth of it at once, the rest as it trickles in. GitHub's
    own secondary limits are 900 points a minute and 100 requests at once.
    """

    per_minute: int = 800
    at_once: int = 20

    @property
    def burst(self) -> float:
        """Points that a credential which has rested may spend at once."""
        return self.per_minute / 10

    @property
    def refill(self) -> float:
        """Points that come back in a microsecond."""
        return (self.per_minute - self.burst) / clock.MINUTE

    def share(self, processes: int) -> "Rules":
        """Return the part of one of so many processes that ask with the same credentials."""
        return Rules(max(1, self.per_minute // processes), max(1, self.at_once // processes))


_RULES: Final = Rules()


def _ticks() -> int:
    return time.monotonic_ns() // 1000


class Standing(Struct):
    """What is known of one credential; instants are by our clock, ticks by one that never jumps."""

    name: str
    limit: int | None = None
    remaining: int | None = None
    resets_at: int | None = None
    paused_until: int | None = None
    reason: str | None = None
    # How often in a row GitHub asked for a pause.
    strikes: int = 0
    in_flight: int = 0
    spent: float = 0.0
    spent_tick: int = 0


class Turn(Enum):
    """Whether it is somebody's turn to ask."""

    NOW = "now"
    SOON = "soon"
    LATER = "later"


class Decision(NamedTuple):
    """Whose turn it is and until when to wait: a tick for SOON, an instant for LATER."""

    turn: Turn
    until: int = 0
    words: str = ""


class CredentialBudget(NamedTuple):
    """What one credential has left; None is what GitHub has not said yet, or does not limit."""

    name: str
    limit: int | None
    remaining: int | None
    resets_at: int | None
    paused_until: int | None
    reason: str | None


def decide(
    standing: Standing, *, purpose: Purpose, cost: int, rules: Rules, now: int, tick: int
) -> Decision:
    """Say whether a request may go now; the limits of GitHub come before our own."""
    if standing.paused_until is not None and standing.paused_until > now:
        return Decision(Turn.LATER, standing.paused_until, standing.reason or "")
    kept = HELD_BACK[purpose]
    until = _hourly_until(standing, kept=kept, cost=cost, now=now)
    if until is not None:
        return Decision(Turn.LATER, until, _hourly_words(standing, kept=kept, cost=cost))
    if standing.in_flight >= max(1, int(rules.at_once * (1 - kept))):
        return Decision(Turn.SOON, tick + _PATIENCE)
    spent = _spent(standing, rules=rules, tick=tick)
    room = rules.burst * (1 - kept) - cost
    if spent > max(0.0, room):
        return Decision(Turn.SOON, tick + int((spent - max(0.0, room)) / rules.refill) + 1)
    return Decision(Turn.NOW)


def _hourly_until(standing: Standing, *, kept: float, cost: int, now: int) -> int | None:
    """Return when the hourly limit lets the request through; None when it does."""
    limit, remaining, resets_at = standing.limit, standing.remaining, standing.resets_at
    if limit is None or remaining is None or resets_at is None or resets_at <= now:
        return None
    left = remaining - standing.in_flight - cost
    if left < 0:
        return resets_at
    if not kept:
        return None
    # What is held back falls evenly to nothing until the hour ends.
    free_at = resets_at - int(left * clock.HOUR / (limit * kept))
    return free_at if free_at > now else None


def _hourly_words(standing: Standing, *, kept: float, cost: int) -> str:
    left = (standing.remaining or 0) - standing.in_flight - cost
    size = f"GitHub's limit of {standing.limit:,} requests an hour"
    if left < 0 or not kept:
        return f"{size} is used up."
    return f"{size} is nearly used up; what is left is kept for what is more urgent."


def _spent(standing: Standing, *, rules: Rules, tick: int) -> float:
    return max(0.0, standing.spent - (tick - standing.spent_tick) * rules.refill)


def take(standing: Standing, *, cost: int, rules: Rules, tick: int) -> None:
    """Count a request that is about to be sent."""
    standing.spent = _spent(standing, rules=rules, tick=tick) + cost
    standing.spent_tick = tick
    standing.in_flight += 1


def learn(standing: Standing, received: Received, *, now: int) -> None:
    """Learn from what an answer says about limits."""
    _learn_hourly(standing, received.headers, now=now)
    limit = limit_of(received, now=now) if received.status in (403, 429) else None
    if limit is None:
        # Answers to what was sent before the pause say nothing about it.
        if standing.paused_until is not None and standing.paused_until <= now:
            standing.paused_until, standing.reason, standing.strikes = None, None, 0
        return
    until = limit.until
    if not limit.is_primary:
        if standing.paused_until is None or standing.paused_until <= now:
            standing.strikes += 1
        if not limit.is_stated:
            until = now + min(_LONGEST_PAUSE, WAIT << min(standing.strikes - 1, 10))
    standing.paused_until = max(until, standing.paused_until or 0)
    standing.reason = limit.words


def _learn_hourly(standing: Standing, headers: Mapping[str, str], *, now: int) -> None:
    if headers.get("x-ratelimit-resource", _CORE) != _CORE:
        return
    limit = number_in(headers.get("x-ratelimit-limit"))
    remaining = number_in(headers.get("x-ratelimit-remaining"))
    resets_at = reset_of(headers, now=now)
    if limit is None or remaining is None or resets_at is None:
        return
    known = standing.resets_at
    if known is not None and standing.remaining is not None and limit == standing.limit:
        # Answers overtake each other: within one hour the lowest number is the newest.
        if resets_at < known - clock.MINUTE:
            return
        if resets_at < known + clock.MINUTE:
            remaining = min(remaining, standing.remaining)
    standing.limit, standing.remaining, standing.resets_at = limit, remaining, resets_at


class Budget:
    """The limits of every credential in one process, for any number of threads."""

    def __init__(self, rules: Rules = _RULES, *, ticks: Callable[[], int] = _ticks) -> None:
        self._whole = self._rules = rules
        self._ticks = ticks
        self._changed = Condition()
        self._standings: dict[str, Standing] = {}

    @contextmanager
    def turn(
        self, credentials: Sequence[Credential], *, purpose: Purpose, method: str = "GET"
    ) -> Iterator[Credential]:
        """Wait for the turn of the first credential that may ask; give it for one request.

        Raises Later when that takes too long, with the time when it is good again.
        """
        cost = _COST[method]
        credential = self._wait(credentials, purpose=purpose, cost=cost)
        try:
            yield credential
        finally:
            with self._changed:
                self._standings[credential.key].in_flight -= 1
                self._changed.notify_all()

    def learn(self, credential: Credential, received: Received) -> None:
        """Learn from what an answer says about the limits of a credential."""
        with self._changed:
            learn(self._standing(credential), received, now=clock.now())

    def hear(self, others: Iterable[CredentialBudget], *, processes: int) -> None:
        """Leave their part to other processes, and keep to the pauses that they were asked for."""
        with self._changed:
            self._rules = self._whole.share(max(1, processes))
            told = {other.name: other for other in others}
            for standing in self._standings.values():
                other = told.get(standing.name)
                if other is None or other.paused_until is None:
                    continue
                if other.paused_until > (standing.paused_until or clock.now()):
                    standing.paused_until, standing.reason = other.paused_until, other.reason

    def snapshot(self) -> list[CredentialBudget]:
        """Return what every credential that was used has left, by name."""
        now = clock.now()
        with self._changed:
            shown = [_shown(standing, now=now) for standing in self._standings.values()]
        return sorted(shown, key=lambda budget: budget.name)

    def _wait(
        self, credentials: Sequence[Credential], *, purpose: Purpose, cost: int
    ) -> Credential:
        give_up = self._ticks() + _PATIENCE
        with self._changed:
            while True:
                tick = self._ticks()
                decisions = []
                for credential in credentials:
                    standing = self._standing(credential)
                    decision = decide(
                        standing, purpose=purpose, cost=cost, rules=self._rules,
                        now=clock.now(), tick=tick,
                    )  # fmt: skip
                    if decision.turn is Turn.NOW:
                        take(standing, cost=cost, rules=self._rules, tick=tick)
                        return credential
                    decisions.append(decision)
                soon = [decision.until for decision in decisions if decision.turn is Turn.SOON]
                if not soon or tick >= give_up:
                    raise _later(decisions, now=clock.now())
                self._changed.wait((min(*soon, give_up) - tick) / clock.SECOND)

    def _standing(self, credential: Credential) -> Standing:
        return self._standings.setdefault(credential.key, Standing(credential.name))


def _later(decisions: Sequence[Decision], *, now: int) -> Later:
    """Return the earliest time at which one of the credentials is good again."""
    stated = [decision for decision in decisions if decision.turn is Turn.LATER]
    if len(stated) < len(decisions):
        words = "So much is asked of GitHub just now that this has to wait."
        return Later(words, until=now + WAIT)
    first = min(stated, key=lambda decision: decision.until)
    return Later(f"{first.words} It goes on at {to_the_second(first.until)}.", until=first.until)


def _shown(standing: Standing, *, now: int) -> CredentialBudget:
    is_over = standing.resets_at is not None and standing.resets_at <= now
    is_paused = standing.paused_until is not None and standing.paused_until > now
    return CredentialBudget(
        standing.name,
        standing.limit,
        # A new hour has begun since; nobody has asked in it yet.
        standing.limit if is_over else standing.remaining,
        None if is_over else standing.resets_at,
        standing.paused_until if is_paused else None,
        standing.reason if is_paused else None,
    )
