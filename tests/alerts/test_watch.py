"""Alerts in the writer's transaction: what a batch of runs opens, moves and clears."""

from itertools import permutations

import pytest
from sqlalchemy import select

from pulseboard.model import AlertRule
from pulseboard.vocabulary import Source
from tests.alerts.conftest import MINUTE, run
from tests.factories import NOON, envelope


def test_a_failure_opens_one_alert_and_the_fix_resolves_it(board):
    board.starters()
    board.channel()
    board.runs(run(1, "success"))
    board.runs(run(2))
    board.runs(run(3))

    (alert,) = board.alerts()
    assert (alert.state, alert.message, alert.severity) == (
        "firing", "CI of acme/api on main failed 2 times in a row", "high",
    )  # fmt: skip
    assert alert.since == NOON + 2 * MINUTE + MINUTE // 2 + 1
    assert board.owed() == [(alert.id, "opened", "pending")]

    board.runs(run(4, "success"))
    (alert,) = board.alerts()
    assert (alert.state, alert.resolution) == ("resolved", "the condition no longer holds")
    # Nobody had been told yet, so nobody is told that it is over.
    assert board.owed() == [(alert.id, "opened", "skipped")]


def test_a_rule_remembers_when_it_was_triggered_as_its_alerts_do(board, database):
    rule = board.rule()
    board.runs(run(1))

    (alert,) = board.alerts()
    assert alert.fired_at == alert.since
    with database.reading() as session:
        assert session.get(AlertRule, rule).last_triggered_at == alert.fired_at


def test_the_threshold_counts_failures_in_a_row(board):
    board.starters(threshold=3)
    for number, conclusion in enumerate(["failure", "failure", "success", "failure", "failure"]):
        board.runs(run(number, conclusion))
    assert board.alerts() == []

    board.runs(run(5))
    (alert,) = board.alerts()
    assert alert.since == NOON + 3 * MINUTE + MINUTE // 2 + 1


def test_a_late_failure_behind_a_known_success_opens_nothing(board):
    board.rule()
    board.runs(run(2, "success"))
    board.runs(run(1))

    assert board.alerts() == []


def test_a_redelivery_changes_nothing(board):
    board.rule()
    board.channel()
    told = envelope(runs=[run(1)], guid="same")
    board.commit(told)
    board.commit(envelope(runs=[run(1)], guid="same"))
    board.commit(envelope(runs=[run(1)], guid="another"))

    assert board.states() == ["firing"]
    assert len(board.owed()) == 1


@pytest.mark.parametrize("conclusion", ["cancelled", "skipped", "neutral", "action_required"])
def test_excluded_runs_neither_open_nor_resolve(board, conclusion):
    board.rule()
    board.runs(run(1, conclusion))
    assert board.states() == []
    board.runs(run(2))
    board.runs(run(3, conclusion))
    assert board.states() == ["firing"]


def test_a_rerun_that_passes_resolves_as_flaky(board):
    board.rule()
    board.runs(run(1))
    board.runs(run(1, "cancelled", attempt=2))
    assert board.states() == ["firing"]
    board.runs(run(1, "success", attempt=3))

    (alert,) = board.alerts()
    assert (alert.state, alert.resolution) == ("resolved", "flaky: passed on attempt 3")
    assert (alert.resolved_run_id, alert.resolved_attempt) == (alert.run_id, 3)


def test_other_branches_are_not_the_default_one(board):
    board.rule()
    board.runs(run(1, head_branch="feature"))

    assert board.alerts() == []


def test_branches_by_pattern_have_alerts_of_their_own(board):
    board.rule(scope={"branches": ["release/*", "@default"]})
    board.runs(run(1), run(2, head_branch="release/1"), run(3, head_branch="feature"))

    assert sorted(alert.branch for alert in board.alerts()) == ["main", "release/1"]


def test_a_rule_looks_only_where_it_was_told_to(board):
    board.rule(scope={"repositories": ["acme/*"], "workflows": ["CI.yml"], "events": ["push"]})
    board.runs(
        run(1, repo="other/api"), run(1, workflow="Deploy"), run(1, event="schedule"),
    )  # fmt: skip
    assert board.alerts() == []
    board.runs(run(2))
    assert board.states() == ["firing"]


