"""Looking again at what is known: open runs, re-runs of old ones, runs deleted at GitHub."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import Final

from msgspec import structs

from pulseboard import clock
from pulseboard.collect.github import known
from pulseboard.collect.github.answers import Purpose, Refused
from pulseboard.collect.github.collector import LOOK_BACK, Collector
from pulseboard.collect.github.deletions import confirm_deletion
from pulseboard.collect.github.listing import (
    PAGE,
    read_repository,
    read_run,
)
from pulseboard.collect.github.paths import repository_path, run_path
from pulseboard.collect.github.renames import keep_identity, require_same
from pulseboard.collect.github.tracking import Target
from pulseboard.collect.github.windows import Window, aligned, list_window, to_seconds
from pulseboard.collect.records import Envelope
from pulseboard.model import Feed
from pulseboard.vocabulary import FeedState, Phase

# Between two looks through the last 30 days: so long for each page that they fill.
_SWEEP_A_PAGE: Final = 2 * clock.MINUTE
_SWEEP_SOONEST: Final = clock.HOUR
# A webhook tells of re-runs, so that only what was deleted is left to find.
_SWEEP_FED_SOONEST: Final = 4 * clock.HOUR
_SWEEP_LATEST: Final = 12 * clock.HOUR
# Days; a power of two, so that halving it ends at one.
_LONGEST_SPAN: Final = 32


def look_at_repository(collector: Collector, target: Target, *, purpose: Purpose) -> None:
    """Ask for the repository itself: whether we may see it, its id and its default branch.

    Raises Later and Refused.
    """
    answer = collector.github.get(
        repository_path(target.full_name),
        repository=target.full_name,
        purpose=purpose,
        # Whoever has no id yet may go by a name that was asked for when it meant another.
        conditional=target.provider_id is not None,
    )
    if answer.not_modified:
        return
    envelope = read_repository(answer.body, received_at=clock.now())
    told = envelope.repository
    if told is not None and target.provider_id is None:
        with collector.database.writing() as session:
            moved = keep_identity(session, target, told, at=clock.now())
        if moved is not None:
            raise moved
    if told is not None:
        require_same(collector, target, told, purpose=purpose)
    stored = structs.replace(target.seen, default_branch=target.default_branch)
    if told is not None and structs.replace(told, html_url=None) != stored:
        collector.store([envelope], is_history=True)


def refresh_open(
    collector: Collector,
    target: Target,
    *,
    without: AbstractSet[str],
    is_list_unchanged: bool,
    purpose: Purpose,
) -> int:
    """Ask for the open runs that no list told of; return of how many there was news.

    A run whose events were lost, or that never had any, comes to its end here.
    """
    since = clock.now() - LOOK_BACK
    with collector.database.reading() as session:
        found = known.list_open(session, target.repository_id, since=since)
        if is_list_unchanged and target.workflows is None and found:
            without = without | known.list_newest(session, target.repository_id, limit=PAGE)
    news = 0
    for attempt in found:
        if attempt.run_id not in without:
            collector.stop_if_asked()
            news += _refresh(collector, target, attempt, purpose=purpose)
    return news


def _refresh(
    collector: Collector, target: Target, attempt: known.Attempt, *, purpose: Purpose
) -> int:
    try:
        answer = collector.github.get(
            run_path(target.full_name, attempt.run_id),
            repository=target.full_name,
            purpose=purpose,
            conditional=True,
        )
    except Refused as error:
        if error.state is not FeedState.NOT_FOUND:
            raise
        return _store(
            collector, target, confirm_deletion(collector, target, attempt, purpose=purpose)
        )
    if answer.not_modified:
        return 0
    run = read_run(answer.body, target.seen, received_at=clock.now())
    return _store(collector, target, [run])


def _store(collector: Collector, target: Target, envelopes: list[Envelope]) -> int:
    with collector.database.reading() as session:
        news = known.keep_news(session, target.repository_id, envelopes)
    if news:
        with collector.database.writing() as session:
            session.get_one(Feed, target.repository_id).unchecked = True
        collector.store(news, is_history=False)
    return known.count_runs(news)


def is_sweep_due(collector: Collector, target: Target, *, at: int) -> bool:
    """Say whether the last 30 days should be looked through again."""
    if target.swept_at is None:
        return True
    soonest = _SWEEP_FED_SOONEST if target.is_fed_by_webhook else _SWEEP_SOONEST
    if at < target.swept_at + soonest:
        return False
    with collector.database.reading() as session:
        runs = known.count_between(
            session, target.repository_id, start=at - LOOK_BACK, end=at + clock.DAY
        )
    wait = min(max(soonest, runs // PAGE * _SWEEP_A_PAGE), _SWEEP_LATEST)
    return at >= target.swept_at + wait


def sweep(collector: Collector, target: Target, *, at: int, purpose: Purpose) -> int:
    """Look through the last 30 days for re-runs and deletions; return of how many runs was news.

    What did not change since the last time costs an unchanged page for each 100 runs.
    """
    since = at - LOOK_BACK
    with collector.database.reading() as session:
        runs = known.count_between(session, target.repository_id, start=since, end=at + clock.DAY)
    news = 0
    for start, end in aligned(since, at, length=_span_length(runs)):
        news += _sweep_span(collector, target, start, end, since=since, purpose=purpose)
    with collector.database.writing() as session:
        session.get_one(Feed, target.repository_id).swept_at = at
    return news


def _span_length(runs: int) -> int:
    """Return how long a span is that fits a page, as evenly as runs come."""
    days = _LONGEST_SPAN
    while days > 1 and runs * days > PAGE * (LOOK_BACK // clock.DAY):
        days //= 2
    return days * clock.DAY


def _sweep_span(
    collector: Collector, target: Target, start: int, end: int, *, since: int, purpose: Purpose
) -> int:
    def store(envelopes: list[Envelope]) -> int:
        wanted = [e for e in envelopes if all(run.created_at >= since for run in e.runs)]
        return _store(collector, target, wanted)

    window = Window(start, end)
    list_window(collector, target, window, purpose=purpose, store=store, conditional=True)
    if window.is_over_cap:
        middle = to_seconds((start + end) // 2)
        return window.news + sum(
            _sweep_span(collector, target, first, last, since=since, purpose=purpose)
            for first, last in ((middle, end), (start, middle))
        )
    window.news += _find_deleted(collector, target, window, since=since, purpose=purpose)
    collector.etags.save()
    return window.news


def bury_unlisted(
    collector: Collector,
    target: Target,
    *,
    start: int,
    end: int,
    told: AbstractSet[str],
    workflows: Sequence[str] | None,
    purpose: Purpose,
) -> int:
    """Make tombstones of runs created in [start, end) that a list of them has no longer.

    Runs that are not over are left to `refresh_open`, and more than a page of runs to `sweep`.
    """
    with collector.database.reading() as session:
        stored = known.list_between(
            session, target.repository_id, start=start, end=end, workflows=workflows
        )
    untold = [one for one in stored if one.run_id not in told and one.status == Phase.COMPLETED]
    return _bury(collector, target, untold[:PAGE], purpose=purpose)


def _bury(
    collector: Collector,
    target: Target,
    untold: Sequence[known.Attempt],
    *,
    purpose: Purpose,
) -> int:
    news = 0
    for attempt in untold:
        collector.stop_if_asked()
        found = confirm_deletion(collector, target, attempt, purpose=purpose)
        news += _store(collector, target, found)
    return news


def _find_deleted(
    collector: Collector, target: Target, window: Window, *, since: int, purpose: Purpose
) -> int:
    """Make tombstones of the runs that the lists of a window no longer have."""
    with collector.database.reading() as session:
        stored = known.list_between(
            session,
            target.repository_id,
            start=max(window.start, since),
            end=window.end,
            workflows=target.workflows,
        )
    untold = [attempt for attempt in stored if attempt.run_id not in window.told]
    if window.unchanged:
        if not window.told or len(untold) <= window.unchanged * PAGE:
            return 0
        # Some pages changed and others did not: only all of them together say who is missing.
        whole = Window(window.start, window.end)
        list_window(collector, target, whole, purpose=purpose, store=lambda _: 0)
        untold = [attempt for attempt in stored if attempt.run_id not in whole.told]
    return _bury(collector, target, untold, purpose=purpose)
