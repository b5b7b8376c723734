"""Is it broken, since when, by whom: one answer for the branches of a scope.

Health is that of the default branches unless others are named. A workflow is red on a branch when
its newest finished run there failed. What was not run for ninety days has no say: its last word is
about code that nobody builds any more.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from msgspec import Struct, structs
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.metrics.scope import Scope, fetch
from pulseboard.pipelines.rows import RunRow
from pulseboard.pipelines.runs import get_run
from pulseboard.vocabulary import Outcome

CONSIDERED: Final = 90 * clock.DAY
# A quiet weekend and a holiday are no reason to worry.
SILENT_AFTER: Final = 4 * clock.DAY
# How far a red stretch is followed back; one of more runs than this has no known beginning.
_LONGEST_STRETCH: Final = 500
_MOST_RED: Final = 50
_ON_DEFAULT: Final = "latest AND on_default AND demo = :demo"
_ON_BRANCH: Final = "latest AND head_branch = :branch AND demo = :demo"
_FINISHED: Final = "outcome IN ('success', 'failure')"
# Runs are ordered by their number; the newest few by time are enough to find the newest by number.
# The indexes of a workflow and of a branch end in different times.
_NEWEST: Final = """SELECT w.id, (
    SELECT t.id FROM (
        SELECT id, run_number, started_at FROM runs
        WHERE workflow_id = w.id AND {counted} AND {time} >= :since
        ORDER BY {time} DESC, id DESC LIMIT 5) AS t
    ORDER BY t.run_number DESC NULLS LAST, t.started_at DESC, t.id DESC LIMIT 1) AS run_id
    FROM workflows w JOIN repositories r ON r.id = w.repository_id
    WHERE r.demo = :demo"""


class State(StrEnum):
    """The verdict in one word; nothing heard for long beats them all: unknown is never green."""

    GREEN = "green"
    RED = "red"
    RECOVERING = "recovering"
    STALE = "stale"
    EMPTY = "empty"


class Red(Struct, frozen=True):
    """A workflow whose newest finished run failed."""

    # The newest failure.
    newest: RunRow
    # The first failure after the last success; None when it lies too far back.
    first_bad: RunRow | None
    last_green: RunRow | None
    # Commits between last_green and first_bad that this workflow never finished on.
    untested: int
    # A newer run that is under way.
    running: RunRow | None

    @property
    def since(self) -> int | None:
        """The completion of the first failure."""
        return self.first_bad.completed_at if self.first_bad else None

    @property
    def is_recovering(self) -> bool:
        """Whether a newer run may end it."""
        return self.running is not None


class Verdict(Struct, frozen=True):
    """The answer; `red` has the one that has been red longest first."""

    total: int
    red: Sequence[Red]
    # More are red than are listed.
    failing: int
    # The names asked for, else those of the default branches, the most frequent first.
    branches: Sequence[str]
    last_event_at: int | None
    last_failure_at: int | None
    at: int
    # The branches were chosen by name.
    are_named: bool = False

    @property
    def is_stale(self) -> bool:
        """Whether nothing has been heard for so long that green means nothing."""
        return self.last_event_at is not None and self.at - self.last_event_at > SILENT_AFTER

    @property
    def branch_label(self) -> str:
        """Name what is judged, as the subject of a sentence."""
        if len(self.branches) == 1:
            return self.branches[0]
        return f"One of {len(self.branches)} branches" if self.are_named else "The default branch"

    @property
    def state(self) -> State:
        """Say it in one word; recovering is what has a newer run under way for all that is red."""
        if self.is_stale:
            return State.STALE
        if not self.total:
            return State.EMPTY
        if not self.failing:
            return State.GREEN
        is_recovering = all(one.is_recovering for one in self.red)
        # Of the reds that are not listed nothing is known.
        is_told = len(self.red) == self.failing
        return State.RECOVERING if is_recovering and is_told else State.RED


class _Finished(NamedTuple):
    id: int
    run_number: int | None
    started_at: int
    created_at: int
    outcome: str
    head_sha: str | None


def judge(session: Session, *, scope: Scope, at: int) -> Verdict:
    """Judge the branches of a scope as they stand at an instant.

    Of several named branches each is judged by itself, and what they came to is added up.
    """
    if scope.impossible:
        return Verdict(0, (), 0, scope.branches, None, None, at, are_named=bool(scope.branches))
    if len(scope.branches) > 1:
        parts = (structs.replace(scope, branches=(name,)) for name in scope.branches)
        return _join([_judge(session, part, at=at) for part in parts], scope)
    return _judge(session, scope, at=at)


def _judge(session: Session, scope: Scope, *, at: int) -> Verdict:
    newest = _newest_runs(session, scope, since=at - CONSIDERED)
    outcomes = _outcomes(session, scope, list(newest.values()))
    failing = [run_id for run_id in newest.values() if outcomes.get(run_id) == Outcome.FAILURE]
    found = [_explain(session, scope, run_id, since=at - CONSIDERED)
             for run_id in failing[:_MOST_RED]]  # fmt: skip
    return Verdict(
        total=len(newest),
        red=_longest_first(filter(None, found)),
        failing=len(failing),
        branches=scope.branches or _default_branches(session, scope),
        last_event_at=_last_event(session, scope),
        last_failure_at=_last_failure(session, scope, since=at - CONSIDERED),
        at=at,
        are_named=bool(scope.branches),
    )


def _join(parts: Sequence[Verdict], scope: Scope) -> Verdict:
    failures = [part.last_failure_at for part in parts if part.last_failure_at is not None]
    return Verdict(
        total=sum(part.total for part in parts),
        red=_longest_first(red for part in parts for red in part.red)[:_MOST_RED],
        failing=sum(part.failing for part in parts),
        branches=scope.branches,
        last_event_at=parts[0].last_event_at,
        last_failure_at=max(failures, default=None),
        at=parts[0].at,
        are_named=True,
    )


def _longest_first(reds: Iterable[Red]) -> list[Red]:
    return sorted(reds, key=lambda one: one.since or 0)


def _counted(scope: Scope) -> str:
    return _ON_BRANCH if scope.branches else _ON_DEFAULT


def _fetch(session: Session, sql: str, scope: Scope, **values: Any) -> Sequence[Any]:
    """Run a statement with the scope's values and its one branch, if it names any."""
    return fetch(session, sql, scope, branch=next(iter(scope.branches), None), **values)


