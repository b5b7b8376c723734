"""Which logs are too old or too much, taking them away, and the files that belong to nothing."""

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.logs import index
from pulseboard.logs.store import Store
from pulseboard.model import Job, Log
from pulseboard.vocabulary import LogState, Outcome

_LOT: Final = 500
# A file is written before the row that names it: a younger one may still get its row.
_YOUNG: Final = clock.HOUR
_GIGABYTE: Final = 1_000_000_000
_log = structlog.get_logger("pulseboard.logs")


class Doomed(NamedTuple):
    """What would go now: how many logs, their bytes in the store; the oldest log that is stored."""

    number: int
    size: int
    oldest: int | None


def forecast(session: Session, *, settings: Settings, at: int) -> Doomed:
    """Say which logs retention would take away now."""
    doomed = list(_list_doomed(session, settings, at))
    oldest = session.scalar(select(func.min(Log.at)).where(Log.state == LogState.STORED))
    return Doomed(len(doomed), sum(size for _, size in doomed), oldest)


def erase(database: Database, *, store: Store, settings: Settings, at: int) -> Iterator[int]:
    """Take away logs that are too old, then the oldest beyond the room; yield how many each time.

    The guilty line of a job stays known. A log goes from the index and the table first, so that
    nobody finds what is no longer there.
    """
    with database.reading() as session:
        doomed = [job_id for job_id, _ in _list_doomed(session, settings, at)]
    for start in range(0, len(doomed), _LOT):
        lot = doomed[start : start + _LOT]
        with database.writing() as session:
            keys = _take_away(session, lot)
        store.delete(keys)
        yield len(keys)


def _take_away(session: Session, job_ids: Sequence[int]) -> list[str]:
    stored = (Log.job_id.in_(job_ids), Log.state == LogState.STORED)
    keys = [key for key in session.scalars(select(Log.storage_key).where(*stored)) if key]
    index.leave(session, job_ids=job_ids)
    session.execute(
        update(Log)
        .where(*stored)
        .values(
            state=LogState.REMOVED, storage_key=None, digest=None, frames=None, outline=None,
            stored_bytes=0,
        )
    )  # fmt: skip
    return keys


def _list_doomed(session: Session, settings: Settings, at: int) -> Iterator[tuple[int, int]]:
    """Yield the logs to take away with their sizes, the least missed first."""
    failed = Job.outcome == Outcome.FAILURE
    here = (
        select(Log.job_id, Log.stored_bytes)
        .join(Job, Job.id == Log.job_id)
        .where(Log.state == LogState.STORED)
    )
    too_old = or_(*_too_old(failed, settings, at))
    gone = set[int]()
    for row in session.execute(here.where(too_old).order_by(Log.at)):
        gone.add(row[0])
        yield row[0], row[1]
    room = settings.retention_log_gb * _GIGABYTE
    if not room:
        return
    order = (case((failed, 1), else_=0).desc(), Log.at.desc())
    kept = [row for row in session.execute(here.order_by(*order)) if row[0] not in gone]
    taken = accumulate(row[1] for row in kept)
    beyond = [(row[0], row[1]) for row, sum_ in zip(kept, taken, strict=True) if sum_ > room]
    yield from reversed(beyond)


def _too_old(
    failed: ColumnElement[bool], settings: Settings, at: int
) -> Iterator[ColumnElement[bool]]:
    yield Log.job_id < 0
    if settings.retention_log_days:
        yield and_(failed, Log.at < at - settings.retention_log_days * clock.DAY)
    if settings.retention_other_log_days:
        yield and_(~failed, Log.at < at - settings.retention_other_log_days * clock.DAY)


def sweep(
    database: Database,
    *,
    store: Store,
    at: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Delete files that no log names, and blocks of the index without a unit; return how many.

    Such are left when a process ends between two steps, or when a job is deleted with its log.
    """
    orphans = store.drop_unfinished(before=at - _YOUNG)
    for files in store.files():
        old = {file.key for file in files if file.written_at < at - _YOUNG}
        orphaned = sorted(old - _named(database, sorted(old)))
        store.delete(orphaned)
        orphans += len(orphaned)
        if should_stop():
            break
    with database.writing() as session:
        blocks = index.drop_empty_blocks(session)
    _log.info("logs.swept", files=orphans, blocks=blocks)
    return orphans


def _named(database: Database, keys: Sequence[str]) -> set[str]:
    found = set[str]()
    with database.reading() as session:
        for start in range(0, len(keys), _LOT):
            lot = keys[start : start + _LOT]
            rows: Any = session.scalars(select(Log.storage_key).where(Log.storage_key.in_(lot)))
            found.update(rows)
    return found
