"""A scope as SQL conditions on rollups and runs, and the reading of rows by them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import TextClause

from pulseboard.db.engine import among, is_postgresql, listed
from pulseboard.metrics.counts import LANE_SQL
from pulseboard.metrics.scope import Scope

Rows = Sequence[Sequence[Any]]


class Conditions(NamedTuple):
    """A scope in SQL: what has to hold of a row of a rollup and of a row of runs, and the values.

    Values are JSON text, so that a statement is the same however many ids a scope names.
    """

    rollups: str
    runs: str
    values: Mapping[str, str]


def conditions_of(session: Session, scope: Scope, *, by_time: bool = False) -> Conditions:
    """Return the conditions that a scope puts on rollups and runs.

    `by_time` spells them so that no index by workflow or branch is chosen over one by time.
    """
    column, branch = "workflow_id", "head_branch"
    if by_time:
        column, branch = "workflow_id + 0", "coalesce(head_branch, '')"
    lanes = ", ".join(map(str, scope.lanes))
    # Neighbouring lanes are one stretch of a key; as a list they would be looked up one by one.
    rollups = [f"lane BETWEEN {scope.lanes[0]} AND {scope.lanes[-1]}"]
    runs = [f"{LANE_SQL} IN ({lanes})"]
    if scope.impossible:
        rollups.append("1 = 0")
        runs.append("1 = 0")
    # Of a branch alone SQLite finds the runs of a window from workflow to workflow by its index;
    # PostgreSQL would look through the list of all of them for each run.
    is_narrow = scope.workflows or scope.repositories
    if is_narrow or (scope.branches and not is_postgresql(session)):
        workflows = among(session, _workflows_sql(session, scope))
        rollups.append(f"{column} {workflows}")
        runs.append(f"{column} {workflows}")
    if scope.branches:
        named = listed(session, "branches", columns=("text",))
        runs.append(f"{branch} {among(session, named)}")
    values = {
        "repositories": scope.repositories,
        "workflows": scope.workflows,
        "branches": scope.branches,
    }
    given = {name: json.dumps(value) for name, value in values.items() if value}
    return Conditions(" AND ".join(rollups), " AND ".join(runs), given)


def _workflows_sql(session: Session, scope: Scope) -> str:
    """Return a query of the ids of a scope's workflows."""
    if scope.workflows and not scope.repositories:
        return listed(session, "workflows")
    limits = {"id": scope.workflows, "repository_id": scope.repositories}
    names = {"id": "workflows", "repository_id": "repositories"}
    wanted = " AND ".join(
        f"{column} {among(session, listed(session, names[column]))}"
        for column, ids in limits.items()
        if ids
    )
    return f"SELECT id FROM workflows{' WHERE ' + wanted if wanted else ''}"


def read(session: Session, sql: str, values: Mapping[str, Any], **more: Any) -> Rows:
    """Run a statement and return its rows."""
    return session.connection().execute(_statement(sql), {**values, **more}).all()


@lru_cache(maxsize=512)
def _statement(sql: str) -> TextClause:
    return text(sql)


def as_json(values: Iterable[Any]) -> str:
    """Return values as the JSON text that `listed` reads."""
    return json.dumps(list(values))
