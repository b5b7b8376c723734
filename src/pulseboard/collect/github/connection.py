"""One process' way to GitHub and from there to the writer, made when the first job needs it."""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final, Protocol, runtime_checkable

from msgspec import structs
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github.answers import Asks
from pulseboard.collect.github.app import has_app
from pulseboard.collect.github.collector import Collector, OnBackfill, tell_nobody
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.keys import has_tokens
from pulseboard.collect.groupcommit import OnCommit, commit
from pulseboard.collect.records import Envelope, Receipt
from pulseboard.collect.writer import Reaction
from pulseboard.config import Settings
from pulseboard.db.session import Database

CLOUD: Final = "https://api.github.com"


def has_credential(session: Session, settings: Settings) -> bool:
    """Say whether GitHub knows who asks, at least for some repositories."""
    return settings.has_github_credential or has_app(session, settings) or has_tokens(session)


class Connect(Protocol):
    """Makes the client of GitHub."""

    def __call__(self, settings: Settings, *, database: Database, etags: EtagShelf) -> Asks:
        """Return a client that any number of threads may use."""
        ...


@runtime_checkable
class _Closes(Protocol):
    def close(self) -> None:
        """Close all connections."""
        ...


class Connection:
    """What all jobs of one process share: one client, and with it one budget."""

    def __init__(
        self,
        settings: Settings,
        *,
        connect: Connect,
        reactions: Sequence[Reaction] = (),
        on_commit: Sequence[OnCommit] = (),
        on_backfill: OnBackfill | None = None,
    ) -> None:
        self._settings = settings
        self._connect = connect
        self._reactions = reactions
        self._on_commit = on_commit
        self._on_backfill = on_backfill
        self._lock = Lock()
        self._collector: Collector | None = None

    @property
    def settings(self) -> Settings:
        """What this process was started with."""
        return self._settings

    def has_app(self, session: Session) -> bool:
        """Whether GitHub is asked as an App, of the settings or made here."""
        return has_app(session, self._settings)

    def has_credential(self, session: Session) -> bool:
        """Whether GitHub knows who asks, at least for some repositories."""
        return has_credential(session, self._settings)

    def collector(self, database: Database, *, should_stop: Callable[[], bool]) -> Collector:
        """Return the way to GitHub for one job."""
        with self._lock:
            if self._collector is None:
                self._collector = self._make(database)
        return structs.replace(self._collector, should_stop=should_stop)

    def close(self) -> None:
        """Close the client, where one was made; no job may be at work any more."""
        with self._lock:
            made, self._collector = self._collector, None
        if made is not None and isinstance(made.github, _Closes):
            made.github.close()

    def _make(self, database: Database) -> Collector:
        def write(envelopes: Sequence[Envelope], *, is_history: bool) -> list[Receipt]:
            for envelope in envelopes:
                envelope.is_history = is_history
            return commit(database, envelopes, reactions=self._reactions, on_commit=self._on_commit)

        etags = EtagShelf(database)
        return Collector(
            database,
            self._connect(self._settings, database=database, etags=etags),
            etags,
            write,
            self._settings.refresh_seconds * clock.SECOND,
            is_cloud=self._settings.github_api_url == CLOUD,
            tell=self._on_backfill or tell_nobody,
        )
