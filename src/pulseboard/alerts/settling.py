"""Bringing a stored alert in line with what its runs say: open, go on, resolve."""

from collections import Counter
from collections.abc import Container, Sequence
from typing import Final, NamedTuple

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts.episodes import Episode, State
from pulseboard.alerts.message import NO_LONGER, Why
from pulseboard.alerts.outbox import Outbox
from pulseboard.alerts.readings import Result
from pulseboard.alerts.rules import Rule
from pulseboard.alerts.words import Beginning, Place, headline, names_the_run
from pulseboard.db.bulk import select_in
from pulseboard.model import Alert, AlertRule, Notification, Run
from pulseboard.vocabulary import Outcome

# More than four changes in six hours are flapping: two alerts that came and went, and a third.
_FLAPPING_EPISODES: Final = 2
_FLAPPING_WITHIN: Final = 6 * clock.HOUR
_FIRED: Final = """WITH wanted(rule_id, subject) AS ({rows})
    SELECT a.rule_id, a.subject FROM wanted CROSS JOIN alerts a
    WHERE a.rule_id = wanted.rule_id AND a.subject = wanted.subject
    AND a.created_at > {since} AND a.created_at <= {at} AND a.fired_at IS NOT NULL"""


class Case(NamedTuple):
    """A rule and what it speaks of, as one alert can be open for."""

    rule_id: int
    rule: Rule
    subject: str
    place: Place
    repository_id: int | None = None
    workflow_id: int | None = None
    branch: str | None = None
    path: str | None = None
    demo: bool = False


def settle(
    session: Session,
    case: Case,
    episodes: list[Episode],
    *,
    stored: Alert | None,
    outbox: Outbox,
    at: int,
    is_news: bool,
    horizon: int = 0,
) -> None:
    """Make the open alert of a case, if any, agree with its episodes.

    `is_news` is False for history, which sets states without a message. What lies before `horizon`
    was not read.
    """
    now = episodes[-1] if episodes and episodes[-1].state is not State.RESOLVED else None
    if stored is not None:
        ended = _ending_of(stored, episodes, now)
        began_unseen = stored.since < horizon and now is not None and not now.from_the_start
        if ended is not None or now is None or began_unseen:
            _resolve(session, stored, ended, case=case, outbox=outbox, at=at)
            # Before another one of the same subject opens.
            session.flush()
            stored = None
    if now is None:
        return
    if stored is None:
        (stored,) = open_alerts(session, [Opening(case, now, is_news)], outbox=outbox)
    _update(session, stored, case, now, outbox=outbox, at=at)


def _ending_of(stored: Alert, episodes: list[Episode], now: Episode | None) -> Episode | None:
    """Return the ended episode that a stored alert is, if it is one of them."""
    for episode in episodes:
        if episode.state is State.RESOLVED and episode.opened_by.run_id == stored.run_id:
            return episode
    # Where the beginning lies outside of what was read, it ended with the last that ended.
    if now is None and episodes:
        return episodes[-1]
    return None


class Opening(NamedTuple):
    """An episode that no open alert is there for."""

    case: Case
    episode: Episode
    is_news: bool


def open_alerts(session: Session, openings: Sequence[Opening], *, outbox: Outbox) -> list[Alert]:
    """Open a pending alert for each, all at once: `settle` then lets them fire."""
    often = _came_often(session, [opening.case for opening in openings], at=outbox.at)
    alerts = [_make(session, opening, often, at=outbox.at) for opening in openings]
    session.add_all(alerts)
    session.flush()
    for alert in alerts:
        outbox.note(alert)
    return alerts


def _make(
    session: Session, opening: Opening, often: Container[tuple[int, str]], *, at: int
) -> Alert:
    case, now = opening.case, opening.episode
    first = now.opened_by
    return Alert(
        rule_id=case.rule_id,
        subject=case.subject,
        repository_id=case.repository_id,
        workflow_id=case.workflow_id,
        branch=case.branch,
        run_id=first.run_id or None,
        attempt=first.attempt or None,
        state=State.PENDING,
        severity=case.rule.severity,
        message=headline(case.rule, case.place, now.value, _beginning(session, case, first)),
        value=now.value,
        silent=not opening.is_news,
        demo=case.demo,
        flapping=(case.rule_id, case.subject) in often,
        transitions=0,
        since=first.completed_at,
        created_at=at,
        updated_at=at,
    )


