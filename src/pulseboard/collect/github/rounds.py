"""Which repositories are polled when, and which history is fetched: what is due, and on request."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github import backfill, owners, tracking
from pulseboard.collect.github.answers import Purpose
from pulseboard.collect.github.connection import Connection
from pulseboard.collect.github.heal import heal
from pulseboard.collect.github.history import run_backfill
from pulseboard.collect.github.poll import Polled, poll_repository
from pulseboard.errors import NotFound
from pulseboard.jobs.port import Catalogue, Context, Jobs
from pulseboard.model import Feed, Poll, PollPart, Repository

POLL: Final = "poll a repository"
BACKFILL: Final = "backfill a repository"
ROUND: Final = "poll what is due"
HEALING: Final = "ask for lost deliveries"
HEAL_EVERY: Final = 5 * clock.MINUTE
OWNERS: Final = "list repositories of accounts"
# A tick lasts until the next one and looks for what is due again and again in between.
ROUND_EVERY: Final = 10 * clock.SECOND
_GLANCE_EVERY: Final = clock.SECOND
# How soon an account is looked at that was added just now.
_OWNERS_EVERY: Final = 15 * clock.SECOND
# Repositories that one process polls at the same time.
_AT_ONCE: Final = 6
_BACKFILLS_AT_ONCE: Final = 2
# Who was asked to poll a repository has so long before somebody else is asked.
_LEASE: Final = 15 * clock.MINUTE
# What came of the polls people asked for is kept so long.
_KEEP_POLLS: Final = 7 * clock.DAY
# What no database would take for an id.
_TOO_LARGE: Final = 1 << 63


class Part(NamedTuple):
    """What a poll that was asked for came to in one repository; times are None before they are."""

    repository_id: int
    full_name: str
    state: str | None
    words: str | None
    runs: int
    finished_at: int | None


class Progress(NamedTuple):
    """How far a poll is that somebody asked for."""

    id: int
    asked_at: int
    parts: list[Part]

    @property
    def done(self) -> int:
        """How many repositories are through."""
        return sum(part.finished_at is not None for part in self.parts)

    @property
    def finished_at(self) -> int | None:
        """When the last repository was through; None before."""
        if self.done < len(self.parts):
            return None
        return max((part.finished_at or 0 for part in self.parts), default=self.asked_at)


def add_to(catalogue: Catalogue, connection: Connection) -> None:
    """Add the round through all repositories, and the poll of one."""

    def look_for_due(context: Context) -> None:
        _look_for_due(context, connection)

    def poll(context: Context) -> None:
        _poll(context, connection)

    def look_at_owners(context: Context) -> None:
        collector = connection.collector(context.database, should_stop=lambda: context.is_stopping)
        owners.look_at_owners(collector)

    def fetch_history(context: Context) -> None:
        collector = connection.collector(context.database, should_stop=lambda: context.is_stopping)
        run_backfill(collector, int(context.args["backfill"]))

    catalogue.job(BACKFILL, fetch_history, at_once=_BACKFILLS_AT_ONCE)
    catalogue.schedule(ROUND, ROUND_EVERY, look_for_due)

    def ask_for_lost(context: Context) -> None:
        collector = connection.collector(context.database, should_stop=lambda: context.is_stopping)
        with context.database.reading() as session:
            has_app = connection.has_app(session)
            is_heard = has_app or tracking.has_webhooks(session)
            may_ask = connection.has_credential(session)
        if is_heard and may_ask:
            heal(collector, has_app=has_app)

    catalogue.schedule(HEALING, HEAL_EVERY, ask_for_lost)
    catalogue.schedule(OWNERS, _OWNERS_EVERY, look_at_owners)
    catalogue.job(POLL, poll, at_once=_AT_ONCE)


def _look_for_due(context: Context, connection: Connection) -> None:
    until = clock.now() + ROUND_EVERY
    with context.database.reading() as session:
        may_ask = connection.has_credential(session)
        has_new = may_ask and tracking.has_untracked_webhooks(session)
    if has_new:
        with context.database.writing() as session:
            tracking.follow_webhooks(session, at=clock.now())
    while True:
        now = clock.now()
        with context.database.reading() as session:
            due = tracking.list_due(session, at=now)
            wanted = backfill.list_due(session, at=now)
        if due or wanted:
            with context.database.writing() as session:
                _enlist(session, context.jobs, due, at=now)
                _enlist_backfills(session, context.jobs, wanted, at=now)
        if context.is_stopping or now + _GLANCE_EVERY >= until:
            return
        context.sleep_until(now + _GLANCE_EVERY)


def _enlist(session: Session, jobs: Jobs, repository_ids: Sequence[int], *, at: int) -> None:
    """Have repositories polled now; nobody else finds them due meanwhile."""
    tracking.claim(session, repository_ids, until=at + _LEASE)
    for repository_id in repository_ids:
        args = {"repository": repository_id}
        jobs.enqueue(session, POLL, id=f"{repository_id} {at}", args=args)


def _enlist_backfills(session: Session, jobs: Jobs, backfill_ids: list[int], *, at: int) -> None:
    backfill.claim(session, backfill_ids, until=at + backfill.LEASE)
    for backfill_id in backfill_ids:
        args = {"backfill": backfill_id}
        jobs.enqueue(session, BACKFILL, id=f"{backfill_id} {at}", args=args)


def _poll(context: Context, connection: Connection) -> None:
    repository_id, began = int(context.args["repository"]), clock.now()
    with context.database.reading() as session:
        target = tracking.get_target(session, repository_id)
        is_asked_for = session.scalar(_waiting(repository_id).limit(1)) is not None
    is_fed = target is not None and target.is_fed_by_webhook and not is_asked_for
    collector = connection.collector(context.database, should_stop=lambda: context.is_stopping)
    polled = poll_repository(
        collector, repository_id, purpose=Purpose.RECONCILE if is_fed else Purpose.POLL
    )
    if is_asked_for:
        with context.database.writing() as session:
            _note_parts(session, repository_id, polled, began=began)


def _waiting(repository_id: int) -> Select[int]:
    """Choose the polls people asked for that wait for this repository."""
    return (
        select(PollPart.poll_id)
        .join(Poll, Poll.id == PollPart.poll_id)
        .where(PollPart.repository_id == repository_id, PollPart.finished_at.is_(None))
    )


def _note_parts(session: Session, repository_id: int, polled: Polled | None, *, began: int) -> None:
    """Tell every poll that was asked for before we began; whoever asked later waits for another."""
    answered = _waiting(repository_id).where(Poll.asked_at <= began)
    session.execute(
        update(PollPart)
        .where(PollPart.repository_id == repository_id, PollPart.poll_id.in_(answered))
        .values(
            state=polled.state if polled else None,
            words=polled.words if polled else "It is no longer tracked.",
            runs=polled.runs if polled else 0,
            finished_at=clock.now(),
        )
    )
    if session.scalar(_waiting(repository_id).limit(1)) is not None:
        tracking.claim(session, [repository_id], until=clock.now())


def ask_for_poll(session: Session, *, repository_id: int | None = None, at: int) -> int:
    """Have every tracked repository, or that one, polled now; return the id of the poll."""
    session.execute(delete(Poll).where(Poll.asked_at < at - _KEEP_POLLS))
    tracked = select(Feed.repository_id).where(Feed.tracked).order_by(Feed.repository_id)
    if repository_id is not None:
        tracked = tracked.where(Feed.repository_id == repository_id)
    repository_ids = list(session.scalars(tracked))
    poll = Poll(asked_at=at)
    session.add(poll)
    session.flush()
    session.add_all(PollPart(poll_id=poll.id, repository_id=one, runs=0) for one in repository_ids)
    session.flush()
    tracking.claim(session, repository_ids, until=at)
    return poll.id


def require_poll(session: Session, poll_id: int) -> Progress:
    """Return how far a poll is that somebody asked for.

    Raises NotFound when there is none of that id (any more).
    """
    poll = session.get(Poll, poll_id) if 0 < poll_id < _TOO_LARGE else None
    if poll is None:
        raise NotFound(f"There is no poll with the id {poll_id} (any more).")
    rows = session.execute(
        select(
            PollPart.repository_id, Repository.full_name, PollPart.state, PollPart.words,
            PollPart.runs, PollPart.finished_at,
        )
        .join(Repository, Repository.id == PollPart.repository_id)
        .where(PollPart.poll_id == poll_id)
        .order_by(Repository.name_key)
    )  # fmt: skip
    return Progress(poll.id, poll.asked_at, [Part(*row) for row in rows])
