"""Which repositories are tracked, for whom, and how well that goes."""

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct
from sqlalchemy import Row, Select, func, select, update
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github.answers import Later, Refused
from pulseboard.collect.github.backfill import begin_anew
from pulseboard.collect.records import RepositorySeen
from pulseboard.collect.sources import Repositories
from pulseboard.config import Settings
from pulseboard.db.engine import lock_writer
from pulseboard.model import Feed, MissedRun, Repository
from pulseboard.vocabulary import FeedState, Provider

ALL_WORKFLOWS: Final = "*"
# Where a webhook tells of everything, a look whether it did is enough.
RECONCILE_EVERY: Final = 15 * clock.MINUTE
# How many times slower than asked for a repository is polled in which nothing happens.
SLOWEST: Final = 5
_SLOWER: Final = 1.25
_FASTER: Final = 0.5
_FASTEST: Final = clock.SECOND
# What needs somebody to do something is not asked for at the full rate.
_TROUBLED_EVERY: Final = 5 * clock.MINUTE


class Origin(StrEnum):
    """Who wants a repository tracked."""

    ENVIRONMENT = "environment"
    PEOPLE = "people"
    OWNER = "owner"
    # It was given up with its account, and comes back with it.
    FORMER_OWNER = "former owner"
    WEBHOOK = "webhook"


class Target(Struct, frozen=True):
    """A tracked repository as a poll needs it."""

    repository_id: int
    full_name: str
    provider_id: str | None
    default_branch: str | None
    origin: str
    workflows: tuple[str, ...] | None
    interval: int
    polled_at: int | None
    known_from: int | None
    swept_at: int | None
    unchecked: bool
    # Its webhook told of what happened, the last time that something did.
    is_fed_by_webhook: bool

    @property
    def seen(self) -> RepositorySeen:
        """How a record names it."""
        return RepositorySeen(self.full_name, provider_id=self.provider_id)


def follow_environment(session: Session, settings: Settings, *, at: int) -> None:
    """Track what GH_REPOS names, and no longer what it named before."""
    lock_writer(session)
    wanted = {name.lower(): name for name in settings.repos} if settings.workflows else {}
    files = None if ALL_WORKFLOWS in settings.workflows else sorted(set(settings.workflows))
    workflows = None if files is None else json.dumps(files)
    ids = {_find_or_make(session, RepositorySeen(name), at=at) for name in wanted.values()}
    ours = select(Feed).where(Feed.origin == Origin.ENVIRONMENT)
    for feed in session.scalars(ours).all():
        feed.tracked = feed.repository_id in ids
    every = settings.refresh_seconds * clock.SECOND
    for repository_id in ids:
        known = session.get(Feed, repository_id)
        if known is None or not known.tracked or known.origin == Origin.ENVIRONMENT:
            _track(session, repository_id, origin=Origin.ENVIRONMENT, workflows=workflows, at=at)
    # A shorter interval counts from now on, not only after the next poll.
    soon = at + SLOWEST * every
    session.execute(
        update(Feed)
        .where(Feed.next_poll_at > soon, Feed.state.in_((FeedState.OK, FeedState.NEW)))
        .values(next_poll_at=soon)
    )


def has_webhooks(session: Session) -> bool:
    """Say whether a webhook of a tracked repository was ever heard."""
    found = (
        select(Feed.repository_id)
        .join(Repository, Repository.id == Feed.repository_id)
        .where(Feed.tracked, Repository.last_webhook_at.is_not(None))
    )
    return session.scalar(found.limit(1)) is not None


def _heard_but_untracked() -> Select[int]:
    return (
        select(Repository.id)
        .outerjoin(Feed, Feed.repository_id == Repository.id)
        .where(
            Repository.last_webhook_at.is_not(None),
            Repository.provider == Provider.GITHUB,
            ~Repository.demo,
            Feed.repository_id.is_(None),
        )
    )


def has_untracked_webhooks(session: Session) -> bool:
    """Say whether a webhook was heard of a repository that nobody has decided about."""
    return session.scalar(_heard_but_untracked().limit(1)) is not None


def follow_webhooks(session: Session, *, at: int) -> None:
    """Track every repository whose webhook was heard, so that what it loses is found."""
    lock_writer(session)
    for repository_id in session.scalars(_heard_but_untracked()).all():
        _track(session, repository_id, origin=Origin.WEBHOOK, at=at)


def track(session: Session, full_name: str, *, origin: Origin, at: int) -> int:
    """Track all workflows of a repository, unless it is tracked already; return our id."""
    lock_writer(session)
    repository_id = _find_or_make(session, RepositorySeen(full_name), at=at)
    feed = session.get(Feed, repository_id)
    if feed is None or not feed.tracked:
        _track(session, repository_id, origin=origin, at=at)
    return repository_id


def track_found(session: Session, seen: RepositorySeen, *, at: int) -> None:
    """Track a repository of an account that is tracked, unless somebody decided about it."""
    lock_writer(session)
    repository_id = _find_or_make(session, seen, at=at)
    feed = session.get(Feed, repository_id)
    if feed is None or feed.origin == Origin.FORMER_OWNER:
        _track(session, repository_id, origin=Origin.OWNER, at=at)


def untrack(session: Session, repository_id: int) -> None:
    """Ask no more for a repository; what is stored stays, and its webhook is still taken."""
    session.execute(update(Feed).where(Feed.repository_id == repository_id).values(tracked=False))


def replace(session: Session, repository_id: int, by_id: int, *, at: int) -> None:
    """Track a repository in the place of another, for whom and as far as that one was."""
    feed = session.get_one(Feed, repository_id)
    _track(session, by_id, origin=Origin(feed.origin), workflows=feed.workflows, at=at)
    feed.tracked = False


