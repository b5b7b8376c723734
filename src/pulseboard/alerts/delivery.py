"""Sending what is owed, in the background: the intent before, the result after, one try at a time.

A crash in between leaves the intent. Whoever comes next waits until the one before cannot be
sending any more, asks the channel where it can be asked, and else does what the channel's policy
says: send again under the same id (marked, where the reader would see both), or hold.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from random import SystemRandom
from typing import Final

import structlog
from msgspec import structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts.channels.results import Channel as Way
from pulseboard.alerts.channels.results import NotSent, Sent
from pulseboard.alerts.claiming import IN_DOUBT, claim, hold_back, next_due
from pulseboard.alerts.directory import Directory
from pulseboard.alerts.loading import by_number
from pulseboard.alerts.message import Message, Why
from pulseboard.alerts.outbox import SEND, Sending
from pulseboard.alerts.telling import base_url, message_of
from pulseboard.config import Settings
from pulseboard.db.engine import lock_writer
from pulseboard.db.session import Database
from pulseboard.errors import InvalidInput, PulseboardError
from pulseboard.jobs.letters import bury, unbury
from pulseboard.jobs.port import Context, Postponed
from pulseboard.model import Channel, Notification, Setting
from pulseboard.outgoing import Unreachable

FIRST_PAUSE: Final = 5 * clock.SECOND
LONGEST_PAUSE: Final = 15 * clock.MINUTE
GIVE_UP_AFTER: Final = 24 * clock.HOUR
INSTANCE: Final = "alerts.instance"
_random = SystemRandom()
_log = structlog.get_logger("pulseboard.alerts")


class Delivery:
    """The job that empties the outbox of one channel."""

    def __init__(self, settings: Settings) -> None:
        self._directory = Directory(settings)
        self._base = base_url(settings)
        self._group_wait = settings.alert_group_wait_seconds * clock.SECOND

    def __call__(self, context: Context) -> None:
        """Send until nothing is due on the channel; raises Postponed while something is to come."""
        channel_id = int(context.args["channel_id"])
        letter = context.args.get("notification_id")
        if letter is not None:
            revive(context.database, int(letter))
        while not context.is_stopping and self.send_next(context.database, channel_id):
            pass
        with context.database.reading() as session:
            due = next_due(session, channel_id)
        if due is not None and due > clock.now():
            raise Postponed(due)

    def send_next(self, database: Database, channel_id: int) -> bool:
        """Send one message; False when nothing is due."""
        with database.writing() as session:
            lock_writer(session)
            row = session.get(Channel, channel_id)
            if row is None:
                return False
            parcel = claim(session, channel_id, at=clock.now(), group_wait=self._group_wait)
            if parcel is None:
                return False
            ids = [notification.id for notification in parcel.rows]
            if not row.enabled:
                _record_failure(session, parcel.rows, NotSent("The channel is off", is_final=True))
                return True
            holds, doubt = row.on_doubt == "hold", parcel.is_doubtful
            instance = instance_of(session)
        # Writing a digest of a thousand alerts takes a while; the writer's lock is free meanwhile.
        with database.reading() as session:
            rows = list(by_number(session, Notification, ids).values())
            message = message_of(session, rows, base=self._base, instance=instance)
            way = self._open(session, session.get_one(Channel, channel_id))
        began = time.perf_counter()
        result = _try(way, message, is_doubtful=doubt, holds=holds)
        latency = round((time.perf_counter() - began) * 1000)
        with database.writing() as session:
            lock_writer(session)
            _record(session, ids, result, latency=latency)
        return True

    def _open(self, session: Session, row: Channel) -> Way | NotSent:
        try:
            return self._directory.open(session, row)
        except (PulseboardError, KeyError) as error:
            return NotSent(getattr(error, "detail", "Its settings are incomplete"), is_final=True)


def _try(way: Way | NotSent, message: Message, *, is_doubtful: bool, holds: bool) -> Sent | NotSent:
    if isinstance(way, NotSent):
        return way
    try:
        if is_doubtful:
            with _in_words():
                found = way.find(message, since=message.at)
            if found is not None:
                return found
            if not way.repeats_harmlessly:
                if holds:
                    return NotSent("Nobody can say whether it arrived; it is held", is_final=True)
                message = structs.replace(message, is_repeated=True)
        return send(way, message)
    except NotSent as failure:
        # That this try did not arrive says nothing of the one before.
        failure.may_have_arrived |= is_doubtful and not failure.is_final
        return failure


def send(way: Way, message: Message) -> Sent:
    """Send a message on a channel; raises NotSent whatever went wrong."""
    with _in_words():
        return way.send(message)


@contextmanager
def _in_words() -> Iterator[None]:
    """Let whatever goes wrong on a channel be a NotSent."""
    try:
        yield
    except NotSent:
        raise
    except InvalidInput as refused:
        raise NotSent(refused.detail, is_final=True) from None
    except Unreachable as lost:
        raise NotSent(lost.detail, may_have_arrived=lost.may_have_arrived) from None
    except PulseboardError as error:
        raise NotSent(error.detail) from None
    except Exception as error:  # noqa: BLE001  # Unrecorded, it would never be given up.
        _log.exception("alert.try_failed")
        raise NotSent(f"Pulseboard could not send it ({type(error).__name__})") from None


def _record(session: Session, ids: Sequence[int], result: Sent | NotSent, *, latency: int) -> None:
    rows = list(by_number(session, Notification, ids).values())
    if isinstance(result, NotSent):
        for row in rows:
            row.latency_ms, row.status = latency, result.status
        _record_failure(session, rows, result)
        return
    for row in rows:
        row.state, row.finished_at = Sending.SENT, clock.now()
        row.status, row.latency_ms, row.detail = result.status, latency, result.detail
        row.provider_ref = result.ref
    unbury(session, job_name=SEND, job_id=_letter_name(rows[0]))


def _record_failure(session: Session, rows: Sequence[Notification], failure: NotSent) -> None:
    now = clock.now()
    lead = rows[0]
    pause = failure.retry_after
    if pause is not None and not failure.is_final:
        hold_back(session, lead.channel_id, until=now + pause)
    pause = backoff(lead.tries) if pause is None else pause
    if lead.tries == 1:
        # It may have waited for days, muted; what is counted is how long it could not be sent.
        for row in rows:
            row.created_at = row.intent_at or now
    given_up = failure.is_final or now + pause > lead.created_at + GIVE_UP_AFTER
    for row in rows:
        row.detail = (IN_DOUBT if failure.may_have_arrived else "") + failure.detail
        row.state = Sending.FAILED if given_up else Sending.PENDING
        row.not_before = now + pause
        row.finished_at = now if given_up else None
    _log.warning("alert.not_sent", notification=lead.id, reason=failure.detail, given_up=given_up)
    if given_up:
        _give_up(session, rows, failure.detail)


def backoff(tries: int) -> int:
    """Return how long to wait before the next try: anything up to twice as long each time."""
    longest = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tries - 1, 20))
    # Never at once: a pause of nothing would be no pause.
    return _random.randint(longest // 10, longest)


def _give_up(session: Session, rows: Sequence[Notification], why: str) -> None:
    """Keep a dead letter that people see, and tell of it on another channel."""
    lead = rows[0]
    bury(
        session,
        job_name=SEND,
        job_id=_letter_name(lead),
        args={"channel_id": lead.channel_id, "notification_id": lead.id},
        reason=why,
        tries=lead.tries,
    )
    if lead.kind == Why.TROUBLE:
        return
    query = select(Channel).where(Channel.enabled, Channel.id != lead.channel_id)
    other = session.scalars(query.order_by(Channel.id).limit(1)).first()
    if other is None:
        return
    _tell_of_trouble(session, lead, on=other)


def _tell_of_trouble(session: Session, lead: Notification, *, on: Channel) -> None:
    """Owe a channel the news that a message failed, again when it failed once more."""
    # Transitions count upwards; what is told of a failed message counts down from it.
    key = {"alert_id": lead.alert_id, "transition": -lead.id, "channel_id": on.id}
    row = session.scalar(select(Notification).filter_by(**key))
    if row is None:
        row = Notification(**key, kind=Why.TROUBLE)
        session.add(row)
    elif row.finished_at is None:
        return
    row.state, row.tries, row.lead_id = Sending.PENDING, 0, None
    row.detail = row.finished_at = None
    row.created_at = row.not_before = clock.now()


def _letter_name(lead: Notification) -> str:
    return f"message {lead.lead_id or lead.id}"


def revive(database: Database, notification_id: int) -> None:
    """Make a message that was given up wait for its sending once more."""
    with database.writing() as session:
        lock_writer(session)
        lead = session.get(Notification, notification_id)
        if lead is None or lead.state != Sending.FAILED:
            return
        query = select(Notification).where(
            Notification.lead_id == lead.lead_id, Notification.channel_id == lead.channel_id
        )
        now = clock.now()
        for row in session.scalars(query):
            row.state, row.finished_at, row.not_before = Sending.PENDING, None, now
            row.tries, row.created_at = 0, now


def instance_of(session: Session) -> str:
    """Return what tells the messages of this installation from those of another."""
    row = session.get(Setting, INSTANCE)
    if row is None:
        row = Setting(
            name=INSTANCE, value=f"{_random.getrandbits(48):012x}", updated_at=clock.now()
        )
        session.add(row)
        session.flush()
    return row.value
