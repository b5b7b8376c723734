"""Reading runs: lists, one run, its attempts."""

from typing import Any, Final

from msgspec import Struct
from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select, text, tuple_
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.errors import Conflict, NotFound
from pulseboard.metrics.scope import Scope
from pulseboard.model import Repository, Run, Workflow
from pulseboard.pipelines.names import own_ids
from pulseboard.vocabulary import Phase, Source, Status, fold_status

# An open run that somebody pushed and never closed: nothing will be heard of it any more.
STALE_AFTER: Final = clock.DAY
_WAITING: Final = (Phase.REQUESTED, Phase.WAITING, Phase.PENDING, Phase.QUEUED)
# Written out, because SQLite uses a partial index only for the very words of its condition.
_LATEST: Final = text("runs.latest")


class RunFilter(Struct, frozen=True):
    """Which runs a list shows; words of one field are alternatives, fields all have to match."""

    scope: Scope
    statuses: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    head_sha: str | None = None
    # Created in [start, end).
    start: int | None = None
    end: int | None = None


class RunRow(Struct, frozen=True):
    """One attempt with the names it goes by; instants and durations in microseconds."""

    id: int
    provider_run_id: str
    attempt: int
    repository_id: int
    repository: str
    default_branch: str | None
    provider: str
    workflow_id: int
    workflow: str
    workflow_path: str | None
    run_number: int | None
    source: str
    event: str | None
    phase: str
    conclusion: str | None
    head_branch: str | None
    head_sha: str | None
    head_repository: str | None
    on_default: bool
    pr_number: int | None
    title: str | None
    commit_message: str | None
    commit_author: str | None
    committed_at: int | None
    actor: str | None
    html_url: str | None
    meta: str | None
    created_at: int
    started_at: int
    updated_at: int
    completed_at: int | None
    duration: int | None
    demo: bool
    rev: int

    def status(self, *, at: int) -> Status:
        """Return the folded word as it stands at an instant."""
        status = fold_status(self.phase, self.conclusion)
        is_open = status in (Status.RUNNING, Status.QUEUED)
        if is_open and self.source == Source.PUSH and self.started_at < at - STALE_AFTER:
            return Status.STALE
        return status


_RUN_COLUMNS: Final[tuple[Any, ...]] = (
    Run.id, Run.provider_run_id, Run.attempt, Run.repository_id, Repository.full_name,
    Repository.default_branch, Repository.provider, Run.workflow_id, Workflow.name, Workflow.path,
    Run.run_number, Run.source, Run.event, Run.status, Run.conclusion, Run.head_branch,
    Run.head_sha, Run.head_repository, Run.on_default, Run.pr_number, Run.title,
    Run.commit_message, Run.commit_author, Run.committed_at, Run.actor, Run.html_url, Run.meta,
    Run.created_at, Run.started_at, Run.updated_at, Run.completed_at, Run.duration, Run.demo,
    Run.rev,
)  # fmt: skip


def _select_runs() -> Select[Any]:
    return (
        select(*_RUN_COLUMNS)
        .join(Repository, Repository.id == Run.repository_id)
        .join(Workflow, Workflow.id == Run.workflow_id)
    )


def list_runs(
    session: Session,
    *,
    wanted: RunFilter,
    limit: int,
    offset: int = 0,
    after: tuple[int, int] | None = None,
) -> list[RunRow]:
    """Return the latest attempts, newest start first; `after` is (started_at, id) of the last."""
    query = _select_runs().where(_LATEST, *_conditions(wanted))
    if after is not None:
        query = query.where(tuple_(Run.started_at, Run.id) < after)
    query = query.order_by(Run.started_at.desc(), Run.id.desc()).limit(limit).offset(offset)
    return [RunRow(*row) for row in session.execute(query)]


def count_runs(session: Session, *, wanted: RunFilter, up_to: int) -> int:
    """Count matching runs, giving up at `up_to`."""
    query = select(Run.id).where(_LATEST, *_conditions(wanted)).limit(up_to)
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _conditions(wanted: RunFilter) -> list[ColumnElement[bool]]:
    scope = wanted.scope
    conditions: list[ColumnElement[bool]] = [Run.status != Phase.DELETED]
    conditions.append(Run.demo.is_(scope.demo))
    if scope.impossible:
        conditions.append(false())
    if scope.repositories:
        conditions.append(Run.repository_id.in_(scope.repositories))
    if scope.workflows:
        conditions.append(Run.workflow_id.in_(scope.workflows))
    if scope.branches:
        conditions.append(Run.head_branch.in_(scope.branches))
    if scope.default_only:
        conditions.append(Run.on_default.is_(True))
    if wanted.statuses:
        conditions.append(or_(*(_has_status(word) for word in wanted.statuses)))
    for column, words in ((Run.event, wanted.events), (Run.actor, wanted.actors)):
        if words:
            conditions.append(column.in_(words))
    if wanted.head_sha:
        conditions.append(Run.head_sha == wanted.head_sha)
    if wanted.start is not None:
        # No attempt starts before its run is created, and lists walk along started_at.
        conditions += [Run.created_at >= wanted.start, Run.started_at >= wanted.start]
    if wanted.end is not None:
        conditions.append(Run.created_at < wanted.end)
    return conditions


