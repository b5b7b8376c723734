"""The way of a command to the database: through the running server, or directly under the lock.

On SQLite one process writes. While a server runs, commands hand it what they have to write over
its internal routes (api/v1/internal.py); without one they take the lock themselves. On PostgreSQL
every process may write, the database itself keeps order.
"""

import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlsplit

import msgspec
from sqlalchemy.exc import DatabaseError, DataError, SQLAlchemyError

from pulseboard import clock
from pulseboard.alerts.acting import Act, carry_out
from pulseboard.alerts.watch import Watch
from pulseboard.cli.fetching import fetch, follow
from pulseboard.cli.settings import open_database
from pulseboard.collect import retention
from pulseboard.collect.demo import remove_demo
from pulseboard.collect.github import keys, tracking, wishes
from pulseboard.collect.github.backfill import LEASE, Progress
from pulseboard.collect.groupcommit import MAX_BATCH, commit
from pulseboard.collect.reading import UNWAITED_BATCH
from pulseboard.collect.records import Envelope, Receipt
from pulseboard.config import Settings
from pulseboard.db.engine import database_url, lock_writer
from pulseboard.db.lock import Holder, Lock, get_holder, lock_paths
from pulseboard.db.migrate import migrate, require_current
from pulseboard.db.session import Database
from pulseboard.errors import NO_SUCH_ADDRESS, NotFound, PulseboardError, Unavailable
from pulseboard.jobs.background import prepare_jobs
from pulseboard.jobs.carrying import is_job_left
from pulseboard.vault import Vault

# How long a server that is just starting is waited for before a command gives up.
_START_SECONDS: Final = 10
# A batch behind a busy writer can take a while; a server that hangs should not hold us for ever.
_ANSWER_SECONDS: Final = 120


