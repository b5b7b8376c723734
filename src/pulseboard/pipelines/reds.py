"""What is red on a branch: since which run, after which success, and whether a fix is running."""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.orm import Session

from pulseboard.db.engine import answer_each, listed
from pulseboard.metrics.conditions import as_json
from pulseboard.metrics.scope import Scope, fetch
from pulseboard.model import Run
from pulseboard.pipelines.filters import FORGOTTEN_SQL, STALE_AFTER
from pulseboard.pipelines.rows import RunRow, select_runs
from pulseboard.vocabulary import Outcome

# How far a red stretch is followed back, at first and at most; one that is longer than this has no
# known beginning.
_LOOKED_AT: Final = 20
_LONGEST_STRETCH: Final = 500
# The newest few by time are enough to find the newest by number.
NEWEST: Final = 3
# SQLite joins no more than 500 queries into one.
_MOST_AT_ONCE: Final = 200
# Stands for the number of a run's latest attempt.
_LATEST: Final = 0
# A fork's branch is not ours of the same name. Indexes of branches know only the first half, which
# spares looking at most runs of a default branch.
OWN_SQL: Final = "(on_default OR head_repository IS NULL)"
FINISHED: Final = "outcome IN ('success', 'failure')"


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


class Finished(NamedTuple):
    """What a run came to; of one that is being run again, what it came to before."""

    workflow_id: int
    id: int
    attempt: int
    run_number: int | None
    started_at: int
    created_at: int
    outcome: str
    head_sha: str | None

    @property
    def key(self) -> tuple[int, int]:
        """The attempt it was."""
        return (self.id, self.attempt)

    @property
    def order(self) -> tuple[int, int, int]:
        """Where it stands among the runs of its workflow; the newest has the greatest."""
        return (-1 if self.run_number is None else self.run_number, self.started_at, self.id)


order_of: Final = attrgetter("order")


class _Stretch(NamedTuple):
    """From the last success of a workflow to its newest failure."""

    newest: Finished
    first: Finished | None
    green: Finished | None


def counted_sql(scope: Scope) -> str:
    """Return the condition on the runs of the one branch that a scope names, else the default."""
    branch = f"head_branch = :branch AND {OWN_SQL}" if scope.branches else "on_default"
    return f"latest AND {branch} AND demo = :demo"


def ask(session: Session, sql: str, scope: Scope, **values: Any) -> Sequence[Any]:
    """Run a statement with the scope's values and its one branch, if it names any."""
    return fetch(session, sql, scope, branch=next(iter(scope.branches), None), **values)


def explain_reds(
    session: Session, *, scope: Scope, workflow_ids: Sequence[int], since: int, at: int
) -> list[Red]:
    """Return what is known of workflows whose newest finished run failed, red longest first.

    One that turns out to have succeeded last is left out.
    """
    followed = _follow_back(session, scope, workflow_ids, since=since)
    failed = Outcome.FAILURE
    stretches = {number: one for number, one in followed.items() if one.newest.outcome == failed}
    untested = _count_untested(session, scope, stretches)
    running = _find_running(session, scope, stretches, at=at)
    runs = _read_runs(session, stretches, running.values())
    found = [
        Red(
            newest=runs[stretch.newest.key],
            first_bad=runs.get(stretch.first.key) if stretch.first else None,
            last_green=runs.get(stretch.green.key) if stretch.green else None,
            untested=untested.get(workflow_id, 0),
            running=runs.get((running.get(workflow_id, -1), _LATEST)),
        )
        for workflow_id, stretch in stretches.items()
        if stretch.newest.key in runs
    ]
    return longest_first(found)


def longest_first(reds: Iterable[Red]) -> list[Red]:
    """Return reds by how long they have been so; an unknown beginning lies farthest back."""
    return sorted(reds, key=lambda one: one.since or 0)


def _follow_back(
    session: Session, scope: Scope, workflow_ids: Sequence[int], *, since: int
) -> dict[int, _Stretch]:
    found: dict[int, _Stretch] = {}
    left = list(workflow_ids)
    again = list_run_again(session, scope, left, since=since)
    for most in (_LOOKED_AT, _LONGEST_STRETCH):
        runs = list_finished(session, scope, left, since=since, most=most)
        for workflow_id in left:
            # Without a green run in sight the beginning is only known when all was read.
            is_whole = len(runs.get(workflow_id, ())) < most
            told = [*runs.get(workflow_id, ()), *again.get(workflow_id, ())]
            stretch = _stretch_of(told, is_whole=is_whole)
            if stretch is not None:
                found[workflow_id] = stretch
        left = [one for one in left if one in found and found[one].first is None]
    return found


def _stretch_of(runs: Sequence[Finished], *, is_whole: bool) -> _Stretch | None:
    newest = first = green = None
    for run in sorted(runs, key=order_of, reverse=True):
        newest = newest or run
        if run.outcome == Outcome.SUCCESS:
            green = run
            break
        first = run
    if newest is None:
        return None
    return _Stretch(newest, first if green or is_whole else None, green)


def list_finished(
    session: Session, scope: Scope, workflow_ids: Sequence[int], *, since: int, most: int
) -> dict[int, list[Finished]]:
    """Return the newest finished runs of each workflow."""
    found: dict[int, list[Finished]] = {}
    for start in range(0, len(workflow_ids), _MOST_AT_ONCE):
        some = workflow_ids[start : start + _MOST_AT_ONCE]
        for row in _ask_finished(session, scope, some, since=since, most=most):
            found.setdefault(row[0], []).append(Finished(*row))
    return found


