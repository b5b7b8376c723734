"""What the rest of Pulseboard knows of background work; which engine does it is not said here."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Protocol

from sqlalchemy.orm import Session

from pulseboard.db.session import Database
from pulseboard.errors import PulseboardError

# What JSON can say; jobs are given ids and words, never payloads.
JSON = Any
Args = Mapping[str, JSON]

DEFAULT_TRIES: Final = 5
NO_ARGS: Final[Args] = {}


class Jobs(Protocol):
    """The way to have something done later."""

    def enqueue(
        self,
        session: Session,
        name: str,
        *,
        id: str,
        args: Args = NO_ARGS,
        not_before: int | None = None,
    ) -> None:
        """Have the job `name` done once the session's transaction has committed, and only then.

        The same id of the same name is done once, however often it is asked for, until an hour
        after it has finished.
        """
        ...


class Context(Protocol):
    """What a handler is given.

    A handler may be run again from its beginning after a crash, so what it does to the database
    must bear that (an upsert, a unique key); what must not be done twice goes into a step.
    """

    database: Database
    jobs: Jobs
    args: Args
    id: str

    def step(self, name: str, function: Callable[[], JSON]) -> JSON:
        """Run `function` once and keep what it returns: after a crash the kept value comes back.

        A step that raises is tried as often as the job, then StepFailed is raised, of which no
        further try is made. A step has a name of its own within the job. Which steps there are, and
        in which order, must follow from the args and from what earlier steps returned.
        """
        ...

    def sleep_until(self, instant: int) -> None:
        """Wait in place, for short waits; a stop of the process ends it, the job goes on later."""
        ...

    @property
    def is_stopping(self) -> bool:
        """Whether the process wants to end: a long job may raise Interrupted between two pieces."""
        ...


Handler = Callable[[Context], None]


class Postponed(Exception):
    """A handler raises it to be called again, from its beginning, at an instant; no failure."""

    def __init__(self, until: int) -> None:
        super().__init__(f"postponed until {until}")
        self.until = until


class Interrupted(BaseException):
    """The process is stopping: the job is left as it is and taken up again at the next start."""


class StepFailed(PulseboardError):
    """A step did not work in any of its tries; the words are those of the last."""

    title = "Step failed"


class Job(NamedTuple):
    """A kind of job: how it is done, how many at once in one process, how often it is tried."""

    name: str
    handler: Handler
    at_once: int | None
    tries: int


class Schedule(NamedTuple):
    """Something done at every full multiple of `every` µs since 1970, whoever runs then."""

    name: str
    every: int
    handler: Handler


class Catalogue:
    """Every kind of job and every schedule there is, filled before the engine starts."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.schedules: dict[str, Schedule] = {}

    def job(
        self,
        name: str,
        handler: Handler,
        *,
        at_once: int | None = None,
        tries: int = DEFAULT_TRIES,
    ) -> None:
        """Add a kind of job, of which one process does at most `at_once` at the same time.

        Name long jobs with `at_once`: they then wait in a line of their own and hold up no others.
        After `tries` failures the job becomes a dead letter.
        """
        self._refuse_known(name)
        self.jobs[name] = Job(name, handler, at_once, tries)

    def schedule(self, name: str, every: int, handler: Handler) -> None:
        """Have `handler` called once per tick, whatever the number of processes.

        A tick is left out while an earlier one of the same schedule is still under way. The tick
        that was missed while no process ran is made up for at the next start, once.
        """
        self._refuse_known(name)
        if every <= 0:
            raise ValueError("a schedule needs some time between its ticks")
        self.schedules[name] = Schedule(name, every, handler)

    def _refuse_known(self, name: str) -> None:
        if name in self.jobs or name in self.schedules:
            raise ValueError(f"there is a job called {name!r} already")
