"""Asking a repository what is new: one unchanged page while nothing is, else what it takes."""

from typing import Final, NamedTuple

from msgspec import Struct

from pulseboard import clock
from pulseboard.collect.github import known, misses, tracking
from pulseboard.collect.github.answers import Later, Purpose, Refused, TooMuch
from pulseboard.collect.github.attempts import Checked, check_attempts
from pulseboard.collect.github.backfill import get_backfilled_until, plan_backfill
from pulseboard.collect.github.collector import LOOK_BACK, Collector
from pulseboard.collect.github.listing import PAGE, read_run_page
from pulseboard.collect.github.paths import run_paths
from pulseboard.collect.github.reconcile import (
    bury_unlisted,
    is_sweep_due,
    look_at_repository,
    refresh_open,
    sweep,
)
from pulseboard.collect.github.tracking import Target
from pulseboard.collect.records import Envelope
from pulseboard.model import Feed
from pulseboard.vocabulary import FeedState

# What was created shortly before the last poll may have come to the list after it.
_OVERLAP: Final = 5 * clock.MINUTE
# The longest that a poll goes on listing; what lies further back is left to a backfill.
_PAGES: Final = 10
# What was created just now may not be in every list yet.
_APPEARS: Final = clock.MINUTE
# Of so many runs one poll fetches jobs, the newest first; the next one goes on.
_CHECKS: Final = 240


class Polled(NamedTuple):
    """What a poll of one repository came to: of how many runs it brought news."""

    state: FeedState
    words: str | None
    runs: int


class _Span(NamedTuple):
    """Which runs created since `start` a list had; `file` is its workflow, None all of them."""

    file: str | None
    start: int
    told: set[str]


class _Listing(Struct):
    """How far the lists of one poll have come; all times are GitHub's."""

    # Everything created before it is known already, or not wanted.
    boundary: int
    news: int = 0
    asked_at: int | None = None
    # Between the boundary and this there may be runs that were not listed.
    gap_until: int | None = None
    is_unchanged: bool = True
    # Its runs name the repository otherwise than we do.
    is_renamed: bool = False
    told: set[str] = set()
    spans: list[_Span] = []


def poll_repository(collector: Collector, repository_id: int, *, purpose: Purpose) -> Polled | None:
    """Fetch what is new in one repository; None when it is not tracked.

    Whatever is wrong with the repository becomes its state. Raises Unavailable when the database
    is out, and Interrupted.
    """
    with collector.database.reading() as session:
        target = tracking.get_target(session, repository_id)
    if target is None:
        return None
    try:
        with collector.etags.gathering():
            return _poll(collector, target, purpose=purpose)
    except (Later, Refused) as error:
        with collector.database.writing() as session:
            tracking.note_trouble(
                session, repository_id, error, base=collector.interval, at=clock.now()
            )
        return Polled(error.state, error.detail, 0)


def _poll(collector: Collector, target: Target, *, purpose: Purpose) -> Polled:
    now = clock.now()
    is_first = target.polled_at is None
    if is_first:
        _look(collector, target, purpose=purpose)
    start = now - LOOK_BACK if target.polled_at is None else target.polled_at - _OVERLAP
    listing = _Listing(boundary=start)
    words = _list_all(collector, target, listing, purpose=purpose, is_history=is_first)
    if listing.is_renamed:
        _look(collector, target, purpose=purpose)
    if not is_first:
        listing.news += refresh_open(
            collector,
            target,
            without=listing.told,
            is_list_unchanged=listing.is_unchanged,
            purpose=purpose,
        )
        listing.news += _bury_unlisted(collector, target, listing, purpose=purpose)
    _note_listed(collector, target, listing)
    if not is_first:
        listing.news += _sweep(collector, target, at=now)
    checked = _check(collector, target, listing, purpose=purpose, is_history=is_first)
    if checked.left_out is not None:
        left_out = f"The jobs of some runs could not be fetched. {checked.left_out.detail}"
        words = left_out if words is None else f"{words} {left_out}"
    with collector.database.writing() as session:
        interval = tracking.next_interval(
            target, base=collector.interval, is_active=checked.is_active, has_news=listing.news > 0
        )
        tracking.note_success(
            session, target.repository_id, interval=interval, words=words, at=clock.now()
        )
    return Polled(FeedState.OK, words, listing.news)


def _look(collector: Collector, target: Target, *, purpose: Purpose) -> None:
    """Ask for the repository itself; where just that is not to be seen, its runs decide."""
    try:
        look_at_repository(collector, target, purpose=purpose)
    except Refused as error:
        if error.state is not FeedState.NOT_FOUND:
            raise


def _list_all(
    collector: Collector,
    target: Target,
    listing: _Listing,
    *,
    purpose: Purpose,
    is_history: bool,
) -> str | None:
    """List the new runs of every workflow wanted; return in words which files are missing."""
    if target.workflows is None:
        (path,) = run_paths(target.full_name, None)
        _list(collector, target, listing, path, None, purpose=purpose, is_history=is_history)
        return None
    missing = []
    paths = run_paths(target.full_name, target.workflows)
    for file, path in zip(target.workflows, paths, strict=True):
        try:
            _list(collector, target, listing, path, file, purpose=purpose, is_history=is_history)
        except Refused as error:
            if error.state is not FeedState.NOT_FOUND:
                raise
            missing.append(file)
    if not missing:
        return None
    words = f"{target.full_name} has no workflow {' nor '.join(missing)}."
    if len(missing) < len(paths):
        return words
    # Then the repository itself may be what is not there.
    look_at_repository(collector, target, purpose=purpose)
    raise Refused(FeedState.NOT_FOUND, words, next_step="Look at GH_WORKFLOWS, or set it to *.")


