"""How long each class of data is kept, what would be deleted now, and deleting it."""

from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple

import structlog
from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.erasure import (
    erase_deliveries,
    erase_jobs,
    erase_payloads,
    erase_rollups,
    erase_runs,
)
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.logs import retention as logs
from pulseboard.logs.store import open_store
from pulseboard.metrics.tiers import FINE_TIERS, WIDTHS, Tier
from pulseboard.model import (
    IS_LATEST,
    Delivery,
    DeliveryBody,
    FailureCount,
    FleetBin,
    FleetCount,
    Job,
    Run,
    WorkflowBin,
    WorkflowCount,
)

_COUNTS: Final = (FleetCount, FleetBin, FailureCount, WorkflowCount, WorkflowBin)
_DAY_TIERS: Final = (Tier.DAY, Tier.BLOCK)
# What a row takes with its share of the indexes, measured on the demo's SQLite file; for estimates.
_BYTES: Final = {"delivery": 185, "run": 765, "job": 304, "step": 98, "rollup": 190}
_STEPS_A_JOB: Final = 7
_log = structlog.get_logger("pulseboard.retention")


class Kind(StrEnum):
    """The classes of data that have a period of their own."""

    PAYLOADS = "payloads"
    DELIVERIES = "deliveries"
    # Room is made from other logs first, so their turn comes first.
    OTHER_LOGS = "other_logs"
    LOGS = "logs"
    JOBS = "jobs"
    RUNS = "runs"
    HOURS = "hours"
    DAYS = "days"


_LOGS: Final = (Kind.OTHER_LOGS, Kind.LOGS)


class Forecast(NamedTuple):
    """What retention would delete of one class.

    `days` is the period, None for ever. `before` is the instant older things would go (by arrival
    for payloads and deliveries, by creation of the run for the rest). `size` is in bytes: exact for
    payloads, an estimate for rows. `oldest` is the oldest thing stored, whether it would go or not.
    """

    kind: Kind
    days: int | None
    before: int | None
    number: int
    size: int
    oldest: int | None


def preview(session: Session, *, settings: Settings, at: int) -> list[Forecast]:
    """Say for each class what a run at that instant would delete; reads only."""
    return [_forecast(session, kind, settings=settings, at=at) for kind in Kind]


def erase(database: Database, *, settings: Settings, at: int) -> Iterator[tuple[Kind, int]]:
    """Delete what is older than its class is kept, yielding how many went in each transaction.

    It can be left after any of them. Raises Unavailable when the database is out: what was deleted
    until then stays deleted.
    """
    for kind in Kind:
        before = _cutoff(kind, settings=settings, at=at)
        if before is not None:
            for number in _ERASERS[kind](database, before):
                yield kind, number
        elif kind in _LOGS:
            store, failed = open_store(settings), kind is Kind.LOGS
            for number in logs.erase(
                database, store=store, settings=settings, at=at, failed=failed
            ):
                yield kind, number


