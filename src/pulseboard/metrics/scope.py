"""Which runs a question is about, and the totals that answer it."""

from collections.abc import Sequence
from operator import add
from typing import Any

from msgspec import Struct, structs
from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import BindParameter, TextClause


class Scope(Struct, frozen=True):
    """The runs a question is about; everything empty means all of them, on every branch."""

    repositories: tuple[int, ...] = ()
    workflows: tuple[int, ...] = ()
    # Named branches; `default_only` asks for each repository's default branch instead.
    branches: tuple[str, ...] = ()
    default_only: bool = False
    demo: bool = False
    # Nothing can match: a filter named something that is not there.
    impossible: bool = False

    @property
    def is_fleet(self) -> bool:
        """Say whether the counts of all repositories together answer it."""
        return not (self.repositories or self.workflows or self.branches)

    @property
    def lanes(self) -> tuple[int, ...]:
        """Return the lanes of the rollups that hold these runs."""
        first = 2 if self.demo else 0
        return (first + 1,) if self.default_only else (first, first + 1)

    def values(self) -> dict[str, Any]:
        """Return the values that the conditions bind."""
        return {
            "lanes": self.lanes,
            "demo": self.demo,
            "repositories": self.repositories or (0,),
            "workflows": self.workflows or (0,),
            "branches": self.branches or ("",),
        }

    def runs_sql(self) -> str:
        """Return the condition on rows of runs."""
        # An equality would lure SQLite away from the index that begins with created_at.
        conditions = ["demo" if self.demo else "NOT demo"]
        if self.impossible:
            conditions.append("1 = 0")
        if self.default_only:
            conditions.append("on_default")
        if self.branches:
            conditions.append("head_branch IN :branches")
        conditions += self._workflow_sql()
        return " AND ".join(conditions)

    def _workflow_sql(self) -> list[str]:
        found = []
        if self.workflows:
            found.append("workflow_id IN :workflows")
        if self.repositories:
            found.append(
                "workflow_id IN (SELECT id FROM workflows WHERE repository_id IN :repositories)"
            )
        return found


class Totals(Struct, frozen=True):
    """How many runs came to which outcome; durations in microseconds over the `timed` ones."""

    total: int = 0
    success: int = 0
    failure: int = 0
    cancelled: int = 0
    skipped: int = 0
    other: int = 0
    open: int = 0
    timed: int = 0
    duration_sum: int = 0

    @property
    def finished(self) -> int:
        """Return the denominator of the success rate."""
        return self.success + self.failure

    @property
    def success_rate(self) -> float | None:
        """Return success / (success + failure); None when nothing has finished."""
        return self.success / self.finished if self.finished else None

    @property
    def failure_rate(self) -> float | None:
        """Return failure / (success + failure); None when nothing has finished."""
        return self.failure / self.finished if self.finished else None

    @property
    def average(self) -> float | None:
        """Return the mean duration in microseconds; None when no duration is known."""
        return self.duration_sum / self.timed if self.timed else None

    def plus(self, other: "Totals") -> "Totals":
        """Return the sum of both."""
        return Totals(*map(add, structs.astuple(self), structs.astuple(other)))


def bound(sql: str) -> TextClause:
    """Return a statement in which the names of Scope.values bind, lists as lists."""
    lists = ("lanes", "repositories", "workflows", "branches")
    used: list[BindParameter[Any]] = [
        bindparam(name, expanding=True) for name in lists if f":{name}" in sql
    ]
    return text(sql).bindparams(*used)


def fetch(session: Session, sql: str, scope: Scope, **values: Any) -> Sequence[Any]:
    """Run a statement with the scope's values and return its rows."""
    given = {k: v for k, v in {**scope.values(), **values}.items() if f":{k}" in sql}
    return session.execute(bound(sql), given).all()
