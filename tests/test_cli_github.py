"""`pulseboard track`, `untrack` and `backfill`, beside a running server and without one."""

import sqlite3
from contextlib import closing

import pytest
from typer.testing import CliRunner

from pulseboard.cli import app
from tests.test_cli import Commands, Serving


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


def test_refused_backfill_says_why_and_goes_on_with_a_good_token(hub, backfill, monkeypatch):
    run = hub.repository().run()
    run.start()
    run.finish()
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_wrong")
    refused = backfill()

    assert refused.exit_code == 1
    assert refused.stderr.startswith("pulseboard: GitHub does not accept the token")
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_kim")
    assert "acme/api: 1 runs listed, jobs of 1 fetched." in backfill().stdout


@pytest.mark.parametrize("is_serving", [True, False])
def test_repositories_are_tracked_and_given_up(hub, tmp_path, silent_port, is_serving):
    run = hub.repository().run()
    run.start()
    run.finish()
    commands = Commands(tmp_path, silent_port=silent_port)
    commands.environment |= {"GITHUB_API_URL": hub.url, "GITHUB_TOKEN": "ghp_kim"}

    def say(*words):
        done = commands.run_apart(*words)
        return done.returncode, done.stdout + done.stderr

    def go_through():
        assert say("track", "acme/api", "acme/*") == (
            0, "acme/api is tracked.\nacme/* is tracked.\n",
        )  # fmt: skip
        assert say("untrack", "acme/api") == (0, "acme/api is no longer tracked.\n")
        assert say("untrack", "acme/web") == (
            1,
            "pulseboard: There is no repository 'acme/web' here; GET /api/v1/repos lists them\n",
        )
        assert say("track", "acme") == (
            2, "pulseboard: 'acme' is no repository: it should look like owner/name.\n",
        )  # fmt: skip

    if is_serving:
        with Serving(commands) as server:
            go_through()
            (known,) = server.request("/api/v1/repos")[1]["items"]
            assert (known["full_name"], known["feed"]["tracked"]) == ("acme/api", False)
        return
    go_through()
    sql = "SELECT full_name, tracked FROM repositories JOIN feeds ON repository_id = id"
    assert rows(tmp_path / "data", sql) == [("acme/api", 0)]
