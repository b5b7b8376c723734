"""Is it broken, since when, by whom: one answer for the default branches of a scope.

A workflow is red when its newest finished run there failed. What was not run for ninety days has
no say: its last word is about code that nobody builds any more.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from msgspec import Struct
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
_FINISHED: Final = "latest AND on_default AND demo = :demo AND outcome IN ('success', 'failure')"
# Runs are ordered by their number; the newest few by time are enough to find the newest by number.
_NEWEST: Final = f"""SELECT w.id, (
    SELECT t.id FROM (
        SELECT id, run_number, started_at FROM runs
        WHERE workflow_id = w.id AND {_FINISHED} AND started_at >= :since
        ORDER BY started_at DESC, id DESC LIMIT 5) AS t
    ORDER BY t.run_number DESC NULLS LAST, t.started_at DESC, t.id DESC LIMIT 1) AS run_id
    FROM workflows w JOIN repositories r ON r.id = w.repository_id
    WHERE r.demo = :demo"""


class Red(Struct, frozen=True):
    """A workflow whose newest finished run failed."""

    # The newest failure.
    newest: RunRow
    # The first failure after the last success; None when it lies too far back.
    first_bad: RunRow | None
    last_green: RunRow | None
    # Commits between last_green and first_bad that this workflow never finished on.
    untested: int
    # A newer run is under way.
    is_recovering: bool

    @property
    def since(self) -> int | None:
        """The completion of the first failure."""
        return self.first_bad.completed_at if self.first_bad else None


class Verdict(Struct, frozen=True):
    """The answer; `red` has the one that has been red longest first."""

    total: int
    red: Sequence[Red]
    # More are red than are listed.
    failing: int
    branches: Sequence[str]
    last_event_at: int | None
    last_failure_at: int | None
    at: int

    @property
    def is_stale(self) -> bool:
        """Whether nothing has been heard for so long that green means nothing."""
        return self.last_event_at is not None and self.at - self.last_event_at > SILENT_AFTER


class _Finished(NamedTuple):
    id: int
    run_number: int | None
    started_at: int
    created_at: int
    outcome: str
    head_sha: str | None


def judge(session: Session, *, scope: Scope, at: int) -> Verdict:
    """Judge the default branches of a scope as they stand at an instant."""
    newest = _newest_runs(session, scope, since=at - CONSIDERED)
    outcomes = _outcomes(session, scope, list(newest.values()))
    failing = [run_id for run_id in newest.values() if outcomes.get(run_id) == Outcome.FAILURE]
    found = [_explain(session, scope, run_id, since=at - CONSIDERED)
             for run_id in failing[:_MOST_RED]]  # fmt: skip
    red = sorted(filter(None, found), key=lambda one: one.since or 0)
    return Verdict(
        total=len(newest),
        red=red,
        failing=len(failing),
        branches=_branches(session, scope),
        last_event_at=_last_event(session, scope),
        last_failure_at=_last_failure(session, scope, since=at - CONSIDERED),
        at=at,
    )


def _newest_runs(session: Session, scope: Scope, *, since: int) -> dict[int, int]:
    """Return the newest finished run of each workflow that had one, by workflow."""
    chosen = ""
    if scope.workflows:
        chosen += " AND w.id IN :workflows"
    if scope.repositories:
        chosen += " AND w.repository_id IN :repositories"
    rows = fetch(session, _NEWEST + chosen + " ORDER BY w.id", scope, since=since)
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
    rows = fetch(
        session,
        "SELECT id, run_number, started_at, created_at, outcome, head_sha FROM runs"
        f" WHERE workflow_id = :workflow AND {_FINISHED} AND started_at >= :since"
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
        is_recovering=_is_recovering(session, scope, newest),
    )


def _untested(
    session: Session,
    scope: Scope,
    repository_id: int,
    green: _Finished | None,
    bad: _Finished | None,
) -> int:
    """Count other commits of the default branch between the last green and the first bad one."""
    if green is None or bad is None:
        return 0
    ((count,),) = fetch(
        session,
        "SELECT count(DISTINCT head_sha) FROM runs WHERE repository_id = :repository AND latest"
        " AND on_default AND demo = :demo AND started_at > :green AND started_at < :bad"
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


def _is_recovering(session: Session, scope: Scope, newest: RunRow) -> bool:
    rows = fetch(
        session,
        "SELECT 1 FROM runs WHERE workflow_id = :workflow AND latest AND on_default"
        " AND demo = :demo AND status = 'in_progress' AND started_at > :started LIMIT 1",
        scope,
        workflow=newest.workflow_id,
        started=newest.started_at,
    )
    return bool(rows)


def _branches(session: Session, scope: Scope) -> list[str]:
    """Return the names of the default branches, the most frequent first."""
    chosen = " AND id IN :repositories" if scope.repositories else ""
    rows = fetch(
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
    chosen = ""
    if scope.workflows:
        chosen += " AND workflow_id IN :workflows"
    if scope.repositories:
        chosen += " AND repository_id IN :repositories"
    rows = fetch(
        session,
        "SELECT completed_at FROM runs WHERE latest AND outcome = 'failure' AND on_default"
        f" AND NOT (demo <> :demo){chosen} AND completed_at >= :since"
        " ORDER BY completed_at DESC LIMIT 1",
        scope,
        since=since,
    )
    return int(rows[0][0]) if rows else None
