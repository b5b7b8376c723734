"""How each repository is fed, what is not known of it yet, and whether its silence is likely."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from sqlalchemy import ScalarSelect, and_, case, func, or_, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.metrics.scope import Scope
from pulseboard.model import IS_LATEST, Backfill, Feed, MissedRun, Repository, Run
from pulseboard.pipelines.names import has_real_runs
from pulseboard.vocabulary import FeedState, Source

# Less silence than this is never remarkable, more than that always.
_NEVER: Final = 12 * clock.HOUR
_ALWAYS: Final = 30 * clock.DAY
# Without a rhythm of its own.
_UNKNOWN_RHYTHM: Final = 4 * clock.DAY
# Silence is unlikely when it is longer than the longest pause lately, by a half.
_PAUSES: Final = 100
_FEWEST: Final = 5
_BEYOND: Final = 1.5
# Of a fleet so many are looked at to tell whether all of it is silent.
_HEARD_LAST: Final = 20
_WELL: Final = (FeedState.OK, FeedState.NEW)


class Standing(NamedTuple):
    """How a repository is fed; instants in µs, None for what never was.

    `heard_at` is when anything was last heard, be it that there is nothing new. `partial_until` is
    when what is missing will be asked for again.
    """

    repository_id: int
    full_name: str
    tracked: bool
    fed_by: str | None
    origin: str | None
    state: str | None
    words: str | None
    next_step: str | None
    last_event_at: int | None
    heard_at: int | None
    known_from: int | None
    is_partial: bool
    partial_until: int | None
    is_stale: bool


def read_standings(
    session: Session, *, repository_ids: Sequence[int], at: int
) -> dict[int, Standing]:
    """Return how repositories are fed, by id."""
    found = (
        select(Repository, Feed, _missed_at())
        .outerjoin(Feed, Feed.repository_id == Repository.id)
        .where(Repository.id.in_(repository_ids))
    )
    unfinished = set(
        session.scalars(
            select(Backfill.repository_id).where(Backfill.state.in_(("waiting", "running")))
        )
    )
    return {
        repository.id: _standing(
            session, repository, feed, missed_at, is_filling=repository.id in unfinished, at=at
        )
        for repository, feed, missed_at in session.execute(found)
    }


def _missed_at() -> ScalarSelect[int | None]:
    return (
        select(func.max(MissedRun.found_at))
        .where(MissedRun.repository_id == Repository.id)
        .correlate(Repository)
        .scalar_subquery()
    )


def _standing(
    session: Session,
    repository: Repository,
    feed: Feed | None,
    missed_at: int | None,
    *,
    is_filling: bool,
    at: int,
) -> Standing:
    tracked = feed is not None and feed.tracked
    hooked_at = repository.last_webhook_at
    fed_by = repository.last_source
    if hooked_at is not None and hooked_at > (missed_at or 0):
        fed_by = Source.WEBHOOK
    elif tracked:
        fed_by = Source.POLL
    polled_at = feed.polled_at if feed is not None and tracked and feed.state in _WELL else None
    heard_at = max(
        (one for one in (repository.last_event_at, polled_at) if one is not None), default=None
    )
    is_unwell = feed is not None and tracked and feed.state != FeedState.OK
    return Standing(
        repository_id=repository.id,
        full_name=repository.full_name,
        tracked=tracked,
        fed_by=fed_by,
        origin=feed.origin if feed is not None and tracked else None,
        state=feed.state if feed is not None and tracked else None,
        words=feed.words if feed is not None and tracked else None,
        next_step=feed.next_step if feed is not None and tracked else None,
        last_event_at=repository.last_event_at,
        heard_at=heard_at,
        # Until the first poll, what is known is so of other workflows.
        known_from=feed.known_from
        if feed is not None and tracked and feed.polled_at is not None
        else None,
        is_partial=is_unwell or is_filling,
        partial_until=feed.next_poll_at if feed is not None and is_unwell else None,
        is_stale=not repository.demo and _is_stale(session, repository.id, heard_at, at=at),
    )


def are_all_silent(session: Session, scope: Scope, *, at: int) -> bool:
    """Tell whether nothing has been heard from any repository of a scope for longer than usual.

    That is told from the few heard last: where they are silent, the others have been for longer.
    """
    if scope.demo:
        return False
    polled_at = case((and_(Feed.tracked, Feed.state == FeedState.OK), Feed.polled_at), else_=None)
    # SQLite's max of two is NULL when one is; PostgreSQL knows it as greatest.
    told, asked = func.coalesce(Repository.last_event_at, 0), func.coalesce(polled_at, 0)
    heard_at = case((told > asked, told), else_=asked)
    found = (
        select(Repository.id, heard_at)
        .outerjoin(Feed, Feed.repository_id == Repository.id)
        .where(~Repository.demo, heard_at > 0)
        .order_by(heard_at.desc())
        .limit(_HEARD_LAST)
    )
    if scope.repositories:
        found = found.where(Repository.id.in_(scope.repositories))
    heard = session.execute(found).all()
    return bool(heard) and all(_is_stale(session, row[0], row[1], at=at) for row in heard)


def _is_stale(session: Session, repository_id: int, heard_at: int | None, *, at: int) -> bool:
    if heard_at is None:
        return False
    silence = at - heard_at
    if silence <= _NEVER:
        return False
    return silence > _ALWAYS or silence > _likely_silence(session, repository_id)


def _likely_silence(session: Session, repository_id: int) -> int:
    """Return the silence that the pauses between its newest runs make likely."""
    started = list(
        session.scalars(
            select(Run.started_at)
            .where(Run.repository_id == repository_id, IS_LATEST)
            .order_by(Run.started_at.desc())
            .limit(_PAUSES)
        )
    )
    return likely_silence(started)


def likely_silence(started: Sequence[int]) -> int:
    """Return how long nothing may be heard, by when the newest runs started, the newest first.

    >>> likely_silence([6 * clock.DAY, 3 * clock.DAY, 2 * clock.DAY, clock.DAY, 0]) // clock.HOUR
    108
    """
    if len(started) < _FEWEST:
        return _UNKNOWN_RHYTHM
    longest = max(later - earlier for later, earlier in pairwise(started))
    return max(_NEVER, int(longest * _BEYOND))


def list_partial(session: Session, scope: Scope) -> list[str]:
    """Return the names of repositories of which not all is known that should be, by name.

    They are those that GitHub does not let us ask just now or never has, and those whose first
    poll or backfill is still under way.
    """
    if scope.impossible or scope.demo:
        return []
    filling = select(Backfill.repository_id).where(Backfill.state.in_(("waiting", "running")))
    found = (
        select(Repository.full_name)
        .join(Feed, Feed.repository_id == Repository.id)
        .where(
            Feed.tracked,
            ~Repository.demo,
            or_(Feed.state != FeedState.OK, Repository.id.in_(filling)),
        )
        .order_by(Repository.name_key)
    )
    if scope.repositories:
        found = found.where(Repository.id.in_(scope.repositories))
    return list(session.scalars(found))


def list_heard(session: Session, *, demo: bool) -> list[tuple[str, str | None, int | None]]:
    """Return (name, by which door, when anything was last heard) of repositories, by name."""
    polled_at = case((and_(Feed.tracked, Feed.state == FeedState.OK), Feed.polled_at), else_=None)
    rows = session.execute(
        select(Repository.full_name, Repository.last_source, Repository.last_event_at, polled_at)
        .outerjoin(Feed, Feed.repository_id == Repository.id)
        .where(Repository.demo == demo)
        .order_by(Repository.name_key, Repository.id)
    )
    return [
        (name, source or (Source.POLL if polled else None), max(told or 0, polled or 0) or None)
        for name, source, told, polled in rows
    ]


def last_delivery(session: Session) -> int | None:
    """Return when the newest delivery was stored: a demo's only while nothing is real."""
    newest = select(func.max(Repository.last_event_at))
    return session.scalar(newest.where(Repository.demo == (not has_real_runs(session))))


def count_states(session: Session) -> dict[str, int]:
    """Count the tracked repositories by how well they can be asked."""
    found = select(Feed.state, func.count()).where(Feed.tracked).group_by(Feed.state)
    return {row[0]: int(row[1]) for row in session.execute(found)}
