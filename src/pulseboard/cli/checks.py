"""What `doctor` looks at, one function a subject; each yields its findings and changes nothing."""

import re
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from pulseboard import clock
from pulseboard.alerts.starting import missing_of_mail
from pulseboard.cli.apps import find_app_key
from pulseboard.cli.console import write_size
from pulseboard.cli.serve import bind, local_url
from pulseboard.cli.serve import check_access as require_access
from pulseboard.cli.settings import open_database
from pulseboard.config import Settings
from pulseboard.db.engine import database_url
from pulseboard.db.lock import get_holder, lock_paths
from pulseboard.db.migrate import is_current
from pulseboard.db.session import Database
from pulseboard.errors import ConfigurationError, Conflict, PulseboardError
from pulseboard.logs.redaction import Redactor
from pulseboard.model import Delivery
from pulseboard.vault import UnreadableSecret

_LOW_DISK: Final = 2 * 1000**3
_NO_DISK: Final = 100 * 1000**2
_OLDEST_SQLITE: Final = (3, 35)
_SHORT_SECRET: Final = 16
_TOKEN: Final = re.compile(r"(gh[opsur]_[A-Za-z0-9_.-]{20,}|github_pat_\w{40,}|[0-9a-f]{40})")
# No honest clock is earlier than the program it runs.
_EARLIEST: Final = 1_735_689_600 * clock.SECOND
_TOLERATED_SKEW: Final = 5 * clock.MINUTE


class Mark(StrEnum):
    """How a finding is to be taken."""

    FINE = "✓"
    LOOK = "!"
    FAILS = "✕"


class Finding(NamedTuple):
    """One line of the doctor's."""

    mark: Mark
    subject: str
    text: str


def check_folder(settings: Settings) -> Iterator[Finding]:
    """Look at the data folder and the disk it lies on."""
    folder = settings.data.absolute()
    existing = _existing(folder)
    reason = _why_unwritable(existing)
    if reason is not None:
        advice = "Give this user the right to write there, or choose another with --data."
        yield Finding(Mark.FAILS, "Data folder", f"cannot write to {existing} ({reason}). {advice}")
        return
    state = "can be written to." if existing == folder else "will be made at the first start."
    yield Finding(Mark.FINE, "Data folder", f"{folder} {state}")
    free = shutil.disk_usage(existing).free
    if free < _NO_DISK:
        yield Finding(Mark.FAILS, "Disk", f"only {write_size(free)} are free; make room first.")
    elif free < _LOW_DISK:
        advice = "Make room, or keep less (`pulseboard retention preview`)."
        yield Finding(Mark.LOOK, "Disk", f"only {write_size(free)} are free. {advice}")
    else:
        yield Finding(Mark.FINE, "Disk", f"{write_size(free)} are free.")


def _existing(folder: Path) -> Path:
    """Return the folder, or the one above it in which it will be made."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _why_unwritable(folder: Path) -> str | None:
    """Say why nothing can be made in a folder; None when something can."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return None
    except OSError as error:
        return error.strerror or str(error)


def check_logs(settings: Settings) -> Iterator[Finding]:
    """Look whether what is to be masked in logs can be read; a start is refused otherwise."""
    try:
        Redactor(settings.log_redact)
    except ConfigurationError as error:
        yield Finding(Mark.FAILS, "Logs", error.detail)


def check_mail(settings: Settings) -> Iterator[Finding]:
    """Look whether the mail server that is named has somebody to write to."""
    missing = missing_of_mail(settings)
    if missing is not None:
        yield Finding(Mark.LOOK, "E-mail", missing)


