"""Killed without warning while alerts are sent: none is lost, and a second copy says so."""

import signal
import subprocess
import sys

import pytest

from tests.alerts.conftest import Board, run
from tests.alerts.sinks import http_sink
from tests.alerts.test_delivery import Post
from tests.chaos.alert_worker import POINTS


@pytest.fixture
def sink():
    with http_sink() as running:
        yield running


def carry_on(database_address, folder, point):
    """Run a worker and return how it ended."""
    command = [
        sys.executable,
        "-m",
        "tests.chaos.alert_worker",
        database_address,
        str(folder),
        point,
    ]
    return subprocess.run(command, capture_output=True, text=True, timeout=60).returncode


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", ["webhook", "slack"])
def test_killed_at_a_named_point_and_started_again(
    database, database_address, tmp_path, sink, point, kind
):
    post = Post(Board(database), tmp_path)
    post.channel(kind=kind, url=sink.url)
    post.board.runs(run(1))

    assert carry_on(database_address, tmp_path, point) == -signal.SIGKILL
    assert carry_on(database_address, tmp_path, "again") == 0

    assert [row.state for row in post.rows()] == ["sent"]
    doubled = point == "after the send"
    assert len(sink.received) == (2 if doubled else 1)
    if kind == "webhook":
        assert len({headers["webhook-id"] for _, headers, _ in sink.received}) == 1
    else:
        # Where it may be there twice, the second says so.
        in_doubt = point in ("after the intent", "after the send")
        assert ("ref #" in sink.bodies[-1]["text"]) is in_doubt


def test_two_workers_at_once_send_everything_once(database, database_address, tmp_path, sink):
    post = Post(Board(database), tmp_path)
    post.channel(url=sink.url)
    post.board.runs(*(run(1, repo=f"acme/r{number}") for number in range(4)))
    command = [
        sys.executable,
        "-m",
        "tests.chaos.alert_worker",
        database_address,
        str(tmp_path),
        "never",
    ]
    workers = [subprocess.Popen(command) for _ in range(2)]

    assert [worker.wait(60) for worker in workers] == [0, 0]
    told = sorted(alert["id"] for body in sink.bodies for alert in body["data"]["alerts"])
    assert len(set(told)) == 4
    assert [row.state for row in post.rows()] == ["sent"] * 4
