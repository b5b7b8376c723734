"""From a delivery at the door of a real server to the message on the wire, and a storm of them."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import quantiles
from threading import Condition

import httpx
from tests.alerts.sinks import Sink, http_sink
from tests.chaos.servers import SECRET, free_port, headers_of

from bench.figures import Figures

ALERTS = 60
REPOSITORIES = 1000
_SENDERS = 16
_PATIENCE_SECONDS = 90


class _Arrivals:
    """When each repository was first named to a receiver."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._news = Condition()
        self.at: dict[str, float] = {}
        self.messages = 0
        take = sink.take

        def note(path: str, headers: dict[str, str], body: bytes) -> object:
            now = time.perf_counter()
            with self._news:
                self.messages += 1
                for alert in json.loads(body)["data"].get("alerts", []):
                    self.at.setdefault(alert["repository"], now)
                self._news.notify_all()
            return take(path, headers, body)

        sink.take = note

    def wait_for(self, repositories: set[str]) -> None:
        """Wait until each of these was named; TimeoutError when that takes too long."""
        with self._news:
            if not self._news.wait_for(lambda: repositories <= self.at.keys(), _PATIENCE_SECONDS):
                raise TimeoutError(f"{len(repositories - self.at.keys())} were never told of")


def _delivery(number: int) -> bytes:
    return json.dumps(
        {
            "action": "completed",
            "workflow_run": {
                "id": number, "name": "CI", "workflow_id": number, "run_attempt": 1,
                "run_number": 1, "status": "completed", "conclusion": "failure",
                "head_branch": "main", "created_at": "2026-03-01T12:00:00Z",
                "run_started_at": "2026-03-01T12:00:00Z", "updated_at": "2026-03-01T12:07:00Z",
            },
            "repository": {
                "id": number, "full_name": f"bench/r{number}", "default_branch": "main",
            },
        }
    ).encode()  # fmt: skip


@contextmanager
def _serving(folder: Path, url: str, *, group_wait: int) -> Iterator[httpx.Client]:
    port = free_port()
    command = [sys.executable, "-m", "pulseboard", "serve", "--port", str(port), "--data", folder]
    environment = {
        "HOME": str(folder),
        "PATH": "/usr/bin:/bin",
        "DATABASE_URL": url,
        "GITHUB_WEBHOOK_SECRET": SECRET,
        "PULSEBOARD_ALLOW_PRIVATE_TARGETS": "127.0.0.0/8",
        "PULSEBOARD_ALERT_GROUP_WAIT_SECONDS": str(group_wait),
    }
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                _wait(client)
                yield client
        finally:
            process.terminate()


def _wait(client: httpx.Client) -> None:
    for _ in range(300):
        try:
            if client.get("/health").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise TimeoutError(client.base_url)


def _add_channel(client: httpx.Client, sink: Sink) -> None:
    wanted = {"kind": "webhook", "name": "bench", "url": sink.url}
    client.post("/api/v1/channels", json=wanted).raise_for_status()


def _send(client: httpx.Client, number: int) -> float:
    """Send a failure and return when that began."""
    body = _delivery(number)
    began = time.perf_counter()
    said = client.post("/webhook/github", content=body, headers=headers_of(f"b{number}", body))
    said.raise_for_status()
    return began


def _waits(folder: Path, url: str) -> list[float]:
    """Return the seconds from each delivery to its message, one alert after the other."""
    with http_sink() as sink, _serving(folder, url, group_wait=0) as client:
        arrivals, waits = _Arrivals(sink), []
        _add_channel(client, sink)
        for number in range(1, ALERTS + 1):
            began = _send(client, number)
            name = f"bench/r{number}"
            arrivals.wait_for({name})
            waits.append(arrivals.at[name] - began)
            # Not in step with whoever looks for work.
            time.sleep(number * 37 % 100 / 500)
        # The first ones warm up.
        return waits[10:]


def _storm(folder: Path, url: str, *, group_wait: int) -> tuple[int, float, float]:
    """Let a thousand repositories fail at once: messages, seconds to send and to be told of all."""
    with http_sink() as sink, _serving(folder, url, group_wait=group_wait) as client:
        arrivals = _Arrivals(sink)
        _add_channel(client, sink)
        began = time.perf_counter()
        with ThreadPoolExecutor(_SENDERS) as senders:
            list(senders.map(partial(_send, client), range(1, REPOSITORIES + 1)))
        sent = time.perf_counter() - began
        arrivals.wait_for({f"bench/r{number}" for number in range(1, REPOSITORIES + 1)})
        return arrivals.messages, sent, max(arrivals.at.values()) - began


def measure(figures: Figures, urls: dict[str, Callable[[str], str]], folder: Path) -> None:
    """Measure both; `urls` make an empty database of each kind."""
    group_wait = 30
    for name, make in urls.items():
        waits = _waits(folder / f"wait-{name}", make("alerts"))
        cuts = quantiles(waits, n=100)
        figures.add(
            f"alert_seconds_{name}", cuts[49], p99=f"{cuts[98]:.2f}", alerts=len(waits),
            group_wait=0,
        )  # fmt: skip
        messages, sent, told = _storm(
            folder / f"storm-{name}", make("storm"), group_wait=group_wait
        )
        figures.add(
            f"alert_storm_messages_{name}", messages, repositories=REPOSITORIES,
            sent_s=f"{sent:.1f}", told_s=f"{told:.1f}", group_wait=group_wait,
        )  # fmt: skip
