"""Sending what is owed: once, in the right order, again where it may help, and never stale."""

import json

import pytest
from sqlalchemy import select, update

from pulseboard import clock
from pulseboard.alerts import claiming, delivery
from pulseboard.alerts.channels.mail import MailServer
from pulseboard.alerts.delivery import Delivery, backoff, revive
from pulseboard.alerts.directory import Directory, NewChannel, add_channel
from pulseboard.alerts.listing import messages_lately
from pulseboard.alerts.outbox import Sending, replace_routing
from pulseboard.alerts.routing import Routing, save_routing
from pulseboard.alerts.rulebook import change_rule, read_definition
from pulseboard.alerts.starting import keep_channels
from pulseboard.alerts.sweeping import sweep
from pulseboard.alerts.watch import Watch
from pulseboard.config import load_settings
from pulseboard.jobs.letters import dead_letters
from pulseboard.model import Alert, AlertRule, Channel, Notification
from pulseboard.vault import Vault
from tests.alerts.conftest import run
from tests.alerts.sinks import http_sink


@pytest.fixture
def sink():
    with http_sink() as running:
        yield running


class Post:
    """A board whose alerts are sent, to channels on this machine."""

    def __init__(self, board, folder, **settings):
        self.settings = load_settings(
            **{"data": folder, "allow_private_targets": "127.0.0.0/8",
               "alert_group_wait_seconds": 0, **settings}
        )  # fmt: skip
        self.board = board
        self.database = board.database
        board.watch = Watch(self.settings)
        board.starters()
        self.delivery = Delivery(self.settings)

    def channel(self, kind="webhook", name="ops", **fields):
        with self.database.writing() as session:
            wanted = NewChannel(kind=kind, name=name, **fields)
            return add_channel(session, wanted, vault=Vault.of(self.settings), at=0).id

    def send(self):
        return sweep(self.database, self.delivery, should_stop=lambda: False)

    def rows(self):
        with self.database.reading() as session:
            rows = session.scalars(select(Notification).order_by(Notification.id)).all()
            session.expunge_all()
            return rows

    def hurry(self):
        """Let every pause be over."""
        with self.database.writing() as session:
            session.execute(update(Notification).values(not_before=0))


@pytest.fixture
def post(board, tmp_path):
    return Post(board, tmp_path)


def test_one_message_says_that_it_broke_and_one_that_it_is_mended(post, board, sink):
    post.channel(url=sink.url)
    board.runs(run(1, actor="kim"))
    assert post.send() == 1
    assert post.send() == 0
    board.runs(run(2))
    board.runs(run(3, "success"))
    assert post.send() == 1

    opened, resolved = sink.bodies
    assert (opened["type"], resolved["type"]) == ("alert.opened", "alert.resolved")
    (alert,) = opened["data"]["alerts"]
    assert alert["headline"] == "CI of acme/api on main failed"
    assert (alert["commit"][:7], alert["author"]) == ("4d6ee57", "kim")
    assert alert["alert_url"].startswith("http://127.0.0.1:8000/alerts/")
    assert [row.state for row in post.rows()] == ["sent", "sent"]
    assert [row.status for row in post.rows()] == [200, 200]


def test_alerts_of_one_repository_that_open_together_are_one_message(post, board, sink):
    post.channel(url=sink.url)
    board.runs(run(1), run(1, workflow="Deploy"), run(1, repo="acme/web"))
    assert post.send() == 2

    sizes = sorted(len(body["data"]["alerts"]) for body in sink.bodies)
    assert sizes == [1, 2]


def test_a_storm_of_a_thousand_repositories_is_one_digest_for_each_channel(
    board, tmp_path, sink, monkeypatch
):
    post = Post(board, tmp_path, alert_group_wait_seconds=30)
    post.channel(url=sink.url)
    post.channel(kind="slack", name="chat", url=sink.url)
    noon = clock.now()
    # They fail within the group wait, in batches as a busy server would take them in.
    for batch in range(10):
        monkeypatch.setattr(clock, "now", lambda batch=batch: noon + batch * 2 * clock.SECOND)
        board.runs(*(run(1, repo=f"acme/r{batch * 100 + n}") for n in range(100)))
    assert post.send() == 0
    monkeypatch.setattr(clock, "now", lambda: noon + 31 * clock.SECOND)
    assert post.send() == 2

    signed, chat = sorted(sink.bodies, key=lambda body: "text" in body)
    assert len(signed["data"]["alerts"]) == 1000
    assert signed["data"]["title"] == "1000 alerts in 1000 repositories"
    assert "1000 alerts in 1000 repositories" in chat["text"]
    assert "990 more" in json.dumps(chat, ensure_ascii=False)

    board.runs(*(run(2, "success", repo=f"acme/r{n}") for n in range(1000)))
    assert post.send() == 2
    assert {row.state for row in post.rows()} == {"sent"}
    with post.database.reading() as session:
        told = [(posted.channel, posted.alerts) for posted in messages_lately(session)]
        assert messages_lately(session, state=Sending.FAILED) == []
    assert sorted(told) == [("chat", 1000), ("chat", 1000), ("ops", 1000), ("ops", 1000)]