def _came_often(session: Session, cases: Sequence[Case], *, at: int) -> set[tuple[int, str]]:
    """Return which of these (rule, subject) fired so often lately that they flap."""
    keys = [(case.rule_id, case.subject) for case in cases]
    since = at - _FLAPPING_WITHIN
    sql = _FIRED.format(since=since, at=at, rows="{rows}")
    found = select_in(session, sql, keys, types=("bigint", "text"))
    times = Counter((row[0], row[1]) for row in found)
    return {key for key, number in times.items() if number > _FLAPPING_EPISODES}


def _beginning(session: Session, case: Case, first: Result) -> Beginning:
    """Return what a headline can name; the run is read only where it does."""
    run = None
    if first.run_id and names_the_run(case.rule):
        run = session.get(Run, (first.run_id, first.attempt))
    if run is None:
        return Beginning(first.completed_at)
    author = run.commit_author or run.actor
    return Beginning(first.completed_at, run.head_sha, author, run.run_number)


def _fire(
    session: Session, alert: Alert, case: Case, now: Episode, *, outbox: Outbox, at: int
) -> None:
    alert.state = State.FIRING
    alert.fired_at = at if now.fired_at is None else min(now.fired_at, at)
    rule = session.get(AlertRule, case.rule_id)
    if rule is not None:
        # As its alerts have it: history that comes late has fired long ago.
        rule.last_triggered_at = max(rule.last_triggered_at or 0, alert.fired_at)
    outbox.tell(alert, Why.OPENED, rule=case.rule, repository=case.place.repository, path=case.path)


def _update(
    session: Session, alert: Alert, case: Case, now: Episode, *, outbox: Outbox, at: int
) -> None:
    first = now.opened_by
    if first.run_id != alert.run_id and (
        not now.from_the_start or first.completed_at < alert.since
    ):
        alert.run_id, alert.attempt, alert.since = first.run_id, first.attempt, first.completed_at
    if now.value != alert.value:
        alert.value = now.value
        alert.message = headline(case.rule, case.place, now.value, _beginning(session, case, first))
        alert.updated_at = at
        outbox.note(alert)
    if alert.state == State.PENDING and now.state is State.FIRING:
        _fire(session, alert, case, now, outbox=outbox, at=at)


def _resolve(
    session: Session,
    alert: Alert,
    ended: Episode | None,
    *,
    case: Case,
    outbox: Outbox,
    at: int,
) -> None:
    if alert.state == State.PENDING:
        # It never fired, so there is nothing to tell and nothing to keep.
        outbox.note(alert)
        session.execute(delete(Notification).where(Notification.alert_id == alert.id))
        session.delete(alert)
        session.flush()
        return
    by = ended.cleared_by if ended is not None else None
    why = NO_LONGER
    if by is not None:
        alert.resolved_run_id, alert.resolved_attempt = by.run_id, by.attempt
    elif (attempt := _passed_later(session, alert)) is not None:
        alert.resolved_run_id, alert.resolved_attempt = alert.run_id, attempt
        why = f"flaky: passed on attempt {attempt}"
    close(alert, why=why, at=at)
    if by is not None:
        # Of history we hear long after it was over.
        alert.resolved_at = min(at, max(by.completed_at, alert.fired_at or 0))
    outbox.tell(
        alert, Why.RESOLVED, rule=case.rule, repository=case.place.repository, path=case.path
    )


def _passed_later(session: Session, alert: Alert) -> int | None:
    """Return the later attempt that passed of the run an alert began with, or None."""
    return session.scalar(
        select(func.max(Run.attempt)).where(
            Run.id == alert.run_id,
            Run.attempt > (alert.attempt or 0),
            Run.outcome == Outcome.SUCCESS,
        )
    )


def close(alert: Alert, *, why: str, at: int) -> None:
    """Mark an alert as resolved."""
    alert.state = State.RESOLVED
    alert.resolved_at = at
    alert.updated_at = at
    alert.resolution = why


def resolve_all_of(session: Session, *, rule_id: int, at: int, why: str) -> list[Alert]:
    """Resolve and return what a rule has open, without a message: people did it, not the runs."""
    query = select(Alert).where(Alert.rule_id == rule_id, Alert.resolved_at.is_(None))
    alerts = list(session.scalars(query))
    for alert in alerts:
        close(alert, why=why, at=at)
    session.flush()
    return alerts
