"""`pulseboard serve`: the server, from the first check to the last delivery it has accepted."""

import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from errno import EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT
from functools import partial
from types import FrameType
from typing import Annotated, Final

import typer
import uvicorn

from pulseboard import clock, journal
from pulseboard.alerts.starting import prepare_alerts
from pulseboard.alerts.watch import Watch
from pulseboard.cli.console import err, out
from pulseboard.cli.demo import load_with_progress
from pulseboard.cli.settings import DataFolder, open_database, read_settings
from pulseboard.cli.simulate import refuse_in_production
from pulseboard.cli.writing import (
    follow_environment,
    hold_locks,
    leave_at_once_if_working,
    prepare,
    renew_secrets,
)
from pulseboard.collect.demo import close_abandoned
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.play import has_real, missing_days
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.errors import ConfigurationError, PulseboardError

# Open requests may finish for so long; then what was accepted is committed and the doors close.
_GRACE_SECONDS: Final = 3
# By then the process ends, whatever still holds it (a locked database, a long query).
_LAST_SECONDS: Final = 4.0
_BACKLOG: Final = 2048


def serve(
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on (PULSEBOARD_HOST).", show_default="127.0.0.1"),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            help="Port to listen on; 0 takes any free one (PULSEBOARD_PORT).", show_default="8000"
        ),
    ] = None,
    data: DataFolder = None,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Fill an empty database with demo data and keep it moving."),
    ] = False,
    allow_anonymous: Annotated[
        str | None,
        typer.Option(
            metavar="viewer",
            help="`viewer` lets anybody read who reaches the server (PULSEBOARD_ALLOW_ANONYMOUS).",
        ),
    ] = None,
) -> None:
    """Run the server until SIGTERM or Ctrl+C; it then finishes what it has accepted.

    The database is set up or brought up to date first.
    """
    settings = read_settings(
        host=host, port=port, data=data, demo=demo or None, allow_anonymous=allow_anonymous
    )
    check_access(settings)
    if settings.demo:
        refuse_in_production(settings)
    with ExitStack() as stack:
        # A SIGTERM before uvicorn listens for it leaves in order, too.
        signal.signal(signal.SIGTERM, _leave)
        locks = hold_locks(stack, settings, command="serve")
        sockets = bind(settings.host, settings.port)
        for listener in sockets:
            stack.callback(listener.close)
        _prepare_data(settings)
        port = sockets[0].getsockname()[1]
        key = secrets.token_urlsafe(32)
        for lock in locks:
            lock.publish(url=local_url(settings.host, port), key=key)
        finished = _run(settings, sockets, lambda: _announce(settings, port))
        leave_at_once_if_working(0 if finished else 1)
    raise typer.Exit(0 if finished else 1)


def check_access(settings: Settings) -> None:
    if settings.is_loopback or settings.allow_anonymous:
        return
    why = "there are no users yet"
    if settings.admin_password is not None:
        why = "PULSEBOARD_ADMIN_PASSWORD alone is not enough yet, as this version has no users"
    raise ConfigurationError(
        f"Listening on {settings.host} would open Pulseboard to others, and {why}: let anybody"
        " read with --allow-anonymous=viewer (PULSEBOARD_ALLOW_ANONYMOUS=viewer), or listen on"
        " 127.0.0.1."
    )


def bind(host: str, port: int) -> list[socket.socket]:
    """Bind to every address the host name stands for; in one line says why when it cannot."""
    try:
        found = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (socket.gaierror, UnicodeError):
        raise ConfigurationError(
            f"The address to listen on, {host!r}, is not known here; use one of this machine's,"
            " such as 127.0.0.1."
        ) from None
    sockets: list[socket.socket] = []
    for family, kind, _, _, address in dict.fromkeys(found):
        wanted = sockets[0].getsockname()[1] if sockets else port
        try:
            sockets.append(_bind_one(family, kind, (address[0], wanted, *address[2:])))
        except OSError as error:
            is_missing = error.errno in (EADDRNOTAVAIL, EAFNOSUPPORT)
            # `localhost` often names ::1 where IPv6 is switched off.
            if is_missing and (sockets or len(found) > 1):
                continue
            for bound in sockets:
                bound.close()
            raise PulseboardError(_why_not(error, host, port)) from None
    return sockets


def _bind_one(family: int, kind: int, address: tuple[str | int, ...]) -> socket.socket:
    listener = socket.socket(family, kind)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(address)
        # From here on whoever connects is answered as soon as the application has started.
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == EADDRINUSE:
        return (
            f"Port {port} on {host} is in use by another program; choose another with --port, or"
            " stop that program."
        )
    if error.errno == EACCES:
        return f"Port {port} needs the rights of root; choose one above 1023 with --port."
    return f"Cannot listen on {host}, port {port}: {error.strerror}."


def _prepare_data(settings: Settings) -> None:
    database = open_database(settings)
    try:
        prepare(database)
        renew_secrets(database, settings)
        if settings.background:
            follow_environment(database, settings)
        prepare_alerts(database, settings)
        if settings.demo:
            _load_demo(database, settings)
    finally:
        database.close()


def _load_demo(database: Database, settings: Settings) -> None:
    with database.reading() as session:
        if has_real(session):
            out.print("Real runs are stored already, so no demo data is loaded.")
            return
        at = clock.now()
        days = missing_days(session, at=at)
        abandoned = close_abandoned(session, at=at)
    write = partial(commit, database, reactions=(Watch(settings),))
    write(abandoned)
    if days:
        stored = load_with_progress(write, days=days)
        out.print(f"Loaded {days} days of demo data: {stored:,} attempts.")


def local_url(host: str, port: int) -> str:
    """Return the address under which programs of this machine reach the server."""
    name = host.strip("[]")
    # Whoever listens on every address is reached on the local one.
    name = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(name, name)  # noqa: S104
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _announce(settings: Settings, port: int) -> None:
    url = local_url(settings.host, port).replace("//127.0.0.1:", "//localhost:")
    where = "" if settings.is_loopback else " and this machine's other addresses"
    out.print(f"Pulseboard runs at {url}{where}. Stop it with Ctrl+C.")
    sys.stdout.flush()


class _Server(uvicorn.Server):
    """uvicorn, with a word when it is ready and an end that comes in time."""

    def __init__(self, config: uvicorn.Config, *, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self.finished = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if not self.should_exit:
            self._on_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn would send itself the signal again afterwards, which ends in an exit code that
        # supervisors take for a crash.
        signals = (signal.SIGTERM, signal.SIGINT)
        before = {number: signal.signal(number, self.handle_exit) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            guard = threading.Timer(_LAST_SECONDS, self._give_up)
            guard.daemon = True
            guard.start()
        super().handle_exit(sig, frame)

    def _give_up(self) -> None:
        if not self.finished:
            err.print("pulseboard: the database did not answer in time; left without waiting.")
        os._exit(0 if self.finished else 1)


def _run(settings: Settings, sockets: list[socket.socket], on_ready: Callable[[], None]) -> bool:
    from pulseboard.app import create_app

    journal.configure(settings.log_format, settings.log_level)
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        # Browsers offer it, and every message would be compressed once for each of them.
        ws_per_message_deflate=False,
        ws_max_size=65_536,
        log_config=None,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        server_header=False,
        backlog=_BACKLOG,
    )
    server = _Server(config, on_ready=on_ready)
    server.run(sockets=sockets)
    server.finished = server.started
    return server.finished


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)