def test_a_passing_error_is_tried_again_with_the_same_id(post, board, sink):
    post.channel(url=sink.url)
    sink.says((500,), (200,))
    board.runs(run(1))
    post.send()
    assert [(row.state, row.status, row.tries) for row in post.rows()] == [("pending", 500, 1)]
    post.hurry()
    post.send()

    assert [(row.state, row.tries) for row in post.rows()] == [("sent", 2)]
    assert len({headers["webhook-id"] for _, headers, _ in sink.received}) == 1


def test_retry_after_holds_back_the_whole_channel(post, board, sink):
    post.channel(url=sink.url)
    sink.says((429, {"Retry-After": "120"}), (200,))
    board.runs(run(1), run(1, repo="acme/web"))
    before = clock.now()
    post.send()

    assert len(sink.received) == 1
    assert all(row.not_before >= before + 120 * clock.SECOND for row in post.rows())


def test_a_permanent_error_is_a_dead_letter_and_told_on_the_other_channel(post, board, sink):
    with http_sink() as other:
        post.channel(url=sink.url, name="first")
        post.channel(url=other.url, name="second")
        sink.says((403, {}, b"invalid_token"))
        board.runs(run(1))
        post.send()
        post.send()

        trouble = [body for body in other.bodies if body["type"] == "alert.trouble"]
        assert [body["data"]["note"] for body in trouble] == [
            "first could not be told: Webhook 403: invalid_token"
        ]
    with post.database.reading() as session:
        (letter,) = dead_letters(session)
    assert (letter.job_name, letter.reason) == ("send alerts", "Webhook 403: invalid_token")
    sink.says((200,))
    revive(post.database, letter.args["notification_id"])
    post.send()
    with post.database.reading() as session:
        assert dead_letters(session) == []


def test_a_dead_letter_that_fails_once_more_is_one_again_and_told_again(post, board, sink):
    with http_sink() as other:
        post.channel(url=sink.url, name="first")
        post.channel(url=other.url, name="second")
        sink.says((400,))
        board.runs(run(1))
        post.send()
        post.send()
        for _ in range(2):
            with post.database.reading() as session:
                (letter,) = dead_letters(session)
            revive(post.database, letter.args["notification_id"])
            post.send()
            post.send()
            assert [(row.state, row.tries) for row in post.rows() if row.channel_id == 1] == [
                ("failed", 1)
            ]
        assert [body["type"] for body in other.bodies].count("alert.trouble") == 3
    with post.database.reading() as session:
        assert len(dead_letters(session)) == 1
    assert [row.state for row in post.rows() if row.kind == "trouble"] == ["sent"]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://169.254.169.254/latest", "169.254.169.254, which is not a public address"),
        ("http://[::ffff:10.0.0.1]/x", "10.0.0.1, which is not a public address"),
        ("ftp://example.com/x", "must begin with https://"),
    ],
)
def test_private_addresses_are_refused_in_words(post, board, url, words):
    post.channel(url=url)
    board.runs(run(1))
    post.send()

    (row,) = post.rows()
    assert row.state == "failed"
    assert words in row.detail


@pytest.mark.parametrize("status", [301, 302, 400, 404, 410])
def test_redirects_and_refusals_are_final(post, board, sink, status):
    post.channel(url=sink.url)
    sink.says((status, {"Location": "http://127.0.0.1/"}))
    board.runs(run(1))
    post.send()

    assert [row.state for row in post.rows()] == ["failed"]
    assert len(sink.received) == 1


def test_nothing_stale_is_sent_late(post, board, sink):
    post.channel(url=sink.url)
    sink.says((503,))
    board.runs(run(1))
    post.send()
    board.runs(run(2, "success"))
    sink.says((200,))
    post.hurry()
    post.send()

    assert len(sink.received) == 1
    assert [row.state for row in post.rows()] == ["skipped", "skipped"]


