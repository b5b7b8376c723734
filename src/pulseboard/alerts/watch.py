"""What the writer calls with the runs a batch changed: rules are read and alerts settled."""

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts.episodes import Episode, State, replay
from pulseboard.alerts.histories import Home, Stream, Told, homes_of, read_streams, with_queues
from pulseboard.alerts.outbox import Outbox
from pulseboard.alerts.readings import look_back
from pulseboard.alerts.rulebook import StoredRule, rules_that_are_on
from pulseboard.alerts.rules import DEFAULT_BRANCH, GLOBAL_KINDS, Kind
from pulseboard.alerts.settling import Case, settle
from pulseboard.collect.records import RunChange
from pulseboard.config import Settings
from pulseboard.db.bulk import select_in
from pulseboard.jobs.port import Jobs
from pulseboard.model import Alert
from pulseboard.vocabulary import Outcome, outcome_of

# Behind it the state before the window is taken as green; nobody waits that long for an alert.
_FEWEST_READ: Final = 6
_MOST_READ: Final = 200
_DECIDED: Final = (Outcome.SUCCESS, Outcome.FAILURE, Outcome.DELETED)
_OPEN: Final = """WITH wanted(rule_id, subject) AS ({rows})
    SELECT a.rule_id, a.subject, a.id FROM wanted CROSS JOIN alerts a
    WHERE a.rule_id = wanted.rule_id AND a.subject = wanted.subject AND a.resolved_at IS NULL"""


class Watch:
    """A reaction of the writer; it also keeps which alerts changed, for open browsers."""

    def __init__(self, settings: Settings) -> None:
        self._group_wait = settings.alert_group_wait_seconds * clock.SECOND
        # Who sends what is owed; set once there is somebody, as jobs write through this, too.
        self.jobs: Jobs | None = None
        self._lock = Lock()
        self._changed: set[int] = set()

    def __call__(self, session: Session, changes: Sequence[RunChange]) -> None:
        """Settle every alert that these changes can have opened, moved or cleared."""
        rules = rules_that_are_on(session)
        streams = _touched(changes, rules)
        if streams:
            self.check(session, streams, rules=rules, at=clock.now())

    def check(
        self,
        session: Session,
        streams: Mapping[Stream, bool],
        *,
        rules: Sequence[StoredRule],
        at: int,
    ) -> None:
        """Read the rules for these streams anew; the values say whether it is news."""
        outbox = Outbox(session, at=at, group_wait=self._group_wait)
        cases = _cases(session, streams, rules)
        stored = _stored(session, [case for case, _ in cases])
        histories = _Histories(session, cases)
        for case, stream in cases:
            episodes = histories.episodes(case, stream, at=at)
            horizon = histories.horizon(stream)
            found = stored.get((case.rule_id, case.subject))
            if found is None and (not episodes or episodes[-1].state is State.RESOLVED):
                continue
            alert = session.get(Alert, found) if found is not None else None
            settle(
                session,
                case,
                episodes,
                stored=alert,
                outbox=outbox,
                at=at,
                is_news=streams[stream],
                horizon=horizon,
            )
        self.finish(outbox)

    def finish(self, outbox: Outbox) -> None:
        """Have what is owed sent, and remember what changed."""
        outbox.enqueue(self.jobs)
        with self._lock:
            self._changed.update(outbox.changed)

    def outbox(self, session: Session, *, at: int) -> Outbox:
        """Return the outbox of a transaction."""
        return Outbox(session, at=at, group_wait=self._group_wait)

    def take_changed(self) -> list[int]:
        """Return the alerts that changed since this was last asked."""
        with self._lock:
            taken, self._changed = sorted(self._changed), set()
        return taken


def _touched(changes: Iterable[RunChange], rules: Sequence[StoredRule]) -> dict[Stream, bool]:
    """Return the streams whose finished runs changed; a job that changed says nothing new."""
    local = [stored.rule for stored in rules if stored.rule.kind not in GLOBAL_KINDS]
    if not local:
        return {}
    named = any(rule.scope.branches != [DEFAULT_BRANCH] for rule in local)
    touched: dict[Stream, bool] = {}
    for change in changes:
        if outcome_of(change.status, change.conclusion) not in _DECIDED:
            continue
        if change.on_default:
            stream = Stream(change.workflow_id)
            touched[stream] = touched.get(stream, False) or change.is_news
        if named and change.head_branch is not None:
            stream = Stream(change.workflow_id, change.head_branch)
            touched[stream] = touched.get(stream, False) or change.is_news
    return touched


