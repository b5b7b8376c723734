"""`pulseboard alerts`: what is burning, from the command line, with no server running."""

import pytest
from typer.testing import CliRunner

from pulseboard.alerts.watch import Watch
from pulseboard.cli import app
from pulseboard.config import load_settings
from tests.alerts.conftest import Board, run
from tests.alerts.sinks import http_sink


@pytest.fixture
def command(database, database_address, tmp_path, monkeypatch):
    """Run a command on the test's database."""
    monkeypatch.setenv("DATABASE_URL", database_address)
    monkeypatch.setenv("PULSEBOARD_DATA", str(tmp_path))

    def call(*words):
        result = CliRunner().invoke(app, ["alerts", *words])
        return result.exit_code, result.output

    return call


def test_alerts_are_listed_taken_and_muted(command, database):
    assert command("list") == (0, "Nothing is burning.\n")
    board = Board(database)
    board.watch = Watch(load_settings())
    board.starters()
    board.runs(run(1))

    code, said = command("list")
    assert code == 0
    assert "firing" in said
    assert "CI of acme/api on main failed" in said
    code, said = command("ack", "1", "--by", "kim", "--note", "rolling back")
    assert (code, said) == (0, "kim has it: CI of acme/api on main failed\n")
    assert "acknowledged" in command("list")[1]
    code, said = command("mute", "1", "--hours", "4")
    assert said.startswith("Muted until 20")
    assert "muted" in command("list", "--state", "muted")[1]
    assert command("ack", "99")[0] == 1


@pytest.mark.parametrize("hours", ["8785", "1e8", "1e17", "1e300", "inf", "nan"])
def test_nobody_mutes_for_longer_than_a_year(command, board, hours):
    board.starters()
    board.runs(run(1))
    assert command("mute", "1", "--hours", hours)[0] == 2
    assert [alert.muted_until for alert in board.alerts()] == [None]
    assert command("mute", "1", "--hours", "8784")[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ack", "99999999999999999999"), "A number is greater than any that can be stored"),
        (("ack", "1", "--note", "\udcff"), "A text holds bytes that are not UTF-8"),
    ],
)
def test_what_cannot_be_stored_is_refused_in_one_line(command, board, words, said):
    board.starters()
    board.runs(run(1))
    code, output = command(*words)
    assert (code, output.count("\n")) == (2, 1)
    assert output.startswith(f"pulseboard: {said}")
    assert [alert.acknowledged_at for alert in board.alerts()] == [None]


def test_a_channel_is_tried(command, monkeypatch, database):
    code, said = command("test")
    assert code == 1
    with http_sink() as sink:
        monkeypatch.setenv("SLACK_WEBHOOK_URL", sink.url)
        monkeypatch.setenv("PULSEBOARD_ALLOW_PRIVATE_TARGETS", "127.0.0.0/8")
        from pulseboard.alerts.starting import prepare_alerts

        prepare_alerts(database, load_settings())
        code, said = command("test", "--channel", "slack", "--message", "hello")
        assert code == 0
        assert said.startswith("Slack 200 in ")
        assert "hello" in str(sink.bodies)
