"""Which workflows are red on the branch of a scope, and why; found out once for all cards.

Looking at every workflow takes long where there are thousands of them. What was found is kept, and
when something is written only the workflows of the repositories it was about are looked at again.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct, structs
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.metrics.scope import Scope
from pulseboard.pipelines.reds import (
    FINISHED,
    NEWEST,
    Finished,
    Red,
    ask,
    counted_sql,
    explain_reds,
    list_finished,
    list_run_again,
    longest_first,
    order_of,
)
from pulseboard.pipelines.remembered import Remembered
from pulseboard.vocabulary import Outcome

CONSIDERED: Final = 90 * clock.DAY
# So many are explained at most; of the others it is only known that they are red.
MOST_RED: Final = 500
# How the newest few runs of each workflow came out, read from an index alone (NULL without any),
# and of those of which one failed, whether it is the newest. Runs are ordered by their number; the
# newest few by time are enough to find the newest by number. First come the repositories, each
# with how many workflows have any; then workflows, each with its repository and its last success,
# which tells who has been red for long; then those of whose newest few runs one is under way.
_STANDING: Final = """WITH told AS MATERIALIZED (SELECT w.id, w.repository_id, (
        SELECT sum(t.failed) FROM (
            SELECT CASE WHEN outcome = 'failure' THEN 1 ELSE 0 END AS failed FROM runs
            WHERE workflow_id = w.id AND {counted} AND {finished} AND created_at >= :since
            ORDER BY created_at DESC LIMIT {newest}) AS t) AS failed, (
        SELECT sum(t.open) FROM (
            SELECT CASE WHEN outcome = 'open' THEN 1 ELSE 0 END AS open FROM runs
            WHERE workflow_id = w.id AND {counted} AND created_at >= :since
            ORDER BY created_at DESC LIMIT {newest}) AS t) AS open
        FROM workflows w
        WHERE w.repository_id IN (SELECT id FROM repositories WHERE demo = :demo){chosen})
    SELECT repository_id, NULL, count(failed), 0 FROM told WHERE failed IS NOT NULL
    GROUP BY repository_id
    UNION ALL SELECT repository_id, id, failed, 1 FROM told WHERE open > 0
    UNION ALL SELECT w.repository_id, w.id, (
        SELECT created_at FROM runs
        WHERE workflow_id = w.id AND {counted} AND outcome = 'success' AND created_at >= :since
        ORDER BY created_at DESC LIMIT 1), 0
    FROM told AS w WHERE failed > 0 AND 'failure' = (
        SELECT t.outcome FROM (
            SELECT id, run_number, started_at, outcome FROM runs
            WHERE workflow_id = w.id AND {counted} AND {finished} AND created_at >= :since
            ORDER BY created_at DESC, id DESC LIMIT {newest}) AS t
        ORDER BY t.run_number DESC NULLS LAST, t.started_at DESC, t.id DESC LIMIT 1)"""


class Home(Struct, frozen=True):
    """One repository: workflows with a finished run, and the last success of those that fail."""

    finished: int
    # By workflow; 0 where none is known.
    failing: Mapping[int, int]


class Health(Struct, frozen=True):
    """Every repository of a scope that has finished runs, and the workflows red for longest."""

    homes: Mapping[int, Home]
    # 500 at most.
    red: Sequence[Red]

    @property
    def total(self) -> int:
        """How many workflows have a finished run."""
        return sum(home.finished for home in self.homes.values())

    @property
    def failing(self) -> int:
        """How many of those failed last."""
        return sum(len(home.failing) for home in self.homes.values())

    @property
    def failing_ids(self) -> list[int]:
        """Return the workflows that failed last, those without a success for longest first."""
        return _longest_failing(self.homes)


_remembered: Final = Remembered[Health]()


def read_health(session: Session, *, scope: Scope, at: int) -> Health:
    """Return the health of the one branch that a scope names, else of the default branches."""
    return _remembered.get(
        session,
        scope,
        at=at,
        make=lambda: _look(session, scope, at=at),
        renew=lambda health, touched: _look_again(session, scope, health, touched=touched, at=at),
    )


def _look(session: Session, scope: Scope, *, at: int) -> Health:
    since = at - CONSIDERED
    homes = _read_homes(session, scope, since=since)
    worst = _worst(homes)
    reds = explain_reds(session, scope=scope, workflow_ids=worst, since=since, at=at)
    return Health(_without_greens(homes, worst, reds), reds)


def _look_again(
    session: Session, scope: Scope, health: Health, *, touched: Sequence[int], at: int
) -> Health:
    """Return the health after something was written about some repositories."""
    again = set(touched)
    if scope.repositories:
        again &= set(scope.repositories)
    if not again:
        return health
    since = at - CONSIDERED
    changed = _read_homes(session, structs.replace(scope, repositories=tuple(again)), since=since)
    kept = {number: home for number, home in health.homes.items() if number not in again}
    homes = {**kept, **changed}
    known = {
        red.newest.workflow_id: red for red in health.red if red.newest.repository_id not in again
    }
    worst = _worst(homes)
    new = [number for number in worst if number not in known]
    explained = explain_reds(session, scope=scope, workflow_ids=new, since=since, at=at)
    still = [known[number] for number in worst if number in known]
    return Health(_without_greens(homes, new, explained), longest_first([*still, *explained]))


def _without_greens(
    homes: Mapping[int, Home], looked_at: Sequence[int], reds: Sequence[Red]
) -> Mapping[int, Home]:
    """Leave out those that seemed to fail and were found to have succeeded last.

    Where numbers are out of step with time, the newest few by time do not hold the newest by
    number; looking further back finds it.
    """
    greens = set(looked_at) - {red.newest.workflow_id for red in reds}
    if not greens:
        return homes
    return {
        number: structs.replace(
            home, failing={one: last for one, last in home.failing.items() if one not in greens}
        )
        for number, home in homes.items()
    }


def _worst(homes: Mapping[int, Home]) -> list[int]:
    return _longest_failing(homes)[:MOST_RED]


def _longest_failing(homes: Mapping[int, Home]) -> list[int]:
    failing = [(last, number) for home in homes.values() for number, last in home.failing.items()]
    return [number for _, number in sorted(failing)]


def _read_homes(session: Session, scope: Scope, *, since: int) -> dict[int, Home]:
    """Look at the newest finished runs of every workflow of a scope."""
    chosen = ""
    if scope.workflows:
        chosen += " AND w.id IN :workflows"
    if scope.repositories:
        chosen += " AND w.repository_id IN :repositories"
    sql = _STANDING.format(
        counted=counted_sql(scope), finished=FINISHED, chosen=chosen, newest=NEWEST
    )
    finished: dict[int, int] = {}
    failing: dict[int, dict[int, int]] = {}
    # By workflow: its repository, and whether any of its runs has finished.
    busy: dict[int, tuple[int, bool]] = {}
    for repository_id, workflow_id, value, is_busy in ask(session, sql, scope, since=since):
        if workflow_id is None:
            finished[repository_id] = int(value)
        elif is_busy:
            busy[workflow_id] = (repository_id, value is not None)
        else:
            failing.setdefault(repository_id, {})[workflow_id] = int(value or 0)
    for workflow_id, newest in _last_words(session, scope, list(busy), since=since).items():
        repository_id, has_finished = busy[workflow_id]
        finished[repository_id] = finished.get(repository_id, 0) + (not has_finished)
        reds = failing.setdefault(repository_id, {})
        if newest.outcome != Outcome.FAILURE:
            reds.pop(workflow_id, None)
        else:
            reds.setdefault(workflow_id, 0)
    return {number: Home(count, failing.get(number, {})) for number, count in finished.items()}


def _last_words(
    session: Session, scope: Scope, workflow_ids: Sequence[int], *, since: int
) -> dict[int, Finished]:
    """Return what the newest run came to, where one of the newest few is being run again."""
    again = list_run_again(session, scope, workflow_ids, since=since)
    finished = list_finished(session, scope, list(again), since=since, most=NEWEST)
    return {
        number: max([*before, *finished.get(number, ())], key=order_of)
        for number, before in again.items()
    }
