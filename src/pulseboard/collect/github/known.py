"""What is stored already of the runs a listing names, and which attempts still lack their jobs."""

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from pulseboard.collect.records import NO_CLOCK, Envelope
from pulseboard.db.bulk import Upsert
from pulseboard.model import IS_LATEST, AttemptCheck, Job, Run, Workflow
from pulseboard.vocabulary import Phase

_GITHUB: Final = "github"
_SAVE_CHECKS: Final = Upsert(
    AttemptCheck,
    conflict=("run_id", "attempt"),
    updates={"clock": "excluded.clock", "checked_at": "excluded.checked_at"},
)


class Attempt(NamedTuple):
    """The latest attempt of a run as it is stored."""

    id: int
    run_id: str
    attempt: int
    status: str
    conclusion: str | None
    clock: bytes
    created_at: int
    updated_at: int
    # Of its latest attempt.
    started_at: int


_COLUMNS: Final = (
    Run.id, Run.provider_run_id, Run.attempt, Run.status, Run.conclusion, Run.clock,
    Run.created_at, Run.updated_at, Run.started_at,
)  # fmt: skip


def keep_news(
    session: Session, repository_id: int, envelopes: Sequence[Envelope]
) -> list[Envelope]:
    """Leave out runs that stand exactly as they are stored.

    What cannot be understood stays: it is stored once, however often it is offered.
    """
    told = {run.run_id for envelope in envelopes for run in envelope.runs}
    stored = {
        (row.provider_run_id, row.attempt): bytes(row.clock)
        for row in session.execute(
            select(Run.provider_run_id, Run.attempt, Run.clock).where(
                Run.repository_id == repository_id, Run.provider_run_id.in_(told)
            )
        )
    }
    return [
        envelope
        for envelope in envelopes
        if not envelope.runs
        or any(stored.get((run.run_id, run.attempt)) != run.clock for run in envelope.runs)
    ]


def count_runs(envelopes: Iterable[Envelope]) -> int:
    """Return how many of them tell of a run."""
    return sum(bool(envelope.runs) for envelope in envelopes)


def _unchecked(repository_id: int, *, since: int, until: int | None) -> tuple[Any, ...]:
    wanted = (
        Run.repository_id == repository_id,
        IS_LATEST,
        Run.source == _GITHUB,
        Run.status != Phase.DELETED,
        # What was run again since is new, however old the run; no run starts before it is created.
        Run.started_at >= since,
        AttemptCheck.clock.is_distinct_from(Run.clock),
    )
    if until is None:
        return wanted
    return (*wanted, Run.created_at >= since, Run.created_at < until)


_CHECK_OF_RUN: Final = and_(AttemptCheck.run_id == Run.id, AttemptCheck.attempt == Run.attempt)


def list_unchecked(
    session: Session,
    repository_id: int,
    *,
    since: int,
    until: int | None = None,
    after: Attempt | None = None,
    limit: int,
) -> list[Attempt]:
    """Return latest attempts whose jobs were not listed since they changed, latest start first.

    Those that began since then, or with `until` those of runs created in [since, until). `after` is
    the last one seen.
    """
    found = (
        select(*_COLUMNS)
        .outerjoin(AttemptCheck, _CHECK_OF_RUN)
        .where(*_unchecked(repository_id, since=since, until=until))
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(limit)
    )
    if after is not None:
        earlier = and_(Run.started_at == after.started_at, Run.id < after.id)
        found = found.where(
            Run.started_at <= after.started_at, or_(Run.started_at < after.started_at, earlier)
        )
    return [Attempt(*row) for row in session.execute(found)]


def count_unchecked(session: Session, repository_id: int, *, since: int, until: int) -> int:
    """Count them."""
    counted = (
        select(func.count())
        .select_from(Run)
        .outerjoin(AttemptCheck, _CHECK_OF_RUN)
        .where(*_unchecked(repository_id, since=since, until=until))
    )
    return session.scalar(counted) or 0


