"""Carrying out one job: bounded tries, the dead letter after them, an end when the process stops.

Nothing here knows the engine; what it keeps of a step comes in as a function.
"""

import threading
from collections.abc import Callable
from typing import Final, NamedTuple

import structlog
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from pulseboard import clock, journal
from pulseboard.db.session import Database
from pulseboard.errors import PulseboardError
from pulseboard.jobs.letters import bury, is_buried, unbury
from pulseboard.jobs.port import JSON, Args, Handler, Interrupted, Jobs, Postponed, StepFailed

# Seconds before the second try; each further pause is twice as long, up to the longest.
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 30.0
# Seconds between two looks at a database that is out.
_DATABASE_PAUSE: Final = 1.0

# What the engine calls the threads in which it has jobs carried out.
_JOB_THREADS: Final = "dbos-executor"

KeepStep = Callable[[str, Callable[[], JSON]], JSON]
_log = structlog.get_logger("pulseboard.jobs")


class Work(NamedTuple):
    """One job to be done; `is_tick` when a schedule asked for it."""

    name: str
    id: str
    args: Args
    handler: Handler | None
    tries: int
    is_tick: bool = False

    @property
    def letter_id(self) -> str:
        """The id its dead letter goes by: of a schedule, only the last failure is of interest."""
        return "" if self.is_tick else self.id


class Place(NamedTuple):
    """Where jobs are carried out: the same for all of one process."""

    database: Database
    jobs: Jobs
    keep_step: KeepStep
    stopping: threading.Event


class Unknown(PulseboardError):
    """This version has no job of that name."""

    status = 404
    title = "Unknown job"


class _Context:
    """What the handler of one job is given (port.Context)."""

    def __init__(self, work: Work, place: Place) -> None:
        self.database = place.database
        self.jobs = place.jobs
        self.args = work.args
        self.id = work.id
        self._work = work
        self._place = place
        self._kept: dict[str, dict[str, JSON]] = {}

    def step(self, name: str, function: Callable[[], JSON]) -> JSON:
        # The handler may be tried again in this very run, and the engine would not know the step.
        if name not in self._kept:
            self._kept[name] = self._place.keep_step(name, lambda: self._outcome(function))
        outcome = self._kept[name]
        if "until" in outcome:
            raise Postponed(outcome["until"])
        if "reason" in outcome:
            raise StepFailed(outcome["reason"])
        return outcome["value"]

    def _outcome(self, function: Callable[[], JSON]) -> dict[str, JSON]:
        # How it ended is kept in words: an exception would come back as another one.
        try:
            return {"value": _try(function, tries=self._work.tries, place=self._place)}
        except Postponed as postponed:
            return {"until": postponed.until}
        except Exception as error:  # noqa: BLE001  # It is told on as StepFailed.
            return {"reason": journal.hide(_words(error))}

    def sleep_until(self, instant: int) -> None:
        _wait((instant - clock.now()) / clock.SECOND, self._place.stopping)

    @property
    def is_stopping(self) -> bool:
        return self._place.stopping.is_set()


def is_job_left() -> bool:
    """Say whether a job of this process still runs although it was told to stop."""
    return any(thread.name.startswith(_JOB_THREADS) for thread in threading.enumerate())


def carry_out(work: Work, place: Place) -> None:
    """Do a job to its end: done, postponed, or a dead letter.

    Raises Interrupted when the process stops before that.
    """
    try:
        context, handler = _Context(work, place), _require_handler(work)
        _try(lambda: handler(context), tries=work.tries, place=place)
    except Postponed as postponed:
        _postpone(work, place, until=postponed.until)
    except Exception as error:  # noqa: BLE001  # Whatever it was, the job must not stay under way.
        _give_up(work, place, error)
    else:
        if work.is_tick:
            _forgive(work, place)


def _require_handler(work: Work) -> Handler:
    if work.handler is None:
        raise Unknown(
            f"This version knows no job called {work.name!r}: try again once every process is up"
            " to date"
        )
    return work.handler


def _try(function: Callable[[], JSON], *, tries: int, place: Place) -> JSON:
    """Call until it works; what it raised the last time leaves it in the end."""
    pause, left = _FIRST_PAUSE, tries
    while True:
        if place.stopping.is_set():
            raise Interrupted
        try:
            return function()
        except Postponed:
            raise
        except Exception as error:
            if place.stopping.is_set():
                raise Interrupted from error
            # While the database is out every job would fail, through no fault of its own.
            if _wait_for_database(place):
                continue
            left -= 1
            if left <= 0 or _is_final(error):
                raise
        _wait(pause, place.stopping)
        pause = min(pause * 2, _LONGEST_PAUSE)


def _is_final(error: Exception) -> bool:
    """Say whether trying again cannot help: what was asked for is itself wrong."""
    if isinstance(error, StepFailed):
        return True
    return isinstance(error, PulseboardError) and error.status < 500


def _postpone(work: Work, place: Place, *, until: int) -> None:
    def ask_again() -> None:
        with place.database.writing() as session:
            place.jobs.enqueue(
                session, work.name, id=f"{_origin(work.id)} at {until}", args=work.args,
                not_before=until,
            )  # fmt: skip

    _insist(ask_again, place)


def _origin(id: str) -> str:
    # A job may be postponed many times; its id should not grow with each.
    return id.rsplit(" at ", 1)[0]


def _give_up(work: Work, place: Place, error: Exception) -> None:
    reason = journal.hide(_words(error))
    is_ours = isinstance(error, PulseboardError)
    _log.error(
        "job.failed", job=work.name, id=work.id, reason=reason, exc_info=None if is_ours else error
    )

    def keep() -> None:
        with place.database.writing() as session:
            bury(
                session, job_name=work.name, job_id=work.letter_id, args=work.args, reason=reason,
                tries=work.tries,
            )  # fmt: skip

    _insist(keep, place)


def _forgive(work: Work, place: Place) -> None:
    def forget() -> None:
        with place.database.reading() as session:
            failed_before = is_buried(session, job_name=work.name, job_id=work.letter_id)
        if failed_before:
            with place.database.writing() as session:
                unbury(session, job_name=work.name, job_id=work.letter_id)

    _insist(forget, place)


def _insist(function: Callable[[], None], place: Place) -> None:
    """Write what became of a job, however long the database is out."""
    while True:
        try:
            return function()
        except (PulseboardError, SQLAlchemyError) as error:
            _log.warning("job.not_recorded", reason=_words(error))
        _wait(_DATABASE_PAUSE, place.stopping)


def _wait_for_database(place: Place) -> bool:
    """Wait until the database answers; True when it had to be waited for."""
    waited = False
    while True:
        try:
            with place.database.reading() as session:
                session.execute(text("SELECT 1"))
        except (PulseboardError, SQLAlchemyError):
            waited = True
            _wait(_DATABASE_PAUSE, place.stopping)
        else:
            return waited


def _wait(seconds: float, stopping: threading.Event) -> None:
    if stopping.wait(max(0.0, seconds)):
        raise Interrupted


def _words(error: Exception) -> str:
    if isinstance(error, PulseboardError):
        return error.detail
    return f"{type(error).__name__}: {error}"