def _has_status(word: str) -> ColumnElement[bool]:
    """Return the condition of a folded word, else of a provider's conclusion."""
    stale = and_(Run.source == Source.PUSH, Run.started_at < clock.now() - STALE_AFTER)
    match word:
        case Status.SUCCESS | Status.FAILURE | Status.CANCELLED | Status.SKIPPED:
            return Run.outcome == word
        case Status.RUNNING:
            return and_(Run.status == Phase.IN_PROGRESS, ~stale)
        case Status.QUEUED:
            return and_(Run.status.in_(_WAITING), ~stale)
        case Status.STALE:
            is_open = Run.status.in_((*_WAITING, Phase.IN_PROGRESS))
            return or_(Run.conclusion == word, and_(is_open, stale))
        case Status.UNKNOWN:
            known = [str(s) for s in Status] + ["timed_out", "startup_failure"]
            odd = or_(Run.conclusion.is_(None), Run.conclusion.not_in(known))
            return or_(Run.status == Phase.UNKNOWN, and_(Run.status == Phase.COMPLETED, odd))
        case _:
            return Run.conclusion == word


def get_run(session: Session, *, run_id: int, attempt: int | None = None) -> RunRow | None:
    """Return one attempt of a run of ours, the latest unless one is named."""
    chosen = Run.attempt == attempt if attempt is not None else _LATEST
    row = session.execute(_select_runs().where(Run.id == run_id, chosen)).first()
    return None if row is None else RunRow(*row)


def require_run(
    session: Session, *, name: str, repository: str | None = None, attempt: int | None = None
) -> RunRow:
    """Return the run that an id of ours, else of its provider, stands for.

    Raises NotFound, or Conflict when several repositories have a run of that id and none is named.
    """
    run_id = _find_run_id(session, name, repository)
    found = None if run_id is None else get_run(session, run_id=run_id, attempt=attempt)
    if found is None:
        which = f"attempt {attempt} of run {name!r}" if attempt is not None else f"run {name!r}"
        raise NotFound(f"There is no {which}; it may never have been seen, or been removed by age")
    return found


def _find_run_id(session: Session, name: str, repository: str | None) -> int | None:
    here = select(Run.id, Repository.full_name).join(
        Repository, Repository.id == Run.repository_id
    ).distinct()  # fmt: skip
    if repository is not None:
        here = here.where(
            or_(Repository.name_key == repository.lower(), Repository.id.in_(own_ids([repository])))
        )
    for own_id in own_ids([name]):
        found = session.execute(here.where(Run.id == own_id)).first()
        if found is not None:
            return int(found[0])
    rows = session.execute(here.where(Run.provider_run_id == name).limit(2)).all()
    if len(rows) > 1:
        raise Conflict(
            f"Several repositories have a run {name}: add repo=owner/name to say which one"
        )
    return int(rows[0][0]) if rows else None


def list_attempts(session: Session, *, run_id: int) -> list[RunRow]:
    """Return every attempt of a run, the first one first."""
    query = _select_runs().where(Run.id == run_id).order_by(Run.attempt)
    return [RunRow(*row) for row in session.execute(query)]


def get_last_run(session: Session, *, scope: Scope) -> RunRow | None:
    """Return the newest run of a scope."""
    found = list_runs(session, wanted=RunFilter(scope), limit=1)
    return found[0] if found else None


def list_last_runs(session: Session, *, wanted: RunFilter) -> dict[int, RunRow]:
    """Return the last run of each workflow: the newest that has finished, else the newest."""
    order = (Run.completed_at.is_(None), Run.completed_at.desc(), Run.started_at.desc())
    place = func.row_number().over(partition_by=Run.workflow_id, order_by=(*order, Run.id.desc()))
    ranked = select(Run.id, place.label("place")).where(_LATEST, *_conditions(wanted)).subquery()
    query = _select_runs().join(ranked, ranked.c.id == Run.id).where(_LATEST, ranked.c.place == 1)
    return {row.workflow_id: row for row in (RunRow(*found) for found in session.execute(query))}
