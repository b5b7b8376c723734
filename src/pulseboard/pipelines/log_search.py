"""Searching all kept logs: the index names units, the text decides, the newest come first."""

import time
from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from pulseboard.logs import ansi, lines
from pulseboard.logs.matching import Found, LineMatcher, Matcher, Span, lines_around
from pulseboard.logs.stamps import unstamp
from pulseboard.logs.store import Store, StoreUnavailable
from pulseboard.pipelines.log_filter import LogFilter, LogJob, count_logs
from pulseboard.pipelines.log_units import Candidates, LogPlace, Reader, Unit, UnitText

# A hit shows so much of a long line.
_SHOWN: Final = 500
_LEAD: Final = 120
# So many logs one after the other are missing only when the store is.
_LOST_IN_A_ROW: Final = 3
# After every line of a unit.
_LAST_LINE: Final = 1 << 62


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


class Group(NamedTuple):
    """How many lines of one job of one workflow match, and when those jobs were done."""

    repository: str
    workflow: str
    job_name: str
    # Of the newest job.
    outcome: str
    branch: str | None
    lines: int
    first: int
    last: int
    # Lines by branch and by folded status.
    branches: Counter[str]
    statuses: Counter[str]


class Answer(NamedTuple):
    """The hits of one page, their groups, and how far it came.

    `searched` of `total` logs are done with. `place` is where to go on; None when all were seen.
    """

    hits: list[Hit]
    groups: list[Group]
    searched: int
    total: int
    place: LogPlace | None
    # Logs whose text could not be read.
    unreadable: int = 0

    @property
    def lines(self) -> int:
        """Return how many lines match."""
        return sum(group.lines for group in self.groups)


def search(
    session: Session,
    store: Store,
    *,
    matcher: Matcher | LineMatcher,
    wanted: LogFilter,
    limit: int | None,
    seconds: float,
    after: LogPlace | None = None,
) -> Answer:
    """Return the next `limit` lines that match, the newest logs first, within some seconds.

    Without a limit lines are counted and not shown. `after` is the place of the answer before.
    Raises StoreUnavailable when the texts cannot be read.
    """
    deadline = time.monotonic() + seconds
    # Its questions go out together with the beginning of the transaction, so they come first.
    candidates = Candidates(session, matcher, wanted, after=after)
    total = count_logs(session, wanted)
    page = _Page(limit)
    texts = _Texts(Reader(session, store, matcher, wanted))
    place: LogPlace | None = None
    for unit in candidates:
        done = after.line if after is not None and after.unit_id == unit.id else 0
        text = texts.read(unit, after_line=done, most=page.most)
        place = page.add(unit, text)
        if place is None and time.monotonic() > deadline:
            place = LogPlace(unit.at, unit.id, _LAST_LINE)
        if place is not None:
            break
    # Of logs that ended at the same instant some may be done with: fewer are claimed then.
    # Nor is there one snapshot for all: logs may have come since they were counted.
    searched = total - texts.lost
    if place is not None:
        searched = min(total, count_logs(session, wanted, after=place.at))
    return Answer(page.hits, list(page.groups.values()), searched, total, place, texts.lost)


class _Page:
    """Hits and their groups as they are found."""

    def __init__(self, limit: int | None) -> None:
        self.hits: list[Hit] = []
        self.groups: dict[tuple[str, str, str], Group] = {}
        self._limit = limit

    @property
    def most(self) -> int | None:
        """Return how many more lines are of use: one more than fit tells that there are more."""
        return None if self._limit is None else self._limit - len(self.hits) + 1

    def add(self, unit: Unit, text: UnitText) -> LogPlace | None:
        """Take in what was found; return where to go on when there is more than fits."""
        if self._limit is None:
            self._count(unit.job, unit.at, len(text.found))
            return None
        room = self._limit - len(self.hits)
        self.hits += [_make_hit(unit.job, unit.at, found, text) for found in text.found[:room]]
        self._count(unit.job, unit.at, len(text.found[:room]))
        if len(text.found) <= room:
            return None
        return LogPlace(unit.at, unit.id, text.first_line + text.found[room].number - 1)

    def _count(self, job: LogJob, at: int, number: int) -> None:
        if number == 0:
            return
        key = (job.repository, job.workflow, job.name)
        group = self.groups.get(key)
        if group is None:
            counters = (Counter[str](), Counter[str]())
            group = Group(*key, job.outcome, job.branch, 0, at, at, *counters)
        if job.branch is not None:
            group.branches[job.branch] += number
        group.statuses[job.outcome] += number
        first, last = min(group.first, at), max(group.last, at)
        self.groups[key] = group._replace(lines=group.lines + number, first=first, last=last)


class _Texts:
    """Counts logs that cannot be read: a lost file is left out, a store that is out is not."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lost: set[int] = set()
        self._in_a_row = 0

    @property
    def lost(self) -> int:
        """Return how many logs could not be read."""
        return len(self._lost)

    def read(self, unit: Unit, *, after_line: int, most: int | None) -> UnitText:
        """Return what matches in a unit, nothing if its text is lost."""
        if unit.job.id in self._lost:
            return UnitText([], b"", 1)
        try:
            text = self._reader.read(unit, after_line=after_line, most=most)
        except StoreUnavailable:
            self._lost.add(unit.job.id)
            self._in_a_row += 1
            if self._in_a_row >= _LOST_IN_A_ROW:
                raise
            return UnitText([], b"", 1)
        self._in_a_row = 0
        return text


def _make_hit(job: LogJob, at: int, found: Found, whole: UnitText) -> Hit:
    text, ranges = _show(found.line, found.spans)
    before, after = lines_around(whole.text, found)
    return Hit(
        repository=job.repository,
        workflow=job.workflow,
        job_name=job.name,
        outcome=job.outcome,
        branch=job.branch,
        at=at,
        run_id=job.run_id,
        attempt=job.attempt,
        job_id=job.id,
        line=whole.first_line + found.number,
        text=text,
        before=None if before is None else _show(before, ())[0],
        after=None if after is None else _show(after, ())[0],
        ranges=ranges,
    )


def _show(line: bytes, spans: tuple[Span, ...]) -> tuple[str, list[tuple[int, int]]]:
    """Return a line as a hit shows it, without its instant unless that is what matched.

    Of a long line the part around the first match is shown. Ranges count characters.
    """
    text = lines.to_text(line)
    places = list(_places(line, spans))
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


def _places(line: bytes, spans: tuple[Span, ...]) -> Iterator[tuple[int, int]]:
    """Yield spans in characters; none overlaps the one before."""
    here = end = 0
    for span in spans:
        start = end + len(lines.to_text(line[here : span.start]))
        end = start + len(lines.to_text(line[span.start : span.end]))
        here = span.end
        yield start, end
