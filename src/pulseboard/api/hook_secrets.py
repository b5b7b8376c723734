"""Which secrets sign webhooks now: of the settings, of the App, and of single repositories."""

import asyncio
import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pulseboard.collect.github import keys
from pulseboard.collect.github.webhook import repository_named
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.errors import PulseboardError

# How soon a secret counts that another process has stored.
_FRESH_SECONDS: Final = 5.0
# A wrong signature asks for the newest, but not more often than this.
_SOONEST_SECONDS: Final = 1.0
_log = structlog.get_logger("pulseboard.door")


class HookSecrets:
    """Secrets that are looked up again now and then, beside the requests.

    `load` returns what is stored, or None when nothing has changed since it was last asked.
    """

    def __init__(
        self, given: Sequence[bytes], *, load: Callable[[], keys.Stored | None] = lambda: None
    ) -> None:
        self._given = tuple(given)
        self._load = load
        self._stored = keys.Stored()
        self._loaded_at = float("-inf")
        self._lock = Lock()

    @property
    def shared(self) -> tuple[bytes, ...]:
        """Those that are good for every repository."""
        return (*self._given, *self._stored.shared)

    def of(self, body: bytes, content_type: str | None) -> tuple[bytes, ...]:
        """Return those of the repository that a delivery speaks of, before it is believed."""
        own = self._stored.own
        if not own:
            return ()
        named = repository_named(body, content_type)
        return tuple(own[name] for name in named if name in own)

    async def refresh(self, *, is_doubted: bool = False) -> None:
        """Look up what is stored when it is time to; what was known stays while that fails."""
        age = time.monotonic() - self._loaded_at
        if age < (_SOONEST_SECONDS if is_doubted else _FRESH_SECONDS):
            return
        await asyncio.to_thread(self._refresh)

    def expire(self) -> None:
        """Look up what is stored before the next delivery: something has just been."""
        self._loaded_at = float("-inf")

    def _refresh(self) -> None:
        with self._lock:
            self._loaded_at = time.monotonic()
            try:
                self._stored = self._load() or self._stored
            except (PulseboardError, SQLAlchemyError) as error:
                _log.warning("door.secrets_unreadable", reason=str(error))


def hook_secrets(settings: Settings, database: Database) -> HookSecrets:
    """Return the secrets of one server."""
    revision: tuple[int, int] | None = None

    def load() -> keys.Stored | None:
        nonlocal revision
        with database.reading() as session:
            found = keys.revision(session)
            if found == revision:
                return None
            stored = keys.read_webhook_secrets(session, settings)
        revision = found
        return stored

    given = [secret.get_secret_value().encode() for secret in settings.webhook_secrets]
    return HookSecrets(given, load=load)
