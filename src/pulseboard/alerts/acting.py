"""What people do about an alert: take it, mute it, resolve it; the state follows the data."""

from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from pulseboard.alerts.listing import Listed, require_alert
from pulseboard.alerts.message import Why
from pulseboard.alerts.outbox import Outbox, defer
from pulseboard.alerts.rulebook import read_definition
from pulseboard.alerts.settling import close
from pulseboard.alerts.timed import BY_PERSON
from pulseboard.errors import Conflict
from pulseboard.model import Alert

# Later than anything: muted until it is resolved.
UNTIL_RESOLVED: Final = (1 << 62) - 1


def _require_open(alert: Alert) -> None:
    if alert.resolved_at is not None:
        raise Conflict("This alert is resolved already")


def acknowledge(alert: Alert, *, by: str, note: str | None, at: int) -> None:
    """Say that somebody has it: reminders stop. Raises Conflict when it is resolved."""
    _require_open(alert)
    alert.acknowledged_at, alert.acknowledged_by = at, by
    alert.note = note or alert.note
    alert.updated_at = at


def unacknowledge(alert: Alert, *, at: int) -> None:
    """Take that back. Raises Conflict when it is resolved."""
    _require_open(alert)
    alert.acknowledged_at = alert.acknowledged_by = alert.note = None
    alert.updated_at = at


def mute(session: Session, alert: Alert, *, until: int, note: str | None, at: int) -> None:
    """Send nothing before an instant. Raises Conflict when it is resolved."""
    _require_open(alert)
    alert.muted_until, alert.updated_at = until, at
    alert.note = note or alert.note
    defer(session, alert, until=until)


def unmute(session: Session, alert: Alert, *, at: int) -> None:
    """Send again what there is to tell. Raises Conflict when it is resolved."""
    _require_open(alert)
    alert.muted_until, alert.updated_at = None, at
    defer(session, alert, until=at)


class Act(NamedTuple):
    """What a command asks for: to acknowledge an alert, or to mute it until an instant."""

    alert_id: int
    by: str
    note: str | None = None
    mute_until: int | None = None


def carry_out(session: Session, act: Act, *, outbox: Outbox, at: int) -> str:
    """Do what a command asks for and return the alert's headline.

    Raises NotFound, and Conflict when the alert is resolved.
    """
    alert = require_alert(session, act.alert_id).alert
    if act.mute_until is None:
        acknowledge(alert, by=act.by, note=act.note, at=at)
    else:
        mute(session, alert, until=act.mute_until, note=act.note, at=at)
    outbox.note(alert)
    return alert.message


def resolve(
    session: Session, listed: Listed, *, by: str, note: str | None, outbox: Outbox, at: int
) -> None:
    """Resolve an alert by hand; if the condition holds, the next check opens another."""
    alert = listed.alert
    _require_open(alert)
    alert.note = note or alert.note
    close(alert, why=f"{BY_PERSON}{by}", at=at)
    session.flush()
    if listed.rule is not None:
        outbox.tell(
            alert,
            Why.RESOLVED,
            rule=read_definition(listed.rule.definition),
            repository=listed.repository.full_name if listed.repository else None,
            path=listed.workflow.path if listed.workflow else None,
        )
