"""Alerts as people see them: listed, with the names of what they are about and what was sent."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import Session

from pulseboard.alerts.episodes import State
from pulseboard.alerts.outbox import Sending
from pulseboard.alerts.rules import Severity
from pulseboard.errors import NotFound
from pulseboard.model import Alert, AlertRule, Channel, Notification, Repository, Workflow

# A storm of a thousand alerts on some channels is read as the few messages it was.
_LOOKED_THROUGH: Final = 10_000


class Shown(StrEnum):
    """Which alerts a list shows."""

    ALL = "all"
    OPEN = "open"
    PENDING = "pending"
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    MUTED = "muted"
    RESOLVED = "resolved"


class Listed(NamedTuple):
    """An alert and the names around it."""

    alert: Alert
    rule: AlertRule | None
    repository: Repository | None
    workflow: Workflow | None


class Page(NamedTuple):
    """A page of alerts, newest first; `last_id` is where the next begins, None at the end."""

    items: list[Listed]
    last_id: int | None
    total: int


def _select() -> Select[Alert, AlertRule, Repository, Workflow]:
    return (
        select(Alert, AlertRule, Repository, Workflow)
        .outerjoin(AlertRule, AlertRule.id == Alert.rule_id)
        .outerjoin(Repository, Repository.id == Alert.repository_id)
        .outerjoin(Workflow, Workflow.id == Alert.workflow_id)
    )


def list_alerts(
    session: Session,
    *,
    shown: Shown,
    demo: bool,
    at: int,
    repository_ids: Sequence[int] = (),
    severities: Sequence[Severity] = (),
    rule_id: int | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> Page:
    """Return alerts, the newest first; an empty choice leaves nothing out."""
    conditions = [_is(shown, at=at), Alert.demo == demo]
    if repository_ids:
        conditions.append(Alert.repository_id.in_(repository_ids))
    if severities:
        conditions.append(Alert.severity.in_(severities))
    if rule_id is not None:
        conditions.append(Alert.rule_id == rule_id)
    total = session.scalar(select(func.count()).select_from(Alert).where(and_(*conditions))) or 0
    if before_id is not None:
        conditions.append(Alert.id < before_id)
    query = _select().where(*conditions).order_by(Alert.id.desc()).limit(limit + 1)
    rows = [Listed._make(row) for row in session.execute(query).all()]
    last = rows[limit - 1].alert.id if len(rows) > limit else None
    return Page(rows[:limit], last, total)


def _is(shown: Shown, *, at: int) -> ColumnElement[bool]:
    still_open = Alert.resolved_at.is_(None)
    if shown is Shown.ALL:
        return Alert.id.is_not(None)
    if shown is Shown.OPEN:
        return still_open
    if shown is Shown.ACKNOWLEDGED:
        return still_open & Alert.acknowledged_at.is_not(None)
    if shown is Shown.MUTED:
        return still_open & (Alert.muted_until > at)
    return Alert.state == State(shown.value)


def require_alert(session: Session, number: int) -> Listed:
    """Return one alert; raises NotFound."""
    row = session.execute(_select().where(Alert.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"There is no alert with the number {number}")
    return Listed._make(row)


class Posted(NamedTuple):
    """A notification, the name of its channel, and how many alerts went out together with it."""

    notification: Notification
    channel: str
    alerts: int = 1


def notifications_of(session: Session, *, alert_id: int, limit: int = 100) -> list[Posted]:
    """Return what an alert was told by, or is to be, the newest first."""
    query = (
        select(Notification, Channel.name)
        .join(Channel, Channel.id == Notification.channel_id)
        .where(Notification.alert_id == alert_id)
        .order_by(Notification.id.desc())
    )
    return [Posted._make((*row, 1)) for row in session.execute(query.limit(limit))]


def messages_lately(
    session: Session, *, state: Sending | None = None, limit: int = 100
) -> list[Posted]:
    """Return the last messages of all alerts, the newest first.

    What went out together is one message, shown by the last of its notifications.
    """
    message = func.coalesce(Notification.lead_id, Notification.id).label("message")
    recent = select(Notification.id, Notification.state, message)
    if state is not None:
        recent = recent.where(Notification.state == state)
    last = recent.order_by(Notification.id.desc()).limit(_LOOKED_THROUGH).subquery()
    newest = func.max(last.c.id)
    together = (
        select(newest.label("id"), func.count().label("alerts"))
        .group_by(last.c.message, last.c.state)
        .order_by(newest.desc())
        .limit(limit)
        .subquery()
    )
    query = (
        select(Notification, Channel.name, together.c.alerts)
        .join(together, together.c.id == Notification.id)
        .join(Channel, Channel.id == Notification.channel_id)
        .order_by(Notification.id.desc())
    )
    return [Posted._make(row) for row in session.execute(query)]


def unacknowledged(session: Session, *, demo: bool, at: int) -> int:
    """Count the firing alerts that nobody has taken and nobody has muted."""
    query = (
        select(func.count())
        .select_from(Alert)
        .where(
            Alert.resolved_at.is_(None),
            Alert.state == State.FIRING,
            Alert.acknowledged_at.is_(None),
            func.coalesce(Alert.muted_until, 0) <= at,
            Alert.demo == demo,
        )
    )
    return session.scalar(query) or 0


def fired_lately(session: Session, *, since: int) -> dict[int, list[int]]:
    """Return when each rule fired since an instant, by the rule's number."""
    query = select(Alert.rule_id, Alert.fired_at).where(Alert.fired_at >= since)
    found: dict[int, list[int]] = {}
    for rule_id, fired_at in session.execute(query):
        if rule_id is not None and fired_at is not None:
            found.setdefault(rule_id, []).append(fired_at)
    return found


class Standing(NamedTuple):
    """How a channel does: the last message that was tried on it, and how many are still to go."""

    last: Notification | None
    waiting: int


def standing_of(session: Session, channel_id: int) -> Standing:
    """Return how a channel does."""
    of_channel = select(Notification).where(Notification.channel_id == channel_id)
    tried = of_channel.where(Notification.tries > 0, Notification.state != Sending.SKIPPED)
    last = session.scalars(tried.order_by(Notification.id.desc()).limit(1)).first()
    unfinished = of_channel.where(Notification.finished_at.is_(None))
    waiting = session.scalar(select(func.count()).select_from(unfinished.subquery()))
    return Standing(last, waiting or 0)
