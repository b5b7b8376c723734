"""What only time decides, on a clock of the test's own."""

import pytest
from sqlalchemy import update

from pulseboard import clock
from pulseboard.alerts import acting
from pulseboard.alerts.listing import require_alert
from pulseboard.alerts.routing import Routing, save_routing
from pulseboard.alerts.timed import check_time, still_holds, stream_of
from pulseboard.model import Alert, Notification, Repository
from tests.alerts.conftest import MINUTE, run
from tests.factories import NOON

HOUR = 60 * MINUTE


def check(board, at):
    check_time(board.database, board.watch, at=at)


def deliver(board, channel=None):
    """Let everything that is owed, perhaps only on one channel, be sent."""
    sent = update(Notification).values(state="sent", finished_at=NOON)
    with board.database.writing() as session:
        session.execute(sent if channel is None else sent.where(Notification.channel_id == channel))


def test_red_for_too_long_fires_by_the_clock_and_ends_with_the_fix(board):
    board.rule(kind="default_branch_red", threshold=30)
    board.runs(run(1))
    # The writer read it by today's clock; the test's own begins at noon of its data.
    with board.database.writing() as session:
        session.query(Alert).delete()
    check(board, NOON + 20 * MINUTE)
    assert board.alerts() == []
    check(board, NOON + 40 * MINUTE)
    check(board, NOON + 41 * MINUTE)

    (alert,) = board.alerts()
    assert (alert.state, alert.message) == (
        "firing",
        "CI of acme/api on main has been red for 30 min",
    )
    assert alert.since == NOON + MINUTE + MINUTE // 2 + 1
    board.runs(run(2, "success"))
    assert board.states() == ["resolved"]


def test_a_schedule_that_stopped_is_news(board):
    board.rule(kind="no_run", threshold=24, scope={"events": ["schedule"]})
    board.runs(run(1, "success", event="schedule"), run(1, "success", workflow="Other"))
    check(board, NOON + 10 * HOUR)
    assert board.alerts() == []
    check(board, NOON + 30 * HOUR)
    check(board, NOON + 31 * HOUR)
    (alert,) = board.alerts()
    assert alert.message == "CI of acme/api has not run for 24 h"
    assert alert.since == NOON + MINUTE + 24 * HOUR

    board.runs(run(1560, "success", event="schedule"))
    check(board, NOON + 32 * HOUR)
    assert board.states() == ["resolved"]


@pytest.mark.parametrize(
    ("scope", "facts"),
    [
        ({"events": ["schedule"], "branches": ["@any"]}, {"event": "schedule"}),
        ({"branches": ["@default", "release/1"]}, {"head_branch": "release/1"}),
        ({"branches": ["rel_*/[0-9]"]}, {"head_branch": "rel_a/1"}),
    ],
)
def test_a_schedule_that_stopped_is_seen_behind_any_number_of_other_runs(board, scope, facts):
    board.rule(kind="no_run", threshold=24, scope=scope)
    pushes = [run(n, "success", head_branch="relxa/1") for n in range(2, 122)]
    board.runs(run(1, "success", **facts), *pushes)
    check(board, NOON + 10 * HOUR)
    assert board.states() == []
    check(board, NOON + 30 * HOUR)
    (alert,) = board.alerts()
    assert (alert.state, alert.since) == ("firing", NOON + MINUTE + 24 * HOUR)

    again = [run(n, "success", head_branch="relxa/1") for n in range(1901, 2021)]
    board.runs(run(1900, "success", **facts), *again)
    check(board, NOON + 34 * HOUR)
    assert board.states() == ["resolved"]


def test_a_rule_that_waits_for_ages_keeps_no_other_from_being_read(board):
    board.rule(name="ages", kind="no_run", threshold=10**9)
    board.rule(kind="no_run", threshold=24)
    board.runs(run(1, "success"))
    check(board, NOON + 30 * HOUR)
    assert [alert.message for alert in board.alerts()] == ["CI of acme/api has not run for 24 h"]


def test_silence_of_everything_is_news(board):
    board.rule(kind="ingestion_silent", threshold=6)
    board.runs(run(1, "success"))
    with board.database.writing() as session:
        session.execute(update(Repository).values(last_event_at=NOON))
    check(board, NOON + 5 * HOUR)
    assert board.states() == []
    check(board, NOON + 7 * HOUR)
    assert [alert.message for alert in board.alerts()] == ["Pulseboard has heard nothing for 6 h"]
    with board.database.writing() as session:
        session.execute(update(Repository).values(last_event_at=NOON + 7 * HOUR))
    check(board, NOON + 8 * HOUR)
    assert board.states() == ["resolved"]


