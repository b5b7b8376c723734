"""Which units of kept logs a search has to look into, the newest first, and what they hold."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from pulseboard.logs import ansi, frames, index, lines, outline
from pulseboard.logs.matching import Found, LineMatcher, Matcher
from pulseboard.logs.reading import inflate
from pulseboard.logs.store import Store
from pulseboard.model import Log, LogUnit, Step
from pulseboard.pipelines.log_filter import LogFilter, LogJob, is_step_of, list_log_jobs
from pulseboard.vocabulary import LogState

# Units are looked up in lots that grow: the newest few answer most questions.
_FIRST_LOT: Final = 16
_LARGEST_LOT: Final = 512


class LogPlace(NamedTuple):
    """Where a search goes on: with this unit, after this line."""

    at: int
    unit_id: int
    line: int


class Unit(NamedTuple):
    """A piece of a log, and where its text is kept."""

    id: int
    job_id: int
    at: int
    first_frame: int
    frames: int
    storage_key: str
    table: bytes


class UnitText(NamedTuple):
    """The lines of a unit that match, and all of them; `first_line` is the number of the first."""

    found: list[Found]
    rows: list[bytes]
    first_line: int


# Made once: putting it together takes longer than a database takes to answer it.
_UNITS: Final = (
    select(
        LogUnit.id, Log.job_id, Log.at, LogUnit.first_frame, LogUnit.frames, Log.storage_key,
        Log.frames, Log.demo,
    )
    .join(Log, Log.job_id == LogUnit.job_id)
    .where(LogUnit.id.in_(bindparam("unit_ids", expanding=True)), Log.state == LogState.STORED)
    .order_by(LogUnit.at.desc(), LogUnit.id.desc())
)  # fmt: skip


class Candidates:
    """The units of chosen logs that may match, from a place on, and the jobs these logs are of."""

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
        self._ids = index.find_candidates(session, rows=matcher.rows, start=start)
        # Those that were looked up last, and of what jobs they are; None before that is known.
        self._lot: list[Unit] = []
        self._jobs: dict[int, LogJob] | None = None

    def __iter__(self) -> Iterator[Unit]:
        """Yield the units, the newest first."""
        at, size = 0, _FIRST_LOT
        while at < len(self._ids):
            self._look_up(self._ids[at : at + size])
            yield from self._lot
            at += size
            size = min(2 * size, _LARGEST_LOT)

    def _look_up(self, ids: Sequence[int]) -> None:
        demo, (first, last) = self._wanted.scope.demo, self._wanted.window
        rows = self._session.execute(_UNITS, {"unit_ids": ids})
        self._lot = [Unit._make(row[:-1]) for row in rows if row.demo == demo]
        self._lot = [unit for unit in self._lot if first <= unit.at < last]
        self._jobs = None
        if not self._wanted.is_of_time_only:
            self._lot = [unit for unit in self._lot if self.get_job(unit) is not None]

    def get_job(self, unit: Unit) -> LogJob | None:
        """Return the job of a unit that was yielded last; None when its run has been deleted.

        Most units turn out to have no match, so nobody asks before one has.
        """
        if self._jobs is None:
            job_ids = sorted({one.job_id for one in self._lot})
            self._jobs = list_log_jobs(self._session, self._wanted, job_ids=job_ids)
        return self._jobs.get(unit.job_id)


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
        return UnitText(found, plain.splitlines() if found else [], first_line)

    def _text_of(self, unit: Unit) -> bytes:
        table = frames.read_table(unit.table)
        wanted = table[unit.first_frame : unit.first_frame + unit.frames]
        start = wanted[0].start
        size = wanted[-1].start + wanted[-1].size - start
        # A store that hangs must not hold a connection as well; the next question takes one again.
        self._session.close()
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


def _lines_of(session: Session, job_id: int, steps: Sequence[str]) -> list[range]:
    """Return the lines that the named steps of a job wrote, as far as its log tells."""
    written = session.scalar(select(Log.outline).where(Log.job_id == job_id))
    numbers = set(
        session.scalars(select(Step.number).where(Step.job_id == job_id, is_step_of(steps)))
    )
    placed = outline.read(written).steps if written else []
    return [range(first, last + 1) for number, first, last in placed if number in numbers]
