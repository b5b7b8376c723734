"""Webhook deliveries that failed: asked for again, and what stays lost is fetched by a poll."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github import hooks
from pulseboard.collect.github.answers import Later, Purpose, Refused
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.verdict import Hiccup
from pulseboard.model import Delivery, Feed, HookDelivery, Repository, Setting
from pulseboard.vocabulary import FeedState

FAILED, ASKED, ARRIVED, PULLED = "failed", "asked", "arrived", "pulled"
_OPEN: Final = (FAILED, ASKED)
_TRIES: Final = 3
# GitHub shows deliveries of the last three days, an Enterprise Server of seven.
_LOOK_BACK: Final = 3 * clock.DAY
_LOOK_BACK_ENTERPRISE: Final = 7 * clock.DAY
# A delivery may be shown late, and one under way has no result yet.
_OVERLAP: Final = 30 * clock.MINUTE
# What was asked for again has so long to arrive.
_PATIENCE: Final = 4 * clock.MINUTE
_KEEP: Final = 14 * clock.DAY
# So it ends when one delivery is not sent again; else none of the hook is.
_OF_THE_DELIVERY: Final = frozenset({
    FeedState.NOT_FOUND, FeedState.UNREADABLE, FeedState.UNREACHABLE,
})  # fmt: skip
_EVENTS: Final = ("workflow_run", "workflow_job")


class _Listed(Struct, gc=False):
    id: int
    guid: str
    delivered_at: Annotated[datetime, Meta(tz=True)]
    status: str = ""
    status_code: int = 0
    event: str = ""
    repository_id: int | None = None

    @property
    def at(self) -> int:
        """When GitHub tried."""
        return clock.to_instant(self.delivered_at)

    @property
    def is_good(self) -> bool:
        """Whether it was answered as GitHub wants it."""
        return 200 <= self.status_code < 300


_read: Final = msgspec.json.Decoder(list[_Listed]).decode


def heal(collector: Collector, *, has_app: bool) -> None:
    """Look at every hook for what failed, and have it sent again or fetched.

    Raises Interrupted, and Unavailable when the database is out.
    """
    for hook in hooks.list_hooks(collector, has_app=has_app):
        collector.stop_if_asked()
        try:
            _heal(collector, hook)
        except (Later, Refused) as error:
            hooks.note_trouble(collector.database, hook, error.detail)
        else:
            hooks.note_trouble(collector.database, hook, None)
    with collector.database.writing() as session:
        session.execute(delete(HookDelivery).where(HookDelivery.delivered_at < clock.now() - _KEEP))


def _heal(collector: Collector, hook: str) -> None:
    now = clock.now()
    name = f"github/deliveries/{hook}"
    with collector.database.reading() as session:
        seen_until = session.get(Setting, name)
        since = now - (_LOOK_BACK if collector.is_cloud else _LOOK_BACK_ENTERPRISE)
        if seen_until is not None:
            since = max(since, int(seen_until.value) - _OVERLAP)
    listed, asked_at = _list(collector, hook, since=since)
    with collector.database.writing() as session:
        _note_failed(session, hook, listed)
        _note_arrived(session, hook, listed)
    _ask_again(collector, hook, newest_tries(listed))
    with collector.database.writing() as session:
        _pull(session, hook, at=clock.now())
        session.merge(Setting(name=name, value=str(asked_at), updated_at=now))


def _list(collector: Collector, hook: str, *, since: int) -> tuple[list[_Listed], int]:
    """Return the deliveries since then, and when GitHub was asked for them, both by its clock."""
    listed, asked_at = list[_Listed](), None
    pages = collector.github.pages(
        f"/{hook}/deliveries",
        repository=hooks.owner_of(hook),
        purpose=Purpose.WEBHOOK,
        params={"per_page": 100},
    )
    for page in pages:
        collector.stop_if_asked()
        try:
            found = _read(page.body)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise Refused(
                FeedState.UNREADABLE,
                "GitHub's list of webhook deliveries cannot be read.",
                next_step="It is asked for again by itself.",
            ) from None
        asked_at = asked_at or page.date
        listed += (one for one in found if one.at >= since)
        if not found or found[-1].at < since:
            break
    return listed, asked_at or clock.now()


def newest_tries(listed: Iterable[_Listed]) -> dict[str, int]:
    """Return the id of the newest try of each delivery: GitHub is asked by it."""
    found: dict[str, int] = {}
    for one in listed:
        found[one.guid] = max(one.id, found.get(one.guid, 0))
    return found


def _note_failed(session: Session, hook: str, listed: Sequence[_Listed]) -> None:
    good = {one.guid for one in listed if one.is_good}
    for one in listed:
        if one.guid in good or one.event not in _EVENTS:
            continue
        if session.get(HookDelivery, one.guid) is None:
            session.add(
                HookDelivery(
                    guid=one.guid,
                    hook=hook,
                    delivered_at=one.at,
                    event=one.event,
                    status=one.status[:200] or f"HTTP {one.status_code}",
                    repository=None if one.repository_id is None else str(one.repository_id),
                    tries=0,
                    state=FAILED,
                )
            )
            session.flush()


def _note_arrived(session: Session, hook: str, listed: Sequence[_Listed]) -> None:
    """Note what did arrive: GitHub may have missed our answer, or another try was good."""
    stored = select(Delivery.guid).where(Delivery.guid == HookDelivery.guid).exists()
    is_open = (HookDelivery.hook == hook, HookDelivery.state.in_(_OPEN))
    session.execute(update(HookDelivery).where(*is_open, stored).values(state=ARRIVED))
    good = {one.guid for one in listed if one.is_good}
    for row in session.scalars(select(HookDelivery).where(*is_open)).all():
        if row.guid in good:
            row.state = ARRIVED


def _ask_again(collector: Collector, hook: str, ids: dict[str, int]) -> None:
    now = clock.now()
    with collector.database.reading() as session:
        waiting = session.execute(
            select(HookDelivery.guid, HookDelivery.asked_at).where(
                HookDelivery.hook == hook,
                HookDelivery.state.in_(_OPEN),
                HookDelivery.tries < _TRIES,
            )
        ).all()
    for guid, asked_at in waiting:
        if guid not in ids or (asked_at is not None and asked_at > now - _PATIENCE):
            continue
        collector.stop_if_asked()
        _ask_for_one(collector, hook, guid, ids[guid])


def _ask_for_one(collector: Collector, hook: str, guid: str, number: int) -> None:
    """Have one sent again; what GitHub does not send again is left to a poll."""
    try:
        collector.github.post(
            f"/{hook}/deliveries/{number}/attempts",
            repository=hooks.owner_of(hook),
            purpose=Purpose.WEBHOOK,
        )
    except (Hiccup, Refused) as error:
        if error.state not in _OF_THE_DELIVERY:
            raise
        _note_asked(collector, guid, tries=_TRIES)
        if isinstance(error, Hiccup):
            # The next ones had perhaps to wait as long for nothing.
            raise
    else:
        _note_asked(collector, guid, tries=1)


def _note_asked(collector: Collector, guid: str, *, tries: int) -> None:
    with collector.database.writing() as session:
        row = session.get_one(HookDelivery, guid)
        row.tries, row.asked_at, row.state = row.tries + tries, clock.now(), ASKED


def _pull(session: Session, hook: str, *, at: int) -> None:
    """Have what three tries did not bring fetched by a poll that looks through everything."""
    given_up = session.scalars(
        select(HookDelivery).where(
            HookDelivery.hook == hook,
            HookDelivery.state.in_(_OPEN),
            HookDelivery.tries >= _TRIES,
            HookDelivery.asked_at <= at - _PATIENCE,
        )
    ).all()
    if not given_up:
        return
    homes = select(Repository.id).where(
        Repository.provider_id.in_({row.repository for row in given_up if row.repository}),
        ~Repository.demo,
    )
    session.execute(
        update(Feed)
        .where(Feed.repository_id.in_(homes), Feed.tracked)
        .values(next_poll_at=at, swept_at=None, unchecked=True)
    )
    for row in given_up:
        row.state = PULLED