def test_the_day_of_a_message_begins_with_its_first_try(post, board, sink, monkeypatch):
    post.channel(url=sink.url)
    sink.says((503,))
    board.runs(run(1))
    now = clock.now()
    # It was muted for longer than messages are tried.
    monkeypatch.setattr(clock, "now", lambda: now + 25 * clock.HOUR)
    post.send()
    assert [(row.state, row.tries) for row in post.rows()] == [("pending", 1)]
    monkeypatch.setattr(clock, "now", lambda: now + 48 * clock.HOUR)
    post.send()
    assert [(row.state, row.tries) for row in post.rows()] == [("pending", 2)]
    monkeypatch.setattr(clock, "now", lambda: now + 50 * clock.HOUR)
    post.send()
    assert [(row.state, row.tries) for row in post.rows()] == [("failed", 3)]


def test_a_message_is_written_anew_before_each_try(post, board, sink):
    post.channel(url=sink.url)
    sink.says((503,), (200,))
    board.runs(run(1))
    post.send()
    board.runs(run(2))
    post.hurry()
    post.send()

    assert sink.bodies[-1]["data"]["title"] == "CI of acme/api on main failed 2 times in a row"


def test_a_crash_between_sending_and_recording_resends_under_the_same_id(
    post, board, sink, monkeypatch
):
    post.channel(url=sink.url)
    board.runs(run(1))
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "_record", _crash)
        with pytest.raises(KeyboardInterrupt):
            post.send()
    assert [row.state for row in post.rows()] == ["sending"]
    assert post.send() == 0
    monkeypatch.setattr(claiming, "DOUBT_AFTER", -1)
    monkeypatch.setattr("pulseboard.alerts.sweeping.DOUBT_AFTER", -1)
    assert post.send() == 1

    assert len({headers["webhook-id"] for _, headers, _ in sink.received}) == 1
    assert [row.state for row in post.rows()] == ["sent"]


@pytest.mark.parametrize(
    ("policy", "sent", "state"), [("resend", 2, "sent"), ("hold", 1, "failed")]
)
def test_slack_in_doubt_is_marked_or_held(post, board, sink, monkeypatch, policy, sent, state):
    post.channel(kind="slack", url=sink.url, on_doubt=policy)
    board.runs(run(1))
    with monkeypatch.context() as patch:
        patch.setattr(delivery, "_record", _crash)
        with pytest.raises(KeyboardInterrupt):
            post.send()
    monkeypatch.setattr(claiming, "DOUBT_AFTER", -1)
    monkeypatch.setattr("pulseboard.alerts.sweeping.DOUBT_AFTER", -1)
    post.send()

    assert len(sink.received) == sent
    assert [row.state for row in post.rows()] == [state]
    assert ("ref #" in json.dumps(sink.bodies[-1])) is (policy == "resend")


def _crash(*args, **kwargs):
    raise KeyboardInterrupt


def test_an_answer_that_is_cut_off_leaves_a_doubt(post, board, sink):
    post.channel(kind="slack", url=sink.url)
    sink.says("cut", (200,))
    board.runs(run(1))
    post.send()
    (row,) = post.rows()
    assert row.detail.startswith("It may have arrived: ")
    post.hurry()
    post.send()

    assert "ref #" in sink.bodies[-1]["text"]


@pytest.mark.parametrize("is_due", [True, False])
def test_whoever_may_have_heard_of_the_beginning_is_told_of_the_end(post, board, sink, is_due):
    post.channel(kind="slack", url=sink.url)
    sink.says("cut", (200,))
    board.runs(run(1))
    post.send()
    board.runs(run(2, "success"))
    if not is_due:
        post.send()
    post.hurry()
    post.send()

    opened, resolved = post.rows()
    assert (opened.state, opened.detail) == (
        "skipped",
        "It may have arrived: It was over before the message could be sent.",
    )
    assert (resolved.state, len(sink.received)) == ("sent", 2)


def test_muted_and_planned_work_wait_and_are_dropped_when_it_is_over(post, board, sink):
    post.channel(url=sink.url)
    with post.database.writing() as session:
        window = {
            "name": "move", "from": "2026-01-01T00:00:00Z", "to": "2199-01-01T00:00:00Z",
            "repositories": ["acme/*"],
        }  # fmt: skip
        save_routing(session, Routing.model_validate({"windows": [window]}), at=0)
    board.runs(run(1))
    assert post.send() == 0
    post.hurry()
    assert post.send() == 0
    with post.database.writing() as session:
        save_routing(session, Routing(), at=0)
        session.execute(update(Alert).values(muted_until=2**61))
    post.hurry()
    assert post.send() == 0
    with post.database.writing() as session:
        # The mute ended while nobody was up.
        session.execute(update(Alert).values(muted_until=1))
    post.hurry()
    assert post.send() == 1