def _list(
    collector: Collector,
    target: Target,
    listing: _Listing,
    path: str,
    file: str | None,
    *,
    purpose: Purpose,
    is_history: bool,
) -> None:
    told, reached, is_all = set[str](), None, False
    for number in range(1, _PAGES + 1):
        collector.stop_if_asked()
        try:
            answer = collector.github.get(
                path,
                repository=target.full_name,
                purpose=purpose,
                params={"per_page": PAGE, "page": number},
                # Of a look that begins anew, the first page says nothing of what lies behind it.
                conditional=number == 1 and not (is_history and target.known_from is not None),
            )
        except TooMuch:
            if reached is None:
                raise
            break
        now = clock.now()
        listing.asked_at = listing.asked_at or answer.date or now
        if answer.not_modified:
            return
        listing.is_unchanged = False
        page = read_run_page(answer.body, target.seen, received_at=now)
        if page.is_of_another(target.seen):
            _look(collector, target, purpose=purpose)
        told.update(run.run_id for e in page.envelopes for run in e.runs)
        listing.is_renamed |= page.names - {target.full_name} != set()
        listing.news += _store(collector, target, page.envelopes, is_history=is_history)
        oldest = page.oldest if answer.next_url is not None else None
        # More runs of its second may be on the next page.
        reached = now - LOOK_BACK if oldest is None else oldest + clock.SECOND
        if oldest is None or oldest < listing.boundary:
            is_all = True
            break
    listing.told |= told
    if reached is not None:
        listing.spans.append(_Span(file, reached, told))
    if not is_all:
        listing.gap_until = max(listing.gap_until or 0, reached or 0)


def _bury_unlisted(
    collector: Collector, target: Target, listing: _Listing, *, purpose: Purpose
) -> int:
    """Make tombstones of runs that the lists should have, and have no longer."""
    end = (listing.asked_at or clock.now()) - _APPEARS
    return sum(
        bury_unlisted(
            collector,
            target,
            start=span.start,
            end=end,
            told=span.told,
            workflows=None if span.file is None else [span.file],
            purpose=purpose,
        )
        for span in listing.spans
    )


def _store(
    collector: Collector, target: Target, envelopes: list[Envelope], *, is_history: bool
) -> int:
    """Store the runs of a page that are news; return how many that were."""
    with collector.database.reading() as session:
        news = known.keep_news(session, target.repository_id, envelopes)
    if not news:
        return 0
    if not target.unchecked:
        # Before they are stored: after a crash their jobs have to be asked for all the same.
        with collector.database.writing() as session:
            session.get_one(Feed, target.repository_id).unchecked = True
    receipts = collector.store(news, is_history=is_history)
    # A first look finds what was there before anybody listened.
    if target.is_fed_by_webhook and not is_history:
        misses.note(collector, target, news, receipts)
    return known.count_runs(news)


def _note_listed(collector: Collector, target: Target, listing: _Listing) -> None:
    """Keep how far the repository is known now; what was left out is planned as a backfill."""
    with collector.database.writing() as session:
        feed = session.get_one(Feed, target.repository_id)
        if tracking.read_workflows(feed.workflows) != target.workflows:
            # Others are wanted since it began: the next poll looks for them.
            return
        since, until = listing.boundary, listing.gap_until or listing.boundary
        if target.polled_at is None:
            # What was known of fewer workflows is fetched of all.
            since = min(since, feed.known_from or since)
            feed.known_from, feed.swept_at = until, clock.now()
        feed.polled_at = listing.asked_at
        if since < until:
            plan_backfill(session, target.repository_id, since=since, until=until, at=clock.now())
    collector.etags.save()


def _sweep(collector: Collector, target: Target, *, at: int) -> int:
    if not is_sweep_due(collector, target, at=at):
        return 0
    try:
        _look(collector, target, purpose=Purpose.RECONCILE)
        return sweep(collector, target, at=at, purpose=Purpose.RECONCILE)
    except Later:
        # It can wait, and what is new was fetched all the same.
        return 0


def _check(
    collector: Collector, target: Target, listing: _Listing, *, purpose: Purpose, is_history: bool
) -> Checked:
    """Fetch jobs where some may be missing."""
    if not (target.unchecked or listing.news):
        return Checked(0, is_active=False)
    with collector.database.reading() as session:
        # What a backfill brings, it brings with its jobs.
        since = max(
            clock.now() - LOOK_BACK, get_backfilled_until(session, target.repository_id) or 0
        )
    checked = check_attempts(
        collector, target, since=since, purpose=purpose, is_history=is_history, limit=_CHECKS
    )
    if checked.is_all:
        with collector.database.writing() as session:
            session.get_one(Feed, target.repository_id).unchecked = False
    return checked
