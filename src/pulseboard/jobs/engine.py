"""The engine behind the port: DBOS, set up so that what it gets wrong by default cannot happen.

Only background.py imports this module, and late: it costs half a second and 20 MB.
"""

import logging
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable
from typing import Final, Literal, TypedDict

import structlog
from dbos import (
    DBOS,
    DBOSClient,
    DBOSConfig,
    DBOSPortableJSONSerializer,
    EnqueueOptions,
    WorkflowStatus,
    error,
)
from sqlalchemy import Engine as DatabaseEngine
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.db.engine import make_background_engine
from pulseboard.db.session import Database
from pulseboard.jobs.carrying import Place, Work, carry_out, is_job_left
from pulseboard.jobs.letters import bury
from pulseboard.jobs.port import JSON, Args, Catalogue, Interrupted, Jobs

# Both ends of a queue must be of one application and version; another one would strand its rows.
APPLICATION: Final = "pulseboard"
VERSION: Final = "1"
# Every job is the same workflow, so that one of a newer version is a dead letter in an older
# process instead of a row that nobody can run.
WORKFLOW: Final = "pulseboard.job"
SHARED_QUEUE: Final = "jobs"
TICK_QUEUE: Final = "schedules"
# A SQLite file has one process, which takes up what it was doing when it ended.
ONLY_EXECUTOR: Final = "only"
# How often a job may take its process down with it before it is given up.
MAX_RECOVERIES: Final = 20
# How many jobs without a line of their own run at once in one process, and how many ticks.
_LINES: Final = {SHARED_QUEUE: 8, TICK_QUEUE: 8}

_POLL_SECONDS: Final = 1.0
# The engine fetches jobs only when it looks, so it takes some ahead that then wait for a place.
_AHEAD: Final = 8
# How long a loop of the engine may sleep without looking whether it should end.
_NAP_SECONDS: Final = 0.2
_GLANCE_SECONDS: Final = 0.02
# Finished work is remembered so long, to know a repeated id; ticks longer, to make up for the last.
_KEEP: Final = clock.HOUR
_KEEP_TICKS: Final = 3 * clock.DAY
_DELETE_AT_ONCE: Final = 500
_DONE: Final = ["SUCCESS", "CANCELLED"]
_FAILED: Final = ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
_journal = structlog.get_logger("pulseboard.jobs")
_log = logging.getLogger("dbos")


def prepare(database: Database) -> None:
    """Make or update the engine's own tables."""
    _quieten()
    DBOS.migrate(database.engine.url.render_as_string(hide_password=False))
    client = _client_on(database.engine)
    for name, at_once in _LINES.items():
        client.register_queue(name, **_queue_settings(at_once))


def queue_of(catalogue: Catalogue, name: str) -> str:
    """Return the line in which a job waits: its own when its number at once is limited."""
    job = catalogue.jobs.get(name)
    if job is None or job.at_once is None:
        return TICK_QUEUE if name in catalogue.schedules else SHARED_QUEUE
    return f"jobs.{name}"


class Sender:
    """Puts jobs into the line, in the caller's transaction; it needs no running engine."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        _quieten()
        self._catalogue = catalogue
        self._client = _client_on(database.engine)

    def enqueue(
        self, session: Session, name: str, *, id: str, args: Args, not_before: int | None
    ) -> None:
        """See port.Jobs.enqueue."""
        options = self._options(name, id)
        if not_before is not None:
            options["delay_seconds"] = max(0, not_before - clock.now()) / clock.SECOND
        self._client.enqueue_in_transaction(session, options, name, id, dict(args))

    def enqueue_tick(self, database: Database, name: str, tick: int) -> bool:
        """Put one tick of a schedule into the line; False while an earlier one is under way."""
        id = clock.to_iso(tick)
        options = self._options(name, id)
        options["deduplication_id"] = name
        try:
            with database.writing() as session:
                self._client.enqueue_in_transaction(session, options, name, id, {})
        except error.DBOSQueueDeduplicatedError:
            return False
        return True

    def _options(self, name: str, id: str) -> EnqueueOptions:
        return {
            "workflow_name": WORKFLOW,
            "queue_name": queue_of(self._catalogue, name),
            "workflow_id": workflow_id(name, id),
        }


def workflow_id(name: str, id: str) -> str:
    """Return the engine's id of a job; ids of different jobs never meet."""
    return f"{name}:{id}"


