"""Import files: GitHub's run and job objects as JSON in any usual packing, or a table.

JSON lines are read one line at a time, whatever the size of the file. Anything else that is JSON
(one object, a page, an array, pages behind each other) is taken as a whole, up to MAX_DOCUMENT.
The bytes of each object are kept as they stand in the file.
"""

import zlib
from collections.abc import Iterator
from gzip import BadGzipFile, GzipFile
from io import BufferedReader, FileIO, RawIOBase
from itertools import chain, islice
from pathlib import Path
from typing import Final, NamedTuple, cast

import msgspec
from msgspec import Raw, Struct

from pulseboard.collect.documents import is_json, read_tolerantly, split_documents
from pulseboard.collect.facts import is_too_old
from pulseboard.collect.github.payload import JobPayload, RunPayload, decode
from pulseboard.collect.github.webhook import JOB_EVENT, RUN_EVENT, open_delivery
from pulseboard.collect.normalise import (
    job_from_github,
    repository_of_job,
    repository_of_run,
    run_from_github,
)
from pulseboard.collect.records import Envelope, imported_guid
from pulseboard.collect.table import BadRow, read_table
from pulseboard.errors import InvalidInput
from pulseboard.vocabulary import DeliveryResult, Source

MAX_DOCUMENT: Final = 512 * 1024 * 1024
MAX_LINE: Final = 64 * 1024 * 1024
# A line of the usual length should not be put together from many reads.
_READ_BYTES: Final = 1024 * 1024
# An array of pages of objects is as deep as it gets.
_MAX_LEVELS: Final = 4
_GZIP: Final = b"\x1f\x8b"
_BOM: Final = b"\xef\xbb\xbf"
_NOTHING: Final = Raw()
# A pretty-printed document is cut behind one of these.
_UNFINISHED: Final = (b"{", b"[", b",", b":")
_NEITHER: Final = "it is neither a workflow run nor a job"


class Refusal(NamedTuple):
    """What was left out of an import: where it stands and what is wrong with it."""

    file: str
    # None when the fault is not that of one line.
    line: int | None
    message: str

    def __str__(self) -> str:
        """Return one line for a person."""
        place = self.file if self.line is None else f"{self.file}, line {self.line}"
        return f"{place}: {self.message}"


class _Document(Struct, gc=False):
    """What tells of which kind an object is; every part is kept unread."""

    id: Raw = _NOTHING
    workflow_run: Raw = _NOTHING
    workflow_job: Raw = _NOTHING
    event: Raw = _NOTHING
    payload: Raw = _NOTHING
    workflow_runs: Raw = _NOTHING
    jobs: Raw = _NOTHING
    run_id: Raw = _NOTHING
    workflow_id: Raw = _NOTHING
    run_number: Raw = _NOTHING
    # Recorded answers of the API carry the object in one of these.
    data: Raw = _NOTHING
    metadata: Raw = _NOTHING


class _RunObject(RunPayload, gc=False):
    """A run, and the field by which a job would be known."""

    run_id: Raw = _NOTHING


_read_run_object: Final = msgspec.json.Decoder(_RunObject).decode
_read_document: Final = msgspec.json.Decoder(_Document).decode
_read_array: Final = msgspec.json.Decoder(list[Raw]).decode


def read_file(path: Path, *, received_at: int) -> Iterator[Envelope | Refusal]:
    """Yield an envelope for each object or row of a file, and a refusal for each that is none.

    Gzip is recognised by its first bytes. A file that cannot be read is a refusal too.
    """
    try:
        with open_file(path) as stream:
            yield from read_stream(str(path), stream, received_at=received_at)
    except OSError as error:
        yield Refusal(str(path), None, f"it cannot be read: {error.strerror or error}")


def open_file(path: Path) -> BufferedReader:
    """Open a file for reading in large pieces; raises OSError."""
    return BufferedReader(FileIO(path), _READ_BYTES)


