"""Fetching the history of one repository: its runs, newest first, then the jobs of each."""

import time
from typing import Final, NamedTuple

from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github import backfill, known, tracking
from pulseboard.collect.github.answers import Later, Purpose, Refused
from pulseboard.collect.github.attempts import check_in_pieces
from pulseboard.collect.github.backfill import DONE, FAILED, LEASE, RUNNING, STOPPED, WAITING
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.tracking import Target
from pulseboard.collect.github.windows import CAP, Window, list_window, to_seconds
from pulseboard.collect.records import Envelope
from pulseboard.live.messages import BackfillMoved
from pulseboard.model import Backfill, Feed

# The first window that is asked for; it adapts to how many runs there are.
_FIRST: Final = 4 * clock.DAY
_LONGEST: Final = 64 * clock.DAY
# Runs whose jobs GitHub fails to give are asked for again and again, for a day.
_AGAIN: Final = 15 * clock.MINUTE
_PATIENCE: Final = clock.DAY


class _Stopped(Exception):
    """Somebody wants no more of it."""


class _Stretch(NamedTuple):
    """What is left to list: runs created in [since, reached)."""

    since: int
    reached: int
    until: int
    began_at: int


class _Work(Struct):
    """One process at work on one backfill."""

    collector: Collector
    backfill_id: int
    target: Target
    began: float = 0.0

    def note(self, *, runs: int = 0, checked: int = 0, reached: int | None = None) -> None:
        """Keep how far it is, and that somebody is at work.

        Raises _Stopped when somebody wants no more of it.
        """
        now, moment = clock.now(), time.monotonic()
        with self.collector.database.writing() as session:
            row = session.get_one(Backfill, self.backfill_id)
            row.worked += int((moment - self.began) * clock.SECOND)
            row.runs += runs
            row.checked += checked
            row.unchecked = max(0, row.unchecked - checked)
            row.resumes_at = now + LEASE
            if reached is not None:
                row.reached = reached
                # Counted anew once all are listed.
                row.unchecked += runs
            moved = moved_of(row)
        self.began = moment
        self.collector.tell(moved)
        if moved.state == STOPPED:
            raise _Stopped


def moved_of(row: Backfill) -> BackfillMoved:
    """Return what open screens are told of a backfill."""
    return BackfillMoved(
        id=row.id,
        repository_id=row.repository_id,
        state=row.state,
        runs=row.runs,
        checked=row.checked,
    )


def run_backfill(collector: Collector, backfill_id: int) -> None:
    """Go on with a backfill to its end, or until GitHub asks to wait.

    Whatever is wrong becomes the state of the backfill. Raises Interrupted, and Unavailable when
    the database is out; what was fetched stays, and the next call goes on from there.
    """
    with collector.database.writing() as session:
        stretch = _begin(session, backfill_id)
        target = None
        if stretch is not None:
            row = session.get_one(Backfill, backfill_id)
            target = tracking.get_target(session, row.repository_id)
            if target is None:
                _end(row, FAILED, "The repository is no longer tracked.")
    if stretch is None or target is None:
        return
    work = _Work(collector, backfill_id, target, time.monotonic())
    try:
        with collector.etags.gathering():
            _list(work, stretch)
            words = _check(work, stretch)
        outcome: Later | Refused | None = None
    except _Stopped:
        return
    except (Later, Refused) as error:
        outcome = error
    with collector.database.writing() as session:
        row = session.get_one(Backfill, backfill_id)
        if row.state == STOPPED:
            return
        if isinstance(outcome, Later):
            row.state, row.words, row.resumes_at = WAITING, outcome.detail, outcome.until
        else:
            _end(row, FAILED if outcome else DONE, outcome.detail if outcome else words)
        moved = moved_of(row)
    collector.tell(moved)


def _begin(session: Session, backfill_id: int) -> _Stretch | None:
    row = session.get(Backfill, backfill_id)
    if row is None or row.state not in backfill.UNFINISHED:
        return None
    now = clock.now()
    row.state, row.words, row.resumes_at = RUNNING, None, now + LEASE
    row.started_at = row.started_at or now
    return _Stretch(row.since, row.reached, row.until, row.started_at)


def _end(row: Backfill, state: str, words: str | None) -> None:
    row.state, row.words, row.finished_at = state, words, clock.now()


def _list(work: _Work, stretch: _Stretch) -> None:
    """List the runs from the newest to the oldest, in windows that GitHub shows whole."""
    # GitHub's steps are seconds: a window that were not whole ones could never be cut to one.
    end, length = to_seconds(stretch.reached - 1) + clock.SECOND, _FIRST
    while end > stretch.since:
        start = max(to_seconds(stretch.since), end - length)
        window = Window(start, end)
        seen = _list_one(work, window)
        if window.is_over_cap:
            length = max(clock.SECOND, to_seconds((end - start) // 2))
            continue
        work.note(runs=seen, reached=max(start, stretch.since))
        _move_known_from(work, start, end)
        end = start
        if seen < CAP // 4:
            length = min(_LONGEST, length * 2)
    with work.collector.database.writing() as session:
        session.get_one(Backfill, work.backfill_id).unchecked = known.count_unchecked(
            session, work.target.repository_id, since=stretch.since, until=stretch.until
        )


def _list_one(work: _Work, window: Window) -> int:
    """List and store one window; return how many runs it has."""

    def store(envelopes: list[Envelope]) -> int:
        with work.collector.database.reading() as session:
            news = known.keep_news(session, work.target.repository_id, envelopes)
        work.collector.store(news, is_history=True)
        return known.count_runs(news)

    list_window(work.collector, work.target, window, purpose=Purpose.BACKFILL, store=store)
    return len(window.told)


def _move_known_from(work: _Work, start: int, end: int) -> None:
    """Keep from when on every run is known, where this window joins what is known."""
    with work.collector.database.writing() as session:
        feed = session.get(Feed, work.target.repository_id)
        if (
            feed
            and feed.polled_at is not None
            and feed.known_from is not None
            and start < feed.known_from <= end
        ):
            feed.known_from = start


def _check(work: _Work, stretch: _Stretch) -> str | None:
    """Fetch all jobs; return in words what could not be had for a day. Raises Later before that."""
    left_out: Later | Refused | None = None
    pieces = check_in_pieces(
        work.collector,
        work.target,
        since=stretch.since,
        until=stretch.until,
        purpose=Purpose.BACKFILL,
        is_history=True,
    )
    for piece in pieces:
        work.note(checked=piece.runs)
        left_out = left_out or piece.left_out
    if left_out is None:
        return None
    words = f"The jobs of some runs could not be fetched. {left_out.detail}"
    if clock.now() < stretch.began_at + _PATIENCE:
        raise Later(words, until=clock.now() + _AGAIN, state=left_out.state)
    return "GitHub did not give the jobs of some runs for a day; all else was fetched."
