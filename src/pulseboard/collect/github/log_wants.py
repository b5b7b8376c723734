"""Which jobs at GitHub should have their log fetched next: the failed ones first."""

from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, Executable, and_, case, false, func, or_, select, text, true
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github.connection import has_credential
from pulseboard.config import Settings
from pulseboard.logs.archive import JobName
from pulseboard.model import Job, Log, Repository, Run
from pulseboard.spelling import LogPolicy
from pulseboard.vocabulary import PUSHED_JOB, LogState, Outcome, Phase, Provider, Status

# GitHub deletes logs after 90 days unless it is told otherwise.
KEPT_AT_GITHUB: Final = 90 * clock.DAY
# Without being asked, nobody fetches what is older than this.
_LOOK_BACK: Final = 7 * clock.DAY
# What failed is tried again after a while, and less often when the job is older than a day.
_TRY_AGAIN: Final = 20 * clock.MINUTE
_TRY_OLD_AGAIN: Final = 6 * clock.HOUR
_LOT: Final = 200


class Want(NamedTuple):
    """The jobs of one attempt whose logs are wanted, and how GitHub calls it all."""

    repository: str
    provider_run_id: str
    attempt: int
    run_is_over: bool
    jobs: list[JobName]
    provider_ids: dict[int, str]
    completed_at: int


def list_wants(session: Session, *, settings: Settings, at: int) -> list[Want]:
    """Return what to fetch, the most urgent first: asked for, then failed, then by policy."""
    asked = Log.state == LogState.WAITING
    young = and_(
        # The run is bounded as well, since runs have an index by their creation and jobs none.
        Run.created_at >= at - _LOOK_BACK - clock.DAY,
        Job.completed_at >= at - _LOOK_BACK,
        or_(
            and_(Log.job_id.is_(None), _is_wanted(settings)),
            and_(
                Log.state == LogState.FAILED,
                or_(
                    and_(
                        Log.captured_at < at - _TRY_AGAIN,
                        Job.completed_at >= at - clock.DAY,
                    ),
                    Log.captured_at < at - _TRY_OLD_AGAIN,
                ),
            ),
        ),
    )
    wanted: dict[tuple[int, int], Want] = {}
    for condition in (asked, young):
        for job, repository, run in session.execute(_jobs(condition)):
            want = wanted.setdefault((run.id, job.attempt), _make_want(repository, run, job))
            want.jobs.append(JobName(job.id, job.name, job.started_at))
            want.provider_ids[job.id] = job.provider_job_id
    return list(wanted.values())


def _jobs(condition: ColumnElement[bool]) -> Executable:
    """Choose finished jobs at GitHub with the latest attempt of their run, failed ones first."""
    is_failure = case((Job.outcome == Outcome.FAILURE, 1), else_=0)
    return (
        select(Job, Repository.full_name, Run)
        .join(Run, (Run.id == Job.run_id) & text("runs.latest"))
        .join(Repository, Repository.id == Job.repository_id)
        .outerjoin(Log, Log.job_id == Job.id)
        .where(
            Repository.provider == Provider.GITHUB,
            Repository.demo == False,  # noqa: E712  # SQL, not Python.
            Job.status == Phase.COMPLETED,
            func.coalesce(Job.conclusion, "") != Status.SKIPPED,
            ~Job.provider_job_id.startswith(PUSHED_JOB),
            condition,
        )
        .order_by(is_failure.desc(), Job.completed_at.desc())
        .limit(_LOT)
    )


def _is_wanted(settings: Settings) -> ColumnElement[bool]:
    """Choose by policy, in the query: what nobody wants must not fill the lot."""
    chosen = {
        LogPolicy.ALL: true(),
        LogPolicy.NONE: false(),
        LogPolicy.FAILURES: Job.outcome == Outcome.FAILURE,
    }
    exceptions = settings.log_exceptions
    if not exceptions:
        return chosen[settings.logs]
    return case(
        *((Repository.name_key == name, chosen[policy]) for name, policy in exceptions.items()),
        else_=chosen[settings.logs],
    )


def _make_want(repository: str, run: Run, job: Job) -> Want:
    return Want(
        repository=repository,
        provider_run_id=run.provider_run_id,
        attempt=job.attempt,
        run_is_over=run.status == Phase.COMPLETED or job.attempt < run.attempt,
        jobs=[],
        provider_ids={},
        completed_at=job.completed_at or run.started_at,
    )


def ask_for(session: Session, settings: Settings, *, job: Job, at: int) -> bool:
    """Have the log of a job fetched soon; False when it will not be or is stored already."""
    row = session.get(Log, job.id)
    if not may_ask_for(session, settings, job=job, log=row):
        return False
    if row is None:
        row = Log(job_id=job.id, at=job.completed_at or at, size_bytes=0, stored_bytes=0,
                  lines=0)  # fmt: skip
        session.add(row)
    row.state, row.reason, row.captured_at = LogState.WAITING, None, at
    return True


def may_ask_for(session: Session, settings: Settings, *, job: Job, log: Log | None) -> bool:
    """Say whether GitHub has a log that is not stored here, and this server may ask for it."""
    is_stored = log is not None and log.state == LogState.STORED
    return not is_stored and _has_log_at_github(session, job) and has_credential(session, settings)


def is_out_of_reach(session: Session, settings: Settings, *, job: Job, log: Log | None) -> bool:
    """Say whether a log stays at GitHub only because nobody GitHub knows may ask for it."""
    return (
        (log is None or log.state == LogState.WAITING)
        and job.status == Phase.COMPLETED
        and _has_log_at_github(session, job)
        and not has_credential(session, settings)
    )


def _has_log_at_github(session: Session, job: Job) -> bool:
    repository = session.get_one(Repository, job.repository_id)
    is_real = repository.provider == Provider.GITHUB and not repository.demo
    is_pushed = job.provider_job_id.startswith(PUSHED_JOB)
    return is_real and not is_pushed and job.conclusion != Status.SKIPPED
