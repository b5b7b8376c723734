"""Real server processes, and senders that keep count of what they were promised."""

import hashlib
import hmac
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from itertools import count
from pathlib import Path

SECRET = "chaos"


def free_port():
    """Return a port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One `pulseboard serve` in a process of its own."""

    def __init__(self, folder: Path, *, database_url: str, port: int) -> None:
        self._folder = folder
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "DATABASE_URL": database_url,
            "GITHUB_WEBHOOK_SECRET": SECRET,
        }
        self.port = port
        self.process: subprocess.Popen | None = None

    def start(self):
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "pulseboard", "serve", "--port", str(self.port), "--data",
                   str(self._folder / "data")]  # fmt: skip
        with (self._folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, env=self._environment, stdout=log, stderr=log, cwd=self._folder
            )
        # A machine with ten other things to do is slow, not broken.
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if self._answers():
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError((self._folder / "server.log").read_text()[-2000:])

    def _answers(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def kill(self):
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Ask it to end; return (exit code, seconds it took)."""
        began = time.monotonic()
        self.process.terminate()
        code = self.process.wait(timeout=20)
        return code, time.monotonic() - began


class Sender(threading.Thread):
    """Sends signed deliveries one after the other and writes down what was acknowledged.

    What was not acknowledged is sent again under the same guid, as GitHub's redelivery does.
    """

    def __init__(self, port: int, name: str, stop: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self._port = port
        self._stopping = stop
        self.acknowledged: dict[str, str] = {}
        self.refused: list[int] = []

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            self._send_all(connection)
        finally:
            connection.close()

    def _send_all(self, connection):
        for number in count():
            guid, run_id = f"{self.name}-{number}", f"{int(self.name)}{number:06}"
            body = delivery(run_id)
            while True:
                if self._stopping.is_set():
                    return
                try:
                    # After an error it opens itself again.
                    connection.request("POST", "/webhook/github", body, headers_of(guid, body))
                    answer = connection.getresponse()
                    answer.read()
                except (OSError, http.client.HTTPException):
                    connection.close()
                    time.sleep(0.02)
                    continue
                if answer.status == 202:
                    self.acknowledged[guid] = run_id
                    break
                self.refused.append(answer.status)
                time.sleep(0.02)


def delivery(run_id):
    """Return the body of a finished run."""
    return json.dumps(
        {
            "action": "completed",
            "workflow_run": {
                "id": int(run_id),
                "name": "CI",
                "workflow_id": 7,
                "run_attempt": 1,
                "status": "completed",
                "conclusion": "success" if int(run_id) % 3 else "failure",
                "head_branch": "main",
                "created_at": "2026-03-01T12:00:00Z",
                "run_started_at": "2026-03-01T12:00:00Z",
                "updated_at": "2026-03-01T12:07:00Z",
            },
            "repository": {"id": 1, "full_name": "acme/api", "default_branch": "main"},
        }
    ).encode()


def headers_of(guid, body):
    """Return the headers GitHub sends."""
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-GitHub-Event": "workflow_run",
        "X-GitHub-Delivery": guid,
        "X-Hub-Signature-256": f"sha256={signature}",
    }
