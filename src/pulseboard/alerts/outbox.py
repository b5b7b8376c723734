"""The messages an alert owes, written in the transaction that changes it and sent later."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts.message import Why
from pulseboard.alerts.routing import Routing, choose_channels, load_routing, save_routing
from pulseboard.alerts.rules import Rule
from pulseboard.jobs.port import Jobs
from pulseboard.model import Alert, Channel, Notification

SEND: Final = "send alerts"
# A flapping alert is told of once; what follows waits, and is dropped if it is over by then.
_FLAPPING_WAIT: Final = clock.HOUR


class Sending(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    # The intent is committed; whether it left is known only when the result is.
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class Outbox:
    """The messages of one transaction; `enqueue` asks for their sending once it commits."""

    def __init__(self, session: Session, *, at: int, group_wait: int) -> None:
        self.session = session
        self.at = at
        self._group_wait = group_wait
        self._channels: Sequence[Channel] | None = None
        self._routing: Routing | None = None
        # What was said of alerts so far, by alert; read together for those that may end.
        self._said: dict[int, list[Notification]] = {}
        self._due: dict[int, set[int]] = {}
        # Whether it is demo data, by the number of each alert that this transaction touched.
        self.changed: dict[int, bool] = {}

    def tell(
        self, alert: Alert, why: Why, *, rule: Rule, repository: str | None, path: str | None
    ) -> None:
        """Owe every channel of the alert one message for the transition it just made."""
        alert.transitions += 1
        self.note(alert)
        if alert.silent or alert.demo:
            return
        not_before = self._not_before(alert, why, repository)
        told = []
        for channel in self._channels_of(alert, why, rule, repository, path):
            self.session.add(
                Notification(
                    alert_id=alert.id,
                    transition=alert.transitions,
                    kind=why,
                    channel_id=channel.id,
                    state=Sending.PENDING,
                    tries=0,
                    not_before=not_before,
                    created_at=self.at,
                )
            )
            told.append(channel.name)
            self._due.setdefault(channel.id, set()).add(not_before)
        if why is Why.OPENED:
            alert.channel = ", ".join(told) or None
        alert.told_at = self.at

    def note(self, alert: Alert) -> None:
        """Remember that an alert looks otherwise now, for whoever has it on the screen."""
        self.changed[alert.id] = alert.demo

    def look_up(self, alert_ids: Sequence[int]) -> None:
        """Read at once what was said of alerts that are about to end."""
        self._said |= {number: [] for number in alert_ids}
        for start in range(0, len(alert_ids), 500):
            query = select(Notification).where(
                Notification.alert_id.in_(alert_ids[start : start + 500]),
                Notification.kind.in_((Why.OPENED, Why.REMINDER)),
            )
            for row in self.session.scalars(query.order_by(Notification.id)):
                self._said[row.alert_id].append(row)

    def hurry(self, channel_id: int, *, at: int) -> None:
        """Have a channel looked at soon, for something else became due."""
        self._due.setdefault(channel_id, set()).add(at)

    def enqueue(self, jobs: Jobs | None) -> None:
        """Ask for the sending of everything that was owed, once for each channel and instant."""
        self.session.flush()
        if jobs is None:
            return
        for channel_id, instants in sorted(self._due.items()):
            for not_before in sorted(instants):
                jobs.enqueue(
                    self.session,
                    SEND,
                    id=f"{channel_id} {self.at} {not_before}",
                    args={"channel_id": channel_id},
                    not_before=not_before if not_before > self.at else None,
                )

    def _not_before(self, alert: Alert, why: Why, repository: str | None) -> int:
        if why is Why.RESOLVED:
            return self.at
        not_before = self.at + (self._group_wait if why is Why.OPENED else 0)
        if alert.flapping:
            not_before = max(not_before, self.at + _FLAPPING_WAIT)
        quiet = self._routes().quiet_until(repository, at=self.at)
        return max(not_before, quiet or 0, alert.muted_until or 0)

    def _channels_of(
        self, alert: Alert, why: Why, rule: Rule, repository: str | None, path: str | None
    ) -> list[Channel]:
        if self._channels is None:
            query = select(Channel).order_by(Channel.id)
            self._channels = self.session.scalars(query).all()
        if why is Why.RESOLVED:
            # Rule and routes may name others by now, who know of no beginning.
            return [c for c in self._channels if c.enabled and self._was_owed(alert, c)]
        chosen = choose_channels(
            self._channels, self._routes(), named=rule.channels, repository=repository, path=path
        )
        if why is Why.REMINDER:
            # Reminders would pile up behind a channel that is down, and come all at once.
            return [channel for channel in chosen if not self._is_waiting(alert, channel)]
        return chosen

    def _is_waiting(self, alert: Alert, channel: Channel) -> bool:
        """Say whether the channel has still to hear of the alert as it is."""
        if alert.id not in self._said:
            self.look_up([alert.id])
        rows = self._said[alert.id]
        return any(row.channel_id == channel.id and row.finished_at is None for row in rows)

    def _routes(self) -> Routing:
        if self._routing is None:
            self._routing = load_routing(self.session)
        return self._routing

    def _was_owed(self, alert: Alert, channel: Channel) -> bool:
        """Say whether the channel is to hear the end: it heard the beginning, or may have."""
        if alert.id not in self._said:
            self.look_up([alert.id])
        owed = False
        for row in self._said[alert.id]:
            if row.channel_id != channel.id:
                continue
            if row.state == Sending.PENDING and row.tries == 0:
                # Nothing stale is sent late: it opened and closed before anybody was told.
                row.state, row.finished_at = Sending.SKIPPED, self.at
                row.detail = "It was over before the message was due."
            else:
                owed = owed or row.state in (Sending.SENDING, Sending.SENT, Sending.PENDING)
        return owed


def defer(session: Session, alert: Alert, *, until: int) -> None:
    """Let what is still owed for an alert wait until an instant, or come now when that is past."""
    session.execute(
        update(Notification)
        .where(
            Notification.alert_id == alert.id,
            Notification.state == Sending.PENDING,
            Notification.kind != Why.RESOLVED,
        )
        .values(not_before=until)
    )


def replace_routing(session: Session, routing: Routing, *, at: int) -> None:
    """Save routes and windows; what the windows before held back is due now.

    The sending puts off again what the new windows cover.
    """
    ends = {clock.to_instant(window.end) for window in load_routing(session).windows}
    save_routing(session, routing, at=at)
    unmuted = select(Alert.id).where(
        ~Alert.flapping, or_(Alert.muted_until.is_(None), Alert.muted_until <= at)
    )
    session.execute(
        update(Notification)
        .where(
            Notification.state == Sending.PENDING,
            Notification.kind.in_((Why.OPENED, Why.REMINDER)),
            Notification.tries == 0,
            Notification.not_before > at,
            Notification.not_before.in_(ends),
            Notification.alert_id.in_(unmuted),
        )
        .values(not_before=at)
    )
