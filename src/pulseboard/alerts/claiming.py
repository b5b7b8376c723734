"""Which message is next on a channel: what is due, what goes out together, what came too late."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts.loading import by_number
from pulseboard.alerts.message import Why
from pulseboard.alerts.outbox import Sending
from pulseboard.alerts.routing import load_routing
from pulseboard.model import Alert, Notification, Repository

# Longer than any send takes: before that, whoever claimed it may still be inside its POST.
DOUBT_AFTER: Final = 45 * clock.SECOND
# More repositories at once, or more messages within a minute, make one digest of the rest.
STORM_REPOSITORIES: Final = 5
STORM_MESSAGES: Final = 10
# So begins what is said of a try whose fate nobody knows.
IN_DOUBT: Final = "It may have arrived: "
_MOST_AT_ONCE: Final = 5000


class Parcel(NamedTuple):
    """Notifications that go out as one message; `is_doubtful` when an earlier try may be there."""

    rows: list[Notification]
    is_doubtful: bool


def claim(session: Session, channel_id: int, *, at: int, group_wait: int) -> Parcel | None:
    """Take what is to be sent next on a channel and write down the intent; None when nothing is.

    The caller holds the writer lock, so no other worker takes the same.
    """
    left = _left_behind(session, channel_id, at=at)
    if left:
        for row in left:
            row.intent_at = at
        return Parcel(left, is_doubtful=True)
    while due := _due(session, channel_id, at=at):
        due = _sift(session, due, at=at)
        session.flush()
        if due:
            rows = _together(session, due, at=at, group_wait=group_wait)
            return _take(session, rows, at=at)
    return None


def _left_behind(session: Session, channel_id: int, *, at: int) -> list[Notification]:
    query = select(Notification).where(
        Notification.channel_id == channel_id,
        Notification.finished_at.is_(None),
        Notification.state == Sending.SENDING,
        Notification.intent_at < at - DOUBT_AFTER,
    )
    rows = session.scalars(query.order_by(Notification.id)).all()
    return [row for row in rows if row.lead_id == rows[0].lead_id]


def _due(session: Session, channel_id: int, *, at: int) -> list[Notification]:
    query = (
        select(Notification)
        .where(
            Notification.channel_id == channel_id,
            Notification.finished_at.is_(None),
            Notification.state == Sending.PENDING,
            Notification.not_before <= at,
        )
        .order_by(Notification.id)
        .limit(_MOST_AT_ONCE)
    )
    return list(session.scalars(query))


def _sift(session: Session, rows: Sequence[Notification], *, at: int) -> list[Notification]:
    """Return the messages that are still true and wanted; the others are left out or wait."""
    sieve = _Sieve(session, rows, at=at)
    return [row for row in rows if sieve.lets_through(row)]


class _Sieve:
    """What decides whether messages are still true and wanted, read once for all of them."""

    def __init__(self, session: Session, rows: Sequence[Notification], *, at: int) -> None:
        self._at = at
        self._alerts = by_number(session, Alert, (row.alert_id for row in rows))
        self._routing = load_routing(session)
        self._repositories: dict[int, Repository] = {}
        if self._routing.windows:
            numbers = (alert.repository_id for alert in self._alerts.values())
            self._repositories = by_number(session, Repository, numbers)
        ended = [row.alert_id for row in rows if row.kind == Why.RESOLVED]
        self._beginnings = _beginnings(session, ended)

    def lets_through(self, row: Notification) -> bool:
        if row.kind == Why.TROUBLE:
            return True
        alert = self._alerts[row.alert_id]
        if row.kind == Why.RESOLVED:
            return self._is_end_wanted(row, alert)
        if alert.resolved_at is not None:
            return self._skip(row, "It was over before the message could be sent.")
        if row.kind == Why.REMINDER and alert.acknowledged_at is not None:
            return self._skip(row, "Somebody has acknowledged it.")
        quiet = max(alert.muted_until or 0, self._maintenance(alert))
        if quiet > self._at:
            row.not_before = quiet
            return False
        return True

    def _is_end_wanted(self, row: Notification, alert: Alert) -> bool:
        states = self._beginnings.get((alert.id, row.channel_id), set[str]())
        if Sending.SENDING in states:
            # Whether the beginning arrived is being found out; the end comes after it.
            row.not_before = self._at + 5 * clock.SECOND
            return False
        if Sending.SENT not in states:
            return self._skip(row, "Nobody was told that it began.")
        if (alert.muted_until or 0) > self._at:
            return self._skip(row, "It is muted.")
        return True

    def _skip(self, row: Notification, why: str) -> bool:
        # Its end is told to whoever may have heard of it.
        row.detail = (IN_DOUBT if _is_in_doubt(row.detail) else "") + why
        row.state, row.finished_at = Sending.SKIPPED, self._at
        return False

    def _maintenance(self, alert: Alert) -> int:
        repository = self._repositories.get(alert.repository_id or 0)
        name = repository.full_name if repository else None
        return self._routing.quiet_until(name, at=self._at) or 0


def _beginnings(session: Session, alert_ids: Sequence[int]) -> dict[tuple[int, int], set[str]]:
    """Return how the messages stand that said these alerts began, by (alert, channel).

    What may have arrived counts as sent.
    """
    found: dict[tuple[int, int], set[str]] = {}
    kinds = Notification.kind.in_((Why.OPENED, Why.REMINDER))
    query = select(
        Notification.alert_id, Notification.channel_id, Notification.state, Notification.detail
    ).where(kinds)
    for start in range(0, len(alert_ids), 500):
        wanted = Notification.alert_id.in_(alert_ids[start : start + 500])
        for alert_id, channel_id, state, detail in session.execute(query.where(wanted)):
            is_told = state != Sending.SENDING and _is_in_doubt(detail)
            states = found.setdefault((alert_id, channel_id), set())
            states.add(Sending.SENT if is_told else state)
    return found


def _is_in_doubt(detail: str | None) -> bool:
    return (detail or "").startswith(IN_DOUBT)


def _together(
    session: Session, due: Sequence[Notification], *, at: int, group_wait: int
) -> list[Notification]:
    """Return what goes out with the first: its repository's, or in a storm everything."""
    first = due[0]
    # A second try is the very message of the first.
    if first.lead_id is not None:
        return [row for row in due if row.lead_id == first.lead_id]
    if first.kind == Why.TROUBLE:
        return [first]
    rows = [row for row in due if row.kind == first.kind and row.lead_id is None]
    if first.kind == Why.OPENED:
        rows += _company(session, first.channel_id, at=at, group_wait=group_wait)
    homes = _repositories(session, rows)
    is_storm = len(set(homes.values())) > STORM_REPOSITORIES
    if is_storm or _sent_lately(session, first.channel_id, at=at) >= STORM_MESSAGES:
        return rows
    if first.kind != Why.OPENED:
        return [first]
    return [row for row in rows if homes[row.alert_id] == homes[first.alert_id]]


