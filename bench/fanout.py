"""One message to a thousand open sockets, of the same bytes written to plain connections.

python -m bench.fanout raw|live PORT runs a server that sends the message for each line on its
standard input and then says when it began.
"""

import asyncio
import base64
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from statistics import median
from types import SimpleNamespace

import uvicorn
import uvloop
from fastapi import FastAPI
from tests.chaos.servers import free_port

from bench.figures import Figures
from pulseboard.api import live
from pulseboard.live.broker import Broker
from pulseboard.live.messages import Message, Trouble

CLIENTS = 1000
ROUNDS = 25
BYTES = 2048
# What is in a message beside its text.
_TEXT = "x" * (BYTES - 110)


def serve_raw(port: int) -> None:
    """Write one prebuilt frame to every connection: the limit."""
    transports: list[asyncio.BaseTransport] = []
    frame = b"\x81\x7e" + BYTES.to_bytes(2, "big") + b"x" * BYTES

    class Connected(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            transports.append(transport)

    def fan_out() -> None:
        for transport in transports:
            transport.write(frame)

    async def run() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_server(Connected, "127.0.0.1", port, backlog=4096)
        _obey(loop, fan_out)
        await asyncio.Event().wait()

    uvloop.run(run())


def serve_live(port: int) -> None:
    """Run the app's own stream, as the server does."""
    broker = Broker(version="bench")

    def fan_out() -> None:
        # What `publish` comes to in the end, with a message of the wanted length.
        broker._tell(Message(broker._next(), "bench", Trouble(_TEXT)))  # noqa: SLF001

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await broker.start()
        _obey(asyncio.get_running_loop(), fan_out)
        yield
        await broker.close()

    app = FastAPI(lifespan=lifespan)
    app.include_router(live.router)
    app.state.settings = SimpleNamespace(allowed_origins=())
    app.state.database = app.state.summary_feed = None
    app.state.broker = broker
    uvicorn.run(
        app,
        port=port,
        loop="uvloop",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_level="error",
        backlog=4096,
    )


def _obey(loop: asyncio.AbstractEventLoop, fan_out: Callable[[], None]) -> None:
    def once() -> None:
        began = time.monotonic()
        fan_out()
        print(began, flush=True)

    def read() -> None:
        for _ in sys.stdin:
            loop.call_soon_threadsafe(once)

    threading.Thread(target=read, daemon=True).start()


@contextmanager
def _connected(kind: str) -> Iterator[tuple[subprocess.Popen[str], list[socket.socket]]]:
    port = free_port()
    command = [sys.executable, "-m", "bench.fanout", kind, str(port)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )
    sockets: list[socket.socket] = []
    try:
        sockets.extend(_connect(port, kind) for _ in range(CLIENTS))
        # Each is greeted when it comes.
        time.sleep(1)
        for connection in sockets:
            connection.setblocking(False)
            _drain(connection)
        yield process, sockets
    finally:
        for connection in sockets:
            connection.close()
        process.kill()
        process.wait()


def _connect(port: int, kind: str) -> socket.socket:
    for _ in range(200):
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=10)
            break
        except ConnectionRefusedError:
            time.sleep(0.05)
    else:
        raise TimeoutError(port)
    if kind == "live":
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall(
            "GET /api/v1/live HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += connection.recv(4096)
    return connection


def _drain(connection: socket.socket) -> None:
    try:
        while connection.recv(65536):
            pass
    except BlockingIOError:
        pass


def _last_ms(kind: str) -> float:
    """Return the median time until the last client has the message, in milliseconds."""
    taken = []
    with _connected(kind) as (process, sockets):
        waiting = select.epoll()
        by_number = {connection.fileno(): connection for connection in sockets}
        for number in by_number:
            waiting.register(number, select.EPOLLIN)
        for _ in range(ROUNDS):
            process.stdin.write("go\n")
            missing = dict.fromkeys(by_number, BYTES - 100)
            while missing:
                for number, _ in waiting.poll(10):
                    got = len(by_number[number].recv(65536))
                    if number in missing:
                        missing[number] -= got
                        if missing[number] <= 0:
                            del missing[number]
            done = time.monotonic()
            taken.append(done - float(process.stdout.readline()))
            time.sleep(0.03)
    return median(taken) * 1000


def measure(figures: Figures) -> None:
    """Measure both in turns."""
    raw, ours = [], []
    for _ in range(3):
        raw.append(_last_ms("raw"))
        ours.append(_last_ms("live"))
    figures.add(
        "fanout_1000", min(ours) / min(raw), ms=round(min(ours), 1), raw_ms=round(min(raw), 1)
    )


if __name__ == "__main__":
    {"raw": serve_raw, "live": serve_live}[sys.argv[1]](int(sys.argv[2]))
