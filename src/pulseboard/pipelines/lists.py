"""Lists of runs: a page, how many there are, the last of each workflow."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, tuple_, union_all
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.metrics.scope import Scope, Totals
from pulseboard.metrics.sums import totals
from pulseboard.metrics.tiers import WIDTHS, Tier, Window
from pulseboard.model import Run, Workflow
from pulseboard.pipelines.filters import (
    LATEST,
    MOST_PARTS,
    RunFilter,
    chosen_ids,
    conditions_of,
    conditions_of_window,
    longest_wait,
    status_expression,
)
from pulseboard.pipelines.rows import RunRow, select_runs
from pulseboard.vocabulary import Phase

# So many runs are quicker found by their branch or creation and sorted than met along the way.
_FEW: Final = 2000
_FEW_OF_A_WINDOW: Final = 30_000
# Windows that end earlier than this before now lie back far enough to look for a shorter way.
_RECENT: Final = clock.HOUR
# Up to so many runs are counted one by one.
MAX_COUNTED: Final = 5000
# Whole blocks from the first on: everything there is.
EVERYTHING: Final = Window(0, 2000 * WIDTHS[Tier.BLOCK])
# A run that began before so many that have finished seldom finishes after them.
_OVERLAPPING: Final = 10
_MOST_AT_ONCE: Final = 500


class Order(StrEnum):
    """What a list is sorted by; a minus means the greatest first. Ties are the newest id first."""

    NEWEST = "-started_at"
    OLDEST = "started_at"
    LONGEST = "-duration"
    SHORTEST = "duration"
    LONGEST_QUEUE = "-queue"
    SHORTEST_QUEUE = "queue"
    STATUS = "status"
    STATUS_BACKWARDS = "-status"


class Place(NamedTuple):
    """Where a page ended: the value sorted by, and the id, of its last run."""

    key: int | str
    id: int


class Page(NamedTuple):
    """Runs in order, and where the next page begins if there is one."""

    runs: list[RunRow]
    end: Place | None


def list_runs(session: Session, *, wanted: RunFilter, limit: int, offset: int = 0) -> list[RunRow]:
    """Return the latest attempts, newest start first."""
    return page_runs(session, wanted=wanted, limit=limit, offset=offset).runs


def page_runs(
    session: Session,
    *,
    wanted: RunFilter,
    limit: int,
    offset: int = 0,
    order: Order = Order.NEWEST,
    after: Place | None = None,
) -> Page:
    """Return a page of the latest attempts; `after` is the end of the page before."""
    at = clock.now()
    are_few = _are_few(session, wanted, at=at)
    conditions = conditions_of(wanted, at=at, are_few=are_few)
    key = _key_of(order, at=at, are_few=are_few)
    if after is not None:
        conditions.append(_is_behind(after, key, order))
    chosen = _choose(wanted.scope, conditions, key, order, limit=limit + 1, offset=offset)
    found = chosen.subquery()
    query = select_runs().add_columns(found.c.key).join(
        found, and_(found.c.id == Run.id, found.c.attempt == Run.attempt)
    ).order_by(*_by(found.c.key, found.c.id, order))  # fmt: skip
    rows = session.execute(query).all()
    runs = [RunRow(*row[:-1]) for row in rows[:limit]]
    end = Place(rows[limit - 1][-1], rows[limit - 1].id) if len(rows) > limit else None
    return Page(runs, end)


def _choose(
    scope: Scope,
    conditions: Sequence[ColumnElement[bool]],
    key: ColumnElement[Any],
    order: Order,
    *,
    limit: int,
    offset: int,
) -> Select[Any]:
    """Return the query of the ids of a page.

    No index holds several repositories or workflows in order of time, so each gives its own page
    and the page is taken from those.
    """
    base = select(Run.id, Run.attempt, key.label("key")).where(LATEST, *conditions)
    ids, column = chosen_ids(scope)
    if order is not Order.NEWEST or not 1 < len(ids) <= MOST_PARTS:
        ordered = base.order_by(*_by(key, Run.id, order))
        return ordered.limit(limit).offset(offset)
    parts = [
        select(
            base.where(column == number)
            .order_by(*_by(key, Run.id, order))
            .limit(limit + offset)
            .subquery()
        )
        for number in ids
    ]
    together = union_all(*parts).subquery()
    merged = select(together.c.id, together.c.attempt, together.c.key)
    merged = merged.order_by(*_by(together.c.key, together.c.id, order))
    return merged.limit(limit).offset(offset)


def _key_of(order: Order, *, at: int, are_few: bool) -> ColumnElement[Any]:
    match order.removeprefix("-"):
        case "duration":
            return func.coalesce(Run.duration, -1)
        case "queue":
            return func.coalesce(longest_wait(), -1)
        case "status":
            return status_expression(at=at)
        case _:
            # A sum is in no index: few runs are not to be waited for along the way of all.
            return Run.started_at + 0 if are_few else Run.started_at.expression


def _by(key: Any, run_id: Any, order: Order) -> tuple[Any, Any]:
    return (key.desc() if order.startswith("-") else key.asc(), run_id.desc())


def _is_behind(after: Place, key: ColumnElement[Any], order: Order) -> ColumnElement[bool]:
    if order is Order.NEWEST:
        # One comparison of pairs, because only that is looked up in an index.
        return tuple_(key, Run.id) < tuple_(after.key, after.id)
    beyond = key < after.key if order.startswith("-") else key > after.key
    return or_(beyond, and_(key == after.key, Run.id < after.id))


def _are_few(session: Session, wanted: RunFilter, *, at: int) -> bool:
    """Say whether the runs of the branches or of a window of the past are few."""
    if wanted.scope.branches:
        some = select(Run.id).where(LATEST, Run.head_branch.in_(wanted.scope.branches))
        if wanted.start is not None:
            some = some.where(Run.created_at >= wanted.start)
        if wanted.end is not None:
            some = some.where(Run.created_at < wanted.end)
        counted = select(func.count()).select_from(some.limit(_FEW + 1).subquery())
        return (session.scalar(counted) or 0) <= _FEW
    if wanted.end is None or wanted.end > at - _RECENT:
        return False
    window = Window(EVERYTHING.start if wanted.start is None else wanted.start, wanted.end)
    return totals(session, scope=wanted.scope, window=window).total <= _FEW_OF_A_WINDOW


class Count(NamedTuple):
    """How many runs match, and how many of each status; None when that is too many to count."""

    total: int | None
    by_status: Mapping[str, int] | None


def count_runs(session: Session, *, wanted: RunFilter) -> Count:
    """Count the runs of a filter without reading more than 5,000 of them.

    Beyond that the kept counts answer where they can; they tell what is open, or came to anything
    else than success, failure, cancelled or skipped, together as `open` and `other`.
    """
    kept = _kept_counts(session, wanted)
    if kept is not None and kept.total > MAX_COUNTED:
        names = ("success", "failure", "cancelled", "skipped", "open", "other")
        found = {name: int(getattr(kept, name)) for name in names}
        return Count(kept.total, {name: n for name, n in found.items() if n})
    at = clock.now()
    conditions = conditions_of(wanted, at=at, are_few=_are_few(session, wanted, at=at))
    some = (
        select(status_expression(at=at).label("status"))
        .where(LATEST, *conditions)
        .limit(MAX_COUNTED + 1)
        .subquery()
    )
    rows = session.execute(select(some.c.status, func.count()).group_by(some.c.status))
    by_status = {str(status): int(n) for status, n in rows}
    total = sum(by_status.values())
    return Count(total, by_status) if total <= MAX_COUNTED else Count(None, None)


def _kept_counts(session: Session, wanted: RunFilter) -> Totals | None:
    if not wanted.is_scope_only:
        return None
    start = EVERYTHING.start if wanted.start is None else wanted.start
    end = EVERYTHING.end if wanted.end is None else wanted.end
    return totals(session, scope=wanted.scope, window=Window(start, end))


def get_last_run(session: Session, *, scope: Scope) -> RunRow | None:
    """Return the newest run of a scope."""
    found = list_runs(session, wanted=RunFilter(scope), limit=1)
    return found[0] if found else None


def list_last_runs(
    session: Session, *, workflow_ids: Sequence[int], scope: Scope, window: Window
) -> dict[int, RunRow]:
    """Return, by workflow, the run of a scope that finished last, else the newest open one.

    Only runs created in the window count.
    """
    found: dict[int, RunRow] = {}
    for start in range(0, len(workflow_ids), _MOST_AT_ONCE):
        some = workflow_ids[start : start + _MOST_AT_ONCE]
        for row in session.execute(_last_runs(some, scope, window)):
            run = RunRow(*row)
            found[run.workflow_id] = run
    return found


def _last_runs(workflow_ids: Sequence[int], scope: Scope, window: Window) -> Select[Any]:
    runs = (
        select(Run.id, Run.started_at, Run.completed_at)
        .where(
            LATEST,
            Run.workflow_id == Workflow.id,
            Run.status != Phase.DELETED,
            *conditions_of_window(window.start, window.end),
        )
        .order_by(Run.started_at.desc(), Run.id.desc())
    )
    if scope.branches:
        runs = runs.where(Run.head_branch.in_(scope.branches))
    if scope.default_only:
        runs = runs.where(Run.on_default == True)  # noqa: E712  # SQL, not Python.
    finished = runs.where(Run.completed_at.is_not(None)).limit(_OVERLAPPING)
    few = finished.correlate(Workflow).subquery().c
    order = (few.completed_at.desc(), few.started_at.desc(), few.id.desc())
    last = select(few.id).order_by(*order).limit(1).scalar_subquery()
    newest = runs.with_only_columns(Run.id).limit(1).correlate(Workflow).scalar_subquery()
    ids = select(func.coalesce(last, newest)).where(Workflow.id.in_(workflow_ids))
    return select_runs().where(LATEST, Run.id.in_(ids))
