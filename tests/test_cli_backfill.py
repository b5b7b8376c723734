"""`pulseboard backfill` without a server: it does the work itself, and alerts nobody."""

import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from pulseboard.cli import app
from tests.github_fake.hub import FakeGitHub


@pytest.fixture
def hub():
    with FakeGitHub() as hub:
        hub.token("ghp_kim")
        yield hub


@pytest.fixture
def backfill(hub, tmp_path, monkeypatch):
    """A function that runs the command and returns what it said."""
    monkeypatch.setenv("GITHUB_API_URL", hub.url)
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_kim")

    def do(*args):
        return CliRunner().invoke(app, ["backfill", "acme/api", "--data", str(tmp_path), *args])

    return do


def rows(tmp_path, sql):
    with closing(sqlite3.connect(tmp_path / "pulseboard.db")) as connection:
        return connection.execute(sql).fetchall()


def test_red_history_is_stored_and_owes_nobody_a_message(hub, backfill, tmp_path):
    home = hub.repository()
    for conclusion in ("success", "failure", "failure"):
        run = home.run()
        run.job()
        run.start()
        run.finish(conclusion)
    done = backfill("--days", "7")

    assert done.exit_code == 0, done.output
    assert "acme/api: 3 runs listed, jobs of 3 fetched." in done.output
    assert rows(tmp_path, "SELECT count(*) FROM jobs") == [(3,)]
    assert rows(tmp_path, "SELECT count(*) FROM alert_notifications") == [(0,)]
