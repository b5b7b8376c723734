"""What people and the network get wrong about alerts: nothing is lost, nothing goes round."""

import json
from functools import partialmethod

import pytest

from pulseboard import clock
from pulseboard.alerts import acting, claiming, delivery, sweeping
from pulseboard.alerts.channels.slack import SlackBot
from pulseboard.alerts.channels.webhook import Webhook
from pulseboard.alerts.claiming import DOUBT_AFTER, claim
from pulseboard.alerts.delivery import Delivery
from pulseboard.alerts.directory import Directory
from pulseboard.model import Alert
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


def test_a_bot_that_cannot_be_asked_after_a_crash_is_asked_again(post, sink, monkeypatch):
    with http_sink() as other:
        post.channel(kind="slack", name="bot", token="t", channel="C1", api_url=sink.url)
        post.channel(name="quick", url=other.url)
        sink.says((200, {}, b'{"ok": true, "channel": "C1", "ts": "1.5"}'))
        post.board.runs(run(1))
        with monkeypatch.context() as patch:
            patch.setattr(delivery, "_record", _crash)
            with pytest.raises(KeyboardInterrupt):
                post.send()
        for module in (claiming, sweeping):
            monkeypatch.setattr(module, "DOUBT_AFTER", -1)
        sink.says("cut")
        post.send()
        assert len(other.received) == 1
    asked, _ = post.rows()
    assert (asked.state, asked.tries) == ("pending", 1)
    assert asked.detail.startswith("It may have arrived: ")

    posted = {"ts": "1.5", "metadata": sink.bodies[0]["metadata"]}
    sink.says((200, {}, json.dumps({"ok": True, "messages": [posted]}).encode()))
    post.hurry()
    post.send()
    found, _ = post.rows()
    assert (found.state, found.provider_ref) == ("sent", "C1 1.5")
    paths = [path.rpartition("/")[2] for path, _, _ in sink.received]
    assert paths == ["chat.postMessage", "conversations.history", "conversations.history"]


def _crash(*args, **kwargs):
    raise KeyboardInterrupt


def test_what_nobody_foresaw_is_a_failed_try_too(post, sink, monkeypatch):
    def break_down(*args):
        raise RuntimeError

    with http_sink() as other:
        post.channel(kind="slack", name="bot", token="t", channel="C1", api_url=sink.url)
        post.channel(name="quick", url=other.url)
        monkeypatch.setattr(SlackBot, "send", break_down)
        post.board.runs(run(1))
        assert post.send() == 2
        assert len(other.received) == 1
    broken, _ = post.rows()
    assert (broken.state, broken.detail) == (
        "pending",
        "Pulseboard could not send it (RuntimeError)",
    )


def test_a_channel_that_cannot_be_read_keeps_nobody_waiting(post, sink, monkeypatch):
    def open_quick(self, session, row):
        if row.name == "broken":
            raise RuntimeError
        return Webhook(self._outgoing, url=sink.url)

    post.channel(name="broken", url=sink.url)
    post.channel(name="quick", url=sink.url)
    monkeypatch.setattr(Directory, "open", open_quick)
    post.board.runs(run(1))
    assert post.send() == 1
    assert [row.state for row in post.rows()] == ["sending", "sent"]


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


def test_what_waited_by_a_clock_that_was_ahead_is_sent_once_it_is_set_back(post, sink, monkeypatch):
    post.channel(url=sink.url)
    sink.says((503,), (200,))
    post.board.runs(run(1))
    post.send()
    earlier = clock.now() - clock.DAY
    monkeypatch.setattr(clock, "now", lambda: earlier)
    assert post.send() == 1
    assert post.send() == 0

    assert [row.state for row in post.rows()] == ["sent"]


