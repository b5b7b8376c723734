"""Searching all kept logs: the index names units, the text decides, the newest come first."""

import time
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from pulseboard.logs import ansi, frames, index, lines
from pulseboard.logs.matching import Found, Matcher, Span
from pulseboard.logs.reading import inflate
from pulseboard.logs.stamps import unstamp
from pulseboard.logs.store import Store, StoreUnavailable
from pulseboard.metrics.scope import Scope
from pulseboard.model import Job, Log, LogUnit, Repository, Run, Workflow
from pulseboard.pipelines.filters import RunFilter, conditions_of
from pulseboard.vocabulary import LogState, Outcome, Phase, Status

# Units are looked up in lots that grow: the newest few answer most questions.
_FIRST_LOT: Final = 16
_LARGEST_LOT: Final = 512
# A hit shows so much of a long line.
_SHOWN: Final = 500
_LEAD: Final = 120
# So many texts one after the other are missing only when the store is.
_LOST_IN_A_ROW: Final = 3
# After every line of a unit.
_LAST_LINE: Final = 1 << 62


class LogFilter(Struct, frozen=True):
    """Whose logs are searched; everything empty means all of them."""

    scope: Scope
    # Parts of a job's name, in any case.
    jobs: tuple[str, ...] = ()
    # Folded words or the provider's own, of the job.
    statuses: tuple[str, ...] = ()
    # Of the job's end, in [start, end).
    start: int | None = None
    end: int | None = None


class Hit(NamedTuple):
    """A line that matches; `ranges` are places in `text`, in characters."""

    repository: str
    workflow: str
    job_name: str
    outcome: str
    branch: str | None
    at: int
    run_id: int
    attempt: int
    job_id: int
    line: int
    text: str
    before: str | None
    after: str | None
    ranges: list[tuple[int, int]]


class LogPlace(NamedTuple):
    """Where a search goes on: with this unit, after this line."""

    at: int
    unit_id: int
    line: int


class Answer(NamedTuple):
    """The hits of one page, and how far it came.

    `searched` of `total` logs are done with. `place` is where to go on; None when all were seen.
    """

    hits: list[Hit]
    searched: int
    total: int
    place: LogPlace | None
    # Logs whose text could not be read.
    unreadable: int = 0


class _Unit(NamedTuple):
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


def search(
    session: Session,
    store: Store,
    *,
    matcher: Matcher,
    wanted: LogFilter,
    limit: int,
    seconds: float,
    after: LogPlace | None = None,
) -> Answer:
    """Return the next `limit` lines that match, the newest logs first, within some seconds.

    `after` is the place of the answer before. Raises StoreUnavailable when a text cannot be read.
    """
    deadline = time.monotonic() + seconds
    total = _count(session, wanted)
    hits: list[Hit] = []
    lost = _Lost()
    for unit in _units(session, matcher, wanted, after):
        if hits and time.monotonic() > deadline:
            return _partial(session, wanted, hits, total, LogPlace(unit.at, unit.id, 0), lost)
        done = after.line if after is not None and after.unit_id == unit.id else 0
        for hit in lost.unless(_look_into(store, unit, matcher)):
            if hit.line <= done:
                continue
            if len(hits) == limit:
                place = LogPlace(unit.at, unit.id, hit.line - 1)
                return _partial(session, wanted, hits, total, place, lost)
            hits.append(hit)
        if time.monotonic() > deadline:
            place = LogPlace(unit.at, unit.id, _LAST_LINE)
            return _partial(session, wanted, hits, total, place, lost)
    return Answer(hits, total - lost.number, total, None, lost.number)


class _Lost:
    """Counts texts that cannot be read: a lost file is left out, a store that is out is not."""

    def __init__(self) -> None:
        self.number = 0
        self._in_a_row = 0

    def unless(self, hits: Iterator[Hit]) -> Iterator[Hit]:
        """Yield the hits of one unit, none if its text is lost."""
        try:
            yield from hits
            self._in_a_row = 0
        except StoreUnavailable:
            self.number += 1
            self._in_a_row += 1
            if self._in_a_row >= _LOST_IN_A_ROW:
                raise


def _partial(
    session: Session,
    wanted: LogFilter,
    hits: list[Hit],
    total: int,
    place: LogPlace,
    lost: "_Lost",
) -> Answer:
    # Of logs that ended at the same instant some may be done with: fewer are claimed then.
    searched = _count(session, wanted, after=place.at)
    return Answer(hits, searched, total, place, lost.number)


def _count(session: Session, wanted: LogFilter, *, after: int | None = None) -> int:
    """Count the logs that a filter chooses, those of jobs that ended after an instant."""
    scope = wanted.scope
    is_plain = scope == Scope(demo=scope.demo) and not (wanted.jobs or wanted.statuses)
    if is_plain:
        query = _within(
            select(func.count()).where(Log.demo == scope.demo, Log.state == LogState.STORED), wanted
        )
    else:
        query = _logs(wanted, func.count())
    return session.scalar(query if after is None else query.where(Log.at > after)) or 0


