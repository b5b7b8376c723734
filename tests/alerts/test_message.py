"""What a message says: the facts of one alert, the least of many, and never what is not known."""

from msgspec import structs

from pulseboard import clock
from pulseboard.alerts.message import Message, Why, as_text
from pulseboard.alerts.settling import NO_LONGER
from pulseboard.alerts.telling import message_of
from pulseboard.model import Alert, Notification
from tests.alerts.conftest import run
from tests.alerts.test_channels import item, message
from tests.factories import NOON


def test_one_alert_is_told_in_full():
    assert as_text(message(Why.OPENED, item(run_number=12))) == (
        "🔴 CI of acme/api on main failed\n"
        "\n"
        "Since: 2026-03-01 12:00 UTC\n"
        "Commit: 4d6ee57 by kim (run #12)\n"
        "Error: step 'pytest' failed\n"
        "Severity: high\n"
        "Open the log: http://p/runs/1/jobs/2\n"
        "Open the run: http://p/runs/1\n"
        "Acknowledge: http://p/alerts?id=7\n"
    )


def test_the_end_says_how_long_it_lasted_and_who_mended_it():
    ended = item(
        resolved_at=NOON + 65 * clock.MINUTE, resolution=NO_LONGER, fixed_commit="1a2b3c4d5e",
        fixed_author="grace", fixed_number=15,
    )  # fmt: skip
    assert as_text(message(Why.RESOLVED, ended)) == (
        "✅ Resolved: CI of acme/api on main failed\n"
        "\n"
        "Since: 2026-03-01 12:00 UTC\n"
        "Resolved: 2026-03-01 13:05 UTC, after 1 h 5 min\n"
        "Fixed by: 1a2b3c4 by grace (run #15)\n"
        "Open the log: http://p/runs/1/jobs/2\n"
        "Open the run: http://p/runs/1\n"
    )
    assert "How: by kim" in as_text(
        message(Why.RESOLVED, structs.replace(ended, resolution="by kim"))
    )


def test_of_many_alerts_each_says_the_least():
    many = [item(headline=f"CI of acme/r{n} failed", repository=f"r{n}", alert_url=f"http://p/alerts/{n}")
            for n in range(12)]  # fmt: skip
    lines = as_text(message(Why.OPENED, *many)).splitlines()

    assert lines[:6] == [
        "🔴 12 alerts in 12 repositories",
        "",
        "- CI of acme/r0 failed",
        "Commit: 4d6ee57 by kim",
        "Error: step 'pytest' failed",
        "Open the log: http://p/runs/1/jobs/2",
    ]
    assert lines[-2:] == ["… and 2 more.", "All alerts: http://p/alerts"]


def test_what_was_mended_before_a_second_try_says_so():
    assert message(Why.OPENED, item(resolved_at=NOON)).title == (
        "CI of acme/api on main failed (over by now)"
    )


def test_what_is_not_known_is_left_out():
    bare = item(commit=None, author=None, error=None, run_url=None, log_url=None, since=None)
    assert as_text(message(Why.OPENED, bare)) == (
        "🔴 CI of acme/api on main failed\n\nSeverity: high\nAcknowledge: http://p/alerts?id=7\n"
    )


def test_the_run_that_mended_it_is_named(board, database):
    board.rule()
    board.runs(run(1, head_sha="a" * 40, commit_author="kim"))
    board.runs(run(2, "success", head_sha="b" * 40, commit_author="grace"))
    (alert,) = board.alerts()

    told = tell(database, alert, Why.RESOLVED)
    assert "Fixed by: bbbbbbb by grace (run #2)" in as_text(told)
    assert isinstance(told, Message)


def tell(database, alert, kind):
    """Return the message of one notification of an alert."""
    row = Notification(
        id=1, alert_id=alert.id, channel_id=1, kind=kind, transition=1, created_at=NOON
    )
    with database.reading() as session:
        assert session.get(Alert, alert.id) is not None
        return message_of(session, [row], base="http://p", instance="x")


def test_a_headline_of_ones_own_names_commit_author_run_and_time(board):
    template = "{workflow} of {repository} on {branch}: {commit} by {author}, {run_number}, since {since}: {value}/{threshold} {severity} {rule}"
    board.rule(message=template)
    board.runs(run(7, head_sha="c0ffee1" + "0" * 33, commit_author="{rule}"))

    assert board.alerts()[0].message == (
        "CI of acme/api on main: c0ffee1 by {rule}, #7, since 2026-03-01 12:07 UTC: 1/1 high Broken"
    )


def test_a_headline_says_unknown_where_nothing_is_known(board):
    board.rule(message="{workflow} {commit} {author}")
    board.runs(run(7, head_sha=None, actor=None, commit_author=None))

    assert board.alerts()[0].message == "CI unknown unknown"
