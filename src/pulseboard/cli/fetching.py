"""Following a backfill: one that the server does, or one that this very command does."""

import threading
from collections.abc import Iterator, Sequence

from pulseboard import clock
from pulseboard.collect.github.backfill import (
    UNFINISHED,
    WAITING,
    Progress,
    claim,
    require_backfill,
)
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.connecting import connect
from pulseboard.collect.github.connection import Connection
from pulseboard.collect.github.history import run_backfill
from pulseboard.collect.writer import Reaction
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.jobs.port import Interrupted


def follow(database: Database, backfill_id: int) -> Iterator[Progress]:
    """Yield again and again how far a backfill is that somebody else does."""
    while True:
        with database.reading() as session:
            yield require_backfill(session, backfill_id, at=clock.now())


def fetch(
    database: Database, settings: Settings, backfill_id: int, *, reactions: Sequence[Reaction]
) -> Iterator[Progress]:
    """Do a backfill in a thread of this process, and yield again and again how far it is.

    Raises what went wrong in the thread; closing the iterator ends it, and nothing is lost.
    """
    stopping = threading.Event()
    connection = Connection(settings, connect=connect, reactions=reactions)
    collector = connection.collector(database, should_stop=stopping.is_set)
    worker = _Worker(collector, backfill_id, stopping)
    worker.start()
    try:
        for progress in follow(database, backfill_id):
            if worker.error is not None:
                raise worker.error
            yield progress
    finally:
        stopping.set()
        worker.join()
        # Whoever comes next need not wait for us.
        with database.writing() as session:
            claim(session, [backfill_id], until=clock.now())


class _Worker(threading.Thread):
    def __init__(self, collector: Collector, backfill_id: int, stopping: threading.Event) -> None:
        super().__init__(name="backfill", daemon=True)
        self.error: Exception | None = None
        self._collector = collector
        self._backfill_id = backfill_id
        self._stopping = stopping

    def run(self) -> None:
        try:
            while (wait := self._go_on()) is not None and not self._stopping.wait(wait):
                pass
        except Interrupted:
            return
        except Exception as error:  # noqa: BLE001  # The thread that shows progress raises it.
            self.error = error

    def _go_on(self) -> float | None:
        """Work until it is done (None) or has to wait for so many seconds."""
        run_backfill(self._collector, self._backfill_id)
        with self._collector.database.reading() as session:
            row = require_backfill(session, self._backfill_id, at=clock.now()).row
        if row.state not in UNFINISHED:
            return None
        return (
            max(0.0, (row.resumes_at - clock.now()) / clock.SECOND) if row.state == WAITING else 0
        )