class Target(Protocol):
    """Where a command's writing goes; `batch` is how many envelopes it is best given at a time."""

    batch: int

    def commit(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        """Write one batch; return its receipts once it is committed."""
        ...

    def remove_demo(self) -> int:
        """Remove all demo data; return how many runs went."""
        ...

    def track(self, name: str) -> None:
        """Track a repository, or all of an account (owner/*)."""
        ...

    def untrack(self, name: str) -> None:
        """Track it no longer; NotFound when it is not known."""
        ...

    def ask_for_backfill(self, name: str, *, days: int) -> int:
        """Want the history of a repository; return the id of the backfill."""
        ...

    def follow_backfill(self, backfill_id: int) -> Iterator[Progress]:
        """Yield again and again how far it is."""
        ...

    def act(self, act: Act) -> str:
        """Acknowledge or mute an alert; return its headline."""
        ...

    def retain(self) -> Iterator[dict[str, int]]:
        """Run the retention; yield how many of each class went, piece by piece."""
        ...


@contextmanager
def open_target(settings: Settings, *, command: str) -> Iterator[Target]:
    """Open the way to the database: the running server's, else our own with the lock held.

    Raises Locked when another command holds the lock.
    """
    holder = _find_server(settings)
    if holder is not None and holder.url and holder.key:
        server = _Server(holder.url, holder.key, database=open_database(settings))
        try:
            yield server
        finally:
            server.close()
        return
    with ExitStack() as stack:
        hold_locks(stack, settings, command=command)
        database = open_database(settings)
        stack.callback(database.close)
        prepare(database)
        target = _Direct(database, settings)
        try:
            yield target
        finally:
            target.settle()


@contextmanager
def require_stored(settings: Settings) -> Iterator[Database]:
    """Open the database for reading, beside a server or without one.

    Raises NotFound when nothing was ever stored, instead of making an empty database, and Conflict
    when the database is not of this version.
    """
    url = database_url(settings.database_url_or_default)
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        raise NotFound(
            f"There is no database at {url.database} yet: run `pulseboard migrate` or"
            " `pulseboard serve` first, or name another folder with --data."
        )
    database = open_database(settings)
    try:
        require_current(database.engine)
        yield database
    except DataError:
        # What was asked for is wrong, not the database.
        raise
    except DatabaseError as error:
        raise _unusable(error) from None
    finally:
        database.close()


def hold_locks(stack: ExitStack, settings: Settings, *, command: str) -> list[Lock]:
    """Take every lock the database needs until the stack closes; none on PostgreSQL."""
    paths = lock_paths(database_url(settings.database_url_or_default), data=settings.data)
    return [stack.enter_context(Lock(path, command=command)) for path in paths]


def prepare(database: Database) -> None:
    """Bring the database to the form we need; Unavailable in one line when that fails."""
    try:
        migrate(database.engine)
        prepare_jobs(database)
    except SQLAlchemyError as error:
        raise _unusable(error) from None


def _unusable(error: SQLAlchemyError) -> Unavailable:
    reason = str(getattr(error, "orig", None) or error).strip().splitlines()
    return Unavailable(
        f"The database cannot be used: {reason[0] if reason else type(error).__name__}."
        " Check DATABASE_URL and that it is running."
    )


def renew_secrets(database: Database, settings: Settings) -> None:
    """Encrypt every stored secret with the newest key.

    Raises UnreadableSecret when one was stored with a key that is not there.
    """
    with database.writing() as session:
        Vault.of(settings).renew(session)


def follow_environment(database: Database, settings: Settings) -> None:
    """Track what GH_REPOS names now, and no longer what it named before."""
    with database.writing() as session:
        tracking.follow_environment(session, settings, at=clock.now())


def leave_at_once_if_working(code: int) -> None:
    """End the process here when a job does not end by itself; it is taken up again later.

    To be called before the locks are given back: until then nobody else takes the job up.
    """
    if is_job_left():
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _find_server(settings: Settings) -> Holder | None:
    paths = lock_paths(database_url(settings.database_url_or_default), data=settings.data)
    if not paths:
        return None
    until = time.monotonic() + _START_SECONDS
    while True:
        holder = get_holder(paths[-1])
        is_starting = holder is not None and not holder.url and holder.command == "serve"
        if not is_starting or time.monotonic() > until:
            return holder
        time.sleep(0.1)


class _Direct:
    """Writes to the database itself."""

    batch = UNWAITED_BATCH

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        # What is owed to channels is sent by the next server or worker.
        self._watch = Watch(settings)
        self._is_settled = True

    def commit(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        # Nobody is answered before the command ends.
        self._is_settled = False
        return commit(self._database, envelopes, reactions=(self._watch,), is_lasting=False)

    def settle(self) -> None:
        if not self._is_settled:
            self._database.settle()

    def remove_demo(self) -> int:
        with self._database.writing() as session:
            return remove_demo(session)

    def track(self, name: str) -> None:
        with self._database.writing() as session:
            wishes.track(session, name, at=clock.now())

    def untrack(self, name: str) -> None:
        with self._database.writing() as session:
            keys.give_up(session, self._settings, name)

    def ask_for_backfill(self, name: str, *, days: int) -> int:
        now = clock.now()
        with self._database.writing() as session:
            planned = wishes.ask_for_backfill(session, name, days=days, at=now)
            # A worker beside us leaves it to this command.
            planned.resumes_at = now + LEASE
            return planned.id

    def follow_backfill(self, backfill_id: int) -> Iterator[Progress]:
        return fetch(self._database, self._settings, backfill_id, reactions=(self._watch,))

    def act(self, act: Act) -> str:
        with self._database.writing() as session:
            lock_writer(session)
            now = clock.now()
            return carry_out(session, act, outbox=self._watch.outbox(session, at=now), at=now)

    def retain(self) -> Iterator[dict[str, int]]:
        at = clock.now()
        for kind, number in retention.erase(self._database, settings=self._settings, at=at):
            yield {kind: number}


class _Server:
    """Writes through the server that runs on this data folder, whose other senders wait."""

    batch = MAX_BATCH

    def __init__(self, url: str, key: str, *, database: Database) -> None:
        parts = urlsplit(url)
        # Only for reading: the server does the writing.
        self._database = database
        self._connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_ANSWER_SECONDS)
        self._headers = {"Authorization": f"Bearer {key}"}

    def close(self) -> None:
        self._connection.close()
        self._database.close()

    def commit(self, envelopes: Sequence[Envelope]) -> list[Receipt]:
        answer = self._post("envelopes", msgspec.msgpack.encode(envelopes))
        return msgspec.msgpack.decode(answer, type=list[Receipt])

    def remove_demo(self) -> int:
        answer = msgspec.json.decode(self._post("demo/remove"), type=dict[str, int])
        return answer["runs"]

    def track(self, name: str) -> None:
        self._post("track", name.encode())

    def untrack(self, name: str) -> None:
        self._post("untrack", name.encode())

    def ask_for_backfill(self, name: str, *, days: int) -> int:
        asked = msgspec.json.encode({"name": name, "days": days})
        return msgspec.json.decode(self._post("backfill", asked), type=dict[str, int])["id"]

    def follow_backfill(self, backfill_id: int) -> Iterator[Progress]:
        return follow(self._database, backfill_id)

    def act(self, act: Act) -> str:
        answer = self._post("alerts/act", msgspec.msgpack.encode(act))
        return msgspec.json.decode(answer, type=dict[str, str])["message"]

    def retain(self) -> Iterator[dict[str, int]]:
        while True:
            answer = msgspec.json.decode(self._post("retention/run"), type=dict[str, Any])
            yield answer["deleted"]
            if answer["done"]:
                return

    def _post(self, name: str, body: bytes = b"") -> bytes:
        try:
            self._connection.request(
                "POST", f"/api/v1/internal/{name}", body=body, headers=self._headers
            )
            response = self._connection.getresponse()
            answer = response.read()
        except (OSError, HTTPException) as error:
            raise Unavailable(
                f"The running server does not answer ({error or type(error).__name__}). What it"
                " has confirmed is stored; run the command again for the rest."
            ) from None
        if response.status != 200:
            raise _refusal(response.status, answer)
        return answer


def _refusal(status: int, answer: bytes) -> PulseboardError:
    try:
        detail = str(msgspec.json.decode(answer, type=dict[str, Any])["detail"])
    except (msgspec.DecodeError, KeyError):
        detail = f"status {status}"
    if detail == NO_SUCH_ADDRESS or status == 422:
        detail += " (is the running server of another version? Restart it, then try again)"
    elif status == NotFound.status:
        return NotFound(detail)
    return PulseboardError(f"The running server refused: {detail}")
