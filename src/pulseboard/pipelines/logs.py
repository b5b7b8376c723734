"""Reading which logs there are, why one is not there, and the guilty lines of runs."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from pulseboard.errors import Conflict, NotFound
from pulseboard.model import IS_LATEST, Job, Log, Repository, Run
from pulseboard.pipelines.jobs import list_jobs
from pulseboard.pipelines.names import own_ids
from pulseboard.pipelines.rows import RunRow
from pulseboard.vocabulary import PUSHED_JOB, LogState, Outcome, Phase, Provider, Source, Status


class Guilty(NamedTuple):
    """The line that says why a job failed, 1-based in its log."""

    job_id: int
    job_name: str
    line: int
    text: str
    signature: str | None


class JobLog(NamedTuple):
    """A job and what is known of its log; None when nothing ever was."""

    job: Job
    log: Log | None


def require_job(session: Session, *, name: str, repository: str | None = None) -> Job:
    """Return the job that an id of ours, else of its provider, stands for.

    Raises NotFound, or Conflict when several repositories have a job of that id and none is named.
    """
    query = select(Job).join(Repository, Repository.id == Job.repository_id)
    if repository is not None:
        ours = Repository.id.in_(own_ids([repository]))
        query = query.where(or_(Repository.name_key == repository.lower(), ours))
    for own_id in own_ids([name]):
        found = session.scalar(query.where(Job.id == own_id))
        if found is not None:
            return found
    rows = session.scalars(query.where(Job.provider_job_id == name).limit(2)).all()
    if len(rows) > 1:
        raise Conflict(f"Several repositories have a job {name}: add repo=owner/name to say which")
    if not rows:
        raise NotFound(f"There is no job {name!r}; {_what_instead(session, name)}")
    return rows[0]


def _what_instead(session: Session, name: str) -> str:
    """Say what a name that is no job's may be, and what to do then."""
    run = name.removeprefix(PUSHED_JOB)
    is_meant = or_(Run.provider_run_id == run, Run.id.in_(own_ids([run])))
    source = session.scalar(select(Run.source).where(is_meant).limit(1))
    if source is None:
        return "it may never have been seen, or been removed"
    if source == Source.PUSH:
        return (
            "a run of that id was pushed without a log, and then has no job: push it again to"
            " POST /api/events with the same id, repo and workflow, and with its log"
        )
    return f"that is the id of a run: GET /api/v1/runs/{run} lists its jobs"


def list_logs_of_run(session: Session, *, run: RunRow) -> list[JobLog]:
    """Return the jobs of an attempt with what is known of their logs, in order of creation."""
    jobs = list_jobs(session, run_id=run.id, attempt=run.attempt)
    rows = session.scalars(select(Log).where(Log.job_id.in_([job.id for job in jobs])))
    logs = {row.job_id: row for row in rows}
    return [JobLog(job, logs.get(job.id)) for job in jobs]


def get_green_log(session: Session, *, job: Job) -> JobLog | None:
    """Return the newest stored log of a job of that name that succeeded in an earlier run.

    One of the same branch is preferred to a newer one of another.
    """
    run = session.get(Run, (job.run_id, job.attempt))
    if run is None:
        return None
    query = (
        select(Job, Log)
        .select_from(Run)
        .join(Job, and_(Job.run_id == Run.id, Job.attempt == Run.attempt))
        .join(Log, Log.job_id == Job.id)
        .where(IS_LATEST, Run.workflow_id == run.workflow_id, Run.id != run.id)
        .where(Run.started_at <= run.started_at)
        .where(Job.name == job.name, Job.outcome == Outcome.SUCCESS)
        .where(Log.state == LogState.STORED)
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(1)
    )
    of_branch = query.where(Run.head_branch == run.head_branch)
    found = session.execute(of_branch).first() or session.execute(query).first()
    return None if found is None else JobLog(found[0], found[1])


def list_guilty(session: Session, *, run_ids: Sequence[int]) -> dict[tuple[int, int], list[Guilty]]:
    """Return the guilty lines of the failed jobs of runs by (run, attempt), the first job first."""
    found: dict[tuple[int, int], list[Guilty]] = {}
    if not run_ids:
        return found
    query = (
        select(
            Job.run_id, Job.attempt, Job.id, Job.name, Log.first_error_line, Log.first_error,
            Log.signature,
        )
        .join(Log, Log.job_id == Job.id)
        .where(Job.run_id.in_(run_ids), Job.outcome == Outcome.FAILURE)
        .where(Log.first_error.is_not(None))
        .order_by(Job.started_at, Job.id)
    )  # fmt: skip
    for run_id, attempt, job_id, name, line, text, signature in session.execute(query):
        guilty = Guilty(job_id, name, line or 1, text or "", signature)
        found.setdefault((run_id, attempt), []).append(guilty)
    return found


def why_not(job: Job, log: Log | None, *, provider: str, demo: bool) -> str:
    """Say in words why there is no log of a job, and what to do about it."""
    if log is not None and log.reason:
        return log.reason
    if job.conclusion == Status.SKIPPED:
        return "the job was skipped, so it wrote none"
    if demo:
        return "the demo made this job without one"
    state = None if log is None else log.state
    if state in _WORDS:
        return _WORDS[LogState(state)]
    if job.status != Phase.COMPLETED:
        return (
            "the job is queued: its log starts when a runner picks it up"
            if job.started_at is None
            else "the job is running: its log comes when it is done"
        )
    if provider == Provider.GITHUB and not job.provider_job_id.startswith(PUSHED_JOB):
        return (
            "it has not been fetched: PULSEBOARD_LOGS says which are; Fetch now asks for this one"
        )
    return "none was pushed: send it as log of /api/events or to PUT /api/v1/jobs/{id}/log"


_WORDS = {
    LogState.WAITING: "it was asked for, and comes as soon as GitHub's limits allow",
    LogState.EXPIRED: "GitHub has deleted it, as it does after 90 days",
    LogState.MISSING: "GitHub has none of this job",
    LogState.REFUSED: "it may not be read, or is larger than PULSEBOARD_LOG_MAX_MB",
    LogState.FAILED: "it could not be fetched; Fetch now tries again",
    LogState.REMOVED: "it was removed by retention",
}
