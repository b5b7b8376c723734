"""Keeping the counts: what a run adds to them, the writer's differences, and the recount."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from pulseboard.db.engine import Upsert, is_postgresql, register_function
from pulseboard.metrics.stats import BIN_EDGES, bin_of
from pulseboard.metrics.tiers import (
    FLEET_BIN_TIERS,
    FLEET_TIERS,
    WIDTHS,
    WORKFLOW_BIN_TIERS,
    WORKFLOW_TIERS,
    Tier,
)
from pulseboard.model import FleetBin, FleetCount, WorkflowBin, WorkflowCount
from pulseboard.vocabulary import Outcome

OUTCOME_COLUMNS: Final = ("success", "failure", "cancelled", "skipped", "other", "open")
COUNT_COLUMNS: Final = ("total", *OUTCOME_COLUMNS, "timed", "duration_sum")
_TIMED: Final = frozenset({Outcome.SUCCESS, Outcome.FAILURE})


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
    def is_timed(self) -> bool:
        """Say whether its duration enters averages and percentiles."""
        return self.duration is not None and self.outcome in _TIMED


class Deltas:
    """The difference a batch makes; adding and removing the same thing leaves none."""

    def __init__(self) -> None:
        self._signed: Counter[Contribution] = Counter()

    def add(self, contribution: Contribution) -> None:
        """Count one more."""
        self._signed[contribution] += 1

    def remove(self, contribution: Contribution) -> None:
        """Count one fewer."""
        self._signed[contribution] -= 1

    def __iter__(self) -> Iterator[tuple[Contribution, int]]:
        """Yield each contribution with the signed number of times it is to be counted."""
        return ((c, n) for c, n in self._signed.items() if n)


def _adding(table: str, columns: Sequence[str]) -> dict[str, str]:
    return {column: f"{table}.{column} + excluded.{column}" for column in columns}


_FLEET: Final = Upsert(
    FleetCount,
    conflict=("tier", "lane", "start"),
    updates=_adding("rollup_fleet", COUNT_COLUMNS),
)
_FLEET_BINS: Final = Upsert(
    FleetBin,
    conflict=("tier", "lane", "start", "bin"),
    updates=_adding("rollup_fleet_bins", ("n",)),
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


class _Tables:
    """The rows of one application, summed by key."""

    def __init__(self) -> None:
        self.fleet: dict[tuple[int, ...], list[int]] = {}
        self.fleet_bins: Counter[tuple[int, ...]] = Counter()
        self.workflows: dict[tuple[int, ...], list[int]] = {}
        self.workflow_bins: Counter[tuple[int, ...]] = Counter()

    def count(self, contribution: Contribution, times: int) -> None:
        at, lane = contribution.created_at, contribution.lane
        workflow = contribution.workflow_id
        counts = _counts_of(contribution, times)
        for tier in FLEET_TIERS:
            _sum_into(self.fleet, (tier, lane, _start(tier, at)), counts)
        for tier in WORKFLOW_TIERS:
            key = (tier, _start(tier, at), workflow, lane, contribution.repository_id)
            _sum_into(self.workflows, key, counts)
        if contribution.is_timed and contribution.duration is not None:
            number = bin_of(contribution.duration)
            for tier in FLEET_BIN_TIERS:
                self.fleet_bins[tier, lane, _start(tier, at), number] += times
            for tier in WORKFLOW_BIN_TIERS:
                self.workflow_bins[workflow, tier, lane, _start(tier, at), number] += times


def _start(tier: Tier, at: int) -> int:
    return at // WIDTHS[tier] * WIDTHS[tier]


def _counts_of(contribution: Contribution, times: int) -> list[int]:
    counts = [0] * len(COUNT_COLUMNS)
    counts[0] = times
    counts[1 + OUTCOME_COLUMNS.index(contribution.outcome)] = times
    if contribution.is_timed and contribution.duration is not None:
        counts[-2] = times
        counts[-1] = times * contribution.duration
    return counts


def _sum_into(
    rows: dict[tuple[int, ...], list[int]], key: tuple[int, ...], counts: list[int]
) -> None:
    before = rows.get(key)
    rows[key] = counts if before is None else [a + b for a, b in zip(before, counts, strict=True)]


def apply(session: Session, deltas: Deltas) -> None:
    """Add a batch's differences to the tables; the writer lock must be held."""
    tables = _Tables()
    for contribution, times in deltas:
        tables.count(contribution, times)
    fleet = ("tier", "lane", "start")
    workflows = ("tier", "start", "workflow_id", "lane", "repository_id")
    _FLEET.execute(session, _count_rows(tables.fleet, fleet))
    _WORKFLOWS.execute(session, _count_rows(tables.workflows, workflows))
    _FLEET_BINS.execute(session, _bin_rows(tables.fleet_bins, (*fleet, "bin")))
    bins = ("workflow_id", "tier", "lane", "start", "bin")
    _WORKFLOW_BINS.execute(session, _bin_rows(tables.workflow_bins, bins))


