"""Which units of kept logs a search has to look into, the newest first, and what they hold."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple, cast

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, bindparam, exists, func, join, or_, select
from sqlalchemy.orm import Session

from pulseboard.errors import FieldError, InvalidInput
from pulseboard.logs import ansi, frames, index, lines, outline
from pulseboard.logs.asked import Asked, Word
from pulseboard.logs.matching import Found, LineMatcher, Matcher
from pulseboard.logs.reading import inflate
from pulseboard.logs.store import Store
from pulseboard.metrics.scope import Scope
from pulseboard.model import Job, Log, LogUnit, Repository, Run, Step, Workflow
from pulseboard.pipelines.filters import STATUS_WORDS, RunFilter, conditions_of
from pulseboard.pipelines.names import find_scope
from pulseboard.vocabulary import LogState, Outcome, Phase, Status

# Units are looked up in lots that grow: the newest few answer most questions.
_FIRST_LOT: Final = 16
_LARGEST_LOT: Final = 512


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


class LogPlace(NamedTuple):
    """Where a search goes on: with this unit, after this line."""

    at: int
    unit_id: int
    line: int


class Unit(NamedTuple):
    """A piece of a log, and the job it is of."""

    id: int
    first_frame: int
    frames: int
    storage_key: str
    table: bytes
    at: int
    job_id: int
    job_name: str
    outcome: str
    run_id: int
    attempt: int
    branch: str | None
    repository: str
    workflow: str


class UnitText(NamedTuple):
    """The lines of a unit that match, and all of them; `first_line` is the number of the first."""

    found: list[Found]
    rows: list[bytes]
    first_line: int


_LOGS: Final = join(Log, Job, Job.id == Log.job_id).join(
    Run, (Run.id == Job.run_id) & (Run.attempt == Job.attempt)
)
_IS_STORED: Final = Log.state == LogState.STORED
# Made once: putting it together takes longer than a database takes to answer it.
_UNITS: Final = (
    select(
        LogUnit.id, LogUnit.first_frame, LogUnit.frames, Log.storage_key, Log.frames, Log.at,
        Job.id, Job.name, Job.outcome, Run.id, Run.attempt, Run.head_branch,
        Repository.full_name, Workflow.name,
    )
    .select_from(_LOGS)
    .join(LogUnit, LogUnit.job_id == Log.job_id)
    .join(Repository, Repository.id == Run.repository_id)
    .join(Workflow, Workflow.id == Run.workflow_id)
    .where(_IS_STORED, LogUnit.id.in_(bindparam("unit_ids", expanding=True)))
    .order_by(LogUnit.at.desc(), LogUnit.id.desc())
)  # fmt: skip


def count_logs(session: Session, wanted: LogFilter, *, after: int | None = None) -> int:
    """Count the logs that a filter chooses, those of jobs that ended after an instant."""
    if wanted == LogFilter(Scope(demo=wanted.scope.demo), start=wanted.start, end=wanted.end):
        query = _within(
            select(func.count()).where(Log.demo == wanted.scope.demo, Log.state == LogState.STORED),
            wanted,
        )
    else:
        query = _logs(wanted, func.count())
    return session.scalar(query if after is None else query.where(Log.at > after)) or 0


def _logs(wanted: LogFilter, *columns: Any) -> Select[Any]:
    """Return a query over the stored logs that a filter chooses."""
    return _chosen(select(*columns).select_from(_LOGS).where(_IS_STORED), wanted)


def _chosen(query: Select[Any], wanted: LogFilter) -> Select[Any]:
    query = query.where(*conditions_of(RunFilter(wanted.scope), at=0, are_few=True))
    if wanted.jobs:
        query = query.where(or_(*(_has(Job.name, part) for part in wanted.jobs)))
    if wanted.steps:
        steps = exists().where(Step.job_id == Job.id, _is_one_of(wanted.steps))
        query = query.where(steps)
    if wanted.statuses:
        query = query.where(or_(*(_has_status(word) for word in wanted.statuses)))
    query = _within(query, wanted)
    return query if wanted.also is None else _chosen(query, wanted.also)


def _has(column: Any, part: str) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.icontains(part, autoescape=True)
    return found


def _is_one_of(steps: Sequence[str]) -> ColumnElement[bool]:
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


def list_units(
    session: Session,
    matcher: Matcher | LineMatcher,
    wanted: LogFilter,
    *,
    after: LogPlace | None,
) -> Iterator[Unit]:
    """Yield the units that may match, the newest first, from a place on."""
    candidates = index.find_candidates(session, rows=matcher.rows)
    at = 0 if after is None else candidates.place_of(at=after.at, unit_id=after.unit_id)
    lot = _FIRST_LOT
    while at < len(candidates.ids):
        yield from _look_up(session, wanted, candidates.ids[at : at + lot].tolist())
        at += lot
        lot = min(2 * lot, _LARGEST_LOT)


def _look_up(session: Session, wanted: LogFilter, ids: list[int]) -> list[Unit]:
    found = session.execute(_chosen(cast("Select[Any]", _UNITS), wanted), {"unit_ids": ids})
    return [Unit._make(row) for row in found]


class Reader:
    """Reads units, and says which of their lines match."""

    def __init__(
        self, session: Session, store: Store, matcher: Matcher | LineMatcher, wanted: LogFilter
    ) -> None:
        self._session = session
        self._store = store
        self._matcher = matcher
        self._steps = [one.steps for one in _all_of(wanted) if one.steps]
        # The lines of the steps that are searched, of the job read last.
        self._ranges: tuple[int, list[list[range]]] = (0, [])

    def read(self, unit: Unit, *, after_line: int, most: int | None) -> UnitText:
        """Return the lines of a unit that match and come after one, the first ones if need be.

        Raises StoreUnavailable when the text cannot be read.
        """
        text = self._text_of(unit)
        first_line = frames.read_table(unit.table)[unit.first_frame].first_line
        plain = ansi.strip_codes(text)
        fitting = (
            one
            for one in self._matcher.find(plain)
            if first_line + one.number > after_line
            and self._is_in_steps(unit, first_line + one.number)
        )
        found = list(islice(fitting, most))
        return UnitText(found, plain.splitlines() if found else [], first_line)

    def _text_of(self, unit: Unit) -> bytes:
        table = frames.read_table(unit.table)
        wanted = table[unit.first_frame : unit.first_frame + unit.frames]
        start = wanted[0].start
        size = wanted[-1].start + wanted[-1].size - start
        data = self._store.read(unit.storage_key, start=start, size=size)
        parts = [inflate(data[f.start - start : f.start - start + f.size], f) for f in wanted]
        text = b"".join(parts)
        return text.removeprefix(lines.BOM) if unit.first_frame == 0 else text

    def _is_in_steps(self, unit: Unit, line: int) -> bool:
        if not self._steps:
            return True
        if self._ranges[0] != unit.job_id:
            self._ranges = (
                unit.job_id,
                [_lines_of(self._session, unit.job_id, steps) for steps in self._steps],
            )
        return all(any(line in one for one in ranges) for ranges in self._ranges[1])


def _all_of(wanted: LogFilter) -> Iterator[LogFilter]:
    yield wanted
    if wanted.also is not None:
        yield from _all_of(wanted.also)


def _lines_of(session: Session, job_id: int, steps: Sequence[str]) -> list[range]:
    """Return the lines that the named steps of a job wrote, as far as its log tells."""
    written = session.scalar(select(Log.outline).where(Log.job_id == job_id))
    numbers = set(
        session.scalars(select(Step.number).where(Step.job_id == job_id, _is_one_of(steps)))
    )
    placed = outline.read(written).steps if written else []
    return [range(first, last + 1) for number, first, last in placed if number in numbers]