def _cases(
    session: Session, streams: Iterable[Stream], rules: Sequence[StoredRule]
) -> list[tuple[Case, Stream]]:
    wanted = list(streams)
    homes = homes_of(session, sorted({stream.workflow_id for stream in wanted}))
    return [
        (_case(stored, homes[stream.workflow_id], stream), stream)
        for stream in wanted
        for stored in rules
        if stream.workflow_id in homes and _looks_at(stored, homes[stream.workflow_id], stream)
    ]


def _looks_at(stored: StoredRule, home: Home, stream: Stream) -> bool:
    rule = stored.rule
    if rule.kind in GLOBAL_KINDS or rule.kind is Kind.NO_RUN:
        return False
    scope = rule.scope
    if not scope.covers_workflow(home.repository, name=home.workflow, path=home.path):
        return False
    if stream.branch is None:
        return DEFAULT_BRANCH in scope.branches
    if DEFAULT_BRANCH in scope.branches and stream.branch == home.default_branch:
        # The stream of the default branch speaks of these runs already.
        return False
    return scope.covers_branch(stream.branch, on_default=False)


def _case(stored: StoredRule, home: Home, stream: Stream) -> Case:
    return Case(
        rule_id=stored.id,
        rule=stored.rule,
        subject=stream.subject,
        place=home.place(stream),
        repository_id=home.repository_id,
        workflow_id=stream.workflow_id,
        branch=stream.branch or home.default_branch,
        path=home.path,
        demo=home.demo,
    )


def _stored(session: Session, cases: Sequence[Case]) -> dict[tuple[int, str], int]:
    keys = [(case.rule_id, case.subject) for case in cases]
    found = select_in(session, _OPEN, keys, types=("bigint", "text"))
    return {(row[0], row[1]): row[2] for row in found}


class _Histories:
    """The runs of all streams of a batch, read once; more of one where it turns out too short."""

    def __init__(self, session: Session, cases: Sequence[tuple[Case, Stream]]) -> None:
        self._session = session
        self._limit = max((_limit_of(case) for case, _ in cases), default=0)
        streams = list({stream: None for _, stream in cases})
        self._told = read_streams(session, streams, limit=self._limit)

    def horizon(self, stream: Stream) -> int:
        """Return since when the runs of a stream were read; 0 when all of them were."""
        told = self._told[stream]
        if len(told) < self._limit:
            return 0
        return min(each.result.completed_at for each in told)

    def episodes(self, case: Case, stream: Stream, *, at: int) -> list[Episode]:
        """Return the episodes of a case in what was read of its stream."""
        found = self._replay(case, self._told[stream], at=at)
        if (
            found
            and found[-1].from_the_start
            and found[-1].state is not State.RESOLVED
            and self._limit <= len(self._told[stream]) < _MOST_READ
        ):
            told = read_streams(self._session, [stream], limit=_MOST_READ)
            self._told |= told
            found = self._replay(case, told[stream], at=at)
        return found

    def _replay(self, case: Case, told: Sequence[Told], *, at: int) -> list[Episode]:
        scope = case.rule.scope
        results = [each.result for each in told if scope.covers_event(each.event)]
        if case.rule.kind is Kind.QUEUE_TIME:
            results = with_queues(self._session, results)
        return replay(case.rule, results, at=at)


def _limit_of(case: Case) -> int:
    rule = case.rule
    if rule.scope.events or rule.kind is Kind.BRANCH_RED:
        return _MOST_READ
    settled = look_back(rule) + rule.clear_passes + rule.for_checks
    return min(_MOST_READ, max(_FEWEST_READ, settled))


def open_alerts(session: Session) -> Sequence[Alert]:
    """Return every alert that is open."""
    return session.scalars(select(Alert).where(Alert.resolved_at.is_(None))).all()
