"""Deleting what is old, step by step: each step is one short transaction under the writer lock.

Every function yields how much each step deleted and can be left between two steps. Deleting runs
leaves the rollups as they are. So that a late word about a deleted run cannot count it twice, a
floor says before which creation runs are gone, and the writer takes in no run from below it.
"""

from collections.abc import Iterator, Sequence
from math import inf
from typing import Final, cast

from msgspec import structs
from sqlalchemy import CursorResult, Delete, and_, delete, exists, func, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.counters import Numbers
from pulseboard.collect.records import Envelope
from pulseboard.db.engine import lock_writer
from pulseboard.db.session import Database
from pulseboard.metrics.sums import FINE_MARK
from pulseboard.metrics.tiers import FINE_TIERS, Tier
from pulseboard.model import (
    IS_LATEST,
    Delivery,
    DeliveryBody,
    FailureCount,
    FleetBin,
    FleetCount,
    Job,
    Run,
    Step,
    Workflow,
    WorkflowBin,
    WorkflowCount,
)
from pulseboard.pipelines.runs import FLOOR
from pulseboard.vocabulary import DeliveryResult

_ERASURES: Final = "erasures"
# How much one step deletes: each takes some tens of milliseconds.
_DELIVERIES_A_STEP: Final = 500
_RUNS_A_STEP: Final = 100
_IDS_A_STATEMENT: Final = 500


def get_floor(session: Session) -> int:
    """Return the instant before whose creation all real runs were deleted; 0 when none was."""
    return Numbers(session).last(FLOOR)


def leave_out_erased(envelopes: list[Envelope], *, floor: int) -> list[Envelope]:
    """Make envelopes about runs from before the floor ignored ones; the others stay as they are."""
    if not floor:
        return envelopes
    return [_ignore(e, floor=floor) if _oldest_real_run(e) < floor else e for e in envelopes]


def _oldest_real_run(envelope: Envelope) -> float:
    told = (*envelope.runs, *(job.run for job in envelope.jobs))
    return min((run.created_at for run in told if not run.repository.demo), default=inf)


def _ignore(envelope: Envelope, *, floor: int) -> Envelope:
    return structs.replace(
        envelope,
        result=DeliveryResult.IGNORED,
        reason=f"runs created before {clock.to_iso(floor)} were deleted by retention and are not"
        " taken in again",
        runs=[],
        jobs=[],
        closes_open_run=False,
        completes_stored=False,
    )


def erase_payloads(database: Database, before: int) -> Iterator[int]:
    """Delete the raw bodies of deliveries that arrived before an instant."""
    has_body = exists().where(DeliveryBody.delivery_id == Delivery.id)
    since = 0
    while True:
        with database.reading() as session:
            found = session.execute(
                select(Delivery.id, Delivery.received_at)
                .where(Delivery.received_at >= since, Delivery.received_at < before, has_body)
                .order_by(Delivery.received_at)
                .limit(_DELIVERIES_A_STEP)
            ).all()
        if not found:
            return
        # What lies before has no bodies any more and need not be looked at again.
        since = found[-1].received_at
        with database.writing() as session:
            lock_writer(session)
            ids = [row.id for row in found]
            _delete(session, delete(DeliveryBody).where(DeliveryBody.delivery_id.in_(ids)))
        yield len(found)


def erase_deliveries(database: Database, before: int) -> Iterator[int]:
    """Delete deliveries that arrived before an instant, with what is left of their bodies."""
    while True:
        with database.reading() as session:
            ids = session.scalars(
                select(Delivery.id)
                .where(Delivery.received_at < before)
                .order_by(Delivery.received_at)
                .limit(_DELIVERIES_A_STEP)
            ).all()
        if not ids:
            return
        with database.writing() as session:
            lock_writer(session)
            _delete(session, delete(DeliveryBody).where(DeliveryBody.delivery_id.in_(ids)))
            _delete(session, delete(Delivery).where(Delivery.id.in_(ids)))
        yield len(ids)