def test_a_try_left_behind_by_a_clock_that_was_ahead_is_taken_up_again(post, sink, monkeypatch):
    post.channel(url=sink.url)
    post.board.runs(run(1))
    with post.database.writing() as session:
        assert claim(session, 1, at=clock.now(), group_wait=0) is not None
    earlier = clock.now() - clock.DAY
    monkeypatch.setattr(clock, "now", lambda: earlier)
    assert post.send() == 0
    monkeypatch.setattr(clock, "now", lambda: earlier + DOUBT_AFTER + 1)
    assert post.send() == 1

    assert [row.state for row in post.rows()] == ["sent"]


def test_a_muted_alert_stays_muted_when_the_clock_is_set_back(post, sink, monkeypatch):
    post.channel(url=sink.url)
    post.board.runs(run(1))
    with post.database.writing() as session:
        until = clock.now() + clock.HOUR
        acting.mute(session, session.get_one(Alert, 1), until=until, note=None, at=clock.now())
    earlier = clock.now() - clock.DAY
    monkeypatch.setattr(clock, "now", lambda: earlier)
    assert post.send() == 0
    monkeypatch.setattr(clock, "now", lambda: until)
    assert post.send() == 1


@pytest.mark.parametrize(
    ("last", "types"), [("failure", ["alert.opened"]), ("success", [])], ids=["lasts", "is over"]
)
def test_a_mute_that_ends_while_nobody_is_up_lets_go_what_still_lasts(
    post, sink, monkeypatch, last, types
):
    post.channel(url=sink.url)
    post.board.runs(run(1))
    now = clock.now()
    with post.database.writing() as session:
        alert = session.get_one(Alert, 1)
        acting.mute(session, alert, until=now + clock.HOUR, note=None, at=now)
    assert post.send() == 0
    # A new process, two hours later; the first it hears of is what happened meanwhile.
    monkeypatch.setattr(clock, "now", lambda: now + 2 * clock.HOUR)
    post.delivery = Delivery(post.settings)
    post.board.runs(run(2, last))
    post.send()
    post.send()

    assert [body["type"] for body in sink.bodies] == types


@pytest.mark.parametrize("word", ["OPS", "1", "webhook"])
def test_a_rule_names_a_channel_by_name_number_or_kind(post, sink, word):
    with http_sink() as other:
        post.channel(url=sink.url, name="ops")
        post.channel(url=other.url, name="all", kind="slack")
        post.board.rule(channels=[word])
        post.board.runs(run(1))
        post.send()

    ours = [row for row in post.rows() if row.alert_id == 2]
    assert [row.channel_id for row in ours] == [1]


def test_a_rule_that_names_no_channel_there_is_tells_everybody(post, sink):
    post.channel(url=sink.url, name="ops")
    post.channel(url=sink.url, name="all")
    post.board.rule(name="Gone", channels=["deleted long ago"])
    post.board.rule(name="Half", channels=["deleted long ago", "all"])
    post.board.runs(run(1))

    told = sorted((row.alert_id, row.channel_id) for row in post.rows())
    assert told == [(1, 1), (1, 2), (2, 1), (2, 2), (3, 2)]


def test_a_rule_whose_only_channel_is_off_tells_nobody_else(post, sink):
    post.channel(url=sink.url, name="ops", enabled=False)
    post.channel(url=sink.url, name="all")
    post.board.rule(name="Quiet", channels=["ops"])
    post.board.runs(run(1))

    assert [(row.alert_id, row.channel_id) for row in post.rows()] == [(1, 2)]


@pytest.mark.parametrize("name", ["acme/api\r\nBcc: all@example.org", "acme/<!channel>"])
def test_names_that_are_more_than_names_stay_names(post, sink, name):
    post.channel(name="hook", url=sink.url)
    post.channel(kind="slack", name="chat", url=sink.url)
    post.board.runs(run(1, workflow=name.partition("/")[2]))
    post.send()

    chat = next(body for body in sink.bodies if "text" in body)
    assert "<!channel>" not in chat["text"]
    assert "\n" not in chat["text"]
