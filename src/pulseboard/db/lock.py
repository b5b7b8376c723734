"""The lock on a SQLite data folder: one server at a time, and how commands find the one that runs.

It is flock on a file, so the kernel releases it however the process ends. The file says who holds
it and, while a server does, where it answers and with which key; only its owner may read it.
PostgreSQL needs no lock: its servers share the database by design.
"""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec
from msgspec import Struct
from sqlalchemy.engine import URL

from pulseboard.errors import ConfigurationError, Conflict

LOCK_NAME: Final = "pulseboard.lock"
_OWNER_ONLY: Final = 0o600
# Whoever asks who holds the lock has it for a moment himself: seconds to wait before each new try.
_PAUSES: Final = (0.01, 0.05, 0.2, 0.0)


class Holder(Struct, frozen=True):
    """Who holds the lock; `url` and `key` are set once a server can be reached through them."""

    pid: int
    command: str
    url: str | None = None
    key: str | None = None


class Locked(Conflict):
    """Another process holds the lock; `holder` says who, where that can be read."""

    title = "Data folder in use"

    def __init__(self, path: Path, holder: Holder | None) -> None:
        what = f"data folder {path.parent}"
        if path.name != LOCK_NAME:
            what = f"database {path.with_suffix('')}"
        super().__init__(
            f"The {what} is in use by {_name(holder)}. Stop that one first, or choose another"
            " folder with --data."
        )
        self.holder = holder


class Lock:
    """An exclusive lock that is held from `__enter__` to `__exit__`, or until the process ends."""

    def __init__(self, path: Path, *, command: str) -> None:
        self._path = path
        self._command = command
        self._file: int | None = None

    def __enter__(self) -> Self:
        file = _open(self._path)
        for pause in _PAUSES:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(pause)
            else:
                self._file = file
                self._write(Holder(os.getpid(), self._command))
                return self
        os.close(file)
        raise Locked(self._path, read_holder(self._path))

    def __exit__(self, *_exc: object) -> None:
        if self._file is not None:
            # The file stays: removing it would let two processes lock two files of one name.
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None

    def publish(self, *, url: str, key: str) -> None:
        """Say where this process answers and with which key commands may write through it."""
        self._write(Holder(os.getpid(), self._command, url=url, key=key))

    def _write(self, holder: Holder) -> None:
        if self._file is None:
            raise RuntimeError("the lock is not held")
        content = msgspec.json.encode(holder)
        os.pwrite(self._file, content, 0)
        os.ftruncate(self._file, len(content))


def get_holder(path: Path) -> Holder | None:
    """Return who holds the lock now, or None when nobody does.

    A holder that cannot be read (another user's, or one that is just starting) has pid 0.
    """
    try:
        # A shared lock needs no right to write; it is let go of at once.
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except PermissionError:
        return Holder(0, "of another user")
    except OSError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return read_holder(path) or Holder(0, "that is just starting")
    finally:
        os.close(file)
    return None


def read_holder(path: Path) -> Holder | None:
    """Return what the file says of its holder, dead or alive; None when it says nothing."""
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode(path.read_bytes(), type=Holder)
    return None


def lock_paths(url: URL, *, data: Path) -> list[Path]:
    """Return the locks a server needs, the one of the database last; none on PostgreSQL.

    The data folder has one. A SQLite file elsewhere has its own beside it, for two servers with
    different data folders must not share a file either.
    """
    if url.get_backend_name() != "sqlite":
        return []
    folder = data.absolute()
    if not url.database or url.database == ":memory:":
        return [folder / LOCK_NAME]
    database = Path(url.database).absolute()
    if database.parent.resolve() == folder.resolve():
        return [folder / LOCK_NAME]
    return [folder / LOCK_NAME, database.with_name(database.name + ".lock")]


def _name(holder: Holder | None) -> str:
    if holder is None or not holder.pid:
        return "another process"
    return f"process {holder.pid} (pulseboard {holder.command})"


def _open(path: Path) -> int:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _OWNER_ONLY)
    except OSError as error:
        raise ConfigurationError(
            f"The data folder {path.parent} cannot be used: {error.strerror}. Choose another with"
            " --data, or give this user the right to write there."
        ) from None
