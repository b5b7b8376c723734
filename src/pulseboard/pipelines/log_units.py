"""Which units of kept logs a search has to look into, the newest first, and what they hold."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.db import bulk
from pulseboard.db.session import let_go
from pulseboard.logs import ansi, frames, index, lines, outline
from pulseboard.logs.matching import Found, LineMatcher, Matcher
from pulseboard.logs.reading import inflate
from pulseboard.logs.store import Store
from pulseboard.model import Log, Step
from pulseboard.pipelines.log_filter import LogFilter, LogJob, choose_jobs, is_step_of
from pulseboard.vocabulary import LogState, Phase

# Units are looked up in lots that grow: the newest few answer most questions.
_FIRST_LOT: Final = 16
_LARGEST_LOT: Final = 512


class LogPlace(NamedTuple):
    """Where a search goes on: with this unit, after this line."""

    at: int
    unit_id: int
    line: int


class Unit(NamedTuple):
    """A piece of a log, where its text is kept, and the job that wrote it."""

    id: int
    at: int
    first_frame: int
    frames: int
    storage_key: str
    table: bytes
    job: LogJob


class UnitText(NamedTuple):
    """The lines of a unit that match, and what they lie in; `first_line` is its first's number."""

    found: list[Found]
    text: bytes
    first_line: int


# Asked of the driver: putting it together in SQLAlchemy takes longer than a database takes to
# answer it. Most units turn out to have no match, and still all is asked at once, since another
# question takes longer than what it would spare.
_UNITS: Final = f"""
    SELECT l.demo, u.id, u.at, u.first_frame, u.frames, l.storage_key, l.frames,
           j.id, j.name, j.outcome, r.id, r.attempt, r.head_branch, p.full_name, w.name
    FROM log_units u
    JOIN logs l ON l.job_id = u.job_id
    JOIN jobs j ON j.id = u.job_id
    JOIN runs r ON r.id = j.run_id AND r.attempt = j.attempt
    JOIN repositories p ON p.id = r.repository_id
    JOIN workflows w ON w.id = r.workflow_id
    WHERE u.id {{ids}} AND l.state = '{LogState.STORED}' AND r.status <> '{Phase.DELETED}'
    ORDER BY u.at DESC, u.id DESC
"""


class Candidates:
    """The units of chosen logs that may match, from a place on."""

    def __init__(
        self,
        session: Session,
        matcher: Matcher | LineMatcher,
        wanted: LogFilter,
        *,
        after: LogPlace | None = None,
    ) -> None:
        self._session = session
        self._wanted = wanted
        start = None if after is None else (after.at, after.unit_id)
        self._places = index.find_candidates(session, rows=matcher.rows, start=start)

    def __iter__(self) -> Iterator[Unit]:
        """Yield the units, the newest first."""
        at, size = 0, _FIRST_LOT
        while at < len(self._places):
            yield from self._look_up(self._places[at : at + size])
            at += size
            size = min(2 * size, _LARGEST_LOT)

    def _look_up(self, places: Sequence[tuple[int, int]]) -> list[Unit]:
        demo, (first, last) = self._wanted.scope.demo, self._wanted.window
        known = set(places)
        those, values = bulk.one_of(self._session, [unit_id for _, unit_id in places])
        rows = bulk.execute(self._session, _UNITS.format(ids=those), values)
        found = [(*row[1:7], LogJob._make(row[7:])) for row in rows if row[0] == demo]
        units = [
            unit
            for unit in map(Unit._make, found)
            if first <= unit.at < last and (unit.at, unit.id) in known
        ]
        if self._wanted.is_of_time_only or not units:
            return units
        chosen = choose_jobs(self._session, self._wanted, job_ids=[unit.job.id for unit in units])
        return [unit for unit in units if unit.job.id in chosen]


class Reader:
    """Reads units, and says which of their lines match."""

    def __init__(
        self, session: Session, store: Store, matcher: Matcher | LineMatcher, wanted: LogFilter
    ) -> None:
        self._session = session
        self._store = store
        self._matcher = matcher
        self._steps = [one.steps for one in wanted.parts() if one.steps]
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
        return UnitText(found, plain, first_line)

    def _text_of(self, unit: Unit) -> bytes:
        table = frames.read_table(unit.table)
        wanted = table[unit.first_frame : unit.first_frame + unit.frames]
        start = wanted[0].start
        size = wanted[-1].start + wanted[-1].size - start
        # A store that hangs must not hold a connection as well; the next question takes one again.
        let_go(self._session)
        data = self._store.read(unit.storage_key, start=start, size=size)
        parts = [inflate(data[f.start - start : f.start - start + f.size], f) for f in wanted]
        text = b"".join(parts)
        return text.removeprefix(lines.BOM) if unit.first_frame == 0 else text

    def _is_in_steps(self, unit: Unit, line: int) -> bool:
        if not self._steps:
            return True
        if self._ranges[0] != unit.job.id:
            self._ranges = (
                unit.job.id,
                [_lines_of(self._session, unit.job.id, steps) for steps in self._steps],
            )
        return all(any(line in one for one in ranges) for ranges in self._ranges[1])


def _lines_of(session: Session, job_id: int, steps: Sequence[str]) -> list[range]:
    """Return the lines that the named steps of a job wrote, as far as its log tells."""
    written = session.scalar(select(Log.outline).where(Log.job_id == job_id))
    numbers = set(
        session.scalars(select(Step.number).where(Step.job_id == job_id, is_step_of(steps)))
    )
    placed = outline.read(written).steps if written else []
    return [range(first, last + 1) for number, first, last in placed if number in numbers]
