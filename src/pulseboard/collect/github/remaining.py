"""What is left of GitHub's limits, kept where every process of one database can read it."""

from threading import Lock
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github.budget import Budget, CredentialBudget
from pulseboard.db.engine import lock_writer
from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from pulseboard.model import Setting

_NAME: Final = "github/budget"
_EVERY: Final = 10 * clock.SECOND
# A credential that nobody has used in so long may be gone; its hour is over in any case.
_KEEP: Final = 2 * clock.HOUR


class _Entry(Struct, array_like=True):
    budget: CredentialBudget
    seen_at: int


_Entries = dict[str, _Entry]
_read: Final = msgspec.json.Decoder(_Entries).decode


class Remaining:
    """Notes what one process learns about the limits, now and then, and each pause at once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = Lock()
        self._noted: dict[str, CredentialBudget] = {}
        self._noted_at = 0

    def note(self, budget: Budget) -> None:
        """Store what has changed when it is time to; never a reason for a request to fail."""
        now = clock.now()
        found = {one.name: one for one in budget.snapshot()}
        with self._lock:
            pauses = {name: one.paused_until for name, one in found.items()}
            known = {name: one.paused_until for name, one in self._noted.items()}
            if pauses == known and now < self._noted_at + _EVERY:
                return
            changed = [one for one in found.values() if self._noted.get(one.name) != one]
            self._noted, self._noted_at = found, now
        if not changed:
            return
        try:
            with self._database.writing() as session:
                _store(session, changed, at=now)
        except Unavailable:
            # The next request that comes through notes it.
            with self._lock:
                self._noted, self._noted_at = {}, 0


def _store(session: Session, changed: list[CredentialBudget], *, at: int) -> None:
    lock_writer(session, looks_up=True)
    row = session.get(Setting, _NAME)
    entries = {} if row is None else _read(row.value)
    entries |= {one.name: _Entry(one, at) for one in changed}
    kept = {name: entry for name, entry in entries.items() if entry.seen_at > at - _KEEP}
    value = msgspec.json.encode(kept).decode()
    session.merge(Setting(name=_NAME, value=value, updated_at=at))


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
