"""Accounts all of whose repositories are tracked: which they are, now and later."""

from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github import tracking
from pulseboard.collect.github.answers import Answer, Later, Purpose, Refused
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.paths import path_of
from pulseboard.collect.github.tracking import Origin
from pulseboard.collect.records import RepositorySeen
from pulseboard.errors import NotFound
from pulseboard.model import Feed, Repository, Setting, TrackedOwner
from pulseboard.vocabulary import FeedState

EVERYTHING: Final = "*"
LOOK_EVERY: Final = clock.HOUR
# What needs somebody to do something is not asked for at the full rate.
_TROUBLED_EVERY: Final = 5 * clock.MINUTE
# When an account is asked for again that could not be listed.
_AGAIN: Final = "github/owner-again/"
_PAGE: Final = 100
# No account has so many; a list that never ends has to end somewhere.
_PAGES: Final = 1000


class _Listed(Struct, gc=False):
    id: int
    full_name: str
    archived: bool = False
    disabled: bool = False


_read: Final = msgspec.json.Decoder(list[_Listed]).decode


def track_owner(session: Session, owner: str, *, at: int) -> TrackedOwner:
    """Track all repositories of an account, once they are listed."""
    row = session.get(TrackedOwner, owner.lower())
    if row is None:
        row = TrackedOwner(owner=owner.lower(), created_at=at)
        session.add(row)
        session.flush()
    return row


def untrack_owner(session: Session, owner: str) -> None:
    """Track no longer what is tracked only as part of an account.

    Raises NotFound when the account is not tracked.
    """
    name = require_owner(session, owner).owner
    session.execute(delete(TrackedOwner).where(TrackedOwner.owner == name))
    session.execute(delete(Setting).where(Setting.name == _AGAIN + name))
    theirs = select(Repository.id).where(
        Repository.name_key.startswith(f"{name}/", autoescape=True), ~Repository.demo
    )
    session.execute(
        update(Feed)
        # What people gave up before stays so when the account is tracked again.
        .where(Feed.tracked, Feed.origin == Origin.OWNER, Feed.repository_id.in_(theirs))
        .values(tracked=False, origin=Origin.FORMER_OWNER)
    )


def require_owner(session: Session, owner: str) -> TrackedOwner:
    """Return an account that is tracked as a whole; NotFound when it is not."""
    row = session.get(TrackedOwner, owner.lower())
    if row is None:
        raise NotFound(f"Not all repositories of {owner} are tracked.")
    return row


def list_owners(session: Session) -> list[TrackedOwner]:
    """Return the accounts that are tracked as a whole, by name."""
    return list(session.scalars(select(TrackedOwner).order_by(TrackedOwner.owner)))


def look_at_owners(collector: Collector) -> None:
    """List the repositories of every account whose turn it is, and track those that are new."""
    with collector.database.reading() as session:
        owners = _list_due(session, at=clock.now())
    for owner in owners:
        collector.stop_if_asked()
        try:
            found = _list_repositories(collector, owner)
        except (Later, Refused) as error:
            with collector.database.writing() as session:
                _note_trouble(session, owner, error, at=clock.now())
        else:
            with collector.database.writing() as session:
                _take(session, owner, found, at=clock.now())


def _list_due(session: Session, *, at: int) -> list[str]:
    waiting = select(TrackedOwner.owner).where(
        or_(TrackedOwner.looked_at.is_(None), TrackedOwner.looked_at <= at - LOOK_EVERY)
    )
    later = select(Setting.name, Setting.value).where(Setting.name.startswith(_AGAIN))
    held = {name.removeprefix(_AGAIN) for name, until in session.execute(later) if int(until) > at}
    return [owner for owner in session.scalars(waiting) if owner not in held]


def _note_trouble(session: Session, owner: str, error: Later | Refused, *, at: int) -> None:
    row = session.get(TrackedOwner, owner)
    # Somebody may have changed his mind while the list was on its way.
    if row is None:
        return
    row.trouble = error.detail
    again = error.until if isinstance(error, Later) else at + _TROUBLED_EVERY
    session.merge(Setting(name=_AGAIN + owner, value=str(again), updated_at=at))


def _take(session: Session, owner: str, found: list[RepositorySeen], *, at: int) -> None:
    row = session.get(TrackedOwner, owner)
    if row is None:
        return
    row.looked_at, row.trouble = at, None
    for seen in found:
        tracking.track_found(session, seen, at=at)


def _list_repositories(collector: Collector, owner: str) -> list[RepositorySeen]:
    try:
        return _list(collector, path_of("orgs", owner, "repos"), owner)
    except Refused as error:
        if error.state is not FeedState.NOT_FOUND:
            raise
    return _list(collector, path_of("users", owner, "repos"), owner)


def _list(collector: Collector, path: str, owner: str) -> list[RepositorySeen]:
    found: list[RepositorySeen] = []
    for number in range(1, _PAGES + 1):
        answer = collector.github.get(
            path,
            repository=f"{owner}/{EVERYTHING}",
            purpose=Purpose.POLL,
            params={"per_page": _PAGE, "page": number},
        )
        found += _read_page(answer)
        if answer.next_url is None:
            break
    return found


def _read_page(answer: Answer) -> list[RepositorySeen]:
    try:
        found = _read(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(
            FeedState.UNREADABLE,
            "GitHub's list of repositories cannot be read.",
            next_step="It is asked for again by itself.",
        ) from None
    return [
        RepositorySeen(one.full_name, provider_id=str(one.id))
        for one in found
        if not (one.archived or one.disabled)
    ]
