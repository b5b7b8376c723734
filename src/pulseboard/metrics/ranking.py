"""Counting workflow by workflow, and choosing those that fail the most."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, structs
from sqlalchemy.orm import Session

from pulseboard.db.engine import among, listed
from pulseboard.metrics.conditions import as_json, conditions_of, read
from pulseboard.metrics.counts import (
    COUNT_COLUMNS,
    COUNTED_SQL,
    COUNTS_SQL,
    FAILED_SQL,
    SUMS_SQL,
)
from pulseboard.metrics.scope import Scope, Totals
from pulseboard.metrics.sums import Sum, add_signed, plan_for, read_signed, read_slices
from pulseboard.metrics.tally import Sums
from pulseboard.metrics.tiers import FAILURE_TIERS, WORKFLOW_TIERS, Window, lay_flat, slices_of

_TOTAL: Final = COUNT_COLUMNS.index("total")


class WorkflowTotals(Struct, frozen=True):
    """What one workflow's runs came to."""

    workflow_id: int
    repository_id: int
    totals: Totals


def per_workflow(session: Session, *, scope: Scope, window: Window) -> list[WorkflowTotals]:
    """Count the runs of a window workflow by workflow, by id; those without any are left out."""
    found = sums_per_workflow(session, scope=scope, window=window)
    homes = _repositories_of(session, found)
    return [
        WorkflowTotals(number, homes[number], Totals(*found[number]))
        for number in sorted(found)
        if number in homes
    ]


def sums_per_workflow(session: Session, *, scope: Scope, window: Window) -> dict[int, Sum]:
    """Return COUNT_COLUMNS of every workflow with a run in a window, by id, as bare numbers."""
    if window.start >= window.end:
        return {}
    tiers = () if scope.branches else WORKFLOW_TIERS
    flat = lay_flat(plan_for(session, window, tiers))
    conditions = conditions_of(session, scope)
    sums: dict[int, Sum] = {}
    columns = f"workflow_id, {SUMS_SQL} GROUP BY workflow_id"
    for sign, rows in read_signed(session, "rollup_workflows", columns, flat, conditions):
        for workflow_id, *counts in rows:
            add_signed(sums, workflow_id, counts, sign=sign)
    for sign, workflow_id, *counts in read_slices(
        session, slices_of(flat), conditions,
        select=f"workflow_id, {COUNTS_SQL}", where=COUNTED_SQL, group="workflow_id",
    ):  # fmt: skip
        add_signed(sums, workflow_id, counts, sign=sign)
    return {number: counts for number, counts in sums.items() if counts[_TOTAL] > 0}


def _repositories_of(session: Session, workflows: Mapping[int, Sum]) -> dict[int, int]:
    wanted = among(session, listed(session, "ids"))
    sql = f"SELECT id, repository_id FROM workflows WHERE id {wanted}"
    rows = read(session, sql, {"ids": as_json(workflows)})
    return {row[0]: row[1] for row in rows}


def top_failing(
    session: Session, *, scope: Scope, window: Window, limit: int = 20
) -> list[WorkflowTotals]:
    """Return the workflows with the most failures in a window, the worst first, then by id.

    For the whole fleet only failures are counted for everybody, by tallies; the full counts are
    read for the chosen ones alone.
    """
    if window.start >= window.end:
        return []
    if not scope.is_fleet:
        counted = per_workflow(session, scope=scope, window=window)
        failures = {found.workflow_id: found.totals.failure for found in counted}
        by_id = {found.workflow_id: found for found in counted}
        return [by_id[number] for number in _choose_worst(failures, limit)]
    worst = _choose_worst(_count_failures(session, scope, window), limit)
    if not worst:
        return []
    chosen = structs.replace(scope, workflows=tuple(sorted(worst)))
    found = {
        entry.workflow_id: entry for entry in per_workflow(session, scope=chosen, window=window)
    }
    return [found[number] for number in worst if number in found]


def _choose_worst(failures: Mapping[int, int], limit: int) -> list[int]:
    """Return the workflows with the most failures, equal ones by id."""
    # Sorting bare numbers first leaves only a few to be compared by number and id.
    least = max(sorted(failures.values())[-limit:][0], 1) if failures else 1
    candidates = [(-n, number) for number, n in failures.items() if n >= least]
    return [number for _, number in sorted(candidates)[:limit]]


def _count_failures(session: Session, scope: Scope, window: Window) -> dict[int, int]:
    flat = lay_flat(plan_for(session, window, FAILURE_TIERS))
    conditions = conditions_of(session, scope)
    sums = Sums()
    for sign, rows in read_signed(session, "rollup_failures", "part, tally", flat, conditions):
        sums.take(rows, sign=sign)
    failures = sums.counts()
    for sign, workflow_id, n in read_slices(
        session, slices_of(flat), conditions,
        select="workflow_id, count(*)", where=FAILED_SQL, group="workflow_id",
    ):  # fmt: skip
        failures[workflow_id] = failures.get(workflow_id, 0) + sign * n
    return failures
