"""Memory of a server that nobody asks anything."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
from tests.chaos.servers import free_port

from bench.figures import Figures

# By then everything that starts with it has started.
SETTLED_SECONDS = 5


def measure(figures: Figures, folder: Path) -> None:
    """Measure `pulseboard serve` on an empty data folder."""
    port = free_port()
    command = [sys.executable, "-m", "pulseboard", "serve", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--data", str(folder / "idle")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            _wait(f"http://127.0.0.1:{port}/health")
            time.sleep(SETTLED_SECONDS)
            figures.add("idle_mb", _resident_mb(process.pid))
        finally:
            process.terminate()


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(url)


def _resident_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
