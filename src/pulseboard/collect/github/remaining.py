"""What is left of GitHub's limits, kept where every process of one database can read it."""

from threading import Lock
from typing import Final
from uuid import uuid4

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github.budget import Budget, CredentialBudget
from pulseboard.db.bulk import lock_for_look_ups
from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from pulseboard.model import Setting

_NAME: Final = "github/budget"
# Which processes ask, each with when it last said so.
_ASKERS: Final = "github/askers"
_EVERY: Final = 10 * clock.SECOND
# Who has not said so for so long asks no more.
_GONE_AFTER: Final = 4 * _EVERY
# A credential that nobody has used in so long may be gone; its hour is over in any case.
_KEEP: Final = 2 * clock.HOUR


class _Entry(Struct, array_like=True):
    budget: CredentialBudget
    seen_at: int


_Entries = dict[str, _Entry]
_read: Final = msgspec.json.Decoder(_Entries).decode
_read_askers: Final = msgspec.json.Decoder(dict[str, int]).decode


class Remaining:
    """Notes what one process learns about the limits, now and then, and each pause at once.

    On the way it learns how many processes ask, and leaves them their part.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._me = uuid4().hex
        self._noted: dict[str, CredentialBudget] = {}
        self._noted_at = 0

    def note(self, budget: Budget, *, at_once: bool = False) -> None:
        """Store what has changed when it is time to; never a reason for a request to fail."""
        now = clock.now()
        found = {one.name: one for one in budget.snapshot()}
        with self._lock:
            pauses = {name: one.paused_until for name, one in found.items()}
            known = {name: one.paused_until for name, one in self._noted.items()}
            is_time = at_once or pauses != known or now >= self._noted_at + _EVERY
            if not is_time or (at_once and found == self._noted):
                return
            changed = {name for name, one in found.items() if self._noted.get(name) != one}
            self._noted, self._noted_at = found, now
        try:
            with self._database.writing() as session:
                lock_for_look_ups(session)
                processes = _count_askers(session, self._me, at=now)
                budget.hear(read_budgets(session, at=now), processes=processes)
                # With the pauses that others were asked for, which are not to be lost.
                news = [one for one in budget.snapshot() if one.name in changed]
                _store(session, news, at=now)
        except Unavailable:
            # The next request that comes through notes it.
            with self._lock:
                self._noted, self._noted_at = {}, 0


def _store(session: Session, changed: list[CredentialBudget], *, at: int) -> None:
    row = session.get(Setting, _NAME)
    entries = {} if row is None else _read(row.value)
    entries |= {one.name: _Entry(one, at) for one in changed}
    kept = {name: entry for name, entry in entries.items() if entry.seen_at > at - _KEEP}
    value = msgspec.json.encode(kept).decode()
    session.merge(Setting(name=_NAME, value=value, updated_at=at))


def _count_askers(session: Session, me: str, *, at: int) -> int:
    row = session.get(Setting, _ASKERS)
    known = {} if row is None else _read_askers(row.value)
    kept = {name: seen for name, seen in known.items() if seen > at - _GONE_AFTER} | {me: at}
    value = msgspec.json.encode(kept).decode()
    session.merge(Setting(name=_ASKERS, value=value, updated_at=at))
    return len(kept)


def read_budgets(session: Session, *, at: int) -> list[CredentialBudget]:
    """Return what every credential has left as of `at`, by name; what is not known is None."""
    row = session.get(Setting, _NAME)
    if row is None:
        return []
    entries = _read(row.value)
    return [
        _as_of(entries[name].budget, at=at)
        for name in sorted(entries)
        if entries[name].seen_at > at - _KEEP
    ]


def _as_of(budget: CredentialBudget, *, at: int) -> CredentialBudget:
    if budget.resets_at is not None and budget.resets_at <= at:
        budget = budget._replace(remaining=budget.limit, resets_at=None)
    if budget.paused_until is not None and budget.paused_until <= at:
        budget = budget._replace(paused_until=None, reason=None)
    return budget