def _company(session: Session, channel_id: int, *, at: int, group_wait: int) -> list[Notification]:
    """Return what would be due by itself within the group wait."""
    query = select(Notification).where(
        Notification.channel_id == channel_id,
        Notification.finished_at.is_(None),
        Notification.state == Sending.PENDING,
        Notification.kind == Why.OPENED,
        Notification.tries == 0,
        Notification.not_before > at,
        Notification.not_before <= at + group_wait,
        Notification.created_at >= at - group_wait,
    )
    rows = session.scalars(query.order_by(Notification.id)).all()
    return _sift(session, rows, at=at)


def _repositories(session: Session, rows: Sequence[Notification]) -> dict[int, int | None]:
    """Return the repository of each alert."""
    alerts = by_number(session, Alert, (row.alert_id for row in rows))
    return {number: alert.repository_id for number, alert in alerts.items()}


def _sent_lately(session: Session, channel_id: int, *, at: int) -> int:
    query = select(func.count(func.distinct(Notification.lead_id))).where(
        Notification.channel_id == channel_id,
        Notification.created_at > at - clock.HOUR,
        Notification.state == Sending.SENT,
        Notification.finished_at.between(at - clock.MINUTE, at),
    )
    return session.scalar(query) or 0


def _take(session: Session, rows: Sequence[Notification], *, at: int) -> Parcel:
    lead = rows[0].lead_id or rows[0].id
    is_doubtful = any(_is_in_doubt(row.detail) for row in rows)
    for row in rows:
        row.state, row.lead_id, row.intent_at = Sending.SENDING, lead, at
        row.tries += 1
    session.flush()
    return Parcel(list(rows), is_doubtful=is_doubtful)


def next_due(session: Session, channel_id: int) -> int | None:
    """Return when a channel has something to do again, or None."""
    return session.scalar(
        select(func.min(Notification.not_before)).where(
            Notification.channel_id == channel_id,
            Notification.finished_at.is_(None),
            Notification.state == Sending.PENDING,
        )
    )


def hold_back(session: Session, channel_id: int, *, until: int) -> None:
    """Let everything on a channel wait: it said when it wants to hear again."""
    session.execute(
        update(Notification)
        .where(
            Notification.channel_id == channel_id,
            Notification.state == Sending.PENDING,
            Notification.not_before < until,
        )
        .values(not_before=until)
    )