def read_stream(
    name: str, stream: BufferedReader, *, received_at: int
) -> Iterator[Envelope | Refusal]:
    """Read an open file, or standard input, like `read_file`; `name` is for messages."""
    if stream.peek(2)[:2] == _GZIP:
        stream = BufferedReader(cast("RawIOBase", GzipFile(fileobj=stream)))
    try:
        start = stream.peek().removeprefix(_BOM).lstrip()
        if not start:
            yield Refusal(name, None, "it is empty")
        # JSON lines may begin with one that is a mere number; the header of a table is no JSON.
        elif start[:1] in (b"{", b"[") or is_json(start.partition(b"\n")[0]):
            yield from _read_json(name, stream, received_at=received_at)
        else:
            for row in read_table(iter(stream.readline, b""), received_at=received_at):
                yield Refusal(name, *row) if isinstance(row, BadRow) else row
    except (EOFError, BadGzipFile, zlib.error) as error:
        yield Refusal(name, None, f"it is no whole gzip file: {error}")


def _read_json(
    name: str, stream: BufferedReader, *, received_at: int
) -> Iterator[Envelope | Refusal]:
    lines = _lines_of(stream)
    start = [next(lines)]
    if not is_json(start[0][1]):
        start.extend(islice(lines, 1))
        if not _starts_lines([line for _, line in start]):
            data = b"\n".join([*(line for _, line in start), stream.read(MAX_DOCUMENT)])
            yield from _read_whole(name, data, received_at=received_at)
            return
    for number, line in chain(start, lines):
        if number > start[0][0] and len(line) > MAX_LINE:
            yield Refusal(name, number, f"it is longer than {MAX_LINE} bytes")
            continue
        try:
            for found in _read_value(line, received_at=received_at):
                yield Refusal(name, number, found) if isinstance(found, str) else found
        except InvalidInput as error:
            yield Refusal(name, number, error.detail)


def _lines_of(stream: BufferedReader) -> Iterator[tuple[int, bytes]]:
    """Yield the lines that hold something with their numbers; an overlong one is cut short."""
    # The first may be a whole document.
    number, limit = 0, MAX_DOCUMENT
    while line := stream.readline(limit + 1):
        number += 1
        rest = line
        while len(rest) > limit and not rest.endswith(b"\n"):
            rest = stream.readline(limit + 1)
        if len(line) <= limit:
            line = line.removeprefix(_BOM).strip()
        if line:
            yield number, line
            limit = MAX_LINE


def _starts_lines(start: list[bytes]) -> bool:
    """Say whether a file is JSON lines with a broken first line, and not one long document."""
    return len(start) == 2 and not start[0].endswith(_UNFINISHED) and is_json(start[1])


def _read_whole(name: str, data: bytes, *, received_at: int) -> Iterator[Envelope | Refusal]:
    if len(data) > MAX_DOCUMENT:
        yield Refusal(
            name,
            None,
            f"a single JSON document may have at most {MAX_DOCUMENT} bytes: write one object a"
            " line instead (jq -c '.[]')",
        )
        return
    for document in split_documents(data):
        try:
            for found in _read_value(document, received_at=received_at):
                yield Refusal(name, None, found) if isinstance(found, str) else found
        except InvalidInput as error:
            yield Refusal(name, None, error.detail)


def _read_value(value: bytes, *, received_at: int, level: int = 0) -> Iterator[Envelope | str]:
    """Yield what one JSON value holds; text says what is wrong with a part of it.

    Raises InvalidInput when the value as a whole cannot be used.
    """
    if value[:1] != b"[":
        yield from _read_object(value, received_at=received_at, level=level)
        return
    yield from _read_all(value, received_at=received_at, level=level)


def _read_all(array: bytes, *, received_at: int, level: int) -> Iterator[Envelope | str]:
    if level == _MAX_LEVELS:
        raise InvalidInput("it is nested too deeply")
    try:
        elements = read_tolerantly(_read_array, array)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"it is not JSON: {error}") from None
    for number, element in enumerate(elements, start=1):
        try:
            for found in _read_value(bytes(element), received_at=received_at, level=level + 1):
                yield f"object {number}: {found}" if isinstance(found, str) else found
        except InvalidInput as error:
            yield f"object {number}: {error.detail}"