def test_imported_history_is_silent_and_its_end_too(board):
    board.rule()
    board.channel()
    board.runs(run(1), source=Source.IMPORT)
    assert [(alert.state, alert.silent) for alert in board.alerts()] == [("firing", True)]
    board.runs(run(2, "success"))

    assert board.states() == ["resolved"]
    assert board.owed() == []


def test_the_first_poll_is_history_too(board):
    board.rule()
    board.channel()
    board.commit(envelope(runs=[run(1)], source=Source.POLL, is_history=True))
    board.commit(envelope(runs=[run(1, repo="acme/web")], source=Source.POLL))

    assert [alert.silent for alert in board.alerts()] == [True, False]
    assert len(board.owed()) == 1


def test_one_batch_that_mends_and_breaks_again_ends_one_alert_and_opens_another(board):
    board.rule()
    board.runs(run(1))
    board.runs(*(run(number, "success") for number in range(2, 10)), run(10))

    first, second = board.alerts()
    assert (first.state, second.state) == ("resolved", "firing")
    assert second.since == NOON + 10 * MINUTE + MINUTE // 2 + 1


def test_an_earlier_failure_that_arrives_late_moves_the_beginning(board):
    board.rule()
    board.runs(run(2))
    board.runs(run(1))

    (alert,) = board.alerts()
    assert alert.since == NOON + 1 * MINUTE + MINUTE // 2 + 1


def test_pushed_runs_without_numbers_go_by_their_beginning(board):
    board.rule()
    for number, conclusion in ((1, "failure"), (2, "success"), (3, "failure")):
        seen = run(number, conclusion)
        seen.run_number = None
        board.runs(seen)

    assert board.states() == ["resolved", "firing"]


def test_any_order_of_arrival_leaves_the_same_open_alert(board, database):
    board.rule(threshold=2)
    words = ("failure", "success", "failure", "failure")
    endings = set()
    for place, order in enumerate(permutations(enumerate(words, 1))):
        repo = f"acme/r{place}"
        for number, conclusion in order:
            board.runs(run(number, conclusion, repo=repo))
    for alert in board.alerts():
        if alert.resolved_at is None:
            endings.add((alert.state, alert.since, alert.message[:6]))
    still_open = [alert for alert in board.alerts() if alert.resolved_at is None]

    assert len(still_open) == 24
    assert endings == {("firing", NOON + 3 * MINUTE + MINUTE // 2 + 1, "CI of ")}


def test_a_queue_rule_reads_the_waits_of_jobs(board):
    from tests.factories import job_seen

    board.rule(kind="queue_time", threshold=60, within_runs=1)
    seen = run(1, "success")
    job = job_seen("completed", "success", run_id=seen.run_id, time=seen.updated_at)
    job.run.repository, job.run.workflow = seen.repository, seen.workflow
    job.created_at, job.started_at = NOON, NOON + 5 * MINUTE
    board.commit(envelope(jobs=[job]), envelope(runs=[seen]))

    (alert,) = board.alerts()
    assert alert.message == "Jobs of CI of acme/api on main wait 5 min for a runner, over 1 min"


def test_demo_data_tells_nobody(board):
    board.rule()
    board.channel()
    seen = run(1)
    seen.repository = type(seen.repository)(full_name="demo/api", default_branch="main", demo=True)
    board.runs(seen, source=Source.SIMULATOR)

    assert [(alert.state, alert.demo) for alert in board.alerts()] == [("firing", True)]
    assert board.owed() == []


def test_rules_are_read_from_their_rows(board, database):
    board.starters(threshold=2)
    board.starters(threshold=4)
    with database.reading() as session:
        rows = session.execute(
            select(AlertRule.name, AlertRule.threshold_type, AlertRule.threshold_value).where(
                AlertRule.enabled
            )
        ).all()

    assert rows == [("Failure on the default branch", "consecutive_failures", 4.0)]
