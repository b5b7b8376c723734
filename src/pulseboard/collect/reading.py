"""Files on their way to the writer: cut into batches, large ones read by a process of their own.

Reading and writing take about as long as each other and both need the interpreter, so a second
process nearly doubles the speed of an import. It is this module run as a program:

    python -m pulseboard.collect.reading FILE RECEIVED_AT

writes pieces as MessagePack to its standard output, each behind its length in 4 bytes.
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from queue import Empty, Queue
from struct import Struct as Layout
from threading import Thread
from typing import Final

import msgspec
from msgspec import Struct

from pulseboard.collect.files import Refusal, open_file, read_stream
from pulseboard.collect.garbage import spare_collector
from pulseboard.collect.payloads import compress_all
from pulseboard.collect.records import Envelope
from pulseboard.errors import PulseboardError

# A piece is as many envelopes as the writer takes at a time, or as many bytes as go in a message.
_PIECE: Final = 1000
_PIECE_BYTES: Final = 16 * 1024 * 1024
# What is written while nobody waits for the writer: pages that most rows touch, such as those of
# indexes, are then written a quarter as often.
UNWAITED_BATCH: Final = 4000
# Below this a second process takes longer to start than it saves.
_WORTH_A_PROCESS: Final = 8 * 1024 * 1024
# Pieces that wait for the writer while it writes a batch of them; more would only hold memory.
_READY: Final = UNWAITED_BATCH // _PIECE + 1
_LENGTH: Final = Layout("!I")
# What an ordinary user may ask for. A usual pipe holds a twentieth of a piece, and for every part
# of it that is taken out the interpreter has to be had from the writer.
_PIPE_BYTES: Final = 1024 * 1024


class Piece(Struct, array_like=True):
    """A part of a file, what was refused on the way to it, and how far the file is read."""

    envelopes: list[Envelope]
    refusals: list[Refusal]
    # Of a gzip file in compressed bytes, like its size.
    position: int


def cut(envelopes: Iterable[Envelope]) -> Iterator[list[Envelope]]:
    """Cut a stream of envelopes into lists, each at most one transaction and one message."""
    batch: list[Envelope] = []
    size = 0
    for envelope in envelopes:
        batch.append(envelope)
        size += len(envelope.body)
        if len(batch) >= _PIECE or size >= _PIECE_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def gather(pieces: Iterable[Piece], *, number: int) -> Iterator[Piece]:
    """Join pieces that follow each other, until they hold `number` envelopes together.

    The first go on with fewer: else the writer would idle until a full batch is read.
    """
    joined, wanted = Piece([], [], 0), min(_PIECE, number)
    for piece in pieces:
        joined.envelopes += piece.envelopes
        joined.refusals += piece.refusals
        joined.position = piece.position
        if len(joined.envelopes) >= wanted:
            yield joined
            joined, wanted = Piece([], [], 0), min(2 * wanted, number)
    if joined.envelopes or joined.refusals:
        yield joined


def read_pieces(name: str, stream: BufferedReader, *, received_at: int) -> Iterator[Piece]:
    """Read an open file; `name` is for messages."""
    refusals: list[Refusal] = []

    def accepted() -> Iterator[Envelope]:
        for item in read_stream(name, stream, received_at=received_at):
            if isinstance(item, Refusal):
                refusals.append(item)
            else:
                yield item

    for batch in cut(accepted()):
        yield Piece(batch, refusals[:], stream.tell() if stream.seekable() else 0)
        refusals.clear()
    if refusals:
        yield Piece([], refusals[:], stream.tell() if stream.seekable() else 0)


def read_file_pieces(path: Path, *, received_at: int) -> Iterator[Piece]:
    """Read a file, in a process of its own where that is worth it.

    Raises OSError when it cannot be opened.
    """
    with open_file(path) as stream:
        is_large = os.fstat(stream.fileno()).st_size >= _WORTH_A_PROCESS
        if not is_large or os.cpu_count() == 1:
            yield from read_pieces(str(path), stream, received_at=received_at)
            return
    yield from _read_apart(path, received_at=received_at)


def _read_apart(path: Path, *, received_at: int) -> Iterator[Piece]:
    # Our own interpreter and module; the path is an argument like any other. Without -P modules
    # would first be looked for in the folder that somebody happens to stand in.
    command = [sys.executable, "-P", "-m", __name__, str(path), str(received_at)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603
        ready: Queue[Piece | None] = Queue(maxsize=_READY)
        reader = Thread(target=_fetch, args=(process, ready), daemon=True)
        reader.start()
        try:
            while (piece := ready.get()) is not None:
                yield piece
            if process.wait():
                raise PulseboardError(
                    f"{path} was not read to its end: the process that reads it has died"
                )
        finally:
            # Whoever stops half way leaves a reader that waits for room.
            process.kill()
            while reader.is_alive():
                with suppress(Empty):
                    ready.get(timeout=0.01)


_decode: Final = msgspec.msgpack.Decoder(Piece).decode


def _fetch(process: subprocess.Popen[bytes], ready: "Queue[Piece | None]") -> None:
    """Decode here, because the interpreter is free while the writer's statements run."""
    assert process.stdout is not None  # noqa: S101  # It was asked for where it was started.
    # Not every system has pipes of another size, nor allows everybody to ask for them.
    with suppress(AttributeError, OSError):
        fcntl.fcntl(process.stdout, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    try:
        while len(head := process.stdout.read(_LENGTH.size)) == _LENGTH.size:
            (length,) = _LENGTH.unpack(head)
            message = process.stdout.read(length)
            if len(message) < length:
                break
            ready.put(_decode(message))
    except msgspec.DecodeError:
        # Whoever waits is told that it was not read to its end.
        process.kill()
    finally:
        ready.put(None)


def _pack(envelopes: list[Envelope]) -> None:
    """Compress the bodies here, where there is time for it."""
    packed = compress_all([envelope.body for envelope in envelopes])
    for envelope, body in zip(envelopes, packed, strict=True):
        envelope.size, envelope.body, envelope.packed = len(envelope.body), b"", body


def main() -> None:
    """Write the pieces of a file to standard output."""
    path, received_at = sys.argv[1:]
    spare_collector(makes_batches=True)
    encode = msgspec.msgpack.Encoder().encode
    with open_file(Path(path)) as stream:
        for piece in read_pieces(path, stream, received_at=int(received_at)):
            _pack(piece.envelopes)
            message = encode(piece)
            sys.stdout.buffer.write(_LENGTH.pack(len(message)) + message)
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt, BrokenPipeError):
        main()