def _read_object(value: bytes, *, received_at: int, level: int) -> Iterator[Envelope | str]:
    run = _get_run(value)
    if run is not None:
        yield _run_envelope(run, value, received_at=received_at)
        return
    try:
        document = read_tolerantly(_read_document, value)
    except msgspec.ValidationError:
        raise InvalidInput(_NEITHER) from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidInput(f"it is not JSON: {error}") from None
    if bytes(document.id):
        yield _read_entity(document, value, received_at=received_at)
        return
    captured = _read_captured(document, value, received_at=received_at)
    if captured is not None:
        yield captured
    elif page := bytes(document.workflow_runs) or bytes(document.jobs):
        yield from _read_all(page, received_at=received_at, level=level + 1)
    elif (inner := bytes(document.data) or bytes(document.metadata))[:1] in (b"{", b"["):
        if level == _MAX_LEVELS:
            raise InvalidInput("it is nested too deeply")
        yield from _read_value(inner, received_at=received_at, level=level + 1)
    else:
        raise InvalidInput(_NEITHER)


def _get_run(value: bytes) -> RunPayload | None:
    """Return the run that a value is at first sight; None when it has to be looked at closely.

    Nearly every object of a large file is one, and reading it once instead of twice saves an eighth
    of the time.
    """
    try:
        run = _read_run_object(value)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    is_named = run.workflow_id is not None or run.run_number is not None
    return run if run.id is not None and is_named and not bytes(run.run_id) else None


def _read_entity(document: _Document, value: bytes, *, received_at: int) -> Envelope:
    # Check runs, artifacts and labels have an id too.
    if bytes(document.run_id):
        return _read_job(value, received_at=received_at)
    if bytes(document.workflow_id) or bytes(document.run_number):
        return _run_envelope(decode(value, RunPayload), value, received_at=received_at)
    raise InvalidInput(_NEITHER)


def _read_captured(document: _Document, value: bytes, *, received_at: int) -> Envelope | None:
    """Read a webhook's body, bare or beside the name of its event, as captures have it."""
    body, event = bytes(document.payload), None
    if body:
        event = _read_name(bytes(document.event))
    elif bytes(document.workflow_run):
        body, event = value, RUN_EVENT
    elif bytes(document.workflow_job):
        body, event = value, JOB_EVENT
    if event is None:
        return None
    envelope = open_delivery(
        body,
        event=event,
        guid=imported_guid(body),
        content_type=None,
        headers={},
        received_at=received_at,
        source=Source.IMPORT,
    ).understand()
    if envelope.result is not DeliveryResult.STORED:
        raise InvalidInput(envelope.reason or "it holds nothing to import")
    return envelope


def _read_name(event: bytes) -> str | None:
    try:
        return msgspec.json.decode(event, type=str)
    except msgspec.DecodeError:
        return None


def _run_envelope(payload: RunPayload, value: bytes, *, received_at: int) -> Envelope:
    repository = repository_of_run(payload)
    if repository is None:
        raise InvalidInput("neither the run nor its addresses name its repository")
    run = run_from_github(payload, repository, received_at=received_at)
    if run.created_at == received_at and is_too_old(payload.created_at):
        # Else it would count as a run of today.
        raise InvalidInput(f"it is dated before 2000 ({payload.created_at})")
    return Envelope(
        guid=imported_guid(value, entity=run.run_id),
        source=Source.IMPORT,
        event=RUN_EVENT,
        received_at=received_at,
        body=value,
        repository=repository,
        runs=[run],
    )


def _read_job(value: bytes, *, received_at: int) -> Envelope:
    payload = decode(value, JobPayload)
    repository = repository_of_job(payload)
    if repository is None:
        raise InvalidInput("none of the job's addresses names its repository")
    job = job_from_github(payload, repository, received_at=received_at)
    return Envelope(
        guid=imported_guid(value, entity=job.job_id),
        source=Source.IMPORT,
        event=JOB_EVENT,
        received_at=received_at,
        body=value,
        repository=repository,
        jobs=[job],
    )
