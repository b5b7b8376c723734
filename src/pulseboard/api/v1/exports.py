"""Runs and charts as CSV files, for spreadsheets."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from pulseboard import clock
from pulseboard.api.deps import (
    Attempt,
    GroupBy,
    PeriodAsked,
    Reading,
    RepoAsked,
    RunName,
    ScopeAsked,
    Zone,
    database_of,
)
from pulseboard.api.problems import REFUSALS, Refusals
from pulseboard.api.v1.grid import (
    CellsAsked,
    Failing,
    StripsAsked,
    Workflows,
    show_strips,
    show_time_grid,
)
from pulseboard.api.v1.metrics import (
    Bucketing,
    DurationBucket,
    OutcomeBucket,
    show_durations,
    show_outcomes,
)
from pulseboard.api.v1.runs import FilterAsked, Sort, shape_runs, show_run
from pulseboard.api.v1.shapes import FullJob, FullRun
from pulseboard.api.v1.workflows import WorkflowId, show_workflow
from pulseboard.clock import Granularity
from pulseboard.db.session import Database
from pulseboard.pipelines import Order, Place, RunFilter, page_runs

router = APIRouter(tags=["exports"])

Cell = str | int | float | bool | None
_ROWS_A_PAGE: Final = 2000
_TYPE: Final = "text/csv; charset=utf-8"
_CSV: Final[Refusals] = {200: {"content": {"text/csv": {}}, "description": "The file."}}
_GONE: Final[Refusals] = {404: REFUSALS[404]}
_RUN_COLUMNS: Final = (
    "id", "run_id", "run_number", "attempt", "repo", "workflow", "branch", "is_default_branch",
    "commit", "title", "status", "conclusion", "event", "actor", "created_at", "started_at",
    "finished_at", "duration_s", "queue_s", "html_url", "source", "demo",
)  # fmt: skip
_CELL_COLUMNS: Final = (
    "run_id", "run_number", "status", "conclusion", "at", "duration_s", "sha",
)  # fmt: skip
_BAR_COLUMNS: Final = (
    "job_id", "job", "attempt", "step_number", "step", "status", "conclusion", "created_at",
    "started_at", "finished_at", "queue_s", "duration_s", "on_critical_path",
    "exclusive_s",
)  # fmt: skip
_JOB_COLUMNS: Final = (
    "name", "success", "failure", "success_rate", "p50_s", "p95_s",
    "queue_p95_s", "last_failure_run_id", "last_failure_at",
)  # fmt: skip
# Spreadsheets take a text that begins so for a formula, and anybody can name a branch.
# Blanks and quotes before it are left out by some, and wide signs are read as narrow ones.
_FORMULA: Final = re.compile(r"[\s\ufeff\"']*[=+\-@＝＋－＠]|[\t\r]")


@router.get("/runs/export.csv", response_class=Response, responses=_CSV)
def export_runs(
    request: Request, wanted: FilterAsked, sort: Sort = Order.NEWEST
) -> StreamingResponse:
    """Write the runs of GET /runs, all of them, as CSV: the same filters in the same order."""
    lines = _write_runs(database_of(request), wanted, sort)
    headers = _as_file("runs", demo=wanted.scope.demo)
    return StreamingResponse(lines, media_type=_TYPE, headers=headers)


def _write_runs(database: Database, wanted: RunFilter, sort: Order) -> Iterator[str]:
    yield _line(_RUN_COLUMNS)
    after: Place | None = None
    while True:
        # A page a session: a slow reader must not keep an old snapshot of the database alive.
        with database.reading() as session:
            rows, after = page_runs(
                session, wanted=wanted, limit=_ROWS_A_PAGE, order=sort, after=after
            )
            runs = shape_runs(session, rows, at=clock.now())
        yield "".join(map(_run_line, runs))
        if after is None:
            return


def _run_line(run: FullRun) -> str:
    return _line(getattr(run, column) for column in _RUN_COLUMNS)


@router.get("/runs/{run_id}/waterfall.csv", response_class=Response, responses=_CSV | REFUSALS)
def export_waterfall(
    run_id: RunName, session: Reading, repo: RepoAsked = None, attempt: Attempt = None
) -> Response:
    """Write the jobs of GET /runs/{run_id} as CSV: a line for each job, then one for each step."""
    details = show_run(run_id, session, repo, attempt)
    return _answer(
        f"run-{details.run.id}",
        [bar for job in details.jobs for bar in _bars_of(job)],
        columns=_BAR_COLUMNS,
        demo=details.run.demo,
    )


def _bars_of(job: FullJob) -> Iterator[dict[str, Cell]]:
    empty = dict.fromkeys(_BAR_COLUMNS)
    known = job.model_dump(include=set(_BAR_COLUMNS)) | {"job_id": job.id, "job": job.name}
    yield empty | known
    for step in job.steps:
        named = {"step_number": step.number, "step": step.name}
        of_job = {name: known[name] for name in ("job_id", "job", "attempt")}
        yield empty | of_job | named | step.model_dump(exclude={"number", "name"})


@router.get("/series/outcomes.csv", response_class=Response, responses=_CSV)
def export_outcomes(
    session: Reading,
    scope: ScopeAsked,
    period: PeriodAsked,
    zone: Zone,
    group_by: GroupBy = Granularity.DAY,
    gran: Bucketing = None,
) -> Response:
    """Write the buckets of GET /series/outcomes as CSV."""
    found = show_outcomes(session, scope, period, zone, group_by, gran)
    return _answer(
        "outcomes",
        [bucket.model_dump() for bucket in found.buckets],
        columns=tuple(OutcomeBucket.model_fields),
        demo=scope.demo,
    )


@router.get("/series/duration.csv", response_class=Response, responses=_CSV)
def export_durations(
    session: Reading,
    scope: ScopeAsked,
    period: PeriodAsked,
    zone: Zone,
    group_by: GroupBy = Granularity.DAY,
    gran: Bucketing = None,
) -> Response:
    """Write the buckets of GET /series/duration as CSV."""
    found = show_durations(session, scope, period, zone, group_by, gran)
    return _answer(
        "durations",
        [bucket.model_dump() for bucket in found.buckets],
        columns=tuple(DurationBucket.model_fields),
        demo=scope.demo,
    )


@router.get("/strips.csv", response_class=Response, responses=_CSV)
def export_strips(
    session: Reading,
    scope: ScopeAsked,
    period: PeriodAsked,
    limit: StripsAsked = 8,
    n: CellsAsked = 60,
) -> Response:
    """Write GET /strips as CSV: a line for each run, the worst workflow first."""
    strips = show_strips(session, scope, period, limit, n)
    return _answer(
        "strips",
        [
            {"repo": row.repo, "workflow": row.workflow, "red_since": row.red_since}
            | {name: value for name, value in cell.model_dump().items() if name in _CELL_COLUMNS}
            for row in strips.rows
            for cell in row.cells
        ],
        columns=("repo", "workflow", "red_since", *_CELL_COLUMNS),
        demo=scope.demo,
    )


@router.get("/grid/time.csv", response_class=Response, responses=_CSV)
def export_time_grid(
    session: Reading,
    scope: ScopeAsked,
    period: PeriodAsked,
    zone: Zone,
    gran: Annotated[Granularity, Query(description="Width of the buckets.")] = Granularity.DAY,
    failing: Failing = False,  # noqa: FBT002  # A query has no names but keywords.
    limit: Workflows = 100,
) -> Response:
    """Write GET /grid/time as CSV: a line for each cell that holds a run."""
    grid = show_time_grid(session, scope, period, zone, gran, failing, limit)
    return _answer(
        "grid",
        [
            {
                "repo": row.repo,
                "workflow": row.workflow,
                "start": column.start,
                "end": column.end,
                "state": cell.s,
                "runs": cell.n,
                "failed": cell.failed,
            }
            for row in grid.rows
            for column, cell in zip(grid.columns, row.cells, strict=True)
            if cell.n
        ],
        columns=("repo", "workflow", "start", "end", "state", "runs", "failed"),
        demo=scope.demo,
    )


@router.get("/workflows/{workflow_id}/jobs.csv", response_class=Response, responses=_CSV | _GONE)
def export_workflow_jobs(
    workflow_id: WorkflowId, session: Reading, scope: ScopeAsked, period: PeriodAsked
) -> Response:
    """Write the jobs of GET /workflows/{workflow_id} as CSV."""
    found = show_workflow(workflow_id, session, scope, period)
    return _answer(
        f"workflow-{workflow_id}-jobs",
        [
            job.model_dump(exclude={"last_failure"})
            | {
                "last_failure_run_id": job.last_failure and job.last_failure.run_id,
                "last_failure_at": job.last_failure and job.last_failure.at,
            }
            for job in found.jobs
        ],
        columns=_JOB_COLUMNS,
        demo=scope.demo,
    )


def _answer(
    name: str, rows: Sequence[dict[str, Cell]], *, columns: Sequence[str], demo: bool
) -> Response:
    text = _line(columns) + "".join(_line(row[column] for column in columns) for row in rows)
    return Response(text, media_type=_TYPE, headers=_as_file(name, demo=demo))


def _as_file(name: str, *, demo: bool) -> dict[str, str]:
    """Name a file after its day; what lies about in a folder must not pass for real numbers."""
    day = clock.to_iso(clock.now())[:10] + ("-demo" if demo else "")
    return {
        "Content-Disposition": f'attachment; filename="pulseboard-{name}-{day}.csv"',
        "Cache-Control": "no-store",
    }


def _line(cells: Iterable[Cell]) -> str:
    """Write one line as RFC 4180 has it."""
    text = io.StringIO()
    csv.writer(text).writerow([_plain(cell) for cell in cells])
    return text.getvalue()


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, str) and _FORMULA.match(cell):
        return f"'{cell}"
    return cell
