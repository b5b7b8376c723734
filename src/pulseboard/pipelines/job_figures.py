"""The jobs of one workflow in numbers: how often each passes, how long it takes and waits."""

from collections.abc import Iterable, Sequence
from typing import Final

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.metrics.stats import percentile
from pulseboard.model import Job, Run
from pulseboard.pipelines.filters import LATEST, RunFilter, conditions_of
from pulseboard.vocabulary import Outcome, Phase

# The newest runs of a window say enough, and reading more of them would take too long.
MOST_RUNS: Final = 500


class JobFigures(Struct, frozen=True):
    """One job by its name; durations and waits in microseconds."""

    name: str
    success: int
    failure: int
    p50: float | None
    p95: float | None
    queue_p95: float | None
    # The run in which it failed last, and when; None when it never did.
    last_failure: tuple[int, int | None] | None


class _Result(Struct, frozen=True):
    run_id: int
    attempt: int
    name: str
    outcome: str
    duration: int | None
    queue: int | None
    completed_at: int | None


def list_job_figures(
    session: Session, *, wanted: RunFilter, at: int
) -> tuple[list[JobFigures], int]:
    """Return the jobs of the newest 500 runs of a filter, and how many runs that are.

    Of each run the newest result of a job counts. The jobs that fail most come first.
    """
    conditions = conditions_of(wanted, at=at, are_few=False)
    newest = (
        select(Run.id)
        .where(LATEST, *conditions)
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(MOST_RUNS)
    )
    run_ids = list(session.scalars(newest))
    by_name: dict[str, list[_Result]] = {}
    for result in _newest_results(session, run_ids):
        by_name.setdefault(result.name, []).append(result)
    figures = [_figures(name, results) for name, results in by_name.items()]
    return sorted(figures, key=lambda one: (-one.failure, one.name)), len(run_ids)


def _newest_results(session: Session, run_ids: Sequence[int]) -> Iterable[_Result]:
    """Return the results of the newest attempt of each job of each run."""
    query = select(
        Job.run_id, Job.attempt, Job.name, Job.outcome, Job.duration, Job.queue, Job.completed_at
    ).where(Job.run_id.in_(run_ids), Job.status != Phase.DELETED)
    newest: dict[tuple[int, str], _Result] = {}
    for row in session.execute(query):
        result = _Result(*row)
        key = (result.run_id, result.name)
        if key not in newest or newest[key].attempt < result.attempt:
            newest[key] = result
    return newest.values()


def _figures(name: str, results: Sequence[_Result]) -> JobFigures:
    failures = [one for one in results if one.outcome == Outcome.FAILURE]
    success = sum(one.outcome == Outcome.SUCCESS for one in results)
    counted = (Outcome.SUCCESS, Outcome.FAILURE)
    durations = sorted(
        one.duration for one in results if one.duration is not None and one.outcome in counted
    )
    # Re-run jobs are dated before their creation; they did not wait for that long.
    waits = sorted(max(one.queue, 0) for one in results if one.queue is not None)
    last = max(failures, key=lambda one: (one.completed_at or 0, one.run_id), default=None)
    return JobFigures(
        name=name,
        success=success,
        failure=len(failures),
        p50=percentile(durations, 0.5),
        p95=percentile(durations, 0.95),
        queue_p95=percentile(waits, 0.95),
        last_failure=None if last is None else (last.run_id, last.completed_at),
    )