def _count_rows(
    rows: Mapping[tuple[int, ...], list[int]], key_columns: Sequence[str]
) -> list[dict[str, Any]]:
    columns = (*key_columns, *COUNT_COLUMNS)
    return [
        dict(zip(columns, (*map(int, key), *counts), strict=True))
        for key, counts in rows.items()
        if any(counts)
    ]


def _bin_rows(
    rows: Mapping[tuple[int, ...], int], key_columns: Sequence[str]
) -> list[dict[str, Any]]:
    columns = (*key_columns, "n")
    return [dict(zip(columns, (*map(int, key), n), strict=True)) for key, n in rows.items() if n]


_TIMED_CASE: Final = "CASE WHEN outcome IN ('success', 'failure') THEN duration END"
COUNTS_SQL: Final = ", ".join(
    [
        "count(*) AS total",
        *(f"sum(CASE WHEN outcome = '{o}' THEN 1 ELSE 0 END) AS {o}" for o in OUTCOME_COLUMNS),
        f"count({_TIMED_CASE}) AS timed",
        f"coalesce(sum({_TIMED_CASE}), 0) AS duration_sum",
    ]
)
COUNTED_SQL: Final = "latest AND outcome <> 'deleted'"
TIMED_SQL: Final = "latest AND outcome IN ('success', 'failure') AND duration IS NOT NULL"
# PostgreSQL refuses to add booleans.
_LANE: Final = "(CASE WHEN demo THEN 2 ELSE 0 END + CASE WHEN on_default THEN 1 ELSE 0 END)"


def recount(session: Session) -> None:
    """Throw every count away and make it again from the runs; the writer lock must be held."""
    for table in ("rollup_fleet", "rollup_fleet_bins", "rollup_workflows", "rollup_workflow_bins"):
        session.execute(text(f"DELETE FROM {table}"))
    number = _bin_sql(session)
    for tier in FLEET_TIERS:
        _recount_one(session, "rollup_fleet", tier, ("lane", "start"), COUNTS_SQL, COUNT_COLUMNS)
    for tier in WORKFLOW_TIERS:
        of_workflow = ("start", "workflow_id", "lane", "repository_id")
        _recount_one(session, "rollup_workflows", tier, of_workflow, COUNTS_SQL, COUNT_COLUMNS)
    for tier in FLEET_BIN_TIERS:
        of_bins = ("lane", "start", "bin")
        _recount_one(session, "rollup_fleet_bins", tier, of_bins, "count(*)", ("n",), number=number)
    for tier in WORKFLOW_BIN_TIERS:
        keys = ("workflow_id", "lane", "start", "bin")
        _recount_one(session, "rollup_workflow_bins", tier, keys, "count(*)", ("n",), number=number)


def _recount_one(
    session: Session,
    table: str,
    tier: Tier,
    keys: Sequence[str],
    counts: str,
    columns: Sequence[str],
    *,
    number: str | None = None,
) -> None:
    width = WIDTHS[tier]
    expressions = {"start": f"created_at / {width} * {width}", "lane": _LANE, "bin": number or ""}
    chosen = ", ".join(f"{expressions.get(key, key)} AS {key}" for key in keys)
    positions = ", ".join(str(2 + i) for i in range(len(keys)))
    session.execute(
        text(
            f"INSERT INTO {table} (tier, {', '.join(keys)}, {', '.join(columns)})"
            f" SELECT {int(tier)}, {chosen}, {counts} FROM runs"
            f" WHERE {TIMED_SQL if number else COUNTED_SQL} GROUP BY {positions}"
        )
    )


def _bin_sql(session: Session) -> str:
    """Return the SQL of bin_of(duration)."""
    if is_postgresql(session):
        edges = ",".join(map(str, BIN_EDGES))
        return f"width_bucket(duration, ARRAY[{edges}]::bigint[])"
    register_function(session, "bin_of", bin_of)
    return "bin_of(duration)"
