"""Everything about one workflow: its numbers, and those of each of its jobs."""

from typing import Annotated, Final

from fastapi import APIRouter, Path
from msgspec import structs
from pydantic import BaseModel, Field

from pulseboard import clock
from pulseboard.api.deps import PeriodAsked, Reading, ScopeAsked
from pulseboard.api.problems import REFUSALS
from pulseboard.api.shapes import PartialNames, rate, seconds, when
from pulseboard.api.v1.metrics import PeriodNumbers, summarise_period
from pulseboard.errors import NotFound
from pulseboard.model import Repository, Workflow
from pulseboard.pipelines import RunFilter
from pulseboard.pipelines.feeds import list_partial
from pulseboard.pipelines.job_figures import MOST_RUNS, JobFigures, list_job_figures

router = APIRouter(prefix="/workflows", tags=["screen"])
WorkflowId = Annotated[int, Path(ge=0, lt=1 << 63, description="Our id.")]
_DEFAULT_WINDOW: Final = 7 * clock.DAY


class WorkflowRef(BaseModel):
    """A workflow and where it lives."""

    id: int
    name: str
    path: str | None
    repo: str
    repository_id: int
    default_branch: str | None


class LastFailure(BaseModel):
    """The last time a job failed."""

    run_id: int
    at: str | None


class JobNumbers(BaseModel):
    """One job of the workflow, by name."""

    name: str
    success: int
    failure: int
    success_rate: float | None
    p50_s: float | None
    p95_s: float | None
    queue_p95_s: float | None = Field(description="Waiting for a runner.")
    critical_share: float | None = Field(
        default=None, description="null: this version does not know which job waits for which."
    )
    wasted_minutes: float | None = Field(
        default=None, description="null: this version does not count them yet."
    )
    flaky_rate: float | None = Field(
        default=None, description="null: this version does not know yet what was flaky."
    )
    last_failure: LastFailure | None

    @classmethod
    def of(cls, job: JobFigures) -> "JobNumbers":
        """Make the shape of a job's figures."""
        finished = job.success + job.failure
        last = job.last_failure
        return cls(
            name=job.name,
            success=job.success,
            failure=job.failure,
            success_rate=rate(job.success / finished) if finished else None,
            p50_s=seconds(job.p50),
            p95_s=seconds(job.p95),
            queue_p95_s=seconds(job.queue_p95),
            last_failure=LastFailure(run_id=last[0], at=when(last[1])) if last else None,
        )


class WorkflowDetails(BaseModel):
    """One workflow in numbers."""

    workflow: WorkflowRef
    summary: PeriodNumbers
    previous: PeriodNumbers
    jobs: list[JobNumbers] = Field(description="Those that fail most first.")
    runs_considered: int = Field(
        description=f"Jobs are counted in the newest {MOST_RUNS} runs of the window."
    )
    as_of: str
    partial: PartialNames


@router.get("/{workflow_id}", responses={404: REFUSALS[404]})
def show_workflow(
    workflow_id: WorkflowId,
    session: Reading,
    scope: ScopeAsked,
    period: PeriodAsked,
) -> WorkflowDetails:
    """Show the numbers of one workflow (of the last 7 days) and of each of its jobs.

    Of the filters `branch` counts; whether it is demo data follows from the workflow.
    """
    workflow = session.get(Workflow, workflow_id)
    home = session.get(Repository, workflow.repository_id) if workflow else None
    if workflow is None or home is None:
        raise NotFound(
            f"There is no workflow {workflow_id}; GET /api/v1/repos/{{repo}}/workflows lists them"
        )
    window = period.window(length=_DEFAULT_WINDOW)
    own = structs.replace(
        scope, workflows=(workflow.id,), repositories=(), demo=home.demo, impossible=False
    )
    wanted = RunFilter(own, start=window.start, end=window.end)
    now = clock.now()
    jobs, considered = list_job_figures(session, wanted=wanted, at=now)
    return WorkflowDetails(
        workflow=WorkflowRef(
            id=workflow.id,
            name=workflow.name,
            path=workflow.path,
            repo=home.full_name,
            repository_id=home.id,
            default_branch=home.default_branch,
        ),
        summary=summarise_period(session, own, window)[0],
        previous=summarise_period(session, own, window.before())[0],
        jobs=[JobNumbers.of(job) for job in jobs],
        runs_considered=considered,
        as_of=clock.to_iso(now),
        partial=list_partial(session, structs.replace(scope, repositories=(home.id,))),
    )
