"""Workflows against time: what the runs of each bucket came to, the worst workflows first."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct, structs
from sqlalchemy.orm import Session

from pulseboard.clock import Granularity
from pulseboard.metrics.conditions import conditions_of
from pulseboard.metrics.counts import COUNTED_SQL
from pulseboard.metrics.scope import Scope
from pulseboard.metrics.series import edges_of
from pulseboard.metrics.sums import read_slices
from pulseboard.metrics.tiers import Window
from pulseboard.pipelines.filters import FORGOTTEN_SQL, STALE_AFTER
from pulseboard.pipelines.ranking import Ranked, rank_workflows

# Of the runs that succeeded or failed the last one decides: its time, with its outcome in the
# lowest bit, is the greatest of all.
_LAST: Final = (
    "max(CASE WHEN outcome IN ('success', 'failure')"
    " THEN created_at * 2 + CASE WHEN outcome = 'failure' THEN 1 ELSE 0 END END)"
)
_COUNTS: Final = ", ".join(
    ["workflow_id", "count(*) AS n"]
    + [
        f"count(CASE WHEN outcome = '{outcome}' THEN 1 END) AS {outcome}s"
        for outcome in ("failure", "cancelled", "skipped", "open")
    ]
    + [f"{_LAST} AS last", "max(id) AS newest"]
)
# What is completed and open all the same waits to be approved, and that for as long as it takes.
_WAITS: Final = "status = 'completed'"
_LIVELY_SQL: Final = f"{COUNTED_SQL} AND outcome = 'open' AND ({_WAITS} OR NOT {FORGOTTEN_SQL})"
_IS_MOVING: Final = f"max(CASE WHEN {_WAITS} THEN 0 ELSE 1 END)"


class CellState(StrEnum):
    """What the runs of one bucket came to together."""

    SUCCESS = "success"
    FAILURE = "failure"
    MIXED = "mixed"
    RUNNING = "running"
    ACTION_REQUIRED = "action_required"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    NEUTRAL = "neutral"
    NONE = "none"


class GridCell(Struct, frozen=True):
    """The runs of one workflow created in one bucket."""

    state: CellState
    runs: int
    failed: int
    # The run, where there is only one.
    run_id: int | None


class GridRow(Struct, frozen=True):
    """A workflow and a cell for each bucket."""

    ranked: Ranked
    cells: Sequence[GridCell]


class Grid(Struct, frozen=True):
    """The edges of the buckets, the worst workflows, and how many there are in all."""

    edges: Sequence[int]
    rows: Sequence[GridRow]
    total: int


_EMPTY: Final = GridCell(CellState.NONE, 0, 0, None)


def read_grid(
    session: Session,
    *,
    scope: Scope,
    window: Window,
    by: Granularity,
    zone: ZoneInfo,
    at: int,
    limit: int,
    only_red: bool = False,
) -> Grid:
    """Return what the runs of a window came to, workflow by workflow and bucket by bucket.

    Raises InvalidInput beyond 1,000 buckets.
    """
    edges = edges_of(window, by=by, zone=zone)
    ranking = rank_workflows(
        session, scope=scope, window=window, at=at, limit=limit, only_red=only_red
    )
    ids = tuple(row.workflow_id for row in ranking.rows)
    cells = _read_cells(session, scope, ids, window, edges, at=at) if ids else {}
    numbers = range(len(edges) - 1)
    rows = [
        GridRow(row, [cells.get((row.workflow_id, number), _EMPTY) for number in numbers])
        for row in ranking.rows
    ]
    return Grid(edges, rows, ranking.total)


def _read_cells(
    session: Session,
    scope: Scope,
    ids: tuple[int, ...],
    window: Window,
    edges: Sequence[int],
    *,
    at: int,
) -> dict[tuple[int, int], GridCell]:
    """Return the cells that are not empty, by workflow and number of the bucket."""
    shown = conditions_of(session, structs.replace(scope, workflows=ids, repositories=()))
    slices = [
        (number, max(start, window.start), min(end, window.end))
        for number, (start, end) in enumerate(pairwise(edges))
    ]
    rows = read_slices(
        session, slices, shown, select=_COUNTS, where=COUNTED_SQL, group="workflow_id"
    )
    cells = {(row[1], row[0]): _judge_cell(*row[2:]) for row in rows}
    # Few cells are open, and no index knows which of their runs only wait to be approved or were
    # pushed and forgotten.
    is_open = {place for place, cell in cells.items() if cell.state is CellState.RUNNING}
    numbers = {number for _, number in is_open}
    lively = read_slices(
        session, [one for one in slices if one[0] in numbers], shown,
        select=f"workflow_id, {_IS_MOVING}", where=_LIVELY_SQL, group="workflow_id",
        forgotten_before=at - STALE_AFTER,
    )  # fmt: skip
    is_moving = {(row[1], row[0]): bool(row[2]) for row in lively}
    for place in is_open:
        cells[place] = structs.replace(cells[place], state=_judge_open(is_moving.get(place)))
    return cells


def _judge_open(is_moving: bool | None) -> CellState:  # noqa: FBT001  # None: all are forgotten.
    if is_moving is None:
        return CellState.NEUTRAL
    return CellState.RUNNING if is_moving else CellState.ACTION_REQUIRED


def _judge_cell(
    n: int,
    failed: int,
    cancelled: int,
    skipped: int,
    unfinished: int,
    last: int | None,
    newest: int,
) -> GridCell:
    if last is not None:
        state = CellState.MIXED if failed else CellState.SUCCESS
        if last % 2:
            state = CellState.FAILURE
    elif unfinished:
        state = CellState.RUNNING
    elif cancelled:
        state = CellState.CANCELLED
    else:
        state = CellState.SKIPPED if skipped else CellState.NEUTRAL
    return GridCell(state, n, failed, newest if n == 1 else None)
