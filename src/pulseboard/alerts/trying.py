"""Test messages: to one channel, at once, with its answer; each ten seconds at the most."""

import time
from math import ceil
from threading import Lock
from typing import Final, NamedTuple

from pulseboard import clock
from pulseboard.alerts.channels.results import NotSent
from pulseboard.alerts.delivery import send
from pulseboard.alerts.directory import Directory, find_channel
from pulseboard.alerts.message import Item, Message, Why, one_line
from pulseboard.alerts.telling import base_url
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.errors import PulseboardError

PAUSE_SECONDS: Final = 10
_GREETING: Final = "If you can read this, alerts will reach you here."


class TooOften(PulseboardError):
    """A channel was tested a moment ago."""

    status = 429
    title = "Too many requests"


class Tried(NamedTuple):
    """What came of a test message."""

    ok: bool
    channel: str
    status: int | None
    latency_ms: int
    detail: str


class Trial:
    """Sends test messages for one server."""

    def __init__(self, settings: Settings) -> None:
        self._directory = Directory(settings)
        self._base = base_url(settings)
        self._last: dict[tuple[int, int], float] = {}
        self._lock = Lock()

    def send(self, database: Database, *, channel: str | int | None, message: str | None) -> Tried:
        """Send a test message and say what came of it.

        Raises Conflict with what to configure when there is no such channel, NotFound for an
        unknown number, TooOften when the channel was tested a moment ago.
        """
        with database.reading() as session:
            row = find_channel(session, channel)
            name = row.name
            # A number alone may have been that of a channel which was deleted.
            key = (row.id, row.created_at)
            way = self._directory.open(session, row)
        self._wait_a_little(key, name)
        words = one_line(message or _GREETING, limit=500)
        now = clock.now()
        item = Item(0, words, severity="test", alert_url=f"{self._base}/alerts")
        test = Message(id=f"test-{now}", why=Why.TEST, items=(item,), note=words, at=now)
        began = time.perf_counter()
        try:
            sent = send(way, test)
        except NotSent as failure:
            return Tried(
                ok=False,
                channel=name,
                status=failure.status,
                latency_ms=_since(began),
                detail=failure.detail,
            )
        return Tried(
            ok=True, channel=name, status=sent.status, latency_ms=_since(began), detail=sent.detail
        )

    def _wait_a_little(self, key: tuple[int, int], name: str) -> None:
        with self._lock:
            now = time.monotonic()
            left = self._last.get(key, -PAUSE_SECONDS) + PAUSE_SECONDS - now
            if left > 0:
                wait = ceil(left)
                raise TooOften(
                    f"{name} was tested a moment ago: try again in {wait} s", retry_after=wait
                )
            self._last[key] = now


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1000)
