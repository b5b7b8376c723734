"""Where the kept bytes of logs lie: a folder, or S3 and what speaks like it."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple, Protocol
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from pulseboard.clock import to_instant
from pulseboard.config import Settings
from pulseboard.errors import Unavailable

LINK_MINUTES: Final = 5
_TIMEOUT: Final = timedelta(seconds=20)


class StoredFile(NamedTuple):
    """A file in the store: its key, how large it is and when it was written."""

    key: str
    size: int
    written_at: int


class StoreUnavailable(Unavailable):
    """The store does not answer, is full, or has lost the file."""

    title = "Log store unavailable"


class Store(Protocol):
    """Files by key. Every call may raise StoreUnavailable."""

    def put(self, key: str, data: bytes) -> None:
        """Write a file; it is there completely or not at all."""
        ...

    def read(self, key: str, *, start: int, size: int) -> bytes:
        """Return a part of a file."""
        ...

    def delete(self, keys: Sequence[str]) -> None:
        """Remove files; one that is gone already is no error."""
        ...

    def files(self) -> Iterator[list[StoredFile]]:
        """Yield what lies in the store, some at a time."""
        ...

    def drop_unfinished(self, *, before: int) -> int:
        """Remove what was being written when a process ended; return how many files."""
        ...

    def link(self, key: str) -> str | None:
        """Return an address at which a file can be read for some minutes, if the store can."""
        ...


class ObjectStore:
    """A folder or a bucket through obstore, which writes a file in full before it shows."""

    def __init__(
        self, open_inner: Callable[[], LocalStore | S3Store], *, folder: Path | None = None
    ) -> None:
        self._open_inner = open_inner
        self._folder = folder

    @cached_property
    def _inner(self) -> LocalStore | S3Store:
        # Opened with the first log, so that a server without any makes no folder.
        return self._open_inner()

    def put(self, key: str, data: bytes) -> None:
        """Write a file; it is there completely or not at all."""
        try:
            if isinstance(self._inner, S3Store):
                # So that whoever follows a link is handed text, and no browser tries to show it.
                name = PurePosixPath(key).stem
                kind = {
                    "Content-Type": "text/plain; charset=utf-8",
                    "Content-Encoding": "zstd",
                    "Content-Disposition": f'attachment; filename="{name}.log"',
                }
                obstore.put(self._inner, key, data, attributes=kind)
            else:
                obstore.put(self._inner, key, data)
        except (BaseError, OSError) as error:
            raise _unavailable(error) from None

    def read(self, key: str, *, start: int, size: int) -> bytes:
        """Return a part of a file."""
        if size == 0:
            return b""
        try:
            if self._folder is not None:
                # A search reads many small parts, and the way to obstore's threads and back takes
                # longer than each of them, on a busy machine by far.
                return _read_file(self._folder / key, start=start, size=size)
            return bytes(obstore.get_range(self._inner, key, start=start, length=size))
        except (BaseError, OSError) as error:
            raise _unavailable(error) from None

    def delete(self, keys: Sequence[str]) -> None:
        """Remove files; one that is gone already is no error."""
        for key in keys:
            try:
                obstore.delete(self._inner, key)
            except FileNotFoundError:
                continue
            except (BaseError, OSError) as error:
                raise _unavailable(error) from None

    def files(self) -> Iterator[list[StoredFile]]:
        """Yield what lies in the store, some at a time."""
        try:
            for batch in obstore.list(self._inner):
                yield [
                    StoredFile(item["path"], item["size"], to_instant(item["last_modified"]))
                    for item in batch
                ]
        except (BaseError, OSError) as error:
            raise _unavailable(error) from None

    def drop_unfinished(self, *, before: int) -> int:
        """Remove what was being written to a folder when a process ended before an instant."""
        if self._folder is None:
            return 0
        # obstore writes beside the file, under its name and a number, and lists no such files.
        left = [
            path
            for path in self._folder.rglob("*.zst#*")
            if path.stat().st_mtime_ns // 1000 < before
        ]
        for path in left:
            path.unlink(missing_ok=True)
        return len(left)

    def link(self, key: str) -> str | None:
        """Return an address at which a file can be read for five minutes, if the store can."""
        if not isinstance(self._inner, S3Store):
            return None
        try:
            return obstore.sign(self._inner, "GET", key, timedelta(minutes=LINK_MINUTES))
        except (BaseError, OSError) as error:
            raise _unavailable(error) from None


def open_store(settings: Settings) -> ObjectStore:
    """Return the store that the settings name: a bucket, else the folder logs beside the data."""
    if settings.log_store is None:
        folder = settings.data / "logs"
        return ObjectStore(lambda: LocalStore(folder, mkdir=True), folder=folder)
    address = urlsplit(settings.log_store)
    secret = settings.s3_secret_access_key
    endpoint = settings.s3_endpoint
    named = {
        "access_key_id": settings.s3_access_key_id,
        "secret_access_key": None if secret is None else secret.get_secret_value(),
        "endpoint": endpoint,
    }
    return ObjectStore(
        lambda: S3Store(
            address.netloc,
            prefix=address.path.strip("/") or None,
            region=settings.s3_region,
            virtual_hosted_style_request=False,
            client_options={
                "timeout": _TIMEOUT,
                "allow_http": endpoint is not None and endpoint.startswith("http://"),
            },
            retry_config={"max_retries": 2, "retry_timeout": _TIMEOUT},
            **{name: value for name, value in named.items() if value is not None},  # type: ignore[arg-type]
        )
    )


def _read_file(path: Path, *, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(size)


def _unavailable(error: Exception) -> StoreUnavailable:
    # obstore tells its whole story; the first line is the one for people.
    first = (str(error).splitlines() or ["no reason given"])[0][:300]
    return StoreUnavailable(f"The store of the logs does not do its part: {first}")
