"""Runs that were deleted at GitHub: made sure of, then kept as tombstones that count nowhere."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github.answers import Purpose, Refused
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.known import Attempt
from pulseboard.collect.github.listing import (
    read_deletion,
    read_repository,
    read_run,
)
from pulseboard.collect.github.paths import repository_path, run_path
from pulseboard.collect.github.renames import require_same
from pulseboard.collect.github.tracking import Target
from pulseboard.collect.records import Envelope, WorkflowSeen
from pulseboard.model import Run, Workflow
from pulseboard.vocabulary import FeedState

# What has just begun GitHub may show in one place and not yet in another.
_APPEARS: Final = clock.MINUTE


def confirm_deletion(
    collector: Collector, target: Target, attempt: Attempt, *, purpose: Purpose
) -> list[Envelope]:
    """Ask for a run that seems to be gone; return its tombstones, or the run when it is there.

    A repository that is hidden from us hides its runs too: then Refused is raised.
    """
    run = get_run(collector, target, attempt, purpose=purpose)
    if run is not None:
        return [run]
    if attempt.created_at > clock.now() - _APPEARS:
        return []
    with collector.database.reading() as session:
        return _tombstones(session, target, attempt)


def get_run(
    collector: Collector, target: Target, attempt: Attempt, *, purpose: Purpose
) -> Envelope | None:
    """Ask for a run; None when GitHub shows its repository, but not the run.

    Raises Later, and Refused when the repository is hidden too, or is another one by now.
    """
    try:
        answer = collector.github.get(
            run_path(target.full_name, attempt.run_id),
            repository=target.full_name,
            purpose=purpose,
        )
    except Refused as error:
        if error.state is not FeedState.NOT_FOUND:
            raise
    else:
        return read_run(answer.body, target.seen, received_at=clock.now())
    home = collector.github.get(
        repository_path(target.full_name), repository=target.full_name, purpose=purpose
    )
    told = read_repository(home.body, received_at=clock.now()).repository
    if told is not None:
        require_same(collector, target, told, purpose=purpose)
    return None


def _tombstones(session: Session, target: Target, attempt: Attempt) -> list[Envelope]:
    rows = session.execute(
        select(Run.attempt, Run.created_at, Workflow)
        .join(Workflow, Workflow.id == Run.workflow_id)
        .where(Run.id == attempt.id)
    )
    return [
        read_deletion(
            target.seen,
            WorkflowSeen(workflow.name, provider_id=workflow.provider_id, path=workflow.path),
            run_id=attempt.run_id,
            attempt=number,
            created_at=created_at,
            received_at=clock.now(),
        )
        for number, created_at, workflow in rows
    ]
