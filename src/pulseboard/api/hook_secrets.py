"""Which secrets sign webhooks now: of the settings, of the App, and of single repositories."""

import asyncio
import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Final, NamedTuple

import structlog
from sqlalchemy.exc import SQLAlchemyError

from pulseboard.collect.github import keys
from pulseboard.collect.github.webhook import repository_told, verify
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.errors import PulseboardError

# How soon a secret counts that another process has stored.
_FRESH_SECONDS: Final = 5.0
# A wrong signature asks for the newest, but not more often than this.
_SOONEST_SECONDS: Final = 1.0
_log = structlog.get_logger("pulseboard.door")


class Speaker(NamedTuple):
    """The names, a repository's and its account's, by which one may have signed a delivery."""

    # What the delivery says, and what is known of the id it gives.
    told: tuple[str, ...] = ()
    known: tuple[str, ...] = ()


class HookSecrets:
    """Secrets that are looked up again now and then, beside the requests.

    `load` returns what is stored, or None when nothing has changed since it was last asked;
    `holder` the name of the repository that is known by an id of GitHub's.
    """

    def __init__(
        self,
        given: Sequence[bytes],
        *,
        load: Callable[[], keys.Stored | None] = lambda: None,
        holder: Callable[[str], str | None] = lambda _: None,
    ) -> None:
        self._given = tuple(given)
        self._load = load
        self._holder = holder
        self._stored = keys.Stored()
        # Those that are good for every repository.
        self.shared = self._given
        self._loaded_at = float("-inf")
        self._lock = Lock()

    async def speaker_of(
        self, body: bytes, *, event: str | None, content_type: str | None
    ) -> Speaker:
        """Return whose a delivery is, where a repository or an account has a secret of its own.

        A delivery names its repository, but what it tells is kept by the repository's id: one that
        is known by another name is not the signer's to speak of.
        """
        if not self._stored.own:
            return Speaker()
        told = repository_told(body, event=event, content_type=content_type)
        holder = None
        if told.provider_id is not None:
            holder = await asyncio.to_thread(self._holder, told.provider_id)
        known = () if holder is None else (holder, f"{holder.partition('/')[0]}/*")
        return Speaker(told.names, known or told.names)

    def has_any(self, speaker: Speaker) -> bool:
        """Say whether there is one for the repository that a delivery speaks of."""
        names = (*speaker.told, *speaker.known)
        return bool(self.shared) or any(name in self._stored.own for name in names)

    def is_own(self, speaker: Speaker, body: bytes, signature: str) -> bool:
        """Say whether the repository that a delivery is of, or its account, has signed it."""
        own = self._stored.own
        return any(
            verify(body, signature, (own[name],))
            for name in speaker.told
            if name in own and name in speaker.known
        )

    def is_old(self, *, is_doubted: bool = False) -> bool:
        """Say whether it is time to look up again what is stored."""
        age = time.monotonic() - self._loaded_at
        return age >= (_SOONEST_SECONDS if is_doubted else _FRESH_SECONDS)

    async def refresh(self) -> None:
        """Look up what is stored; what was known stays while that fails."""
        await asyncio.to_thread(self._refresh)

    def expire(self) -> None:
        """Look up what is stored before the next delivery: something has just been."""
        self._loaded_at = float("-inf")

    def _refresh(self) -> None:
        with self._lock:
            self._loaded_at = time.monotonic()
            try:
                self._stored = self._load() or self._stored
                self.shared = (*self._given, *self._stored.shared)
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

    def holder(provider_id: str) -> str | None:
        with database.reading() as session:
            return keys.known_by_id(session, provider_id)

    given = [secret.get_secret_value().encode() for secret in settings.webhook_secrets]
    return HookSecrets(given, load=load, holder=holder)
