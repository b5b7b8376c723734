"""Taking a log in: masked, understood, compressed and indexed; it shows in full or not at all."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple
from uuid import uuid4

import structlog
from msgspec import Struct
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.errors import NotFound, TooLarge
from pulseboard.logs import frames, index, lines, outline
from pulseboard.logs.growth import Before, OnLog, digest_of, grown_since, tell_nobody
from pulseboard.logs.redaction import Redactor
from pulseboard.logs.store import Store, StoreUnavailable, open_store
from pulseboard.logs.structure import StepTimes
from pulseboard.model import Job, Log, Repository, Step
from pulseboard.vocabulary import FAILURE_CONCLUSIONS, LogState

_log = structlog.get_logger("pulseboard.logs")


class Kept(NamedTuple):
    """What became of a log that was taken in."""

    job_id: int
    size_bytes: int
    lines: int
    redacted: Mapping[str, int]
    first_error: str | None
    first_error_line: int | None
    # The same text was there already.
    is_same: bool


class _Known(Struct, frozen=True):
    """What is known of the job a log belongs to."""

    at: int
    demo: bool
    steps: list[StepTimes]
    failed_step: int | None
    before: Before | None


class _Made(NamedTuple):
    """A log that is ready to be kept: its row, its file, its units, and what it says."""

    row: Log
    file: bytes
    units: list[index.Unit]
    text: bytes
    redacted: Mapping[str, int]


class Keeper:
    """Takes logs in for one database and its store."""

    def __init__(
        self,
        database: Database,
        *,
        store: Store,
        redactor: Redactor,
        limit: int,
        tell: OnLog = tell_nobody,
    ) -> None:
        self._database = database
        self._tell = tell
        self.store = store
        self._redactor = redactor
        # Bytes of the largest log that is taken.
        self.limit = limit

    @classmethod
    def from_settings(
        cls, database: Database, settings: Settings, *, tell: OnLog = tell_nobody
    ) -> "Keeper":
        """Make the keeper that the settings describe; `tell` hears what becomes of every log.

        Raises ConfigurationError for a pattern that RE2 does not take.
        """
        return cls(
            database,
            store=open_store(settings),
            redactor=Redactor(settings.log_redact),
            limit=settings.log_max_mb * 1_000_000,
            tell=tell,
        )

    def keep(self, data: bytes, *, job_id: int) -> Kept:
        """Keep the log of a job in the place of the one before.

        Raises NotFound for an unknown job, TooLarge beyond the limit, and Unavailable when the
        store or the database does not do its part: then everything is as it was.
        """
        self.require_room(data)
        with self._database.reading() as session:
            known = _known_of(session, job_id)
        made = self._make(data, known, job_id=job_id)
        row = made.row
        self.store.put(row.storage_key or "", made.file)
        replaced = self._write(row, made.units)
        if replaced is not None:
            self._forget(replaced)
        with self._database.writing() as session:
            index.condense(session)
        is_same = known.before is not None and known.before.digest == row.digest
        if not is_same:
            grown = grown_since(made.text, known.before, job_id=job_id, total=row.lines)
            self._tell(grown)
        return Kept(
            job_id, row.size_bytes, row.lines, made.redacted, row.first_error,
            row.first_error_line, is_same,
        )  # fmt: skip

    def _make(self, data: bytes, known: _Known, *, job_id: int) -> _Made:
        """Mask, understand and compress a log; nothing is written yet."""
        masked = self._redactor.redact(lines.to_utf8(data))
        read = outline.understand(
            masked.data,
            steps=known.steps,
            failed_step=known.failed_step,
            redacted=dict(masked.counts),
        )
        digest = digest_of(masked.data)
        packed = frames.pack(masked.data)
        row = Log(
            job_id=job_id,
            state=LogState.STORED,
            demo=known.demo,
            at=known.at,
            # No two files share a name, be their text the same: whoever takes one away, a moment
            # after another log came in its place, never meets the file of a third.
            storage_key=f"{job_id // 1000}/{job_id}-{uuid4().hex}.zst",
            digest=digest,
            size_bytes=len(masked.data),
            stored_bytes=len(packed.data),
            lines=read.lines,
            captured_at=clock.now(),
            frames=packed.table,
            outline=outline.write(read.outline),
            first_error=read.first and read.first.text,
            first_error_line=read.first and read.first.line,
            signature=read.first and read.first.signature,
        )
        units = list(index.units_of(masked.data, frames.read_table(packed.table)))
        return _Made(row, packed.data, units, masked.data, masked.counts)

    def require_room(self, data: bytes) -> None:
        """Raise TooLarge when a log is beyond the limit."""
        if len(data) > self.limit:
            raise TooLarge(
                f"A log may have at most {self.limit} bytes: raise PULSEBOARD_LOG_MAX_MB"
            )

    def _write(self, row: Log, units: Sequence[index.Unit]) -> str | None:
        """Store the row and its units; return the key of the file that it replaces."""
        job_id, at, key = row.job_id, row.at, row.storage_key
        try:
            with self._database.writing() as session:
                if session.get(Job, job_id, with_for_update=True) is None:
                    raise _unknown(job_id)
                query = select(Log.storage_key).where(Log.job_id == job_id)
                replaced = session.scalar(query)
                index.leave(session, job_ids=[job_id])
                session.execute(delete(Log).where(Log.job_id == job_id))
                session.add(row)
                session.flush()
                index.enter(session, units, job_id=job_id, at=at)
                session.expunge(row)
        except NotFound:
            self._forget(key or "")
            raise
        return replaced

    def note(self, job_id: int, state: LogState, reason: str) -> None:
        """Say why there is no log of a job; a log that is stored stays."""
        with self._database.writing() as session:
            job = session.get(Job, job_id, with_for_update=True)
            if job is None:
                return
            row = session.get(Log, job_id)
            if row is None:
                row = Log(
                    job_id=job_id,
                    demo=_is_demo(session, job),
                    at=_instant_of(job),
                    size_bytes=0,
                    stored_bytes=0,
                    lines=0,
                )
                session.add(row)
            elif row.state == LogState.STORED:
                return
            row.state, row.reason, row.captured_at = state, reason[:500], clock.now()

    def _forget(self, key: str) -> None:
        # What stays behind here is found by the sweep.
        with suppress(StoreUnavailable):
            self.store.delete([key])


def _known_of(session: Session, job_id: int) -> _Known:
    job = session.get(Job, job_id)
    if job is None:
        raise _unknown(job_id)
    rows = session.scalars(select(Step).where(Step.job_id == job_id).order_by(Step.number)).all()
    failed = (step.number for step in rows if step.conclusion in FAILURE_CONCLUSIONS)
    before = session.get(Log, job_id)
    return _Known(
        at=_instant_of(job),
        demo=_is_demo(session, job),
        steps=[StepTimes(s.number, s.name, s.started_at, s.completed_at) for s in rows],
        failed_step=next(failed, None),
        before=Before(before.digest, before.size_bytes, before.lines)
        if before and before.digest
        else None,
    )


def _is_demo(session: Session, job: Job) -> bool:
    repository = session.get(Repository, job.repository_id)
    return repository is not None and repository.demo


def _instant_of(job: Job) -> int:
    for instant in (job.completed_at, job.started_at, job.created_at):
        if instant is not None:
            return instant
    return clock.now()


def _unknown(job_id: int) -> NotFound:
    return NotFound(f"There is no job {job_id}: it is unknown, or retention has removed it")
