"""Fetching logs from GitHub: job by job, or a whole run at once where that costs fewer calls."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import IO, Final, Protocol, runtime_checkable

import structlog

from pulseboard import clock
from pulseboard.collect.github.answers import Later, Purpose, Refused
from pulseboard.collect.github.connection import Connection
from pulseboard.collect.github.log_wants import KEPT_AT_GITHUB, Want, list_wants
from pulseboard.collect.github.paths import job_log_path, run_path
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.errors import NotFound, PulseboardError, TooLarge, Unavailable
from pulseboard.jobs.port import Catalogue, Context
from pulseboard.logs.archive import BadArchive, JobName, read_archive
from pulseboard.logs.growth import OnLog, tell_nobody
from pulseboard.logs.keeping import Keeper
from pulseboard.vocabulary import FeedState, LogState

FETCH: Final = "fetch logs"
_EVERY: Final = 10 * clock.SECOND
# From so many jobs of a run on, its archive is one call instead of many.
_ARCHIVE_FROM: Final = 3
# A log is there some seconds after its job is done, not before.
_SETTLES: Final = 10 * clock.MINUTE
_MAX_ARCHIVE: Final = 256 * 1024 * 1024
_IN_MEMORY: Final = 8 * 1024 * 1024
_GONE: Final = frozenset({FeedState.NOT_FOUND, FeedState.MOVED})
# So many logs in a row that do not come are no fault of theirs.
_OUTAGE: Final = 3
_STUMBLED: Final = "Pulseboard stumbled over it; the server's own log says how"
_log = structlog.get_logger("pulseboard.logs")


@runtime_checkable
class OpensFiles(Protocol):
    """The part of GitHub's client that hands over files; every call may raise Later or Refused."""

    def open_redirect(
        self, path: str, *, repository: str, purpose: Purpose
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Open a file that GitHub keeps elsewhere; give its bytes piece by piece."""
        ...


class LogFetcher:
    """Brings logs from GitHub to where they are kept."""

    def __init__(self, github: OpensFiles, *, keeper: Keeper) -> None:
        self._github = github
        self._keeper = keeper
        self._lost_in_a_row = 0

    def fetch(self, want: Want) -> None:
        """Fetch the logs that are wanted of one attempt; what cannot be had is noted in words.

        Raises Later when GitHub cannot be asked now, and Unavailable when nothing can be kept.
        """
        is_many = want.run_is_over and len(want.jobs) >= _ARCHIVE_FROM
        found = self._fetch_archive(want) if is_many else {}
        for job in want.jobs:
            try:
                if job.job_id in found:
                    self._keep(job, found[job.job_id])
                else:
                    self._fetch_job(want, job)
            except Unavailable:
                raise
            except Exception:  # noqa: BLE001  # One log must not stop the fetching of all.
                _log.exception("logs.not_fetched", repository=want.repository, job=job.job_id)
                self._keeper.note(job.job_id, LogState.FAILED, _STUMBLED)

    def _fetch_job(self, want: Want, job: JobName) -> None:
        try:
            path = job_log_path(want.repository, want.provider_ids[job.job_id])
            data = self._download(path, want.repository)
        except TooLarge as error:
            self._keeper.note(job.job_id, LogState.REFUSED, error.detail)
        except Refused as error:
            self._note_refusal(want, job, error)
        except Later as error:
            self._note_trouble(job, error)
        else:
            self._lost_in_a_row = 0
            self._keep(job, data)

    def _download(self, path: str, repository: str) -> bytes:
        parts: list[bytes] = []
        size = 0
        with self._github.open_redirect(
            path, repository=repository, purpose=Purpose.LOGS
        ) as pieces:
            for piece in pieces:
                size += len(piece)
                if size > self._keeper.limit:
                    raise TooLarge(
                        f"the log has more than {self._keeper.limit} bytes: raise"
                        " PULSEBOARD_LOG_MAX_MB to keep such logs"
                    )
                parts.append(piece)
        return b"".join(parts)

    def _fetch_archive(self, want: Want) -> dict[int, bytes]:
        """Return what the run's archive has; nothing where the jobs had better be asked for."""
        with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
            try:
                path = run_path(want.repository, want.provider_run_id)
                with self._github.open_redirect(
                    f"{path}/attempts/{want.attempt}/logs",
                    repository=want.repository,
                    purpose=Purpose.LOGS,
                ) as pieces:
                    _spool(pieces, file)
                return read_archive(file, want.jobs, limit=self._keeper.limit)
            except (BadArchive, Refused, Later) as error:
                if _is_limit(error):
                    raise
                _log.info("logs.no_archive", repository=want.repository, reason=error.detail)
            except Exception:  # noqa: BLE001  # The single logs may do.
                _log.exception("logs.no_archive", repository=want.repository)
            return {}

    def _keep(self, job: JobName, data: bytes) -> None:
        try:
            self._keeper.keep(data, job_id=job.job_id)
        except NotFound:
            # Retention took the job meanwhile.
            return
        except TooLarge as error:
            self._keeper.note(job.job_id, LogState.REFUSED, error.detail)

    def _note_refusal(self, want: Want, job: JobName, error: Refused) -> None:
        age = clock.now() - want.completed_at
        if error.state not in _GONE:
            self._keeper.note(job.job_id, LogState.REFUSED, error.detail)
        elif age < _SETTLES:
            self._keeper.note(job.job_id, LogState.FAILED, "GitHub does not have it yet")
        elif age > KEPT_AT_GITHUB:
            self._keeper.note(
                job.job_id,
                LogState.EXPIRED,
                "GitHub deleted it after 90 days; PULSEBOARD_LOGS=all keeps logs in time",
            )
        else:
            self._keeper.note(
                job.job_id, LogState.MISSING, "GitHub has no log of this job (any more)"
            )

    def _note_trouble(self, job: JobName, error: Later) -> None:
        """Leave one log that does not come for later; several in a row are an outage."""
        if _is_limit(error):
            raise error
        self._keeper.note(job.job_id, LogState.FAILED, error.detail)
        self._lost_in_a_row += 1
        if self._lost_in_a_row == _OUTAGE:
            raise error


def _is_limit(error: PulseboardError) -> bool:
    return isinstance(error, Later) and error.state is FeedState.LIMITED


def _spool(pieces: Iterator[bytes], file: IO[bytes]) -> None:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > _MAX_ARCHIVE:
            raise BadArchive(f"The archive has more than {_MAX_ARCHIVE} bytes")
        file.write(piece)
    file.seek(0)


def add_to(catalogue: Catalogue, connection: Connection, *, on_log: OnLog = tell_nobody) -> None:
    """Add the fetching of logs to what is done in the background; `on_log` hears of each."""

    def fetch(context: Context) -> None:
        with context.database.reading() as session:
            if not connection.has_credential(session):
                # GitHub hands over no log without one.
                return
        collector = connection.collector(context.database, should_stop=lambda: context.is_stopping)
        if isinstance(collector.github, OpensFiles):
            keeper = Keeper.from_settings(context.database, connection.settings, tell=on_log)
            fetch_wanted(context, LogFetcher(collector.github, keeper=keeper), connection.settings)

    catalogue.schedule(FETCH, _EVERY, fetch)


def fetch_wanted(context: Context, fetcher: LogFetcher, settings: Settings) -> None:
    """Fetch what is wanted until nothing is left, GitHub says later, or the process ends."""
    while wants := _wants(context.database, settings):
        for want in wants:
            if context.is_stopping:
                return
            try:
                fetcher.fetch(want)
            except Later as error:
                _log.info("logs.later", reason=error.detail)
                return
            except PulseboardError as error:
                _log.warning("logs.not_fetched", repository=want.repository, reason=error.detail)
                return


def _wants(database: Database, settings: Settings) -> list[Want]:
    with database.reading() as session:
        return list_wants(session, settings=settings, at=clock.now())
