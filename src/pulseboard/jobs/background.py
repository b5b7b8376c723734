"""The background work of one process: started beside the requests, stopped before the end."""

import threading
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

import structlog
from sqlalchemy import text
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.db.session import Database
from pulseboard.errors import PulseboardError
from pulseboard.jobs.port import NO_ARGS, Args, Catalogue, Context
from pulseboard.jobs.reaper import Reaper
from pulseboard.jobs.ticker import Ticker

if TYPE_CHECKING:
    from pulseboard.jobs.engine import Engine, Sender

TIDYING: Final = "tidy finished jobs"
_TIDY_EVERY: Final = 10 * clock.MINUTE
# The whole server has to be gone within five seconds of a SIGTERM.
_PATIENCE_SECONDS: Final = 0.7
# Before another try to start while the database is out.
_RETRY_SECONDS: Final = 5.0
_log = structlog.get_logger("pulseboard.jobs")


def prepare_jobs(database: Database) -> None:
    """Make the engine's tables where there are none; newer ones it makes itself as it starts."""
    with database.reading() as session:
        if has_tables(session):
            return
    from pulseboard.jobs import engine  # noqa: PLC0415  # Only the first start pays for it.

    engine.prepare(database)


def has_tables(session: Session) -> bool:
    """Say whether the engine's tables are there."""
    sql = "SELECT 1 FROM sqlite_master WHERE name = 'workflow_status'"
    if session.get_bind().dialect.name == "postgresql":
        sql = "SELECT to_regclass('dbos.workflow_status')"
    return session.scalar(text(sql)) is not None


class Background:
    """Both ends of background work (port.Jobs): asking for it anywhere, doing it once started.

    `run` says whether this process does any; another one may.
    """

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue
        self._catalogue.schedule(TIDYING, _TIDY_EVERY, self._tidy)
        self._stopping = threading.Event()
        self._starter: threading.Thread | None = None
        self._engine: Engine | None = None
        self._reaper: Reaper | None = None
        self._ticker: Ticker | None = None

    @cached_property
    def _sender(self) -> "Sender":
        # A server answers before this module's half a second has passed.
        from pulseboard.jobs.engine import Sender  # noqa: PLC0415

        return Sender(self._database, self._catalogue)

    def enqueue(
        self,
        session: Session,
        name: str,
        *,
        id: str,
        args: Args = NO_ARGS,
        not_before: int | None = None,
    ) -> None:
        """See port.Jobs.enqueue."""
        self._sender.enqueue(session, name, id=id, args=args, not_before=not_before)

    @property
    def is_running(self) -> bool:
        """Whether this process does background work now."""
        return self._engine is not None and not self._stopping.is_set()

    def start(self) -> None:
        """Begin to start, in a thread: nobody waits for it."""
        self._starter = threading.Thread(target=self._start, name="jobs-start", daemon=True)
        self._starter.start()

    def wait_until_started(self) -> None:
        """Return once work is being done, or the process stops."""
        if self._starter is not None:
            self._starter.join()

    def stop(self) -> bool:
        """Stop; False when a job does not end in time: it is taken up again at the next start."""
        self._stopping.set()
        self.wait_until_started()
        if self._ticker is not None:
            self._ticker.join()
        ended = self._engine is None or self._engine.close(patience_seconds=_PATIENCE_SECONDS)
        # Only now may others take what is left here for the work of a dead process.
        self._end_reaper()
        return ended

    def _end_reaper(self) -> None:
        if self._reaper is not None:
            self._reaper.end()
            self._reaper = None

    def _start(self) -> None:
        from pulseboard.jobs.engine import Engine  # noqa: PLC0415  # See _sender.

        while not self._stopping.is_set():
            engine = Engine(self._database, self._catalogue, jobs=self, stopping=self._stopping)
            try:
                self._launch(engine)
            except Exception as error:  # noqa: BLE001  # The server serves meanwhile.
                is_ours = isinstance(error, PulseboardError)
                _log.error(
                    "jobs.not_started", reason=str(error), exc_info=None if is_ours else error
                )
                engine.close(patience_seconds=0)
                self._end_reaper()
                self._stopping.wait(_RETRY_SECONDS)
            else:
                return

    def _launch(self, engine: "Engine") -> None:
        if self._database.engine.dialect.name == "postgresql":
            url = self._database.engine.url
            self._reaper = Reaper(
                url, executor_id=engine.executor_id, recover=engine.recover, stopping=self._stopping
            )
            self._reaper.hold()
        engine.launch()
        self._engine = engine
        if self._reaper is not None:
            self._reaper.start()
        ask = partial(self._sender.enqueue_tick, self._database)
        self._ticker = Ticker(
            self._catalogue.schedules.values(),
            ask,
            stopping=self._stopping,
            forget_later=engine.forget_ticks_after,
        )
        self._ticker.start()
        _log.info("jobs.started", executor=engine.executor_id)

    def _tidy(self, _context: Context) -> None:
        if self._engine is not None:
            self._engine.tidy()
