"""What the writer calls with the runs a batch changed: rules are read and alerts settled."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts.episodes import Episode, State, replay
from pulseboard.alerts.histories import Home, Stream, Told, homes_of, read_streams, with_queues
from pulseboard.alerts.loading import by_number
from pulseboard.alerts.news import tell_after_commit
from pulseboard.alerts.outbox import Outbox
from pulseboard.alerts.readings import look_back
from pulseboard.alerts.rulebook import StoredRule, rules_that_are_on
from pulseboard.alerts.rules import DEFAULT_BRANCH, Kind, is_read_from_runs
from pulseboard.alerts.settling import Case, Opening, open_alerts, settle
from pulseboard.alerts.touches import Touch, looks_at_branch, says_something, touches_of
from pulseboard.collect.records import RunChange
from pulseboard.config import Settings
from pulseboard.db.bulk import select_in
from pulseboard.jobs.port import Jobs
from pulseboard.live.messages import AlertsChanged
from pulseboard.model import Alert

# Behind it the state before the window is taken as green; nobody waits that long for an alert.
_FEWEST_READ: Final = 6
_MORE_READ: Final = 40
_MOST_READ: Final = 200
_OPEN: Final = """WITH wanted(rule_id, subject) AS ({rows})
    SELECT a.rule_id, a.subject, a.id FROM wanted CROSS JOIN alerts a
    WHERE a.rule_id = wanted.rule_id AND a.subject = wanted.subject AND a.resolved_at IS NULL"""


class Watch:
    """A reaction of the writer; open browsers hear from it which alerts changed."""

    def __init__(self, settings: Settings) -> None:
        self._group_wait = settings.alert_group_wait_seconds * clock.SECOND
        # Who sends what is owed; set once there is somebody, as jobs write through this, too.
        self.jobs: Jobs | None = None
        # Who tells open browsers; nobody does where there are none.
        self.on_change: Callable[[AlertsChanged], None] | None = None

    def __call__(self, session: Session, changes: Sequence[RunChange]) -> None:
        """Settle every alert that these changes can have opened, moved or cleared."""
        telling = [change for change in changes if says_something(change)]
        if not telling:
            return
        rules = rules_that_are_on(session)
        streams = _to_be_read(session, touches_of(telling, rules), rules)
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
        stored = _open_alerts(session, [(case.rule_id, case.subject) for case, _ in cases])
        alerts = by_number(session, Alert, stored.values())
        histories = _Histories(session, cases)
        told: list[tuple[Case, Stream, list[Episode], Alert | None]] = []
        for case, stream in cases:
            found = stored.get((case.rule_id, case.subject))
            alert = alerts[found] if found else None
            # What fired by a clock that was set back since has not ended by that.
            now = at if alert is None else max(at, alert.fired_at or 0)
            episodes = histories.episodes(case, stream, at=now)
            if alert is not None or _is_open(episodes):
                told.append((case, stream, episodes, alert))
        fresh = [
            Opening(case, episodes[-1], streams[stream])
            for case, stream, episodes, alert in told
            if alert is None
        ]
        opened = iter(open_alerts(session, fresh, outbox=outbox) if fresh else [])
        outbox.look_up([alert.id for _, _, e, alert in told if alert and not _is_open(e)])
        for case, stream, episodes, alert in told:
            settle(
                session,
                case,
                episodes,
                stored=alert or next(opened),
                outbox=outbox,
                at=at,
                is_news=streams[stream],
                horizon=histories.horizon(stream),
            )
        self.finish(outbox)

    def finish(self, outbox: Outbox) -> None:
        """Have what is owed sent and, once this is committed, browsers told what changed."""
        outbox.enqueue(self.jobs)
        if self.on_change is not None and outbox.changed:
            tell_after_commit(outbox.session, outbox.changed, tell=self.on_change, at=outbox.at)

    def outbox(self, session: Session, *, at: int) -> Outbox:
        """Return the outbox of a transaction."""
        return Outbox(session, at=at, group_wait=self._group_wait)


def _to_be_read(
    session: Session, touches: Mapping[Stream, Touch], rules: Sequence[StoredRule]
) -> dict[Stream, bool]:
    """Return the streams in which an alert is open or may have to be opened: most have neither."""
    local = [stored for stored in rules if is_read_from_runs(stored.rule)]
    keys = [(stored.id, stream.subject) for stream in touches for stored in local]
    still_open = {subject for _, subject in _open_alerts(session, keys)}
    return {
        stream: touch.is_news
        for stream, touch in touches.items()
        if stream.subject in still_open
        or any(
            looks_at_branch(stored.rule, stream) and touch.may_open(stored.rule) for stored in local
        )
    }


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
    if not is_read_from_runs(rule) or not looks_at_branch(rule, stream):
        return False
    if DEFAULT_BRANCH in rule.scope.branches and stream.branch == home.default_branch:
        # The stream of the default branch speaks of these runs already.
        return False
    return rule.scope.covers_workflow(home.repository, name=home.workflow, path=home.path)


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


def _open_alerts(session: Session, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """Return the numbers of the open alerts among these (rule, subject)."""
    found = select_in(session, _OPEN, keys, types=("bigint", "text"))
    return {(row[0], row[1]): row[2] for row in found}


class _Histories:
    """The runs of all streams of a batch, read once; more of one where it turns out too short."""

    def __init__(self, session: Session, cases: Sequence[tuple[Case, Stream]]) -> None:
        self._session = session
        limit = max((_limit_of(case) for case, _ in cases), default=0)
        # How many were asked for of each stream.
        self._asked = {stream: limit for _, stream in cases}
        self._told = read_streams(session, list(self._asked), limit=limit)

    def horizon(self, stream: Stream) -> int:
        """Return since when the runs of a stream were read; 0 when all of them were."""
        if self._is_whole(stream):
            return 0
        return min(each.result.completed_at for each in self._told[stream])

    def _is_whole(self, stream: Stream) -> bool:
        return len(self._told[stream]) < self._asked[stream]

    def episodes(self, case: Case, stream: Stream, *, at: int) -> list[Episode]:
        """Return the episodes of a case in what was read of its stream."""
        found = self._replay(case, self._told[stream], at=at)
        for limit in (_MORE_READ, _MOST_READ):
            is_cut = _is_open(found) and found[-1].from_the_start and not self._is_whole(stream)
            if is_cut and self._asked[stream] < limit:
                self._asked[stream] = limit
                self._told |= read_streams(self._session, [stream], limit=limit)
                found = self._replay(case, self._told[stream], at=at)
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


def _is_open(episodes: Sequence[Episode]) -> bool:
    return bool(episodes) and episodes[-1].state is not State.RESOLVED
