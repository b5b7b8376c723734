"""What people and the network get wrong about alerts: nothing is lost, nothing goes round."""

from functools import partialmethod

import pytest

from pulseboard import clock
from pulseboard.outgoing import Outgoing
from tests.alerts.conftest import Board, run
from tests.alerts.sinks import http_sink
from tests.alerts.test_delivery import Post


@pytest.fixture
def sink():
    with http_sink() as running:
        yield running


@pytest.fixture
def post(board, tmp_path):
    return Post(board, tmp_path)


def test_a_rule_that_matches_nothing_opens_nothing(board):
    board.rule(scope={"repositories": ["nobody/*"]})
    board.runs(run(1))

    assert board.alerts() == []


def test_a_rule_that_matches_everything_opens_one_alert_for_each_branch(board):
    board.rule(scope={"branches": ["@any"]})
    board.rule(name="Both ways", scope={"branches": ["@default", "@any"]})
    board.runs(run(1), run(2), run(3, head_branch="feature"), run(4, head_branch="feature"))

    found = sorted((alert.rule_id, alert.branch) for alert in board.alerts())
    assert found == [(1, "feature"), (1, "main"), (2, "feature"), (2, "main")]


def test_a_channel_that_hangs_leaves_a_doubt_and_keeps_nobody_waiting(post, sink, monkeypatch):
    monkeypatch.setattr(Outgoing, "send", partialmethod(Outgoing.send, seconds=0.2))
    with http_sink() as other:
        post.channel(kind="slack", name="slow", url=sink.url)
        post.channel(name="quick", url=other.url)
        sink.says("hang", (200,))
        post.board.runs(run(1))
        post.send()
        assert len(other.received) == 1
    slow, quick = post.rows()
    assert (slow.state, quick.state) == ("pending", "sent")
    assert slow.detail.startswith("It may have arrived: ")


def test_trouble_about_trouble_is_told_to_nobody(post, sink):
    post.channel(name="first", url=sink.url)
    post.channel(name="second", url=sink.url)
    sink.says((403,))
    post.board.runs(run(1))
    for _ in range(4):
        post.send()

    # Each tells of the other once, and nobody of that.
    kinds = sorted(row.kind for row in post.rows())
    assert kinds == ["opened", "opened", "trouble", "trouble"]
    assert {row.state for row in post.rows()} == {"failed"}


def test_what_opens_waits_for_company_and_what_ends_does_not(database, tmp_path, sink, monkeypatch):
    post = Post(Board(database), tmp_path, alert_group_wait_seconds=30)
    post.channel(url=sink.url)
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    post.board.runs(run(1))
    assert post.send() == 0
    monkeypatch.setattr(clock, "now", lambda: now + 30 * clock.SECOND)
    assert post.send() == 1
    post.board.runs(run(2, "success"))
    assert post.send() == 1

    assert [body["type"] for body in sink.bodies] == ["alert.opened", "alert.resolved"]


def test_a_clock_set_back_sends_nothing_twice(post, sink, monkeypatch):
    post.channel(url=sink.url)
    post.board.runs(run(1))
    assert post.send() == 1
    earlier = clock.now() - clock.DAY
    monkeypatch.setattr(clock, "now", lambda: earlier)
    post.board.runs(run(2))
    assert post.send() == 0
    post.board.runs(run(3, "success"))
    assert post.send() == 1

    assert [body["type"] for body in sink.bodies] == ["alert.opened", "alert.resolved"]


@pytest.mark.parametrize("name", ["acme/api\r\nBcc: all@example.org", "acme/<!channel>"])
def test_names_that_are_more_than_names_stay_names(post, sink, name):
    post.channel(name="hook", url=sink.url)
    post.channel(kind="slack", name="chat", url=sink.url)
    post.board.runs(run(1, workflow=name.partition("/")[2]))
    post.send()

    chat = next(body for body in sink.bodies if "text" in body)
    assert "<!channel>" not in chat["text"]
    assert "\n" not in chat["text"]
