"""The net below the jobs: whatever is due and nobody sends, is sent by the next sweep."""

from collections.abc import Callable

from sqlalchemy import or_, select

from pulseboard import clock
from pulseboard.alerts.claiming import DOUBT_AFTER
from pulseboard.alerts.delivery import Delivery
from pulseboard.alerts.outbox import Sending
from pulseboard.db.session import Database
from pulseboard.model import Notification


def sweep(database: Database, delivery: Delivery, *, should_stop: Callable[[], bool]) -> int:
    """Send what is due on every channel; return how many messages that were.

    Each channel in turn gets one message, so that one that hangs does not keep the others waiting.
    """
    sent = 0
    channels = _waiting(database)
    while channels and not should_stop():
        channels = [number for number in channels if delivery.send_next(database, number)]
        sent += len(channels)
    return sent


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
