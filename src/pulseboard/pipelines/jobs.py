"""Reading the jobs and steps of an attempt."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from pulseboard.model import Job, Step
from pulseboard.vocabulary import Outcome, Phase


def list_jobs(session: Session, *, run_id: int, attempt: int) -> list[Job]:
    """Return the newest result of each job up to an attempt, in order of creation.

    A partial re-run has only the jobs it ran again; the others keep the result they had.
    """
    rows = session.scalars(
        select(Job)
        .where(Job.run_id == run_id, Job.attempt <= attempt, Job.status != Phase.DELETED)
        .order_by(Job.attempt, Job.created_at, Job.id)
    )
    newest: dict[str, list[Job]] = {}
    for job in rows:
        same = newest.setdefault(job.name, [])
        if same and same[0].attempt < job.attempt:
            same.clear()
        same.append(job)
    return [job for jobs in newest.values() for job in jobs]


def list_steps(session: Session, *, job_ids: Sequence[int]) -> dict[int, list[Step]]:
    """Return the steps of jobs, in order."""
    found: dict[int, list[Step]] = {job_id: [] for job_id in job_ids}
    query = select(Step).where(Step.job_id.in_(job_ids)).order_by(Step.job_id, Step.number)
    for step in session.scalars(query):
        found[step.job_id].append(step)
    return found


class JobCounts(NamedTuple):
    """How the jobs of one attempt stand; the longest wait for a runner in microseconds."""

    total: int
    failed: int
    running: int
    skipped: int
    longest_wait: int | None


def count_jobs(session: Session, *, run_ids: Sequence[int]) -> dict[tuple[int, int], JobCounts]:
    """Count the jobs of runs by (run, attempt)."""
    waited = case((Job.queue < 0, 0), else_=Job.queue)
    query = (
        select(
            Job.run_id,
            Job.attempt,
            func.count(),
            _count(Job.outcome == Outcome.FAILURE),
            _count(Job.status == Phase.IN_PROGRESS),
            _count(Job.outcome == Outcome.SKIPPED),
            func.max(waited),
        )
        .where(Job.run_id.in_(run_ids))
        .group_by(Job.run_id, Job.attempt)
    )
    return {(row[0], row[1]): JobCounts(*row[2:]) for row in session.execute(query)}


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))