def test_planned_work_that_ends_early_lets_go_what_it_held_back(post, board, sink):
    post.channel(url=sink.url)
    window = {"name": "move", "from": "2026-01-01T00:00:00Z", "to": "2199-01-01T00:00:00Z"}
    planned = Routing.model_validate({"windows": [window]})
    for routing, sent in ((planned, 0), (planned, 0), (Routing(), 1)):
        with post.database.writing() as session:
            replace_routing(session, routing, at=clock.now())
        board.runs(run(1), run(1, repo="acme/muted"))
        with post.database.writing() as session:
            session.execute(update(Alert).where(Alert.id == 2).values(muted_until=2**61))
        assert post.send() == sent
    assert [row.state for row in post.rows()] == ["sent", "pending"]


def test_the_key_of_sendgrid_goes_to_sendgrid_alone(board, tmp_path):
    post = Post(
        board, tmp_path, smtp_host="smtp.gmail.com", smtp_user="kim@example.com",
        smtp_to="kim@example.com", sendgrid_api_key="SG.key",
    )  # fmt: skip
    with post.database.writing() as session:
        keep_channels(session, post.settings, at=0)
    with post.database.reading() as session:
        row = session.scalars(select(Channel)).one()
        way = Directory(post.settings).open(session, row)
    assert way._server == MailServer("smtp.sendgrid.net", 587, "apikey", "SG.key")


def test_owners_are_told_by_route(post, board, sink):
    post.channel(url=sink.url, name="ops")
    with http_sink() as other:
        post.channel(url=other.url, name="web")
        with post.database.writing() as session:
            route = {"repositories": ["acme/web*"], "channels": ["web"]}
            save_routing(session, Routing.model_validate({"routes": [route]}), at=0)
        board.runs(run(1, repo="acme/website"))
        post.send()
        assert (len(sink.received), len(other.received)) == (0, 1)


def test_the_end_is_told_to_whom_the_beginning_was(post, board, sink):
    with http_sink() as other:
        post.channel(url=sink.url, name="ops")
        post.channel(url=other.url, name="web")
        with post.database.writing() as session:
            row = session.get_one(AlertRule, 1)
            rule = read_definition(row.definition)
            change_rule(session, row, rule.model_copy(update={"channels": ["ops"]}), at=0)
        board.runs(run(1))
        post.send()
        with post.database.writing() as session:
            row = session.get_one(AlertRule, 1)
            change_rule(session, row, rule.model_copy(update={"channels": ["web"]}), at=0)
        board.runs(run(2, "success"))
        post.send()
        assert [body["type"] for body in sink.bodies] == ["alert.opened", "alert.resolved"]
        assert other.received == []


def test_a_channel_that_was_switched_off_gets_nothing_more(post, board, sink):
    post.channel(url=sink.url)
    board.runs(run(1))
    with post.database.writing() as session:
        session.execute(update(Channel).values(enabled=False))
    post.send()

    assert sink.received == []
    assert [row.detail for row in post.rows()] == ["The channel is off"]


def test_flapping_is_told_once_and_then_held_back(post, board, sink):
    post.channel(url=sink.url)
    for number in range(10):
        board.runs(run(number, "success" if number % 2 else "failure"))
        post.send()

    assert [alert.flapping for alert in board.alerts()] == [False, False, False, True, True]
    assert len(sink.received) == 6


def test_the_pause_grows_and_is_never_nothing():
    pauses = [[backoff(tries) for _ in range(50)] for tries in (1, 4, 30)]

    assert all(0 < pause <= 5 * clock.SECOND for pause in pauses[0])
    assert all(0 < pause <= 40 * clock.SECOND for pause in pauses[1])
    assert all(0 < pause <= 15 * clock.MINUTE for pause in pauses[2])


def test_a_channel_that_is_added_anew_never_sees_an_id_again(post, board, sink):
    for number in (1, 3):
        channel = post.channel(url=sink.url)
        board.runs(run(number))
        post.send()
        with post.database.writing() as session:
            session.delete(session.get_one(Channel, channel))
        board.runs(run(number + 1, "success"))

    first, second = (headers["webhook-id"] for _, headers, _ in sink.received)
    assert first != second
