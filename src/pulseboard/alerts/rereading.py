"""What a saved rule says of the runs that are there already, and of what it opened before."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts.histories import Home, Stream, homes_of, stream_of
from pulseboard.alerts.outbox import Outbox
from pulseboard.alerts.rulebook import StoredRule, read_definition
from pulseboard.alerts.rules import GLOBAL_KINDS, Rule, is_read_from_runs
from pulseboard.alerts.scoping import find_streams
from pulseboard.alerts.settling import close
from pulseboard.alerts.touches import looks_at_branch
from pulseboard.alerts.watch import Watch
from pulseboard.model import Alert, AlertRule

# A branch on which nothing ran for longer is nobody's news.
_LOOKED_BACK: Final = 31 * clock.DAY


def read_anew(
    session: Session, watch: Watch, rows: Sequence[AlertRule], *, at: int, is_news: bool
) -> None:
    """Settle the alerts of rules that were just saved, from the runs that are stored.

    What is broken now opens an alert, told when it `is_news`. What the rule no longer looks at is
    resolved without a message. Rules about silence are read by the clock, within a minute.
    """
    outbox = watch.outbox(session, at=at)
    rules = [StoredRule(row.id, read_definition(row.definition)) for row in rows if row.enabled]
    streams: dict[Stream, bool] = {}
    for stored in rules:
        _leave_what_is_out_of_scope(session, stored, outbox=outbox, at=at)
        if is_read_from_runs(stored.rule):
            streams |= dict.fromkeys(_streams_of(session, stored, at=at), is_news)
    watch.check(session, streams, rules=rules, at=at)
    # Switching a rule off resolves what it had open, and browsers want to know that, too.
    changed = select(Alert).where(
        Alert.rule_id.in_([row.id for row in rows]), Alert.updated_at == at
    )
    for alert in session.scalars(changed):
        outbox.note(alert)
    watch.finish(outbox)


def _streams_of(session: Session, stored: StoredRule, *, at: int) -> list[Stream]:
    """Return the streams that a rule looks at or has alerts of."""
    found, _ = find_streams(session, stored.rule, since=at - _LOOKED_BACK)
    before = {stream for alert in _open(session, stored.id) if (stream := stream_of(alert.subject))}
    return [*found, *sorted(before, key=str)]


def _leave_what_is_out_of_scope(
    session: Session, stored: StoredRule, *, outbox: Outbox, at: int
) -> None:
    rule = stored.rule
    if rule.kind in GLOBAL_KINDS:
        return
    alerts = _open(session, stored.id)
    homes = homes_of(session, sorted({alert.workflow_id for alert in alerts if alert.workflow_id}))
    for alert in alerts:
        stream = stream_of(alert.subject)
        home = homes.get(alert.workflow_id or 0)
        if stream is None or home is None or not _is_in_scope(rule, stream, home):
            close(alert, why="the rule was changed", at=at)
            outbox.note(alert)
    session.flush()


def _is_in_scope(rule: Rule, stream: Stream, home: Home) -> bool:
    is_default = stream.branch is None
    return rule.scope.covers_workflow(home.repository, name=home.workflow, path=home.path) and (
        looks_at_branch(rule, stream) or (is_default and not is_read_from_runs(rule))
    )


def _open(session: Session, rule_id: int) -> Sequence[Alert]:
    query = select(Alert).where(Alert.rule_id == rule_id, Alert.resolved_at.is_(None))
    return session.scalars(query.order_by(Alert.id)).all()
