"""Deliveries a second through the door, of a bare ASGI function that only verifies and decodes."""

import asyncio
import hmac
import json
import os
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from itertools import count, islice
from pathlib import Path
from typing import Any, NamedTuple

import uvloop
from tests.chaos.servers import free_port

from bench.deliveries import run_deliveries
from bench.figures import Figures
from bench.serving import SECRET

CONNECTIONS = 64
# What stores nothing takes every delivery so many times, to be measured for as long as the rest.
_AS_LONG = 4
# The best of each counts. Many short turns meet a machine at rest more surely than few long ones.
_TURNS = 6
_FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
_numbers = count()


def requests(number: int) -> list[bytes]:
    """Return whole HTTP requests of run deliveries in GitHub's shape, each of a run of its own.

    They are of a hundred repositories, as a busy organisation's would be, and tell of runs that
    have just ended, a few milliseconds after each other.
    """
    shapes = list(islice(run_deliveries(500, seed=17), 100))
    return [_request(shapes[turn % len(shapes)]) for turn in range(number)]


def _request(shape: dict[str, Any]) -> bytes:
    number = next(_numbers)
    run, began = shape["workflow_run"], _FIRST + timedelta(milliseconds=5 * number)
    run["id"] = 10_000_000 + number
    run["head_sha"] = sha1(str(number).encode()).hexdigest()
    run["created_at"] = run["run_started_at"] = iso(began - timedelta(seconds=number * 37 % 900))
    run["updated_at"] = iso(began)
    body = json.dumps(shape, separators=(",", ":")).encode()
    digest = hmac.digest(SECRET, body, "sha256").hex()
    head = (
        "POST /webhook/github HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"X-GitHub-Event: workflow_run\r\nX-GitHub-Delivery: bench-{number}\r\n"
        f"X-Hub-Signature-256: sha256={digest}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def iso(moment: datetime) -> str:
    """Return a moment as GitHub writes it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class _Connection(asyncio.Protocol):
    """Sends the next request as soon as the answer to the last has come."""

    def __init__(self, waiting: Iterator[bytes], done: asyncio.Event, tally: list[int]) -> None:
        self._waiting = waiting
        self._done = done
        self._tally = tally

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._next()

    def _next(self) -> None:
        request = next(self._waiting, None)
        if request is None:
            self._done.set()
        else:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 202"):
            self._done.set()
            raise RuntimeError(data[:300])
        # The head and the body of an answer may come apart; the JSON ends it.
        if data.endswith(b"}"):
            self._tally[0] += 1
            self._next()


async def _send_all(port: int, load: list[bytes]) -> float:
    loop = asyncio.get_running_loop()
    waiting, tally = iter(load), [0]
    events = [asyncio.Event() for _ in range(CONNECTIONS)]
    began = time.perf_counter()
    for event in events:
        await loop.create_connection(
            lambda e=event: _Connection(waiting, e, tally), "127.0.0.1", port
        )
    await asyncio.gather(*(event.wait() for event in events))
    return tally[0] / (time.perf_counter() - began)


@contextmanager
def serving(kind: str, url: str = "-") -> Iterator[tuple[int, subprocess.Popen]]:
    """Run one of bench.serving's servers; yield its port and process."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "bench.serving", kind, str(port), url])
    try:
        _wait(port)
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(port)


class Rate(NamedTuple):
    """Requests a second, and microseconds of the server's CPU for each."""

    per_s: float
    cpu_us: float


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rate(kind: str, url: str, load: list[bytes]) -> Rate:
    with serving(kind, url) as (port, process):
        warm = len(load) // 10
        uvloop.run(_send_all(port, load[:warm]))
        before = _cpu_seconds(process.pid)
        rate = uvloop.run(_send_all(port, load[warm:]))
        used = _cpu_seconds(process.pid) - before
        return Rate(rate, used / (len(load) - warm) * 1e6)


def measure(figures: Figures, urls: dict[str, Callable[[str], str]], *, number: int = 5000) -> None:
    """Measure the bare function, the door without storage, and the durable door, in turns.

    `urls` make an empty database of each kind.
    """
    load = requests(number)
    size = sum(map(len, load)) // len(load)
    rates: dict[str, list[Rate]] = defaultdict(list)
    # In turns and for about as long: what else the machine does falls on all of them alike.
    for turn in range(_TURNS):
        for kind in ("bare", "door"):
            rates[kind].append(_rate(kind, "-", load * _AS_LONG))
        for name, make in urls.items():
            rates[f"durable_{name}"].append(_rate("durable", make(f"door{turn}"), load))
    best = {kind: max(found, key=lambda rate: rate.per_s) for kind, found in rates.items()}
    limit = best.pop("bare")
    for kind, rate in best.items():
        share, by_cpu = rate.per_s / limit.per_s, limit.cpu_us / rate.cpu_us
        figures.add(
            kind, share, rate=int(rate.per_s), limit=int(limit.per_s), by_cpu=f"{by_cpu:.2f}",
            bytes=size,
        )  # fmt: skip
