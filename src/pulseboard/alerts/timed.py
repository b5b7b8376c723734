"""What only time decides: red for too long, silence, reminders, and resolves that did not hold."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from sqlalchemy import ColumnElement, false, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from pulseboard import clock
from pulseboard.alerts.episodes import Episode, State, now_of
from pulseboard.alerts.histories import Home, Stream, homes_of, read_streams, stream_of
from pulseboard.alerts.message import Why
from pulseboard.alerts.outbox import Outbox
from pulseboard.alerts.readings import Result
from pulseboard.alerts.routing import load_routing
from pulseboard.alerts.rulebook import StoredRule, read_definition, rules_that_are_on
from pulseboard.alerts.rules import ANY_BRANCH, DEFAULT_BRANCH, GLOBAL_KINDS, Kind
from pulseboard.alerts.settling import Case, settle
from pulseboard.alerts.watch import Watch
from pulseboard.alerts.words import Place
from pulseboard.collect.github.remaining import read_budgets
from pulseboard.db.engine import lock_writer
from pulseboard.db.session import Database
from pulseboard.model import IS_LATEST, Alert, AlertRule, Repository, Run, Workflow
from pulseboard.vocabulary import Outcome

BY_PERSON: Final = "by "
# A branch that has been red for longer is nobody's news, and old workflows are silent for good.
_RED_WITHIN: Final = 31 * clock.DAY
# Of the runs that fit by LIKE, so many are held against the pattern itself.
_LOOKED_BACK: Final = 100
_WILD: Final = re.compile(r"[*?\[]")


def check_time(database: Database, watch: Watch, *, at: int) -> None:
    """Settle everything that the passing of time has changed, and remind."""
    with database.reading() as session:
        rules = rules_that_are_on(session)
        streams = _streams(session, rules, at=at)
        silent = list(_silent_cases(session, rules, at=at))
    with database.writing() as session:
        lock_writer(session)
        rechecked = _resolved_by_people(session, at=at)
        wanted = dict.fromkeys([*streams, *rechecked], True)
        if wanted:
            watch.check(session, wanted, rules=rules, at=at)
        outbox = watch.outbox(session, at=at)
        _settle_silent(session, silent, rules=rules, outbox=outbox, at=at)
        _remind(session, outbox, at=at)
        watch.finish(outbox)


def _streams(session: Session, rules: Sequence[StoredRule], *, at: int) -> list[Stream]:
    """Return the streams of which time may have changed what a rule says."""
    timed = [stored for stored in rules if stored.rule.is_timed]
    if not timed:
        return []
    query = select(Alert.subject).where(
        Alert.resolved_at.is_(None),
        Alert.rule_id.in_([stored.id for stored in timed]),
        Alert.workflow_id.is_not(None),
    )
    found = {stream for subject in session.scalars(query) if (stream := stream_of(subject))}
    if any(stored.rule.kind is Kind.BRANCH_RED for stored in timed):
        red = select(Run.workflow_id).where(
            IS_LATEST,
            Run.on_default,
            Run.outcome == Outcome.FAILURE,
            Run.completed_at > at - _RED_WITHIN,
        )
        found |= {Stream(workflow_id) for workflow_id in session.scalars(red.distinct())}
    return sorted(found, key=str)


def _resolved_by_people(session: Session, *, at: int) -> list[Stream]:
    """Return what people resolved since the last check, to see whether it still holds."""
    query = select(Alert).where(
        Alert.resolution.startswith(BY_PERSON), Alert.updated_at == Alert.resolved_at
    )
    streams = []
    for alert in session.scalars(query.limit(1000)):
        # What differs afterwards is not looked at again.
        alert.updated_at = max(at, (alert.resolved_at or 0) + 1)
        stream = stream_of(alert.subject)
        if stream is not None:
            streams.append(stream)
    return streams


def _silent_cases(
    session: Session, rules: Sequence[StoredRule], *, at: int
) -> Iterator[tuple[Case, Episode | None]]:
    """Yield what rules about silence speak of, with its episode when it is silent now."""
    for stored in rules:
        if stored.rule.kind is Kind.NO_RUN:
            yield from _workflows_without_runs(session, stored, at=at)
        elif stored.rule.kind in GLOBAL_KINDS:
            case = Case(stored.id, stored.rule, "pulseboard", Place())
            yield case, _of_installation(session, stored, at=at)


def _workflows_without_runs(
    session: Session, stored: StoredRule, *, at: int
) -> Iterator[tuple[Case, Episode | None]]:
    scope, limit = stored.rule.scope, round(stored.rule.threshold * clock.HOUR)
    homes = homes_of(session, session.scalars(select(Workflow.id).order_by(Workflow.id)).all())
    for home in homes.values():
        if home.demo or not scope.covers_workflow(
            home.repository, name=home.workflow, path=home.path
        ):
            continue
        # What has been silent for four times as long was probably given up.
        since = max(0, at - max(_RED_WITHIN, 4 * limit))
        newest = _newest_run(session, home, stored, since=since, at=at)
        if newest is None:
            continue
        case = Case(
            stored.id,
            stored.rule,
            Stream(home.workflow_id).subject,
            Place(home.repository, home.workflow),
            repository_id=home.repository_id,
            workflow_id=home.workflow_id,
            path=home.path,
        )
        due = newest.created_at + limit
        hours = (at - newest.created_at) / clock.HOUR
        yield case, _silence(newest, due, hours) if at >= due else None


def _newest_run(
    session: Session, home: Home, stored: StoredRule, *, since: int, at: int
) -> Result | None:
    scope = stored.rule.scope
    query = select(Run.id, Run.run_number, Run.attempt, Run.created_at, Run.head_branch,
                   Run.on_default, Run.event).where(
        IS_LATEST, Run.workflow_id == home.workflow_id, Run.created_at.between(since, at)
    )  # fmt: skip
    if scope.events:
        query = query.where(_may_fit(Run.event, scope.events))
    if scope.branches and ANY_BRANCH not in scope.branches:
        named = [branch for branch in scope.branches if branch != DEFAULT_BRANCH]
        is_default = Run.on_default if DEFAULT_BRANCH in scope.branches else false()
        query = query.where(or_(is_default, _may_fit(Run.head_branch, named)))
    for row in session.execute(query.order_by(Run.created_at.desc()).limit(_LOOKED_BACK)):
        if scope.covers_event(row.event) and scope.covers_branch(
            row.head_branch, on_default=row.on_default
        ):
            return Result(
                row.id,
                row.run_number or 0,
                row.attempt,
                row.created_at,
                row.created_at,
                failed=False,
            )
    return None


def _may_fit(
    column: InstrumentedAttribute[str | None], patterns: Sequence[str]
) -> ColumnElement[bool]:
    """Return what holds of every name that fits a pattern, and of few others."""
    return or_(
        false(),
        *(
            column.like(_wider(pattern), escape="\\")
            if _WILD.search(pattern)
            else column == pattern
            for pattern in patterns
        ),
    )


def _wider(pattern: str) -> str:
    """Write a pattern for LIKE, which knows no brackets: from the first one on, anything fits."""
    start, bracket, _ = pattern.partition("[")
    words = re.sub(r"([\\%_])", r"\\\1", start)
    return words.replace("*", "%").replace("?", "_") + ("%" if bracket else "")


def _of_installation(session: Session, stored: StoredRule, *, at: int) -> Episode | None:
    if stored.rule.kind is Kind.API_BUDGET:
        left = budget_left(session, at=at)
        if left is None or left >= stored.rule.threshold:
            return None
        return _silence(Result(0, 0, 0, at, at, failed=False), at, left)
    last = session.scalar(select(func.max(Repository.last_event_at)).where(~Repository.demo))
    limit = round(stored.rule.threshold * clock.HOUR)
    if last is None or at < last + limit:
        return None
    return _silence(
        Result(0, 0, 0, last, last, failed=False), last + limit, (at - last) / clock.HOUR
    )


def budget_left(session: Session, *, at: int) -> float | None:
    """Return the greatest share left of any limit of GitHub, None while nobody has asked."""
    shares = [
        budget.remaining / budget.limit
        for budget in read_budgets(session, at=at)
        if budget.remaining is not None and budget.limit
    ]
    return max(shares, default=None)


def _silence(last: Result, since: int, value: float) -> Episode:
    return Episode(State.FIRING, last._replace(completed_at=since), since, value)


def _settle_silent(
    session: Session,
    cases: Sequence[tuple[Case, Episode | None]],
    *,
    rules: Sequence[StoredRule],
    outbox: Outbox,
    at: int,
) -> None:
    kinds = GLOBAL_KINDS | {Kind.NO_RUN}
    query = select(Alert).where(
        Alert.resolved_at.is_(None),
        Alert.rule_id.in_([stored.id for stored in rules if stored.rule.kind in kinds]),
    )
    stored = {(alert.rule_id, alert.subject): alert for alert in session.scalars(query)}
    for case, episode in cases:
        found = stored.get((case.rule_id, case.subject))
        if found is None and episode is None:
            continue
        if found is not None and (found.fired_at or 0) > at:
            # The clock was set back; by it, silence seems to be yet to come.
            continue
        episodes = [] if episode is None else [episode]
        settle(session, case, episodes, stored=found, outbox=outbox, at=at, is_news=True)


def _remind(session: Session, outbox: Outbox, *, at: int) -> None:
    query = select(Alert, AlertRule).join(AlertRule, AlertRule.id == Alert.rule_id).where(
        Alert.resolved_at.is_(None),
        Alert.state == State.FIRING,
        Alert.acknowledged_at.is_(None),
        ~Alert.silent,
        ~Alert.demo,
        Alert.told_at.is_not(None),
        AlertRule.definition.like('%"reminder_minutes":%'),
        AlertRule.definition.not_like('%"reminder_minutes":null%'),
    )  # fmt: skip
    routing = load_routing(session)
    for alert, row in session.execute(query).all():
        rule = read_definition(row.definition)
        pause = (rule.reminder_minutes or 0) * clock.MINUTE
        # A clock that was set back would let the reminder wait until it is there again.
        alert.told_at = min(alert.told_at or at, at)
        if not pause or alert.told_at + pause > at or (alert.muted_until or 0) > at:
            continue
        repository = session.get(Repository, alert.repository_id) if alert.repository_id else None
        name = repository.full_name if repository else None
        if routing.quiet_until(name, at=at) is not None:
            continue
        workflow = session.get(Workflow, alert.workflow_id) if alert.workflow_id else None
        outbox.tell(
            alert,
            Why.REMINDER,
            rule=rule,
            repository=name,
            path=workflow.path if workflow else None,
        )


def still_holds(session: Session, alert: Alert, *, at: int) -> bool:
    """Say whether the condition of an alert is true now, whatever people said of it."""
    row = session.get(AlertRule, alert.rule_id) if alert.rule_id else None
    stream = stream_of(alert.subject)
    if row is None or not row.enabled:
        return False
    rule = read_definition(row.definition)
    if stream is None or rule.kind is Kind.NO_RUN:
        cases = _silent_cases(session, [StoredRule(row.id, rule)], at=at)
        return any(case.subject == alert.subject and episode for case, episode in cases)
    told = read_streams(session, [stream], limit=200)[stream]
    results = [each.result for each in told if rule.scope.covers_event(each.event)]
    return now_of(rule, results, at=at) is not None