class Engine:
    """Takes jobs out of the line and has them carried out; one at a time per process."""

    def __init__(
        self,
        database: Database,
        catalogue: Catalogue,
        *,
        jobs: Jobs,
        stopping: threading.Event,
    ) -> None:
        _quieten()
        self.stopping = stopping
        self._counting = threading.Lock()
        self._under_way = 0
        self._catalogue = catalogue
        self._place = Place(database, jobs, _keep_step, self.stopping)
        self._engine = make_background_engine(database.engine.url)
        # What DBOS itself is asked inside of a job it would keep as a step of that job.
        self._client = _client_on(self._engine)
        self.executor_id = ONLY_EXECUTOR
        if database.engine.dialect.name == "postgresql":
            # A process that ended is told from its successor by its name alone.
            self.executor_id = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex}"
        at_once = _LINES | {
            queue_of(catalogue, job.name): job.at_once
            for job in catalogue.jobs.values()
            if job.at_once is not None
        }
        self._queues = at_once
        self._places = {name: threading.Semaphore(number) for name, number in at_once.items()}

    def launch(self) -> None:
        """Start; what this executor left unfinished is taken up again at once."""
        DBOS(config=self._config())

        @DBOS.workflow(name=WORKFLOW, max_recovery_attempts=MAX_RECOVERIES)
        def run(name: str, id: str, args: dict[str, JSON]) -> None:
            self._run(name, id, args)

        DBOS.listen_queues(list(self._queues))
        DBOS.launch()
        for name, at_once in self._queues.items():
            DBOS.register_queue(name, **_queue_settings(at_once))

    def _config(self) -> DBOSConfig:
        return {
            "name": APPLICATION,
            "application_version": VERSION,
            "executor_id": self.executor_id,
            "system_database_engine": self._engine,
            # Its default is pickle, which runs what it reads.
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "WARNING",
            # We wait for no messages, and a NOTIFY takes a lock all of PostgreSQL shares.
            "use_listen_notify": False,
            "notification_listener_polling_interval_sec": _NAP_SECONDS,
            # Schedules are our own (ticker.py): it asks for its own every 30 s.
            "scheduler_polling_interval_sec": float(clock.DAY // clock.SECOND),
        }

    def _run(self, name: str, id: str, args: Args) -> None:
        work = _work_of(self._catalogue, name, id, args)
        place = self._places[queue_of(self._catalogue, name)]
        while not place.acquire(timeout=_NAP_SECONDS):
            if self.stopping.is_set():
                raise Interrupted
        with self._counting:
            self._under_way += 1
        try:
            carry_out(work, self._place)
        finally:
            place.release()
            with self._counting:
                self._under_way -= 1

    def recover(self, executor_id: str) -> int:
        """Put back into the line what a dead executor had under way; return how much that was."""
        return len(DBOS._recover_pending_workflows([executor_id]))  # noqa: SLF001  # No other way asks whose they are.

    def tidy(self) -> None:
        """Forget work that finished a while ago; what the engine gave up becomes a dead letter."""
        self._bury_failed()
        now = clock.now()
        for is_tick, keep in ((False, _KEEP), (True, _KEEP_TICKS)):
            queues = [name for name in self._queues if (name == TICK_QUEUE) is is_tick]
            while not self.stopping.is_set() and self._delete_finished(queues, before=now - keep):
                pass

    def forget_ticks_after(self, now: int) -> None:
        """Forget ticks done later than now: the clock was set back, and they come again."""
        later = clock.to_iso(now + clock.MINUTE)
        while found := self._client.list_workflows(
            status=_DONE,
            queue_name=[TICK_QUEUE],
            completed_after=later,
            limit=_DELETE_AT_ONCE,
            load_input=False,
            load_output=False,
        ):
            self._client.delete_workflows([status.workflow_id for status in found])

    def _bury_failed(self) -> None:
        found = self._client.list_workflows(
            status=_FAILED, limit=_DELETE_AT_ONCE, load_output=False
        )
        for status in found:
            work = _work_of(self._catalogue, *_asked_for(status))
            reason = f"It ended its process more than {MAX_RECOVERIES} times"
            if status.status == _FAILED[0]:
                reason = "The engine could not run it"
            with self._place.database.writing() as session:
                bury(
                    session, job_name=work.name, job_id=work.letter_id, args=work.args,
                    reason=reason, tries=1,
                )  # fmt: skip
            _journal.error("job.failed", job=work.name, id=work.id, reason=reason)
            self._client.delete_workflows([status.workflow_id])

    def _delete_finished(self, queues: list[str], *, before: int) -> bool:
        """Delete a piece of what finished before; False when nothing was left."""
        found = self._client.list_workflows(
            status=_DONE,
            queue_name=queues,
            completed_before=clock.to_iso(before),
            limit=_DELETE_AT_ONCE,
            load_input=False,
            load_output=False,
        )
        self._client.delete_workflows([status.workflow_id for status in found])
        return len(found) == _DELETE_AT_ONCE

    def close(self, *, patience_seconds: float) -> bool:
        """Stop taking jobs and let those under way end; False when some still run after that time.

        They were told by `stopping`; what still runs is taken up again at the next start.
        """
        until = time.monotonic() + patience_seconds
        while self._under_way and time.monotonic() < until:
            time.sleep(_GLANCE_SECONDS)
        _log.addFilter(_is_timely)
        try:
            DBOS.destroy(destroy_registry=True)
            # The last ones may still be writing down what became of them.
            while is_job_left() and time.monotonic() < until:
                time.sleep(_GLANCE_SECONDS)
        finally:
            _log.removeFilter(_is_timely)
        self._engine.dispose()
        return not is_job_left()


def _is_timely(record: logging.LogRecord) -> bool:
    """Leave out the errors of ticks that come while the engine stops: the next start has others."""
    return "before DBOS was launched" not in record.getMessage()


class _QueueSettings(TypedDict):
    worker_concurrency: int
    polling_interval_sec: float
    on_conflict: Literal["always_update"]


def _queue_settings(at_once: int) -> _QueueSettings:
    return {
        "worker_concurrency": at_once * _AHEAD,
        "polling_interval_sec": _POLL_SECONDS,
        "on_conflict": "always_update",
    }


def _client_on(engine: DatabaseEngine) -> DBOSClient:
    return DBOSClient(
        system_database_engine=engine,
        serializer=DBOSPortableJSONSerializer(),
        application_name=APPLICATION,
        lazy=True,
    )


def _work_of(catalogue: Catalogue, name: str, id: str, args: Args) -> Work:
    schedule, job = catalogue.schedules.get(name), catalogue.jobs.get(name)
    if schedule is not None:
        return Work(name, id, args, schedule.handler, tries=1, is_tick=True)
    if job is not None:
        return Work(name, id, args, job.handler, job.tries)
    return Work(name, id, args, None, tries=1)


def _asked_for(status: WorkflowStatus) -> tuple[str, str, Args]:
    """Return name, id and args of a job as it was enqueued."""
    given = status.input["args"] if status.input else ()
    if len(given) == 3:
        name, id, args = given
        return name, id, args
    return WORKFLOW, status.workflow_id, {}


def _keep_step(name: str, function: Callable[[], JSON]) -> JSON:
    return DBOS.run_step({"name": name}, function)


def _quieten() -> None:
    # It would add a console of its own, with a form of its own, to a logger without a handler.
    if not _log.handlers:
        _log.addHandler(logging.NullHandler())
    _log.setLevel(logging.WARNING)
