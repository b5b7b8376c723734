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
from pulseboard.pipelines.reds import FINISHED, Red, ask, counted_sql, explain_reds, longest_first
from pulseboard.pipelines.remembered import Remembered

CONSIDERED: Final = 90 * clock.DAY
MOST_RED: Final = 50
# How the newest few runs of each workflow came out, read from an index alone (NULL without any),
# and of those of which one failed, whether it is the newest. Runs are ordered by their number; the
# newest few by time are enough to find the newest by number. First come the repositories, each
# with how many workflows have any; then workflows, each with its repository and its last success,
# which tells who has been red for long.
_STANDING: Final = """WITH told AS MATERIALIZED (SELECT w.id, w.repository_id, (
        SELECT sum(t.failed) FROM (
            SELECT CASE WHEN outcome = 'failure' THEN 1 ELSE 0 END AS failed FROM runs
            WHERE workflow_id = w.id AND {counted} AND {finished} AND created_at >= :since
            ORDER BY created_at DESC LIMIT 3) AS t) AS failed
        FROM workflows w
        WHERE w.repository_id IN (SELECT id FROM repositories WHERE demo = :demo){chosen})
    SELECT repository_id, NULL, count(failed) FROM told WHERE failed IS NOT NULL
    GROUP BY repository_id
    UNION ALL SELECT w.repository_id, w.id, (
        SELECT created_at FROM runs
        WHERE workflow_id = w.id AND {counted} AND outcome = 'success' AND created_at >= :since
        ORDER BY created_at DESC LIMIT 1)
    FROM told AS w WHERE failed > 0 AND 'failure' = (
        SELECT t.outcome FROM (
            SELECT id, run_number, started_at, outcome FROM runs
            WHERE workflow_id = w.id AND {counted} AND {finished} AND created_at >= :since
            ORDER BY created_at DESC, id DESC LIMIT 3) AS t
        ORDER BY t.run_number DESC NULLS LAST, t.started_at DESC, t.id DESC LIMIT 1)"""


class Home(Struct, frozen=True):
    """One repository: workflows with a finished run, and the last success of those that fail."""

    finished: int
    # By workflow; 0 where none is known.
    failing: Mapping[int, int]


class Health(Struct, frozen=True):
    """Every repository of a scope that has finished runs, and the workflows red for longest."""

    homes: Mapping[int, Home]
    # 50 at most.
    red: Sequence[Red]

    @property
    def total(self) -> int:
        """How many workflows have a finished run."""
        return sum(home.finished for home in self.homes.values())

    @property
    def failing(self) -> int:
        """How many of those failed last."""
        return sum(len(home.failing) for home in self.homes.values())


_remembered: Final = Remembered[Health]()


def read_health(session: Session, *, scope: Scope, at: int) -> Health:
    """Return the health of the one branch that a scope names, else of the default branches."""
    since = at - CONSIDERED
    return _remembered.get(
        session,
        scope,
        at=at,
        make=lambda: _look(session, scope, since=since),
        renew=lambda health, touched: _look_again(
            session, scope, health, touched=touched, since=since
        ),
    )


def _look(session: Session, scope: Scope, *, since: int) -> Health:
    homes = _read_homes(session, scope, since=since)
    worst = _worst(homes)
    return Health(homes, explain_reds(session, scope=scope, workflow_ids=worst, since=since))


def _look_again(
    session: Session, scope: Scope, health: Health, *, touched: Sequence[int], since: int
) -> Health:
    """Return the health after something was written about some repositories."""
    again = set(touched)
    if scope.repositories:
        again &= set(scope.repositories)
    if not again:
        return health
    changed = _read_homes(session, structs.replace(scope, repositories=tuple(again)), since=since)
    kept = {number: home for number, home in health.homes.items() if number not in again}
    homes = {**kept, **changed}
    known = {
        red.newest.workflow_id: red for red in health.red if red.newest.repository_id not in again
    }
    worst = _worst(homes)
    new = [number for number in worst if number not in known]
    explained = explain_reds(session, scope=scope, workflow_ids=new, since=since)
    still = [known[number] for number in worst if number in known]
    return Health(homes, longest_first([*still, *explained]))


def _worst(homes: Mapping[int, Home]) -> list[int]:
    """Return the workflows that had no success for longest."""
    failing = [(last, number) for home in homes.values() for number, last in home.failing.items()]
    return [number for _, number in sorted(failing)[:MOST_RED]]


def _read_homes(session: Session, scope: Scope, *, since: int) -> dict[int, Home]:
    """Look at the newest finished runs of every workflow of a scope."""
    chosen = ""
    if scope.workflows:
        chosen += " AND w.id IN :workflows"
    if scope.repositories:
        chosen += " AND w.repository_id IN :repositories"
    sql = _STANDING.format(counted=counted_sql(scope), finished=FINISHED, chosen=chosen)
    finished: dict[int, int] = {}
    failing: dict[int, dict[int, int]] = {}
    for repository_id, workflow_id, value in ask(session, sql, scope, since=since):
        if workflow_id is None:
            finished[repository_id] = int(value)
        else:
            failing.setdefault(repository_id, {})[workflow_id] = int(value or 0)
    return {number: Home(count, failing.get(number, {})) for number, count in finished.items()}