def run(
    database: Database,
    *,
    settings: Settings,
    at: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> dict[Kind, int]:
    """Delete what is older than its class is kept; return how many of each class went.

    `should_stop` is asked after every transaction whether to leave the rest for another time.
    """
    deleted = dict.fromkeys(Kind, 0)
    for kind, number in erase(database, settings=settings, at=at):
        deleted[kind] += number
        if should_stop():
            break
    _log.info("retention.done", **{kind.value: number for kind, number in deleted.items()})
    return deleted


def _period(kind: Kind, settings: Settings) -> int | None:
    """Return the days a class is kept: never longer than what it hangs on.

    Counts of days stay as long as the runs they count: a list and its numbers must not disagree.
    Logs have a size beside their periods (logs/retention.py).
    """
    if kind in _LOGS:
        return None
    own = {
        Kind.PAYLOADS: settings.retention_payload_days,
        Kind.DELIVERIES: settings.retention_delivery_days,
        Kind.JOBS: settings.retention_job_days,
        Kind.RUNS: settings.retention_run_days,
        Kind.HOURS: settings.retention_hour_days,
        Kind.DAYS: settings.retention_day_days,
    }
    if own[Kind.DAYS]:
        own[Kind.DAYS] = own[Kind.RUNS] and max(own[Kind.DAYS], own[Kind.RUNS])
    hangs_on = {
        Kind.PAYLOADS: Kind.DELIVERIES,
        Kind.JOBS: Kind.RUNS,
        Kind.HOURS: Kind.DAYS,
    }
    days = [own[kind]]
    if kind in hangs_on:
        days.append(own[hangs_on[kind]])
    return min((d for d in days if d), default=None)


def _cutoff(kind: Kind, *, settings: Settings, at: int) -> int | None:
    days = _period(kind, settings)
    if days is None:
        return None
    before = max(at - days * clock.DAY, 0)
    if kind in (Kind.PAYLOADS, Kind.DELIVERIES):
        return before
    # Whole days of UTC go at once, so that a day is answered either from its runs or from its
    # counts; counts of days go together with the block that holds them.
    return before - before % (WIDTHS[Tier.BLOCK if kind is Kind.DAYS else Tier.DAY])


def _forecast(session: Session, kind: Kind, *, settings: Settings, at: int) -> Forecast:
    if kind in _LOGS:
        failed = kind is Kind.LOGS
        doomed = logs.forecast(session, settings=settings, at=at, failed=failed)
        days = settings.retention_log_days if failed else settings.retention_other_log_days
        before = at - days * clock.DAY if days else None
        return Forecast(kind, days or None, before, *doomed)
    before = _cutoff(kind, settings=settings, at=at)
    number, size = (0, 0) if before is None else _COUNTERS[kind](session, before)
    oldest = _OLDEST[kind](session)
    return Forecast(kind, _period(kind, settings), before, number, size, oldest)


def _count_payloads(session: Session, before: int) -> tuple[int, int]:
    found = session.execute(
        select(func.count(), func.coalesce(func.sum(func.length(DeliveryBody.body)), 0))
        .join(Delivery, Delivery.id == DeliveryBody.delivery_id)
        .where(Delivery.received_at < before)
    ).one()
    return int(found[0]), int(found[1])


def _count_deliveries(session: Session, before: int) -> tuple[int, int]:
    number = session.scalar(select(func.count()).where(Delivery.received_at < before)) or 0
    return number, number * _BYTES["delivery"]


def _count_runs(session: Session, before: int) -> tuple[int, int]:
    old = and_(IS_LATEST, Run.created_at < before)
    number = session.scalar(select(func.count()).where(old)) or 0
    return number, number * _BYTES["run"]


def _count_jobs(session: Session, before: int) -> tuple[int, int]:
    number = session.scalar(
        select(func.count(Job.id))
        .join(Run, and_(Run.id == Job.run_id, IS_LATEST))
        .where(Run.created_at < before)
    )
    return number or 0, (number or 0) * (_BYTES["job"] + _STEPS_A_JOB * _BYTES["step"])


def _count_rollups(session: Session, before: int, *, tiers: Sequence[Tier]) -> tuple[int, int]:
    number = sum(
        session.scalar(select(func.count()).where(table.tier.in_(tiers), table.start < before)) or 0
        for table in _COUNTS
    )
    return number, number * _BYTES["rollup"]


def _oldest_rollup(session: Session, *, tiers: Sequence[Tier]) -> int | None:
    # The fleet's counts have a row wherever any other table has one.
    return session.scalar(select(func.min(FleetCount.start)).where(FleetCount.tier.in_(tiers)))


def _oldest_payload(session: Session) -> int | None:
    has_body = exists().where(DeliveryBody.delivery_id == Delivery.id)
    return session.scalar(
        select(Delivery.received_at).where(has_body).order_by(Delivery.received_at).limit(1)
    )


def _oldest_run_with_jobs(session: Session) -> int | None:
    has_jobs = exists().where(Job.run_id == Run.id)
    return session.scalar(
        select(Run.created_at).where(IS_LATEST, has_jobs).order_by(Run.created_at).limit(1)
    )


_Counter = Callable[[Session, int], tuple[int, int]]
_COUNTERS: Final[dict[Kind, _Counter]] = {
    Kind.PAYLOADS: _count_payloads,
    Kind.DELIVERIES: _count_deliveries,
    Kind.JOBS: _count_jobs,
    Kind.RUNS: _count_runs,
    Kind.HOURS: partial(_count_rollups, tiers=FINE_TIERS),
    Kind.DAYS: partial(_count_rollups, tiers=_DAY_TIERS),
}
_OLDEST: Final[dict[Kind, Callable[[Session], int | None]]] = {
    Kind.PAYLOADS: _oldest_payload,
    Kind.DELIVERIES: lambda session: session.scalar(select(func.min(Delivery.received_at))),
    Kind.JOBS: _oldest_run_with_jobs,
    Kind.RUNS: lambda session: session.scalar(select(func.min(Run.created_at)).where(IS_LATEST)),
    Kind.HOURS: partial(_oldest_rollup, tiers=FINE_TIERS),
    Kind.DAYS: partial(_oldest_rollup, tiers=_DAY_TIERS),
}
_ERASERS: Final[dict[Kind, Callable[[Database, int], Iterator[int]]]] = {
    Kind.PAYLOADS: erase_payloads,
    Kind.DELIVERIES: erase_deliveries,
    Kind.JOBS: erase_jobs,
    Kind.RUNS: erase_runs,
    Kind.HOURS: partial(erase_rollups, tiers=FINE_TIERS),
    Kind.DAYS: partial(erase_rollups, tiers=_DAY_TIERS),
}
