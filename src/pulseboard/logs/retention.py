"""Which logs are too old or too much, taking them away, and the files that belong to nothing."""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import structlog
from sqlalchemy import case, func, select, text, update
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
# How the keeper names files: what else lies in a bucket that is shared is not ours to delete.
_OURS: Final = re.compile(r"\d+/\d+-[^/]+\.zst")
_GIGABYTE: Final = 1_000_000_000
_HAS_FAILED: Final = Job.outcome == Outcome.FAILURE
_log = structlog.get_logger("pulseboard.logs")


class Doomed(NamedTuple):
    """What would go now: how many logs, their bytes in the store; the oldest log that is stored."""

    number: int
    size: int
    oldest: int | None


def forecast(session: Session, *, settings: Settings, at: int, failed: bool) -> Doomed:
    """Say which logs of failed jobs, or of all others, retention would take away now."""
    doomed = _list_doomed(session, settings, at, failed=failed)
    stored = (Log.state == LogState.STORED, _HAS_FAILED if failed else ~_HAS_FAILED)
    oldest = session.scalar(select(func.min(Log.at)).join(Job, Job.id == Log.job_id).where(*stored))
    return Doomed(len(doomed), sum(size for _, size in doomed), oldest)


def erase(
    database: Database, *, store: Store, settings: Settings, at: int, failed: bool
) -> Iterator[int]:
    """Take away logs of failed jobs, or of all others, that are too old or beyond the room.

    How many went is yielded each time. Whoever takes both away begins with the others: what room
    they leave is then not counted twice. The guilty line of a job stays known. A log goes from the
    index and the table first, so that nobody finds what is no longer there.
    """
    with database.reading() as session:
        found = _list_doomed(session, settings, at, failed=failed)
    doomed = [job_id for job_id, _ in found]
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


def _list_doomed(
    session: Session, settings: Settings, at: int, *, failed: bool
) -> list[tuple[int, int]]:
    """Return (job, size) of the logs of one class to take away, the oldest first."""
    room = settings.retention_log_gb * _GIGABYTE
    oldest = {
        is_failed: at - days * clock.DAY if days else 0
        for is_failed, days in (
            (True, settings.retention_log_days),
            (False, settings.retention_other_log_days),
        )
    }
    rows = session.execute(
        select(Log.job_id, Log.stored_bytes, Log.at, case((_HAS_FAILED, 1), else_=0).label("kind"))
        .join(Job, Job.id == Log.job_id)
        .where(Log.state == LogState.STORED)
        .order_by(text("kind DESC"), Log.at.desc())
    )
    taken, doomed = 0, []
    for job_id, size, ended, kind in rows:
        is_failed = bool(kind)
        if ended >= oldest[is_failed]:
            taken += size
            if not room or taken <= room:
                continue
        if is_failed is failed:
            doomed.append((job_id, size))
    return doomed[::-1]


def sweep(
    database: Database,
    *,
    store: Store,
    at: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Delete logs' files that no row names, and blocks of the index without a unit; say how many.

    Such are left when a process ends between two steps, or when a job is deleted with its log.
    """
    orphans = store.drop_unfinished(before=at - _YOUNG)
    for files in store.files():
        old = {
            file.key
            for file in files
            if file.written_at < at - _YOUNG and _OURS.fullmatch(file.key)
        }
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