def erase_jobs(database: Database, before: int) -> Iterator[int]:
    """Delete jobs with their steps, of runs created before an instant."""
    has_jobs = exists().where(Job.run_id == Run.id)
    since = 0
    while True:
        with database.reading() as session:
            found = session.execute(
                select(Run.id, Run.created_at)
                .where(IS_LATEST, Run.created_at >= since, Run.created_at < before, has_jobs)
                .order_by(Run.created_at)
                .limit(_RUNS_A_STEP)
            ).all()
        if not found:
            return
        since = found[-1].created_at
        with database.writing() as session:
            lock_writer(session)
            number = _delete_jobs(session, [row.id for row in found])
        yield number


def erase_runs(database: Database, before: int) -> Iterator[int]:
    """Delete runs created before an instant: all attempts, jobs and steps."""
    while True:
        with database.reading() as session:
            page = session.scalars(
                select(Run.created_at)
                .where(IS_LATEST, Run.created_at < before)
                .order_by(Run.created_at)
                .limit(_RUNS_A_STEP)
            ).all()
        if not page:
            return
        # All runs of one instant go together, so that the floor says exactly what is gone.
        until = page[-1] + 1
        with database.writing() as session:
            lock_writer(session)
            old = and_(IS_LATEST, Run.created_at < until)
            ids = session.scalars(select(Run.id).where(old)).all()
            # A demo that was cut short must not keep real history out.
            newest = session.scalar(select(func.max(Run.created_at)).where(old, ~Run.demo))
            for some in _cut(ids):
                _delete_jobs(session, some)
                _delete(session, delete(Run).where(Run.id.in_(some)))
            mark_erased(session)
            if newest is not None:
                _raise(session, FLOOR, newest + 1)
        yield len(ids)


def _delete_jobs(session: Session, run_ids: Sequence[int]) -> int:
    jobs = session.scalars(select(Job.id).where(Job.run_id.in_(run_ids))).all()
    for some in _cut(jobs):
        _delete(session, delete(Step).where(Step.job_id.in_(some)))
        _delete(session, delete(Job).where(Job.id.in_(some)))
    return len(jobs)


def _cut(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut to pieces that any database takes as bound values of one statement."""
    for start in range(0, len(ids), _IDS_A_STATEMENT):
        yield ids[start : start + _IDS_A_STATEMENT]


def mark_erased(session: Session) -> None:
    """Let every process see that runs are gone, which no new revision tells."""
    numbers = Numbers(session)
    numbers.take(_ERASURES, count=1)
    numbers.save()


def _raise(session: Session, mark: str, to: int) -> None:
    numbers = Numbers(session)
    numbers.raise_to(mark, to)
    numbers.save()


def erase_rollups(database: Database, before: int, *, tiers: Sequence[Tier]) -> Iterator[int]:
    """Delete counts and bins of buckets of those tiers that began before an instant."""
    if any(tier in FINE_TIERS for tier in tiers):
        # Before anything is gone, so that no reader counts on what is half deleted.
        with database.writing() as session:
            lock_writer(session)
            _raise(session, FINE_MARK, before)
    for table in (FleetCount, FleetBin, FailureCount, WorkflowCount):
        for tier in tiers:
            yield from _erase_tier(database, table, tier=tier, before=before)
    with database.reading() as session:
        workflow_ids = session.scalars(select(Workflow.id).order_by(Workflow.id)).all()
    # The bins of workflows are ordered by workflow: any other order would read the whole table.
    for some in _cut(workflow_ids):
        with database.writing() as session:
            lock_writer(session)
            gone = _delete(
                session,
                delete(WorkflowBin).where(
                    WorkflowBin.workflow_id.in_(some),
                    WorkflowBin.tier.in_(tiers),
                    WorkflowBin.start < before,
                ),
            )
        yield gone


def _erase_tier(
    database: Database,
    table: type[FleetCount | FleetBin | FailureCount | WorkflowCount],
    *,
    tier: Tier,
    before: int,
) -> Iterator[int]:
    old = (table.tier == tier) & (table.start < before)
    while True:
        with database.reading() as session:
            first = session.scalar(select(func.min(table.start)).where(old))
        if first is None:
            return
        with database.writing() as session:
            lock_writer(session)
            gone = _delete(session, delete(table).where(old, table.start < first + clock.DAY))
        yield gone


def _delete(session: Session, statement: Delete) -> int:
    result = session.execute(statement, execution_options={"synchronize_session": False})
    return cast("CursorResult[tuple[()]]", result).rowcount