def check_database(settings: Settings) -> Iterator[Finding]:
    """Look whether the database answers, is up to date and can be written to."""
    url = database_url(settings.database_url_or_default)
    if url.get_backend_name() == "sqlite":
        if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
            wanted = ".".join(map(str, _OLDEST_SQLITE))
            yield Finding(
                Mark.FAILS,
                "Database",
                f"SQLite {sqlite3.sqlite_version} is too old; Python needs {wanted} or newer.",
            )
            return
        if url.database and not Path(url.database).exists():
            yield _judge_new_file(Path(url.database))
            return
    # PostgreSQL takes passwords as options, too.
    bare = url.difference_update_query(("password", "sslpassword"))
    name = bare.set(drivername=url.get_backend_name()).render_as_string(hide_password=True)
    database = open_database(settings)
    try:
        yield from _ask_database(database, name)
    except Conflict as error:
        yield Finding(Mark.FAILS, "Database", f"{name}: {error.detail}")
    except (PulseboardError, SQLAlchemyError) as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        advice = "Check DATABASE_URL, that it is running, and the rights of its user."
        yield Finding(Mark.FAILS, "Database", f"{name} cannot be used ({reason}). {advice}")
    finally:
        database.close()


def _judge_new_file(path: Path) -> Finding:
    folder = _existing(path.absolute().parent)
    reason = _why_unwritable(folder)
    if reason is None:
        return Finding(Mark.FINE, "Database", f"SQLite at {path}, made at the first start.")
    advice = "Give this user the right to write there, or name another file in DATABASE_URL."
    return Finding(
        Mark.FAILS, "Database", f"SQLite at {path} cannot be made in {folder} ({reason}). {advice}"
    )


def _ask_database(database: Database, name: str) -> Iterator[Finding]:
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    if not is_current(database.engine):
        advice = "`pulseboard serve` brings it up to date at its start, as does `migrate`."
        yield Finding(Mark.LOOK, "Database", f"{name} is not of this version yet. {advice}")
        return
    with database.writing() as session:
        session.execute(text("DELETE FROM settings WHERE 1 = 0"))
    yield Finding(Mark.FINE, "Database", f"{name} answers, is up to date and can be written.")


def check_server(settings: Settings) -> Iterator[Finding]:
    """Look whether a server runs, or could."""
    paths = lock_paths(database_url(settings.database_url_or_default), data=settings.data)
    holder = get_holder(paths[-1]) if paths else None
    if holder is not None and holder.url:
        if _answers(holder.url):
            yield Finding(Mark.FINE, "Server", f"process {holder.pid} answers at {holder.url}.")
        else:
            advice = f"Look at its log; if it hangs, stop process {holder.pid} and start it again."
            yield Finding(Mark.FAILS, "Server", f"{holder.url} does not answer. {advice}")
        return
    if holder is not None:
        yield Finding(
            Mark.LOOK, "Server", f"the data folder is in use by {holder.pid or 'another process'}."
        )
    url = local_url(settings.host, settings.port)
    # Servers on PostgreSQL hold no lock that tells of them.
    if not paths and settings.port and _answers(url):
        yield Finding(Mark.FINE, "Server", f"one answers at {url}.")
        return
    try:
        for listener in bind(settings.host, settings.port):
            listener.close()
    except PulseboardError as error:
        yield Finding(Mark.FAILS, "Port", error.detail)
        return
    what = f"{settings.port} on {settings.host} is free" if settings.port else "any free one"
    yield Finding(Mark.FINE, "Port", f"{what}; start the server with `pulseboard serve`.")


def _answers(url: str) -> bool:
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", "/health/live")
        response = connection.getresponse()
        # Other programs may have an address of this name, too.
        return response.status == 200 and b'"uptime_seconds"' in response.read()
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def check_access(settings: Settings) -> Iterator[Finding]:
    """Look who may reach the server."""
    try:
        require_access(settings)
    except ConfigurationError as error:
        yield Finding(Mark.FAILS, "Access", error.detail)
        return
    if settings.is_loopback:
        who = "only programs on this machine reach the server; to them everything is open."
    else:
        who = f"anybody who reaches {settings.host} may read; writing needs a token or signature."
    yield Finding(Mark.FINE, "Access", who)


