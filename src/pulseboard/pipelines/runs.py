"""Reading runs: one run, its attempts, and what to compare it with."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from pulseboard.clock import DAY, HOUR, to_iso
from pulseboard.errors import Conflict, Gone, NotFound
from pulseboard.model import Counter, Repository, Run
from pulseboard.pipelines.filters import LATEST
from pulseboard.pipelines.names import own_ids
from pulseboard.pipelines.rows import RunRow, select_runs
from pulseboard.vocabulary import Outcome

# The counter that says before which creation all real runs were deleted.
FLOOR: Final = "retention.floor"
# A run is compared with so many before it, and its last green is looked for among so many.
_COMPARED = 50
_LOOKED_BACK = 500


def get_run(session: Session, *, run_id: int, attempt: int | None = None) -> RunRow | None:
    """Return one attempt of a run of ours, the latest unless one is named."""
    chosen = Run.attempt == attempt if attempt is not None else LATEST
    row = session.execute(select_runs().where(Run.id == run_id, chosen)).first()
    return None if row is None else RunRow(*row)


def require_run(
    session: Session, *, name: str, repository: str | None = None, attempt: int | None = None
) -> RunRow:
    """Return the run that an id of ours, else of its provider, stands for; real ones first.

    Raises NotFound (Gone when it was removed), or Conflict when several repositories have a run of
    that id and none is named.
    """
    run_id = _find_run_id(session, name, repository)
    found = None if run_id is None else get_run(session, run_id=run_id, attempt=attempt)
    if found is not None:
        return found
    if run_id is None:
        _refuse_removed(session, name)
    which = f"attempt {attempt} of run {name!r}" if attempt is not None else f"run {name!r}"
    raise NotFound(f"There is no {which}; it may never have been seen, or been removed by age")


def _refuse_removed(session: Session, name: str) -> None:
    """Raise Gone when a name is an id that was given to a run which is stored no more."""
    marks = {row.name: row.value for row in session.scalars(select(Counter))}
    given = [own_id for own_id in own_ids([name]) if 0 < own_id <= marks.get("run", 0)]
    # One that is there belongs to another repository than the one named.
    if not given or session.scalar(select(Run.id).where(Run.id.in_(given)).limit(1)) is not None:
        return
    raise Gone(f"Run {name} was removed {_why_removed(marks)}")


def _why_removed(marks: Mapping[str, int]) -> str:
    if FLOOR not in marks:
        return "with the demo data"
    # Whole days of UTC go at once, so everything of the day of the last one has gone.
    day = to_iso(-(-marks[FLOOR] // DAY) * DAY)[:10]
    # What is gone is known no more, not even whether it was a demo run.
    return (
        f"by age, as PULSEBOARD_RETENTION_RUN_DAYS keeps none created before {day},"
        " or with the demo data"
    )


def _find_run_id(session: Session, name: str, repository: str | None) -> int | None:
    here = select(Run.id, Run.demo).join(Repository, Repository.id == Run.repository_id).distinct()
    if repository is not None:
        here = here.where(
            or_(Repository.name_key == repository.lower(), Repository.id.in_(own_ids([repository])))
        )
    by_ours = session.execute(here.where(Run.id.in_(own_ids([name])))).first()
    if by_ours is not None and not by_ours.demo:
        return int(by_ours.id)
    # Real before demo: what is made up never makes a real run ambiguous, nor hides it.
    rows = session.execute(
        here.where(Run.provider_run_id == name).order_by(Run.demo, Run.id).limit(2)
    ).all()
    if by_ours is not None and (not rows or rows[0].demo):
        return int(by_ours.id)
    if len(rows) > 1 and rows[0].demo == rows[1].demo:
        raise Conflict(
            f"Several repositories have a run {name}: add repo=owner/name to say which one"
        )
    return int(rows[0].id) if rows else None


def list_attempts(session: Session, *, run_id: int) -> list[RunRow]:
    """Return every attempt of a run, the first one first."""
    query = select_runs().where(Run.id == run_id).order_by(Run.attempt)
    return [RunRow(*row) for row in session.execute(query)]


def list_durations_before(session: Session, *, run: RunRow) -> list[int]:
    """Return the rising durations of the 50 runs of the workflow that began before it."""
    query = (
        select(Run.duration)
        .where(
            LATEST,
            Run.workflow_id == run.workflow_id,
            Run.started_at < run.started_at,
            Run.outcome.in_((Outcome.SUCCESS, Outcome.FAILURE)),
            Run.duration.is_not(None),
        )
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(_COMPARED)
    )
    return sorted(duration for duration in session.scalars(query) if duration is not None)


class LastGreen(NamedTuple):
    """The last success of the workflow on the branch before a run."""

    run: RunRow
    # Different commits that were run since, the run's own among them.
    commits_since: int


def get_last_green(session: Session, *, run: RunRow) -> LastGreen | None:
    """Return the last success of the workflow on the branch among the 500 runs before.

    A fork's branch is another one than that of the same name here.
    """
    commits = {run.head_sha}
    for row in _list_before(session, run):
        if (row.head_branch, row.head_repository) != (run.head_branch, run.head_repository):
            continue
        if row.outcome == Outcome.SUCCESS:
            green = get_run(session, run_id=row.id)
            return None if green is None else LastGreen(green, len(commits - {green.head_sha}))
        commits.add(row.head_sha)
    return None


def _list_before(session: Session, run: RunRow) -> Sequence[Any]:
    """Return the runs of the workflow before one, the newest first."""
    columns = (Run.id, Run.head_branch, Run.head_repository, Run.head_sha, Run.outcome)
    query = select(*columns).where(LATEST, Run.workflow_id == run.workflow_id)
    recent = (Run.started_at.desc(), Run.id.desc())
    if run.run_number is None:
        before = Run.started_at < run.started_at
        return session.execute(query.where(before).order_by(*recent).limit(_LOOKED_BACK)).all()
    # No index knows the numbers. They rise with the creations but for what a clock is off, and a
    # re-run, which starts late, keeps both.
    number = func.coalesce(Run.run_number, -1)
    near = (
        query.add_columns(number.label("number"), Run.started_at)
        .where(number < run.run_number, Run.created_at < run.created_at + HOUR)
        .order_by(Run.created_at.desc(), Run.id.desc())
        .limit(_LOOKED_BACK)
    )
    found = session.execute(near).all()
    return sorted(found, key=lambda row: (row.number, row.started_at, row.id), reverse=True)


def count_attempts(session: Session, *, run_id: int) -> int:
    """Count the attempts of a run that are known."""
    query = select(func.count()).select_from(Run).where(Run.id == run_id)
    return session.scalar(query) or 0
