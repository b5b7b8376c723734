"""The net below the jobs: whatever is due and nobody sends, is sent by the next sweep."""

from collections.abc import Callable
from typing import Final

import structlog
from sqlalchemy import case, or_, select, update

from pulseboard import clock
from pulseboard.alerts.claiming import DOUBT_AFTER
from pulseboard.alerts.delivery import Delivery
from pulseboard.alerts.outbox import Sending
from pulseboard.db.engine import lock_writer
from pulseboard.db.session import Database
from pulseboard.model import Notification

# Clocks of several machines differ by less.
_SLACK: Final = clock.MINUTE
_log = structlog.get_logger("pulseboard.alerts")


def sweep(database: Database, delivery: Delivery, *, should_stop: Callable[[], bool]) -> int:
    """Send what is due on every channel; return how many messages that were.

    Each channel in turn gets one message, so that one that hangs does not keep the others waiting.
    """
    _follow_the_clock_back(database)
    sent = 0
    channels = _waiting(database)
    while channels and not should_stop():
        channels = [number for number in channels if _send_next(database, delivery, number)]
        sent += len(channels)
    return sent


def _send_next(database: Database, delivery: Delivery, channel_id: int) -> bool:
    try:
        return delivery.send_next(database, channel_id)
    except Exception:  # noqa: BLE001  # One channel must not keep the others from being told.
        _log.exception("alert.sweep_failed", channel=channel_id)
        return False


def _waiting(database: Database) -> list[int]:
    now = clock.now()
    left_behind = (Notification.state == Sending.SENDING) & (
        Notification.intent_at < now - DOUBT_AFTER
    )
    due = (Notification.state == Sending.PENDING) & (Notification.not_before <= now)
    query = select(Notification.channel_id).where(
        Notification.finished_at.is_(None), or_(due, left_behind)
    )
    with database.reading() as session:
        return sorted(set(session.scalars(query)))


def _follow_the_clock_back(database: Database) -> None:
    """Make due what was written or tried later than now: the clock was set back since.

    It would wait until the clock is there again. What is muted or planned is put off once more.
    """
    now = clock.now()
    is_ahead = Notification.finished_at.is_(None) & or_(
        Notification.created_at > now + _SLACK, Notification.intent_at > now + _SLACK
    )
    with database.reading() as session:
        if session.scalar(select(Notification.id).where(is_ahead).limit(1)) is None:
            return
    with database.writing() as session:
        lock_writer(session)
        columns = (Notification.created_at, Notification.not_before, Notification.intent_at)
        earlier = {column: case((column > now, now), else_=column) for column in columns}
        session.execute(update(Notification).where(is_ahead).values(earlier))