def list_open(session: Session, repository_id: int, *, since: int) -> list[Attempt]:
    """Return runs that began, or were run again, since then and are not over, newest first."""
    found = (
        select(*_COLUMNS)
        .where(
            Run.repository_id == repository_id,
            IS_LATEST,
            Run.source == _GITHUB,
            Run.started_at >= since,
            Run.outcome == "open",
        )
        .order_by(Run.started_at.desc(), Run.id.desc())
    )
    return [Attempt(*row) for row in session.execute(found)]


def list_newest(session: Session, repository_id: int, *, limit: int) -> set[str]:
    """Return the provider's ids of the runs created last."""
    found = (
        select(Run.provider_run_id)
        .where(Run.repository_id == repository_id, IS_LATEST, Run.source == _GITHUB)
        .order_by(Run.created_at.desc())
        .limit(limit)
    )
    return set(session.scalars(found))


def list_between(
    session: Session,
    repository_id: int,
    *,
    start: int,
    end: int,
    workflows: Sequence[str] | None = None,
) -> list[Attempt]:
    """Return runs created in [start, end) that are not deleted at GitHub as far as we know.

    With `workflows` only the runs of these files.
    """
    found = select(*_COLUMNS).where(
        Run.repository_id == repository_id,
        IS_LATEST,
        Run.source == _GITHUB,
        Run.status != Phase.DELETED,
        Run.started_at >= start,
        Run.created_at >= start,
        Run.created_at < end,
    )
    if workflows is not None:
        files = or_(*(Workflow.path.endswith(f"/{file}", autoescape=True) for file in workflows))
        found = found.join(Workflow, Workflow.id == Run.workflow_id).where(files)
    return [Attempt(*row) for row in session.execute(found)]


def count_between(session: Session, repository_id: int, *, start: int, end: int) -> int:
    """Count the runs created in [start, end)."""
    counted = select(func.count()).where(
        Run.repository_id == repository_id,
        IS_LATEST,
        Run.started_at >= start,
        Run.created_at >= start,
        Run.created_at < end,
    )
    return session.scalar(counted) or 0


def list_told_attempts(session: Session, run_id: int) -> set[int]:
    """Return the attempts of a run whose end a run object told of, not only one of their jobs.

    One that was seen under way may have ended, and the next one begun, since anybody looked.
    """
    is_over = Run.status.in_((Phase.COMPLETED, Phase.DELETED))
    found = select(Run.attempt).where(Run.id == run_id, Run.clock != NO_CLOCK, is_over)
    return set(session.scalars(found))


class JobsKnown(NamedTuple):
    """How many jobs of an attempt are stored, and how many of them are not over."""

    total: int
    open: int


NO_JOBS: Final = JobsKnown(0, 0)


def read_jobs(session: Session, attempts: Sequence[Attempt]) -> dict[int, JobsKnown]:
    """Count the jobs of the latest attempts of runs, by our id of the run; none has no entry."""
    numbers = {one.id: one.attempt for one in attempts}
    counted = (
        select(
            Job.run_id,
            Job.attempt,
            func.count(),
            func.count().filter(Job.status == Phase.COMPLETED),
        )
        .where(Job.run_id.in_(numbers))
        .group_by(Job.run_id, Job.attempt)
    )
    return {
        run_id: JobsKnown(total, total - over)
        for run_id, attempt, total, over in session.execute(counted)
        if numbers[run_id] == attempt
    }


def count_jobs(session: Session, run_id: int) -> int:
    """Count the jobs of all attempts of a run."""
    return session.scalar(select(func.count()).where(Job.run_id == run_id)) or 0


def note_checked(session: Session, attempts: Iterable[Attempt], *, at: int) -> None:
    """Keep that all jobs of these attempts are stored as the attempts stand."""
    _SAVE_CHECKS.execute_tuples(session, [(a.id, a.attempt, a.clock, at) for a in attempts])
