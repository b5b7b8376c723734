"""Keeping the counts: what a run adds to them, and the writer's differences."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy.orm import Session

from pulseboard.db.bulk import Upsert
from pulseboard.metrics import tables
from pulseboard.metrics.counts import COUNT_COLUMNS, OUTCOME_COLUMNS, TIMED_OUTCOMES
from pulseboard.metrics.recount import recount
from pulseboard.metrics.stats import bin_of
from pulseboard.metrics.tables import Counts
from pulseboard.metrics.tiers import (
    FLEET_TIERS,
    WORKFLOW_BIN_TIERS,
    WORKFLOW_TIERS,
    bucket_start,
)
from pulseboard.model import FleetCount, WorkflowBin, WorkflowCount
from pulseboard.vocabulary import Outcome

__all__ = ["Contribution", "Deltas", "apply", "recount"]

_TOTAL: Final = COUNT_COLUMNS.index("total")
_TIMED: Final = COUNT_COLUMNS.index("timed")
_DURATION_SUM: Final = COUNT_COLUMNS.index("duration_sum")
_OUTCOMES: Final = {outcome: COUNT_COLUMNS.index(outcome) for outcome in OUTCOME_COLUMNS}


class Contribution(NamedTuple):
    """What the latest attempt of one run adds to the counts. `lane` is demo * 2 + on_default."""

    repository_id: int
    workflow_id: int
    lane: int
    created_at: int
    outcome: str
    # Microseconds, None when unknown.
    duration: int | None

    @property
    def timed(self) -> int | None:
        """Return the duration if it enters averages and percentiles."""
        return self.duration if self.outcome in TIMED_OUTCOMES else None


class Deltas:
    """The difference a batch makes; what is added and removed again comes to nothing."""

    def __init__(self) -> None:
        self._signed: list[tuple[Contribution, int]] = []

    def add(self, contribution: Contribution) -> None:
        """Count one more."""
        self._signed.append((contribution, 1))

    def remove(self, contribution: Contribution) -> None:
        """Count one fewer."""
        self._signed.append((contribution, -1))

    def __iter__(self) -> Iterator[tuple[Contribution, int]]:
        """Yield each contribution with 1, or with -1 when it is no longer to be counted."""
        return iter(self._signed)


class Change:
    """A batch's differences on their way into the tables; the writer lock must be held.

    The rows that have to be read first are asked for at once, so that PostgreSQL finds them before
    it is given everything else that a batch writes.
    """

    def __init__(self, session: Session, deltas: Deltas) -> None:
        self._session = session
        self._fleet, self._workflows = Counts(FLEET_TIERS), Counts(WORKFLOW_TIERS)
        self._bins, self._failures = tables.fleet_bins(), tables.failures()
        self._workflow_bins: dict[tuple[int, int, int, int, int], int] = {}
        for contribution, times in deltas:
            self._add(contribution, times)
        self._bins.ask(session)
        self._failures.ask(session)

    def _add(self, contribution: Contribution, times: int) -> None:
        _, workflow_id, lane, at, outcome, _ = contribution
        duration = contribution.timed
        changes = _changes_of(outcome, duration, times)
        self._fleet.add(at, (lane,), changes)
        self._workflows.add(at, (workflow_id, lane), changes)
        if outcome == Outcome.FAILURE:
            self._failures.add(at, lane, workflow_id, times)
        if duration is not None:
            number = bin_of(duration)
            self._bins.add(at, lane, number, times)
            counts = self._workflow_bins
            for tier in WORKFLOW_BIN_TIERS:
                key = (workflow_id, tier, lane, bucket_start(tier, at), number)
                counts[key] = counts.get(key, 0) + times

    def write(self) -> None:
        """Add the differences to the tables."""
        session = self._session
        _FLEET.execute_tuples(session, self._fleet.rows())
        _WORKFLOWS.execute_tuples(session, self._workflows.rows())
        rows = [(*key, n) for key, n in sorted(self._workflow_bins.items()) if n]
        _WORKFLOW_BINS.execute_tuples(session, rows)
        self._bins.write(session)
        self._failures.write(session)


def apply(session: Session, deltas: Deltas) -> None:
    """Add differences to the tables in one go; the writer lock must be held."""
    Change(session, deltas).write()


def _changes_of(outcome: str, duration: int | None, times: int) -> Sequence[tuple[int, int]]:
    """Return which of COUNT_COLUMNS a contribution changes, and by how much."""
    if duration is None:
        return ((_TOTAL, times), (_OUTCOMES[outcome], times))
    return (
        (_TOTAL, times), (_OUTCOMES[outcome], times),
        (_TIMED, times), (_DURATION_SUM, times * duration),
    )  # fmt: skip


def _adding(table: str, columns: Sequence[str]) -> dict[str, str]:
    return {column: f"{table}.{column} + excluded.{column}" for column in columns}


_FLEET: Final = Upsert(
    FleetCount,
    conflict=("tier", "start", "lane"),
    updates=_adding("rollup_fleet", COUNT_COLUMNS),
)
_WORKFLOWS: Final = Upsert(
    WorkflowCount,
    conflict=("tier", "start", "workflow_id", "lane"),
    updates=_adding("rollup_workflows", COUNT_COLUMNS),
)
_WORKFLOW_BINS: Final = Upsert(
    WorkflowBin,
    conflict=("workflow_id", "tier", "lane", "start", "bin"),
    updates=_adding("rollup_workflow_bins", ("n",)),
)
