"""The reaper of PostgreSQL: work of processes that have died goes back into the line.

Every process holds an advisory lock of its own for as long as it is connected. Whoever gets the
lock of another has proof that it is gone. A process that hangs keeps its lock: ending it is the
business of whoever supervises processes.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from pulseboard.db.engine import make_engine
from pulseboard.errors import PulseboardError, Unavailable

# Puts the work of one dead process back into the line and says how much it was.
Recover = Callable[[str], int]

_PAUSE_SECONDS: Final = 1.0
# After a restart of PostgreSQL the living need a moment to come back and take their locks again.
_GRACE_SECONDS: Final = 10.0
# Any number will do as long as every process of one database uses the same.
_LEADER: Final = 0x726561706572
_WORKING: Final = "SELECT DISTINCT executor_id FROM dbos.workflow_status WHERE status = 'PENDING'"
_AGE: Final = "SELECT extract(epoch FROM clock_timestamp() - pg_postmaster_start_time())"
_log = structlog.get_logger("pulseboard.jobs")


class Reaper(threading.Thread):
    """Proves that this process lives, and looks after those that do not."""

    def __init__(
        self,
        url: URL,
        *,
        executor_id: str,
        recover: Recover,
        stopping: threading.Event,
        grace_seconds: float = _GRACE_SECONDS,
    ) -> None:
        super().__init__(name="reaper", daemon=True)
        # A connection whose other end is gone is noticed after two of these.
        alive = {"keepalives_idle": "5", "keepalives_interval": "5", "keepalives_count": "2"}
        self._engine = make_engine(url.update_query_dict(alive), pool_size=1)
        self._own = executor_id
        self._recover = recover
        self._stopping = stopping
        self._grace_seconds = grace_seconds
        self._connection: Connection | None = None
        self._leads = False
        # When reaping may begin, by the monotonic clock.
        self._calm_at = 0.0

    def hold(self) -> Connection:
        """Make sure that the own lock is held, and return the connection that holds it.

        Raises Unavailable while another process looks whether we are dead.
        """
        if self._connection is not None:
            return self._connection
        options = {"isolation_level": "AUTOCOMMIT"}
        connection = self._engine.connect().execution_options(**options)
        if not _take(connection, lock_of(self._own)):
            connection.close()
            raise Unavailable("The lock of this process is held by another one")
        self._connection = connection
        return connection

    def run(self) -> None:
        """Keep the lock and reap until the process stops."""
        while not self._stopping.is_set():
            try:
                self.look()
            except (SQLAlchemyError, PulseboardError) as error:
                _log.warning("reaper.cut_off", reason=type(error).__name__)
                self._cut_off()
            except Exception:  # noqa: BLE001  # Without a reaper dead work would lie for ever.
                _log.exception("reaper.failed")
                self._cut_off()
            self._stopping.wait(_PAUSE_SECONDS)

    def look(self) -> list[str]:
        """Make sure of the own lock, then reap once; return whose work was put back."""
        connection = self.hold()
        self._leads = self._leads or _take(connection, _LEADER)
        if not self._leads or not self._is_calm(connection):
            return []
        return [
            executor_id
            for executor_id in connection.execute(text(_WORKING)).scalars().all()
            if executor_id not in (None, self._own) and self._reap(connection, executor_id)
        ]

    def _reap(self, connection: Connection, executor_id: str) -> bool:
        if not _take(connection, lock_of(executor_id)):
            return False
        try:
            number = self._recover(executor_id)
        finally:
            _release(connection, lock_of(executor_id))
        _log.warning("reaper.recovered", executor=executor_id, jobs=number)
        return True

    def _is_calm(self, connection: Connection) -> bool:
        if time.monotonic() < self._calm_at:
            return False
        return float(connection.execute(text(_AGE)).scalar_one()) > self._grace_seconds

    def _cut_off(self) -> None:
        self._let_go()
        self._calm_at = time.monotonic() + self._grace_seconds

    def end(self) -> None:
        """Wait for the end of the thread, if it was started, and give the locks back."""
        if self.is_alive():
            self.join()
        self._let_go()

    def _let_go(self) -> None:
        connection, self._connection, self._leads = self._connection, None, False
        if connection is not None:
            # Only the end of the session gives its locks back, and a pool would keep it.
            with suppress(SQLAlchemyError):
                connection.invalidate()
                connection.close()
        self._engine.dispose()


def lock_of(executor_id: str) -> int:
    """Return the number of the lock that a living process holds."""
    digest = hashlib.sha256(executor_id.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def _take(connection: Connection, lock: int) -> bool:
    found = connection.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": lock})
    return bool(found.scalar_one())


def _release(connection: Connection, lock: int) -> None:
    connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": lock})
