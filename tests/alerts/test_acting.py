"""What people do about an alert: it changes what is sent, never what is true."""

import pytest

from pulseboard import clock
from pulseboard.alerts import acting
from pulseboard.alerts.listing import require_alert
from pulseboard.errors import Conflict
from tests.alerts.conftest import run
from tests.alerts.sinks import http_sink
from tests.alerts.test_delivery import Post


@pytest.fixture
def sink():
    with http_sink() as running:
        yield running


@pytest.fixture
def post(board, tmp_path, sink):
    made = Post(board, tmp_path)
    made.channel(url=sink.url)
    return made


def act(post, what, **facts):
    """Let somebody act on the only alert."""
    (alert,) = post.board.alerts()
    with post.database.writing() as session:
        listed = require_alert(session, alert.id)
        if what is acting.resolve:
            outbox = post.board.watch.outbox(session, at=clock.now())
            what(session, listed, outbox=outbox, at=clock.now(), **facts)
        elif what in (acting.mute, acting.unmute):
            what(session, listed.alert, at=clock.now(), **facts)
        else:
            what(listed.alert, at=clock.now(), **facts)


def types(sink):
    return [body["type"] for body in sink.bodies]


def test_a_muted_alert_follows_the_data_and_says_nothing(post, sink):
    post.board.runs(run(1))
    post.send()
    act(post, acting.mute, until=acting.UNTIL_RESOLVED, note="we know")
    post.board.runs(run(2, "success"))
    post.send()

    assert post.board.states() == ["resolved"]
    assert types(sink) == ["alert.opened"]
    assert [row.detail for row in post.rows()][1:] == ["It is muted."]
    post.board.runs(run(3))
    post.send()
    assert types(sink) == ["alert.opened", "alert.opened"]


def test_what_is_muted_before_it_was_told_is_told_when_it_is_unmuted(post, sink):
    post.board.runs(run(1))
    act(post, acting.mute, until=acting.UNTIL_RESOLVED, note=None)
    assert post.send() == 0
    act(post, acting.unmute)
    assert post.send() == 1

    assert types(sink) == ["alert.opened"]


def test_an_acknowledged_alert_still_ends_with_a_message(post, sink):
    post.board.runs(run(1))
    post.send()
    act(post, acting.acknowledge, by="kim", note=None)
    post.board.runs(run(2))
    assert post.send() == 0
    post.board.runs(run(3, "success"))
    post.send()

    assert types(sink) == ["alert.opened", "alert.resolved"]


def test_who_was_told_that_it_began_hears_that_somebody_resolved_it(post, sink):
    post.board.runs(run(1))
    post.send()
    act(post, acting.resolve, by="kim", note=None)
    post.send()

    assert types(sink) == ["alert.opened", "alert.resolved"]
    assert sink.bodies[1]["data"]["alerts"][0]["resolution"] == "by kim"


def test_what_is_resolved_cannot_be_taken_any_more(post):
    post.board.runs(run(1))
    post.board.runs(run(2, "success"))
    with pytest.raises(Conflict, match="resolved already"):
        act(post, acting.acknowledge, by="kim", note=None)
    with pytest.raises(Conflict, match="resolved already"):
        act(post, acting.mute, until=1, note=None)
    with pytest.raises(Conflict, match="resolved already"):
        act(post, acting.resolve, by="kim", note=None)