def _ask_finished(
    session: Session, scope: Scope, workflow_ids: Sequence[int], *, since: int, most: int
) -> Sequence[Any]:
    # The indexes of a workflow and of a branch end in different times.
    time = "created_at" if scope.branches else "started_at"
    # One look into the index for each; told as text, since the same thing as fifty expressions
    # takes longer to spell than to answer.
    newest = (
        "SELECT * FROM (SELECT {number} AS workflow_id, id, attempt, run_number, started_at,"
        " created_at, outcome, head_sha FROM runs WHERE workflow_id = {number}"
        f" AND {counted_sql(scope)} AND {FINISHED} AND {time} >= :since"
        f" ORDER BY {time} DESC, id DESC LIMIT :most) AS of_{{number}}"
    )
    sql = " UNION ALL ".join(newest.format(number=int(number)) for number in workflow_ids)
    return ask(session, sql, scope, since=since, most=most)


def list_run_again(
    session: Session, scope: Scope, workflow_ids: Sequence[int], *, since: int
) -> dict[int, list[Finished]]:
    """Return what those of the newest runs came to before that are being run again just now.

    Until the new attempt has finished, the one before it is the last word on the run.
    """
    if not workflow_ids:
        return {}
    sql = answer_each(
        session,
        listed(session, "given", columns=("bigint",)),
        names=("number",),
        select="p.id, p.attempt, p.run_number, p.started_at, p.created_at, p.outcome, p.head_sha",
        source="runs r JOIN runs p ON p.id = r.id AND p.attempt = ("
        f"SELECT max(b.attempt) FROM runs b WHERE b.id = r.id AND NOT b.latest AND b.{FINISHED})"
        " WHERE r.id IN (SELECT n.id FROM (SELECT id, outcome FROM runs"
        f" WHERE workflow_id = number AND {counted_sql(scope)} AND created_at >= :since"
        f" ORDER BY created_at DESC, id DESC LIMIT {NEWEST}) AS n WHERE n.outcome = 'open')"
        " AND r.latest",
        group="p.id, p.attempt",
    )
    found: dict[int, list[Finished]] = {}
    for row in ask(session, sql, scope, given=as_json(workflow_ids), since=since):
        found.setdefault(row[0], []).append(Finished(*row))
    return found


def _count_untested(
    session: Session, scope: Scope, stretches: dict[int, _Stretch]
) -> dict[int, int]:
    """Count other commits of the branch between the last green and the first bad one."""
    given = [
        (number, green.started_at, bad.started_at, green.created_at, green.head_sha or "",
         bad.head_sha or "")
        for number, (_, bad, green) in stretches.items()
        if green is not None and bad is not None
    ]  # fmt: skip
    if not given:
        return {}
    sql = answer_each(
        session,
        listed(session, "given", columns=("bigint", "bigint", "bigint", "bigint", "text", "text")),
        names=("number", "after", "before", "made", "green_sha", "bad_sha"),
        select="count(DISTINCT head_sha)",
        source="runs WHERE repository_id ="
        " (SELECT repository_id FROM workflows WHERE workflows.id = number)"
        f" AND {counted_sql(scope)} AND started_at > after AND started_at < before"
        " AND created_at > made AND head_sha NOT IN (green_sha, bad_sha)",
    )
    return {row[0]: int(row[1]) for row in ask(session, sql, scope, given=as_json(given))}


def _find_running(
    session: Session, scope: Scope, stretches: dict[int, _Stretch], *, at: int
) -> dict[int, int]:
    """Return a newer run or attempt that is under way, by workflow."""
    given = [(number, one.newest.started_at) for number, one in stretches.items()]
    if not given:
        return {}
    sql = answer_each(
        session,
        listed(session, "given", columns=("bigint", "bigint")),
        names=("number", "began"),
        select="max(id)",
        source=f"runs WHERE workflow_id = number AND {counted_sql(scope)}"
        f" AND status = 'in_progress' AND started_at > began AND NOT {FORGOTTEN_SQL}",
    )
    forgotten = at - STALE_AFTER
    rows = ask(session, sql, scope, given=as_json(given), forgotten_before=forgotten)
    return {row[0]: int(row[1]) for row in rows if row[1] is not None}


def _read_runs(
    session: Session, stretches: dict[int, _Stretch], more: Iterable[int]
) -> dict[tuple[int, int], RunRow]:
    """Return attempts by run and number; each latest one stands under _LATEST as well."""
    wanted = {run.key for stretch in stretches.values() for run in stretch if run is not None}
    ids = {run_id for run_id, _ in wanted}
    chosen = text("runs.latest"), Run.id.in_([*ids, *more])
    found: dict[tuple[int, int], RunRow] = {}
    for row in session.execute(select_runs().where(*chosen)):
        run = RunRow(*row)
        found[run.id, run.attempt] = found[run.id, _LATEST] = run
    # Few runs are being run again at any time, most of the time none.
    for run_id, attempt in sorted(wanted - found.keys()):
        earlier = select_runs().where(Run.id == run_id, Run.attempt == attempt)
        for row in session.execute(earlier):
            found[run_id, attempt] = RunRow(*row)
    return found