def _newest_runs(session: Session, scope: Scope, *, since: int) -> dict[int, int]:
    """Return the newest finished run of each workflow that had one, by workflow."""
    chosen = ""
    if scope.workflows:
        chosen += " AND w.id IN :workflows"
    if scope.repositories:
        chosen += " AND w.repository_id IN :repositories"
    sql = _NEWEST.format(
        counted=f"{_counted(scope)} AND {_FINISHED}",
        time="created_at" if scope.branches else "started_at",
    )
    rows = _fetch(session, sql + chosen + " ORDER BY w.id", scope, since=since)
    return {workflow_id: run_id for workflow_id, run_id in rows if run_id is not None}


def _outcomes(session: Session, scope: Scope, run_ids: list[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for start in range(0, len(run_ids), 500):
        some = ", ".join(str(int(run_id)) for run_id in run_ids[start : start + 500])
        rows = fetch(
            session, f"SELECT id, outcome FROM runs WHERE latest AND id IN ({some})", scope
        )
        found.update({row[0]: row[1] for row in rows})
    return found


def _order(run: _Finished) -> tuple[int, int, int]:
    return (run.run_number if run.run_number is not None else -1, run.started_at, run.id)


def _explain(session: Session, scope: Scope, run_id: int, *, since: int) -> Red | None:
    newest = get_run(session, run_id=run_id)
    if newest is None:
        return None
    rows = _fetch(
        session,
        "SELECT id, run_number, started_at, created_at, outcome, head_sha FROM runs"
        f" WHERE workflow_id = :workflow AND {_counted(scope)} AND {_FINISHED}"
        " AND started_at >= :since"
        " ORDER BY started_at DESC, id DESC LIMIT :most",
        scope,
        workflow=newest.workflow_id,
        since=since,
        most=_LONGEST_STRETCH,
    )
    first: _Finished | None = None
    green: _Finished | None = None
    for run in sorted((_Finished(*row) for row in rows), key=_order, reverse=True):
        if run.outcome == Outcome.SUCCESS:
            green = run
            break
        first = run
    # Without a green run in sight the beginning is only known when the history was read whole.
    is_known = green is not None or len(rows) < _LONGEST_STRETCH
    return Red(
        newest=newest,
        first_bad=get_run(session, run_id=first.id) if first and is_known else None,
        last_green=get_run(session, run_id=green.id) if green else None,
        untested=_untested(session, scope, newest.repository_id, green, first),
        running=_find_running(session, scope, newest),
    )


def _untested(
    session: Session,
    scope: Scope,
    repository_id: int,
    green: _Finished | None,
    bad: _Finished | None,
) -> int:
    """Count other commits of the branch between the last green and the first bad one."""
    if green is None or bad is None:
        return 0
    ((count,),) = _fetch(
        session,
        "SELECT count(DISTINCT head_sha) FROM runs WHERE repository_id = :repository"
        f" AND {_counted(scope)} AND started_at > :green AND started_at < :bad"
        " AND created_at > :green_made AND head_sha NOT IN (:green_sha, :bad_sha)",
        scope,
        repository=repository_id,
        green=green.started_at,
        green_made=green.created_at,
        bad=bad.started_at,
        green_sha=green.head_sha or "",
        bad_sha=bad.head_sha or "",
    )
    return int(count)


def _find_running(session: Session, scope: Scope, newest: RunRow) -> RunRow | None:
    rows = _fetch(
        session,
        f"SELECT id FROM runs WHERE workflow_id = :workflow AND {_counted(scope)}"
        " AND status = 'in_progress' AND started_at > :started"
        " ORDER BY started_at DESC LIMIT 1",
        scope,
        workflow=newest.workflow_id,
        started=newest.started_at,
    )
    return get_run(session, run_id=rows[0][0]) if rows else None


def _default_branches(session: Session, scope: Scope) -> list[str]:
    """Return the names of the default branches, the most frequent first."""
    chosen = " AND id IN :repositories" if scope.repositories else ""
    rows = _fetch(
        session,
        "SELECT default_branch, count(*) AS n FROM repositories WHERE demo = :demo"
        f" AND default_branch IS NOT NULL{chosen} GROUP BY default_branch"
        " ORDER BY n DESC, default_branch",
        scope,
    )
    return [row[0] for row in rows]


def _last_event(session: Session, scope: Scope) -> int | None:
    chosen = " AND id IN :repositories" if scope.repositories else ""
    ((at,),) = fetch(
        session, f"SELECT max(last_event_at) FROM repositories WHERE demo = :demo{chosen}", scope
    )
    return None if at is None else int(at)


def _last_failure(session: Session, scope: Scope, *, since: int) -> int | None:
    # Walking back along the index of failures ends at once. An equality would make SQLite take
    # the index that begins with demo instead, and read every run there is.
    chosen = " AND head_branch = :branch" if scope.branches else " AND on_default"
    if scope.workflows:
        chosen += " AND workflow_id IN :workflows"
    if scope.repositories:
        chosen += " AND repository_id IN :repositories"
    rows = _fetch(
        session,
        "SELECT completed_at FROM runs WHERE latest AND outcome = 'failure'"
        f" AND NOT (demo <> :demo){chosen} AND completed_at >= :since"
        " ORDER BY completed_at DESC LIMIT 1",
        scope,
        since=since,
    )
    return int(rows[0][0]) if rows else None
