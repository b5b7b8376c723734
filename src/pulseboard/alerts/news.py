"""What open browsers hear of alerts: which changed and how many are open, once it is committed."""

from collections.abc import Callable, Mapping

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from pulseboard.alerts.listing import unacknowledged
from pulseboard.live.messages import AlertsChanged
from pulseboard.model import Alert

Tell = Callable[[AlertsChanged], None]


def tell_after_commit(
    session: Session, changed: Mapping[int, bool], *, tell: Tell, at: int
) -> None:
    """Tell of these alerts (by number, whether they are demo data) when the session commits.

    Demo and real alerts are told apart; a transaction that is rolled back tells nothing.
    """
    for demo in sorted(set(changed.values())):
        message = AlertsChanged(
            ids=tuple(sorted(number for number, of_demo in changed.items() if of_demo == demo)),
            demo=demo,
            open=_count_open(session, demo=demo),
            unacknowledged=unacknowledged(session, demo=demo, at=at),
        )
        event.listen(session, "after_commit", _teller(tell, message), once=True)


def _teller(tell: Tell, message: AlertsChanged) -> Callable[[Session], None]:
    return lambda _session: tell(message)


def _count_open(session: Session, *, demo: bool) -> int:
    query = select(func.count()).select_from(Alert)
    return session.scalar(query.where(Alert.resolved_at.is_(None), Alert.demo == demo)) or 0
