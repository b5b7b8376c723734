"""The newest runs of each workflow as a row of cells, the worst workflows first."""

from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct, structs
from sqlalchemy import Select, select, union_all
from sqlalchemy.orm import Session

from pulseboard.metrics import query
from pulseboard.metrics.scope import Scope
from pulseboard.metrics.spread import Percentiles
from pulseboard.metrics.tiers import Window
from pulseboard.model import Run
from pulseboard.pipelines.filters import LATEST, has_demo
from pulseboard.pipelines.ranking import Ranked, rank_workflows
from pulseboard.pipelines.rows import stands_at
from pulseboard.vocabulary import Phase, Status

# SQLite joins no more than 500 queries into one.
_MOST_AT_ONCE: Final = 200


class Cell(Struct, frozen=True):
    """One run in its row."""

    run_id: int
    run_number: int | None
    status: Status
    conclusion: str | None
    started_at: int
    duration: int | None
    head_sha: str | None


class Strip(Struct, frozen=True):
    """A workflow and its newest runs, the oldest of them first."""

    ranked: Ranked
    cells: Sequence[Cell]
    spread: Percentiles


class Strips(Struct, frozen=True):
    """The worst workflows, and how many there are in all."""

    rows: Sequence[Strip]
    total: int


def list_strips(
    session: Session, *, scope: Scope, window: Window, at: int, limit: int, length: int
) -> Strips:
    """Return the newest `length` runs of the `limit` worst workflows, whatever the window.

    The window is what rates and percentiles are about.
    """
    ranking = rank_workflows(session, scope=scope, window=window, at=at, limit=limit)
    ids = [row.workflow_id for row in ranking.rows]
    cells = _list_cells(session, scope, ids, length=length, at=at)
    rows = [
        Strip(row, cells.get(row.workflow_id, ()), _spread(session, scope, window, row))
        for row in ranking.rows
    ]
    return Strips(rows, ranking.total)


def _spread(session: Session, scope: Scope, window: Window, row: Ranked) -> Percentiles:
    one = structs.replace(scope, workflows=(row.workflow_id,), repositories=())
    return query.percentiles(session, scope=one, window=window, counted=row.totals)


def _list_cells(
    session: Session, scope: Scope, ids: Sequence[int], *, length: int, at: int
) -> dict[int, list[Cell]]:
    found: dict[int, list[Cell]] = {}
    for start in range(0, len(ids), _MOST_AT_ONCE):
        parts = [_newest(scope, number, length) for number in ids[start : start + _MOST_AT_ONCE]]
        for row in session.execute(union_all(*parts)):
            status = stands_at(row.status, row.conclusion, row.source, row.started_at, at=at)
            cell = Cell(
                row.id, row.run_number, status, row.conclusion, row.started_at, row.duration,
                row.head_sha,
            )  # fmt: skip
            found.setdefault(row.workflow_id, []).append(cell)
    for cells in found.values():
        cells.sort(key=lambda cell: (cell.started_at, cell.run_id))
    return found


def _newest(scope: Scope, workflow_id: int, length: int) -> Select[Any]:
    query = select(
        Run.id, Run.workflow_id, Run.run_number, Run.status, Run.conclusion, Run.source,
        Run.started_at, Run.duration, Run.head_sha,
    ).where(
        LATEST, Run.workflow_id == workflow_id, Run.status != Phase.DELETED, has_demo(scope.demo)
    ).limit(length)  # fmt: skip
    # The indexes of a workflow and of a branch end in different times.
    time = Run.created_at if scope.branches else Run.started_at
    if scope.branches:
        query = query.where(Run.head_branch.in_(scope.branches))
    elif scope.default_only:
        query = query.where(Run.on_default == True)  # noqa: E712  # SQL, not Python.
    return select(query.order_by(time.desc(), Run.id.desc()).subquery())