def check_github(settings: Settings) -> Iterator[Finding]:
    """Look at the shape of GitHub tokens and the App; they are neither shown nor tried."""
    tokens = settings.all_github_tokens
    has_app = settings.github_app_id is not None
    if has_app != (settings.read_github_app_key() is not None):
        yield Finding(
            Mark.FAILS,
            "GitHub App",
            "GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY (or …_FILE) belong together; set both.",
        )
    elif has_app:
        yield Finding(Mark.FINE, "GitHub App", "id and private key are set.")
    odd = sum(not _TOKEN.fullmatch(token.get_secret_value()) for token in tokens)
    if odd:
        yield Finding(
            Mark.LOOK,
            "GitHub token",
            f"{odd} of {len(tokens)} do not look like GitHub's (ghp_…, github_pat_…). Copy again.",
        )
    elif tokens:
        yield Finding(Mark.FINE, "GitHub token", "looks right.")
    elif not has_app and _is_app_stored(settings):
        yield Finding(Mark.FINE, "GitHub App", "one that was made here is connected.")
    elif not has_app:
        yield Finding(
            Mark.LOOK,
            "GitHub token",
            "none is set, so nothing is polled; webhooks, pushes and imports work without."
            " Set GITHUB_TOKEN to poll.",
        )
    if tokens or has_app:
        reason = settings.polling_reason
        mark = Mark.LOOK if reason else Mark.FINE
        what = reason or f"{len(settings.repos)} repositories, every {settings.refresh_seconds} s."
        yield Finding(mark, "Polling", what)


def _is_app_stored(settings: Settings) -> bool:
    try:
        return find_app_key(settings) is not None
    except UnreadableSecret:
        # Asked online, it says what is wrong with it.
        return True


def check_webhook(settings: Settings) -> Iterator[Finding]:
    """Look at the webhook's secret; it is not shown."""
    secrets = settings.webhook_secrets
    if not secrets:
        open_to = (
            "unsigned deliveries are taken" if settings.is_loopback else "every one is refused"
        )
        advice = "Set GITHUB_WEBHOOK_SECRET here and the same at GitHub."
        yield Finding(Mark.LOOK, "Webhook", f"no secret is set, so {open_to}. {advice}")
    elif any(len(secret.get_secret_value()) < _SHORT_SECRET for secret in secrets):
        yield Finding(
            Mark.LOOK,
            "Webhook",
            f"a secret is shorter than {_SHORT_SECRET} characters; take a longer, random one.",
        )
    else:
        yield Finding(Mark.FINE, "Webhook", f"{len(secrets)} secret(s) set.")


def check_push(settings: Settings) -> Iterator[Finding]:
    """Look how other CI systems may push their runs."""
    if settings.ingest_token or settings.ingest_secret:
        yield Finding(Mark.FINE, "Push", "programs push with the token or secret that is set.")
    elif settings.is_loopback:
        yield Finding(Mark.FINE, "Push", "open to programs on this machine.")
    else:
        yield Finding(
            Mark.LOOK,
            "Push",
            "nobody may push runs. Set PULSEBOARD_INGEST_TOKEN or PULSEBOARD_INGEST_SECRET.",
        )


def check_clock(settings: Settings) -> Iterator[Finding]:
    """Look whether the clock can be right: after this version, and after what was received."""
    moment = clock.now()
    shown = clock.to_iso(moment - moment % clock.SECOND)
    if moment < _EARLIEST:
        yield Finding(Mark.FAILS, "Clock", f"it says {shown}, which is long past. Set it right.")
        return
    newest = _newest_delivery(settings)
    if newest is not None and newest > moment + _TOLERATED_SKEW:
        received = clock.to_iso(newest)
        yield Finding(
            Mark.FAILS,
            "Clock",
            f"it says {shown}, but a delivery arrived at {received}. Check the time service.",
        )
        return
    yield Finding(Mark.FINE, "Clock", f"{shown}; days begin in {settings.timezone}.")


def _newest_delivery(settings: Settings) -> int | None:
    url = database_url(settings.database_url_or_default)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return None
    database = open_database(settings)
    try:
        with database.reading() as session:
            return session.scalar(select(func.max(Delivery.received_at)))
    except (PulseboardError, SQLAlchemyError):
        # The line about the database has said so already.
        return None
    finally:
        database.close()
