"""Reading kept logs: all of one, some lines of it, or the units a search wants to look into."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.logs import frames, lines
from pulseboard.logs.store import Store, StoreUnavailable
from pulseboard.model import Log
from pulseboard.vocabulary import LogState

# A line without an end is shown no further than that.
MAX_LINE: Final = 16 * 1024


class Window(NamedTuple):
    """Some lines of a log: the number of the first (1-based), and the lines."""

    first_line: int
    lines: list[str]


def get_log(session: Session, *, job_id: int) -> Log | None:
    """Return what is known of a job's log, whether it is stored or not."""
    return session.get(Log, job_id)


def list_logs(session: Session, *, job_ids: Sequence[int]) -> dict[int, Log]:
    """Return what is known of the logs of jobs, by job."""
    rows = session.scalars(select(Log).where(Log.job_id.in_(job_ids)))
    return {row.job_id: row for row in rows}


def read_pieces(store: Store, log: Log) -> Iterator[bytes]:
    """Yield the text of a stored log piece by piece.

    Raises StoreUnavailable when the store does not have what it was given.
    """
    for frame in _frames_of(log):
        yield read_frame(store, log.storage_key or "", frame)


def read_from(store: Store, log: Log, *, first: int) -> Iterator[bytes]:
    """Yield the text of a stored log from a line (1-based) on; what lies before is not read.

    Raises StoreUnavailable when the store does not have what it was given.
    """
    skip = True
    for frame in frames.covering(_frames_of(log), first=first, last=log.lines):
        text = read_frame(store, log.storage_key or "", frame)
        if skip:
            # The first of them may begin before the line, and in the middle of another.
            text = text.removeprefix(lines.BOM) if frame.start == 0 else text
            rows = text.splitlines(keepends=True)
            text = b"".join(rows[first - frame.first_line :])
            skip = False
        yield text


def read_packed(store: Store, log: Log, *, first: int = 1) -> Iterator[bytes]:
    """Yield the same as zstd frames, nearly all of them just as they are kept.

    Raises StoreUnavailable when the store does not have what it was given.
    """
    key = log.storage_key or ""
    for frame in frames.covering(_frames_of(log), first=first, last=max(log.lines, 1)):
        data = store.read(key, start=frame.start, size=frame.size)
        if frame.first_line < first:
            rows = inflate(data, frame).splitlines(keepends=True)
            data = frames.compress(b"".join(rows[first - frame.first_line :]))
        yield data


def read_frame(store: Store, key: str, frame: frames.Frame) -> bytes:
    """Return the text of one frame; raises StoreUnavailable when it cannot be read."""
    return inflate(store.read(key, start=frame.start, size=frame.size), frame)


def inflate(data: bytes, frame: frames.Frame) -> bytes:
    """Return the text of a frame from its kept bytes; StoreUnavailable when they are damaged."""
    try:
        return frames.inflate(data, frame)
    except ValueError as error:
        raise StoreUnavailable(f"The file of the log is damaged: {error}") from None


def read_text(store: Store, log: Log) -> bytes:
    """Return all of a stored log."""
    return b"".join(read_pieces(store, log))


def read_window(store: Store, log: Log, *, first: int, last: int) -> Window:
    """Return the lines first to last (1-based, included), as far as there are such.

    Only the frames they lie in are read. A very long line is cut at 16 kB.
    """
    chosen = frames.covering(_frames_of(log), first=first, last=last)
    if not chosen:
        return Window(first, [])
    start = chosen[0].start
    data = store.read(
        log.storage_key or "", start=start, size=chosen[-1].start + chosen[-1].size - start
    )
    text = b"".join(inflate(data[f.start - start : f.start - start + f.size], f) for f in chosen)
    rows = lines.split(text) if chosen[0].start == 0 else text.splitlines()
    # A frame that begins within a line holds the end of one that nobody asked for.
    here = chosen[0].first_line
    wanted = rows[max(first - here, 0) : last - here + 1]
    return Window(max(first, here), [lines.to_text(row[:MAX_LINE]) for row in wanted])


def _frames_of(log: Log) -> list[frames.Frame]:
    if log.state != LogState.STORED or log.frames is None:
        return []
    return frames.read_table(log.frames)