def _logs(wanted: LogFilter, *columns: Any) -> Select[Any]:
    """Return a query over the stored logs that a filter chooses."""
    found = (
        select(*columns)
        .select_from(Log)
        .join(Job, Job.id == Log.job_id)
        .join(Run, (Run.id == Job.run_id) & (Run.attempt == Job.attempt))
        .where(Log.state == LogState.STORED)
        .where(*conditions_of(RunFilter(wanted.scope), at=0, are_few=True))
    )
    if wanted.jobs:
        found = found.where(
            or_(*(Job.name.icontains(part, autoescape=True) for part in wanted.jobs))
        )
    if wanted.statuses:
        found = found.where(or_(*(_has_status(word) for word in wanted.statuses)))
    return _within(found, wanted)


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


def _units(
    session: Session, matcher: Matcher, wanted: LogFilter, after: LogPlace | None
) -> Iterator[_Unit]:
    """Yield the units that may match, the newest first, from a place on."""
    candidates = index.find_candidates(session, rows=matcher.rows)
    at = 0 if after is None else candidates.place_of(at=after.at, unit_id=after.unit_id)
    lot = _FIRST_LOT
    while at < len(candidates.ids):
        yield from _look_up(session, wanted, candidates.ids[at : at + lot].tolist())
        at += lot
        lot = min(2 * lot, _LARGEST_LOT)


def _look_up(session: Session, wanted: LogFilter, ids: list[int]) -> list[_Unit]:
    columns = (
        LogUnit.id, LogUnit.first_frame, LogUnit.frames, Log.storage_key, Log.frames, Log.at,
        Job.id, Job.name, Job.outcome, Run.id, Run.attempt, Run.head_branch,
        Repository.full_name, Workflow.name,
    )  # fmt: skip
    query = (
        _logs(wanted, *columns)
        .join(LogUnit, LogUnit.job_id == Log.job_id)
        .join(Repository, Repository.id == Run.repository_id)
        .join(Workflow, Workflow.id == Run.workflow_id)
        .where(LogUnit.id.in_(ids))
        .order_by(LogUnit.at.desc(), LogUnit.id.desc())
    )
    return [_Unit(*row) for row in session.execute(query)]


def _look_into(store: Store, unit: _Unit, matcher: Matcher) -> Iterator[Hit]:
    """Yield the lines of a unit that match, with one line of context on each side."""
    text = _read(store, unit)
    first_line = frames.read_table(unit.table)[unit.first_frame].first_line
    plain = ansi.strip_codes(text)
    rows: list[bytes] | None = None
    for found in matcher.find(plain):
        if rows is None:
            rows = plain.splitlines()
        yield _make_hit(unit, found, first_line, rows)


def _read(store: Store, unit: _Unit) -> bytes:
    table = frames.read_table(unit.table)
    wanted = table[unit.first_frame : unit.first_frame + unit.frames]
    start = wanted[0].start
    data = store.read(
        unit.storage_key, start=start, size=wanted[-1].start + wanted[-1].size - start
    )
    parts = [inflate(data[f.start - start : f.start - start + f.size], f) for f in wanted]
    text = b"".join(parts)
    return text.removeprefix(lines.BOM) if unit.first_frame == 0 else text


def _make_hit(unit: _Unit, found: Found, first_line: int, rows: list[bytes]) -> Hit:
    text, ranges = _show(found.line, found.spans)
    at = found.number
    return Hit(
        repository=unit.repository,
        workflow=unit.workflow,
        job_name=unit.job_name,
        outcome=unit.outcome,
        branch=unit.branch,
        at=unit.at,
        run_id=unit.run_id,
        attempt=unit.attempt,
        job_id=unit.job_id,
        line=first_line + at,
        text=text,
        before=_show(rows[at - 1], ())[0] if at > 0 else None,
        after=_show(rows[at + 1], ())[0] if at + 1 < len(rows) else None,
        ranges=ranges,
    )


def _show(line: bytes, spans: tuple[Span, ...]) -> tuple[str, list[tuple[int, int]]]:
    """Return a line as a hit shows it, without its instant unless that is what matched.

    Of a long line the part around the first match is shown. Ranges count characters.
    """
    text = lines.to_text(line)
    places = [
        (len(lines.to_text(line[: span.start])), len(lines.to_text(line[: span.end])))
        for span in spans
    ]
    skipped = len(text) - len(unstamp(text).text)
    first = places[0][0] if places else skipped
    start = min(skipped, first) if first < skipped else skipped
    if first - start > _SHOWN - _LEAD:
        start = first - _LEAD
    shown = text[start : start + _SHOWN]
    ranges = [
        (max(a - start, 0), min(b - start, len(shown))) for a, b in places if a - start < len(shown)
    ]
    return ansi.show_controls(shown), ranges
