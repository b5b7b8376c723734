"""Workflows side by side: strips of their newest runs, and the grid of workflows against time."""

from itertools import pairwise
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from pulseboard import clock
from pulseboard.api.deps import PeriodAsked, Reading, ScopeAsked, Zone
from pulseboard.api.shapes import PartialNames, rate, seconds, when
from pulseboard.clock import Granularity
from pulseboard.pipelines.feeds import list_partial
from pulseboard.pipelines.grid import CellState, GridCell, GridRow, read_grid
from pulseboard.pipelines.strips import Cell, Strip, list_strips

router = APIRouter(tags=["screen"])
_DEFAULT_WINDOW: Final = 7 * clock.DAY
Failing = Annotated[bool, Query(description="Only workflows that are red.")]
Workflows = Annotated[int, Query(ge=1, le=500, description="How many workflows.")]
StripsAsked = Annotated[int, Query(ge=1, le=100, description="How many workflows.")]
CellsAsked = Annotated[int, Query(ge=1, le=200, description="How many runs of each.")]
_FLAKY = "null: this version does not know yet which results were flaky."


class StripCell(BaseModel):
    """One run of a strip."""

    run_id: int
    run_number: int | None
    status: str
    conclusion: str | None
    flaky: bool | None = Field(default=None, description=_FLAKY)
    at: str = Field(description="When it started.")
    duration_s: float | None
    sha: str | None

    @classmethod
    def of(cls, cell: Cell) -> "StripCell":
        """Make the shape of a cell."""
        return cls(
            run_id=cell.run_id,
            run_number=cell.run_number,
            status=cell.status,
            conclusion=cell.conclusion,
            at=clock.to_iso(cell.started_at),
            duration_s=seconds(cell.duration),
            sha=cell.head_sha,
        )


class StripRow(BaseModel):
    """A workflow with its newest runs, the oldest of them first."""

    repo: str
    workflow: str
    workflow_id: int
    cells: list[StripCell]
    success_rate: float | None = Field(description="success / (success + failure) of the window.")
    success: int
    failure: int
    p50_s: float | None = Field(description="Of the window.")
    red_since: str | None = Field(
        description="Completion of the first failure after the last success; null while green, and"
        " when the beginning is not known."
    )
    is_red: bool

    @classmethod
    def of(cls, strip: Strip) -> "StripRow":
        """Make the shape of a strip."""
        row = strip.ranked
        return cls(
            repo=row.repository,
            workflow=row.workflow,
            workflow_id=row.workflow_id,
            cells=[StripCell.of(cell) for cell in strip.cells],
            success_rate=rate(row.totals.success_rate),
            success=row.totals.success,
            failure=row.totals.failure,
            p50_s=seconds(strip.spread.p50),
            red_since=when(row.red.since) if row.red else None,
            is_red=row.is_red,
        )


class Strips(BaseModel):
    """The worst workflows, and how many there are in all."""

    rows: list[StripRow]
    total: int
    as_of: str
    partial: PartialNames


class GridColumn(BaseModel):
    """One bucket of the zone."""

    start: str
    end: str
    complete: bool = Field(description="False while the bucket is not over.")


class TimeCell(BaseModel):
    """The runs of a workflow created in a bucket."""

    s: CellState = Field(
        description="failure when the last finished run failed, mixed when an earlier one did,"
        " running when none has finished, action_required when all of those wait to be approved;"
        " none without any run."
    )
    n: int
    failed: int
    flaky: int | None = Field(default=None, description=_FLAKY)
    run_id: int | None = Field(description="The run, where there is only one.")

    @classmethod
    def of(cls, cell: GridCell) -> "TimeCell":
        """Make the shape of a cell."""
        return cls(s=cell.state, n=cell.runs, failed=cell.failed, run_id=cell.run_id)


class TimeRow(BaseModel):
    """A workflow with a cell for each bucket."""

    repo: str
    workflow: str
    workflow_id: int
    cells: list[TimeCell]
    rate: float | None = Field(description="success / (success + failure) of the window.")
    red_since: str | None
    is_red: bool

    @classmethod
    def of(cls, row: GridRow) -> "TimeRow":
        """Make the shape of a row."""
        ranked = row.ranked
        return cls(
            repo=ranked.repository,
            workflow=ranked.workflow,
            workflow_id=ranked.workflow_id,
            cells=[TimeCell.of(cell) for cell in row.cells],
            rate=rate(ranked.totals.success_rate),
            red_since=when(ranked.red.since) if ranked.red else None,
            is_red=ranked.is_red,
        )


class TimeGrid(BaseModel):
    """Workflows against time, and how many workflows there are in all."""

    columns: list[GridColumn]
    rows: list[TimeRow]
    total: int
    as_of: str
    partial: PartialNames


@router.get("/strips")
def show_strips(
    session: Reading,
    scope: ScopeAsked,
    period: PeriodAsked,
    limit: StripsAsked = 8,
    n: CellsAsked = 60,
) -> Strips:
    """Show the newest runs of the worst workflows: red ones first, then by success rate.

    Rates are those of the window (the last 7 days); the runs are the newest, however old.
    """
    now = clock.now()
    found = list_strips(
        session,
        scope=scope,
        window=period.window(length=_DEFAULT_WINDOW),
        at=now,
        limit=limit,
        length=n,
    )
    rows = [StripRow.of(strip) for strip in found.rows]
    return Strips(
        rows=rows, total=found.total, as_of=clock.to_iso(now), partial=list_partial(session, scope)
    )


@router.get("/grid/time")
def show_time_grid(
    session: Reading,
    scope: ScopeAsked,
    period: PeriodAsked,
    zone: Zone,
    gran: Annotated[Granularity, Query(description="Width of the buckets.")] = Granularity.DAY,
    failing: Failing = False,  # noqa: FBT002  # A query has no names but keywords.
    limit: Workflows = 100,
) -> TimeGrid:
    """Show what the runs of a window (the last 7 days) came to, workflow by workflow.

    Red workflows come first, those red longest at the top, then by success rate.
    """
    now = clock.now()
    grid = read_grid(
        session,
        scope=scope,
        window=period.window(length=_DEFAULT_WINDOW),
        by=gran,
        zone=zone,
        at=now,
        limit=limit,
        only_red=failing,
    )
    return TimeGrid(
        columns=[
            GridColumn(start=clock.to_iso(start), end=clock.to_iso(end), complete=end <= now)
            for start, end in pairwise(grid.edges)
        ],
        rows=[TimeRow.of(row) for row in grid.rows],
        total=grid.total,
        as_of=clock.to_iso(now),
        partial=list_partial(session, scope),
    )
