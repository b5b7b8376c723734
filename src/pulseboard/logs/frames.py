"""A log as it is kept: zstd frames cut at line ends, so that a part is read without the rest."""

import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import zstandard

from pulseboard.logs import lines

FRAME: Final = 256 * 1024
LEVEL: Final = 3
_ENTRY: Final = struct.Struct("<IIII")


class Frame(NamedTuple):
    """Where a frame lies among the kept bytes, how long its text is, and the line it begins in.

    `is_inside` says that it begins in the middle of that line, one longer than a frame.
    """

    start: int
    size: int
    raw: int
    first_line: int
    is_inside: bool


class Packed(NamedTuple):
    """The kept bytes of a log and the table of their frames."""

    data: bytes
    table: bytes


def cut(data: bytes) -> Iterator[bytes]:
    """Cut a text into pieces of about FRAME bytes, after the end of a line if there is one.

    A line longer than that is cut wherever it has to be.
    """
    here = 0
    while len(data) - here > FRAME:
        last = max(data.rfind(b"\n", here, here + FRAME), data.rfind(b"\r", here, here + FRAME - 1))
        end = last + 1 if last >= here else here + FRAME
        # The two signs that end a line on Windows stay together.
        if data[end - 1 : end + 1] == b"\r\n":
            end += 1
        yield data[here:end]
        here = end
    if here < len(data):
        yield data[here:]


def pack(data: bytes) -> Packed:
    """Compress a text; the frames one after the other are plain zstd to any other program."""
    compressor = zstandard.ZstdCompressor(level=LEVEL, write_checksum=True)
    parts: list[bytes] = []
    table: list[bytes] = []
    line = 1
    is_inside = False
    for piece in cut(data):
        part = compressor.compress(piece)
        parts.append(part)
        table.append(_ENTRY.pack(len(part), len(piece), line, is_inside))
        is_inside = not piece.endswith((b"\n", b"\r"))
        line += lines.count_ends(piece)
    return Packed(b"".join(parts), b"".join(table))


def compress(text: bytes) -> bytes:
    """Return a text as one frame."""
    return zstandard.ZstdCompressor(level=LEVEL, write_checksum=True).compress(text)


def read_table(table: bytes) -> list[Frame]:
    """Return the frames that a table lists."""
    frames: list[Frame] = []
    start = 0
    for size, raw, first_line, is_inside in _ENTRY.iter_unpack(table):
        frames.append(Frame(start, size, raw, first_line, bool(is_inside)))
        start += size
    return frames


def inflate(data: bytes, frame: Frame) -> bytes:
    """Return the text of one frame from its kept bytes.

    Raises ValueError when they are not what was kept.
    """
    try:
        text = zstandard.ZstdDecompressor().decompress(data, max_output_size=frame.raw)
    except zstandard.ZstdError as error:
        raise ValueError(f"a kept log cannot be read: {error}") from None
    if len(text) != frame.raw:
        raise ValueError("a kept log is shorter than it was")
    return text


def covering(frames: Sequence[Frame], *, first: int, last: int) -> list[Frame]:
    """Return the frames in which the lines first to last (1-based, included) lie."""
    chosen: list[Frame] = []
    for index, frame in enumerate(frames):
        if frame.first_line > last:
            break
        following = frames[index + 1] if index + 1 < len(frames) else None
        ends_in = None if following is None else following.first_line - (not following.is_inside)
        if ends_in is None or ends_in >= first:
            chosen.append(frame)
    return chosen
