"""Versions of answers, remembered only once what the answers said is stored.

An ETag that outlives its content would hide it for ever: after a crash between the two GitHub would
say that nothing has changed since. So what is learnt waits on a tray until the content is stored.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.db.bulk import Upsert
from pulseboard.db.session import Database
from pulseboard.model import Etag

# An answer that nobody has asked for in so long is not asked for again.
_KEEP: Final = 8 * clock.DAY
# When it was last of use need not be exact.
_TOUCH_EVERY: Final = clock.DAY

_SAVE: Final = Upsert(
    Etag,
    conflict=("credential", "url"),
    updates={"etag": "excluded.etag", "seen_at": "excluded.seen_at"},
)

Noted = dict[tuple[str, str], str]
# Shared with the threads that a poll starts, as they run in copies of its context.
_tray: ContextVar[Noted | None] = ContextVar("etags", default=None)


class EtagShelf:
    """The ETags that are stored; whatever is noted outside of `gathering` is forgotten at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, credential: str, url: str) -> str | None:
        """Return the version of an answer whose content is stored."""
        with self._database.reading() as session:
            row = session.get(Etag, (credential, url))
            if row is None:
                return None
            if row.seen_at < clock.now() - _TOUCH_EVERY:
                self.keep(credential, url, row.etag)
            return row.etag

    def keep(self, credential: str, url: str, etag: str) -> None:
        """Note the version of an answer that has just come."""
        noted = _tray.get()
        if noted is not None:
            noted[credential, url] = etag

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Let what is noted within wait for `save`; what is not saved by the end is forgotten."""
        token = _tray.set({})
        try:
            yield
        finally:
            _tray.reset(token)

    def save(self) -> None:
        """Remember what was noted so far: the content of all of it is stored."""
        noted = _tray.get()
        if not noted:
            return
        now = clock.now()
        rows = [(*place, etag, now) for place, etag in sorted(noted.items())]
        with self._database.writing() as session:
            _SAVE.execute_tuples(session, rows)
        noted.clear()


def forget_old(session: Session, *, at: int) -> None:
    """Delete what nobody has asked for in a long time."""
    is_old = Etag.seen_at < at - _KEEP
    if session.execute(select(Etag.url).where(is_old).limit(1)).first() is not None:
        session.execute(delete(Etag).where(is_old))
