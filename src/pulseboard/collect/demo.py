"""What is stored of the demo: closing what nobody plays on, and removing all of it."""

from typing import Any, Final

import msgspec
from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from pulseboard.clock import to_iso
from pulseboard.collect.erasure import mark_erased
from pulseboard.collect.normalise import job_from_github, run_from_github
from pulseboard.collect.records import Envelope, RepositorySeen
from pulseboard.db.engine import lock_writer
from pulseboard.model import (
    IS_LATEST,
    Delivery,
    DeliveryBody,
    FailureCount,
    FleetBin,
    FleetCount,
    Job,
    Repository,
    Run,
    Step,
    Workflow,
    WorkflowBin,
    WorkflowCount,
)
from pulseboard.vocabulary import Outcome, Phase, Source

# lane = demo * 2 + on_default, so these two hold every count of demo runs.
_DEMO_LANES: Final = (2, 3)


def has_demo(session: Session) -> bool:
    """Say whether any demo repository is stored."""
    return bool(session.scalar(select(exists().where(Repository.demo))))


def close_abandoned(session: Session, *, at: int) -> list[Envelope]:
    """Return envelopes that cancel every demo run still open at an instant.

    For the start of a server: the one that played those runs stopped before their end. Should the
    traffic tell of one again, its later word wins.
    """
    columns = (Run.provider_run_id, Run.attempt, Run.created_at, Run.id, Workflow.name,
               Workflow.provider_id, Repository.full_name, Repository.provider_id)  # fmt: skip
    rows = session.execute(
        select(*columns)
        .join(Workflow, Workflow.id == Run.workflow_id)
        .join(Repository, Repository.id == Run.repository_id)
        .where(Run.demo, IS_LATEST, Run.outcome == Outcome.OPEN, Run.created_at <= at)
        .order_by(Run.id)
    )
    return [_cancelled(session, tuple(row), at=at) for row in rows]


def _cancelled(session: Session, row: tuple[Any, ...], *, at: int) -> Envelope:
    run_id, attempt, created_at, own_id, workflow, workflow_id, full_name, repository_id = row
    ending = {"status": "completed", "conclusion": "cancelled"}
    run = {
        **ending,
        "id": run_id,
        "run_attempt": attempt,
        "name": workflow,
        "workflow_id": workflow_id,
        "created_at": to_iso(created_at),
        "updated_at": to_iso(at),
    }
    is_open = (Job.run_id == own_id) & (Job.attempt == attempt) & (Job.status != Phase.COMPLETED)
    jobs: list[dict[str, object]] = [
        {
            **ending,
            "id": job.provider_job_id,
            "run_id": run_id,
            "run_attempt": attempt,
            "name": job.name,
            "workflow_name": workflow,
            "completed_at": to_iso(at),
        }
        for job in session.scalars(select(Job).where(is_open).order_by(Job.id))
    ]
    body = {"action": "completed", "workflow_run": run, "jobs": jobs}
    repository = RepositorySeen(full_name=full_name, provider_id=repository_id, demo=True)
    return Envelope(
        guid=f"demo:abandoned:{run_id}:{attempt}:{at}",
        source=Source.SIMULATOR,
        event="workflow_run",
        action="completed",
        received_at=at,
        body=msgspec.json.encode(body),
        repository=repository,
        runs=[run_from_github(run, repository)],
        jobs=[job_from_github(job, repository) for job in jobs],
    )


def remove_demo(session: Session) -> int:
    """Delete demo repositories with all that belongs to them; return how many runs went.

    Deliveries of the simulator go too, whatever they spoke of. The caller commits.
    """
    lock_writer(session)
    homes = select(Repository.id).where(Repository.demo).scalar_subquery()
    runs = session.scalars(select(Run.id).where(Run.demo, IS_LATEST)).all()
    jobs = select(Job.id).where(Job.repository_id.in_(homes)).scalar_subquery()
    told = (Delivery.source == Source.SIMULATOR) | Delivery.repository_id.in_(homes)
    deliveries = select(Delivery.id).where(told).scalar_subquery()
    for statement in (
        delete(Step).where(Step.job_id.in_(jobs)),
        delete(Job).where(Job.repository_id.in_(homes)),
        delete(Run).where(Run.repository_id.in_(homes)),
        delete(DeliveryBody).where(DeliveryBody.delivery_id.in_(deliveries)),
        delete(Delivery).where(told),
        delete(FleetCount).where(FleetCount.lane.in_(_DEMO_LANES)),
        delete(FleetBin).where(FleetBin.lane.in_(_DEMO_LANES)),
        delete(FailureCount).where(FailureCount.lane.in_(_DEMO_LANES)),
        delete(WorkflowCount).where(WorkflowCount.lane.in_(_DEMO_LANES)),
        delete(WorkflowBin).where(WorkflowBin.lane.in_(_DEMO_LANES)),
        delete(Workflow).where(Workflow.repository_id.in_(homes)),
        delete(Repository).where(Repository.demo),
    ):
        session.execute(statement, execution_options={"synchronize_session": False})
    mark_erased(session)
    return len(runs)
