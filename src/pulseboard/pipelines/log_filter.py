"""Whose logs a search is about: the filter, how many it chooses, and the jobs they are of."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, exists, func, join, or_, select
from sqlalchemy.orm import Session

from pulseboard.db import bulk
from pulseboard.db.engine import is_postgresql
from pulseboard.errors import FieldError, InvalidInput
from pulseboard.logs.asked import Asked, Word
from pulseboard.metrics.scope import Scope
from pulseboard.model import Job, Log, Run, Step
from pulseboard.pipelines.filters import STATUS_WORDS, RunFilter, conditions_of
from pulseboard.pipelines.names import find_scope
from pulseboard.vocabulary import LogState, Outcome, Phase, Status

_EVER: Final = (-(1 << 62), 1 << 62)


class LogFilter(Struct, frozen=True):
    """Whose logs are searched; everything empty means all of them."""

    scope: Scope
    # Parts of a job's name, in any case.
    jobs: tuple[str, ...] = ()
    # Parts of the name of a step, in any case: only the lines it wrote are searched.
    steps: tuple[str, ...] = ()
    # Folded words or the provider's own, of the job.
    statuses: tuple[str, ...] = ()
    # Of the job's end, in [start, end).
    start: int | None = None
    end: int | None = None
    # What has to hold as well.
    also: "LogFilter | None" = None

    @property
    def is_of_time_only(self) -> bool:
        """Say whether a log's own row tells if it is chosen."""
        return self == LogFilter(Scope(demo=self.scope.demo), start=self.start, end=self.end)

    @property
    def window(self) -> tuple[int, int]:
        """Return the instants of the jobs' ends, [first, last)."""
        first, last = _EVER
        return (
            first if self.start is None else self.start,
            last if self.end is None else self.end,
        )

    def parts(self) -> Iterator["LogFilter"]:
        """Yield this filter and those that have to hold as well."""
        yield self
        if self.also is not None:
            yield from self.also.parts()


def read_words(session: Session, asked: Asked, *, demo: bool) -> LogFilter | None:
    """Return the filter that was typed into the search box as words before a colon, if any was.

    Raises InvalidInput for a status that there is not.
    """
    if not asked.words:
        return None
    statuses = tuple(word.lower() for word in asked.values(Word.STATUS))
    for word in statuses:
        if word not in STATUS_WORDS:
            message = f"has status:{word[:60]}, which is none of {', '.join(STATUS_WORDS)}"
            raise InvalidInput(f"q {message}", errors=(FieldError("q", message),))
    scope = find_scope(
        session,
        demo=demo,
        repositories=asked.values(Word.REPO),
        workflows=asked.values(Word.WORKFLOW),
        branches=asked.values(Word.BRANCH),
    )
    return LogFilter(
        scope, jobs=asked.values(Word.JOB), steps=asked.values(Word.STEP), statuses=statuses
    )


class LogJob(NamedTuple):
    """The job that a log is of, as far as a hit tells of it."""

    id: int
    name: str
    outcome: str
    run_id: int
    attempt: int
    branch: str | None
    repository: str
    workflow: str


_LOGS: Final = join(Log, Job, Job.id == Log.job_id).join(
    Run, (Run.id == Job.run_id) & (Run.attempt == Job.attempt)
)
_COUNT: Final = f"SELECT count(*) FROM logs WHERE state = '{LogState.STORED}'"


def count_logs(session: Session, wanted: LogFilter, *, after: int | None = None) -> int:
    """Count the logs that a filter chooses, those of jobs that ended after an instant."""
    if wanted.is_of_time_only:
        return _count_by_time(session, wanted, after)
    stored = select(func.count()).select_from(_LOGS).where(Log.state == LogState.STORED)
    query = _chosen(stored, wanted)
    return session.scalar(query if after is None else query.where(Log.at > after)) or 0


def _count_by_time(session: Session, wanted: LogFilter, after: int | None) -> int:
    # As a rule nobody asks for a time, and each condition on every log takes its own.
    bounds = {">=": wanted.start, "<": wanted.end, ">": after}
    given = {sign: at for sign, at in bounds.items() if at is not None}
    value = "%s" if is_postgresql(session) else "?"
    conditions = ["", f"demo = {value}", *(f"at {sign} {value}" for sign in given)]
    sql = _COUNT + " AND ".join(conditions)
    ((number,),) = bulk.execute(session, sql, (wanted.scope.demo, *given.values()))
    return int(number)


def choose_jobs(session: Session, wanted: LogFilter, *, job_ids: Sequence[int]) -> set[int]:
    """Return those of some jobs whose logs a filter chooses."""
    query = select(Job.id).select_from(_LOGS).where(Job.id.in_(job_ids))
    return set(session.scalars(_chosen(query, wanted)))


def _chosen(query: Select[Any], wanted: LogFilter) -> Select[Any]:
    query = query.where(*conditions_of(RunFilter(wanted.scope), at=0, are_few=True))
    if wanted.jobs:
        query = query.where(or_(*(_has(Job.name, part) for part in wanted.jobs)))
    if wanted.steps:
        steps = exists().where(Step.job_id == Job.id, is_step_of(wanted.steps))
        query = query.where(steps)
    if wanted.statuses:
        query = query.where(or_(*(_has_status(word) for word in wanted.statuses)))
    query = _within(query, wanted)
    return query if wanted.also is None else _chosen(query, wanted.also)


def _has(column: Any, part: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.icontains(part, autoescape=True)
    return found


def is_step_of(steps: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a step has one of these texts in its name."""
    return or_(*(_has(Step.name, part) for part in steps))


def _within(query: Select[Any], wanted: LogFilter) -> Select[Any]:
    if wanted.start is not None:
        query = query.where(Log.at >= wanted.start)
    if wanted.end is not None:
        query = query.where(Log.at < wanted.end)
    return query


def _has_status(word: str) -> ColumnElement[bool]:
    if word in set(Outcome):
        return Job.outcome == word
    if word == Status.RUNNING:
        return Job.status == Phase.IN_PROGRESS
    return or_(Job.conclusion == word, Job.status == word)