def test_reminders_come_no_more_often_than_the_rule_says_and_stop_when_taken(board):
    board.rule(reminder_minutes=60)
    board.channel()
    board.runs(run(1))
    began = board.alerts()[0].created_at
    for minutes in (30, 61, 90, 122):
        deliver(board)
        check(board, began + minutes * MINUTE)
    assert [kind for _, kind, _ in board.owed()] == ["opened", "reminder", "reminder"]
    with board.database.writing() as session:
        acting.acknowledge(session.get(Alert, 1), by="kim", note=None, at=began)
    deliver(board)
    check(board, began + 400 * MINUTE)
    assert len(board.owed()) == 3


def test_a_channel_that_has_still_to_hear_of_an_alert_is_not_reminded(board):
    board.rule(reminder_minutes=60)
    down, up = board.channel("down"), board.channel("up")
    board.runs(run(1))
    began = board.alerts()[0].created_at
    for minutes in (61, 122, 183):
        deliver(board, up)
        check(board, began + minutes * MINUTE)
    assert [kind for _, kind, _ in board.owed(up)] == ["opened", *["reminder"] * 3]
    assert [kind for _, kind, _ in board.owed(down)] == ["opened"]


def test_a_maintenance_window_ends_with_one_reminder(board):
    board.rule(reminder_minutes=60)
    board.channel()
    board.runs(run(1))
    deliver(board)
    began = board.alerts()[0].created_at
    window = {"name": "move", "from": clock.to_iso(began), "to": clock.to_iso(began + 5 * HOUR)}
    with board.database.writing() as session:
        save_routing(session, Routing.model_validate({"windows": [window]}), at=began)
    for hours in range(1, 5):
        check(board, began + hours * HOUR + MINUTE)
    assert [kind for _, kind, _ in board.owed()] == ["opened"]
    check(board, began + 5 * HOUR + MINUTE)
    assert [kind for _, kind, _ in board.owed()] == ["opened", "reminder"]


@pytest.mark.parametrize(
    ("last", "states"), [("failure", ["resolved", "firing"]), ("success", ["resolved"])]
)
def test_what_was_resolved_by_hand_opens_again_if_it_holds(board, last, states):
    board.rule()
    board.runs(run(1))
    now = clock.now()
    with board.database.writing() as session:
        listed = require_alert(session, 1)
        assert still_holds(session, listed.alert, at=now)
        outbox = board.watch.outbox(session, at=now)
        acting.resolve(session, listed, by="kim", note=None, outbox=outbox, at=now)
    if last == "success":
        board.runs(run(2, "success"))
    check(board, now + MINUTE)
    check(board, now + 2 * MINUTE)

    assert board.states() == states


def test_the_clock_set_back_changes_nothing(board, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOON + 40 * MINUTE)
    board.rule(kind="flapping", threshold=2, within_minutes=60)
    board.rule(name="red", kind="default_branch_red", threshold=30)
    board.channel()
    board.runs(run(1), run(2))
    assert (board.states(), len(board.owed())) == (["firing", "firing"], 2)
    check(board, NOON - 24 * HOUR)

    assert (board.states(), len(board.owed())) == (["firing", "firing"], 2)


@pytest.mark.parametrize("kind", ["no_run", "ingestion_silent"])
def test_the_clock_set_back_is_no_end_of_silence(board, kind):
    board.rule(kind=kind, threshold=6)
    board.runs(run(1, "success"))
    with board.database.writing() as session:
        session.execute(update(Repository).values(last_event_at=NOON))
    check(board, NOON + 7 * HOUR)
    check(board, NOON + HOUR)
    assert board.states() == ["firing"]


def test_the_clock_set_back_does_not_keep_a_reminder_waiting(board):
    board.rule(reminder_minutes=60)
    board.channel()
    board.runs(run(1))
    earlier = board.alerts()[0].created_at - 24 * HOUR
    deliver(board)
    for minutes in (0, 59, 60):
        check(board, earlier + minutes * MINUTE)

    assert [kind for _, kind, _ in board.owed()] == ["opened", "reminder"]


@pytest.mark.parametrize(
    ("subject", "found"),
    [
        ("workflow:7", (7, None)),
        ("workflow:7:release/1:x", (7, "release/1:x")),
        ("pulseboard", None),
    ],
)
def test_subjects_lead_back_to_their_runs(subject, found):
    assert stream_of(subject) == found


def test_a_limit_of_github_that_is_nearly_used_up_is_news(board, monkeypatch):
    left = [0.05]
    monkeypatch.setattr("pulseboard.alerts.timed.budget_left", lambda session, *, at: left[0])
    board.rule(kind="api_budget", threshold=0.1)
    check(board, NOON)
    assert [alert.message for alert in board.alerts()] == [
        "GitHub's API limit is nearly used up: 5 % is left"
    ]
    left[0] = 0.5
    check(board, NOON + HOUR)
    assert board.states() == ["resolved"]
