"""The archive of a run's logs: read without trusting it, matched to jobs whatever its names."""

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, Final, NamedTuple

from pulseboard.clock import MINUTE
from pulseboard.errors import PulseboardError
from pulseboard.logs import lines
from pulseboard.logs.stamps import unstamp

MAX_ENTRIES: Final = 2000
MAX_TOTAL: Final = 512 * 1024 * 1024
# Logs shrink to a tenth, sometimes to a fiftieth; a bomb to much less.
MAX_RATIO: Final = 200
_RATIO_FROM: Final = 1024 * 1024
_PIECE: Final = 256 * 1024
_ENCRYPTED: Final = 0x1
_ARCHIVE_BEGINS: Final = b"PK\x03\x04"
_LINK: Final = 0o120000
_TYPE_BITS: Final = 0o170000
# Whole jobs lie at the top as `3_name.txt`; the folders beside them hold the same by step.
_WHOLE_JOB: Final = re.compile(r"-?\d+_(.*)\.txt", re.DOTALL)
_COPY: Final = re.compile(r" \(\d+\)$")
_DROPPED: Final = re.compile(r"[\W_]+")
# What no name of a file can have, so that it is missing from the archive's.
_NEVER_KEPT: Final = re.compile(r"[\s/\\:*?\"<>|\x00-\x1f]+")
# GitHub cuts the names of files; so much of them is compared at least.
_SHORTEST_CUT: Final = 40


# What the standard library raises for a file that is no zip, was cut off, or is damaged; each way
# of compressing has an error of its own.
_UNREADABLE: Final = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    NotImplementedError,
    ValueError,
    RuntimeError,
)


class BadArchive(PulseboardError):
    """The archive cannot be used: no zip, a bomb, encrypted; `detail` says which."""

    status = 422
    title = "Archive refused"


class JobName(NamedTuple):
    """A job to find the log of: our id, its name, when it began in µs."""

    job_id: int
    name: str
    started_at: int | None


class _Entry(NamedTuple):
    name: str
    data: bytes
    at: int | None


def read_archive(file: IO[bytes], jobs: Sequence[JobName], *, limit: int) -> dict[int, bytes]:
    """Return the logs of jobs by their id, from a run's archive; jobs without one are left out.

    `limit` is for one log; a longer one is left out. Raises BadArchive.
    """
    entries = list(_whole_jobs(file, limit=limit))
    return match_jobs(entries, jobs)


def _whole_jobs(file: IO[bytes], *, limit: int) -> Iterator[_Entry]:
    try:
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
            _check(infos)
            total = 0
            for info in infos:
                found = _WHOLE_JOB.fullmatch(info.filename)
                if found is None or "/" in info.filename or "\\" in info.filename:
                    continue
                data = _read(archive, info, limit=limit)
                total += len(data or b"")
                if total > MAX_TOTAL:
                    raise BadArchive(f"The archive holds more than {MAX_TOTAL} bytes")
                if data is not None:
                    yield _Entry(found[1], data, _first_instant(data))
    except _UNREADABLE as error:
        raise BadArchive(f"The archive cannot be read: {error}") from None


def _check(infos: Sequence[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_ENTRIES:
        raise BadArchive(f"The archive has {len(infos)} entries, more than {MAX_ENTRIES}")
    for info in infos:
        if info.flag_bits & _ENCRYPTED:
            raise BadArchive("The archive is encrypted")
        if (info.external_attr >> 16) & _TYPE_BITS == _LINK:
            raise BadArchive("The archive holds a link")


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, limit: int) -> bytes | None:
    """Return what an entry really holds, counted while it is read; None beyond the limit."""
    # It is handed out no further than to the size it claims, so this one need not be unpacked.
    if info.file_size > limit:
        return None
    parts: list[bytes] = []
    size = 0
    with archive.open(info) as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            if size > _RATIO_FROM and size > MAX_RATIO * max(info.compress_size, 1):
                raise BadArchive("The archive unpacks to far more than a log does")
            parts.append(piece)
    data = b"".join(parts)
    if data.startswith(_ARCHIVE_BEGINS):
        raise BadArchive("The archive holds another archive")
    return data


def _first_instant(data: bytes) -> int | None:
    return unstamp(lines.to_text(data[:80])).at


def match_jobs(entries: Sequence[_Entry], jobs: Sequence[JobName]) -> dict[int, bytes]:
    """Give each job the file of its name; of several, the one that begins when the job did.

    Names lose slashes, colons and signs on the way into the archive, may be cut, and get (1) when
    two would be the same. Those that lost the fewest signs go before all others.
    """
    found: dict[int, bytes] = {}
    used: set[int] = set()
    for job in sorted(jobs, key=lambda job: -len(job.name)):
        fitting = [
            (_has_lost_signs(entry.name, job.name), _distance(entry, job), -len(entry.data), number)
            for number, entry in enumerate(entries)
            if number not in used and _fits(entry.name, job.name)
        ]
        if fitting:
            number = min(fitting)[3]
            used.add(number)
            found[job.job_id] = entries[number].data
    return found


def _fits(file_name: str, job_name: str) -> bool:
    wanted = _plain(job_name)
    for name in (file_name, _COPY.sub("", file_name)):
        plain = _plain(name)
        if plain == wanted or (len(plain) >= _SHORTEST_CUT and wanted.startswith(plain)):
            return True
    return False


def _has_lost_signs(file_name: str, job_name: str) -> bool:
    """Say whether a file's name lacks signs of a job's, such as one emoji beside another."""
    kept = _NEVER_KEPT.sub("", job_name)
    return all(_NEVER_KEPT.sub("", n) != kept for n in (file_name, _COPY.sub("", file_name)))


def _plain(name: str) -> str:
    return _DROPPED.sub("", name).lower()


def _distance(entry: _Entry, job: JobName) -> int:
    if entry.at is None or job.started_at is None:
        return 0
    return abs(entry.at - job.started_at) // MINUTE