def replace_by(session: Session, repository_id: int, seen: RepositorySeen, *, at: int) -> None:
    """Track what GitHub shows now in the place of a repository that is gone there."""
    lock_writer(session)
    replace(session, repository_id, _find_or_make(session, seen, at=at), at=at)


def _find_or_make(session: Session, seen: RepositorySeen, *, at: int) -> int:
    repositories = Repositories(session, [seen], at=at)
    home = repositories.find(seen, observed_at=0)
    repositories.save()
    return home.id


def _track(
    session: Session,
    repository_id: int,
    *,
    origin: Origin,
    workflows: str | None = None,
    at: int,
) -> None:
    feed = session.get(Feed, repository_id)
    if feed is None:
        feed = Feed(
            repository_id=repository_id,
            state=FeedState.NEW,
            state_since=at,
            interval=0,
            next_poll_at=at,
            unchecked=False,
        )
        session.add(feed)
    else:
        if not feed.tracked:
            feed.next_poll_at = at
        if _is_wider(read_workflows(workflows), read_workflows(feed.workflows)):
            _look_anew(session, feed, at=at)
    feed.origin, feed.tracked, feed.workflows = origin, True, workflows
    session.flush()


def read_workflows(stored: str | None) -> tuple[str, ...] | None:
    """Return the workflow files that a feed asks for; None is all of them."""
    return None if stored is None else tuple(json.loads(stored))


def _is_wider(wanted: tuple[str, ...] | None, before: tuple[str, ...] | None) -> bool:
    if before is None:
        return False
    return wanted is None or not set(wanted) <= set(before)


def _look_anew(session: Session, feed: Feed, *, at: int) -> None:
    """Let the next poll be a first one again: what is known is so of fewer workflows only.

    `known_from` stays, and says how far back that poll has to have the rest fetched.
    """
    if feed.polled_at is None:
        return
    feed.polled_at, feed.next_poll_at = None, at
    feed.state, feed.state_since, feed.words, feed.next_step = FeedState.NEW, at, None, None
    begin_anew(session, feed.repository_id)


def list_due(session: Session, *, at: int) -> list[int]:
    """Return the repositories whose poll is due, the longest due first."""
    due = (
        select(Feed.repository_id)
        .where(Feed.tracked, Feed.next_poll_at <= at)
        .order_by(Feed.next_poll_at, Feed.repository_id)
    )
    return list(session.scalars(due))


def claim(session: Session, repository_ids: Sequence[int], *, until: int) -> None:
    """Let nobody else find these repositories due before `until`."""
    session.execute(
        update(Feed).where(Feed.repository_id.in_(repository_ids)).values(next_poll_at=until)
    )


def get_target(session: Session, repository_id: int) -> Target | None:
    """Return a tracked repository, or None when it is not tracked (any more)."""
    row = session.execute(_targets().where(Feed.repository_id == repository_id)).one_or_none()
    return None if row is None else _target_of(row)


def _targets() -> Select[Feed, Repository, int | None]:
    missed = (
        select(func.max(MissedRun.found_at))
        .where(MissedRun.repository_id == Feed.repository_id)
        .correlate(Feed)
        .scalar_subquery()
    )
    return (
        select(Feed, Repository, missed)
        .join(Repository, Repository.id == Feed.repository_id)
        .where(Feed.tracked, ~Repository.demo)
    )


def _target_of(row: Row[Feed, Repository, int | None]) -> Target:
    feed, repository, missed_at = row
    heard_at = repository.last_webhook_at
    return Target(
        repository_id=feed.repository_id,
        full_name=repository.full_name,
        provider_id=repository.provider_id,
        default_branch=repository.default_branch,
        origin=feed.origin,
        workflows=read_workflows(feed.workflows),
        interval=feed.interval,
        polled_at=feed.polled_at,
        known_from=feed.known_from,
        swept_at=feed.swept_at,
        unchecked=feed.unchecked,
        is_fed_by_webhook=heard_at is not None and heard_at > (missed_at or 0),
    )


def next_interval(target: Target, *, base: int, is_active: bool, has_news: bool) -> int:
    """Return how long to wait for the next poll: active repositories sooner, quiet ones later."""
    if target.is_fed_by_webhook:
        return max(base, RECONCILE_EVERY)
    if is_active:
        return max(_FASTEST, int(base * _FASTER))
    if has_news or not target.interval:
        return base
    return min(max(base, int(target.interval * _SLOWER)), SLOWEST * base)


def note_trouble(
    session: Session, repository_id: int, error: Later | Refused, *, base: int, at: int
) -> None:
    """Keep why a repository could not be asked, and when it is asked again."""
    feed = session.get(Feed, repository_id)
    if feed is None:
        return
    if isinstance(error, Later):
        state, words, step = error.state, error.detail, None
        again = max(error.until, at + _FASTEST)
    else:
        state, words, step = error.state, error.words, error.next_step
        again = at + max(SLOWEST * base, _TROUBLED_EVERY)
    if feed.state != state:
        feed.state, feed.state_since = state, at
    feed.words, feed.next_step, feed.next_poll_at = words, step, again


def note_success(
    session: Session, repository_id: int, *, interval: int, words: str | None, at: int
) -> None:
    """Keep that a repository was asked and answered; `words` say what was left out all the same."""
    feed = session.get(Feed, repository_id)
    if feed is None:
        return
    if feed.state != FeedState.OK:
        feed.state, feed.state_since = FeedState.OK, at
    feed.words, feed.next_step = words, None
    feed.interval, feed.next_poll_at = interval, at + interval
