"""What a batch can mean is worked out without reading runs, and never leaves anything out."""

from random import Random

import pytest

from pulseboard import clock
from pulseboard.alerts import watch as module
from pulseboard.alerts.histories import Stream
from pulseboard.alerts.rulebook import StoredRule
from pulseboard.alerts.rules import Rule
from pulseboard.alerts.touches import says_something, touches_of
from pulseboard.collect.records import RunChange
from tests.alerts.conftest import run

MAIN = Stream(1)


def change(number, conclusion="failure", *, status="completed", is_newest_attempt=True, **facts):
    return RunChange(
        run_id=number, attempt=1, repository_id=1, workflow_id=1, demo=False, rev=1, status=status,
        conclusion=conclusion, head_branch="main", on_default=True, run_number=number,
        created_at=number, is_newest_attempt=is_newest_attempt, **facts,
    )  # fmt: skip


def rule(kind="consecutive_failures", **fields):
    return Rule(name=kind, kind=kind, **fields)


def may_open(rule, *changes):
    return touches_of(changes, [StoredRule(1, rule)])[MAIN].may_open(rule)


@pytest.mark.parametrize(
    ("told", "means_something"),
    [
        (change(1), True),
        (change(1, "success"), True),
        (change(1, None, status="in_progress"), False),
        (change(1, "cancelled"), False),
        (change(1, "cancelled", was_over=True), True),
        (change(1, None, status="deleted"), True),
    ],
)
def test_progress_and_excluded_runs_say_nothing(told, means_something):
    assert says_something(told) is means_something


def test_a_pass_opens_no_alert_about_failures():
    assert not may_open(rule(), change(1, "success"))
    assert not may_open(rule("flapping"), change(1, "success"))
    assert may_open(rule("duration", threshold=60), change(1, "success"))
    assert may_open(rule("success_rate", threshold=0.5), change(1, "success"))


def test_a_pass_behind_the_failures_of_a_batch_ends_them():
    batch = [change(3, "success"), change(1), change(2)]
    assert not may_open(rule(), *batch)
    assert may_open(rule(), *batch, change(4))
    assert may_open(rule("flapping", threshold=2), *batch)
    assert may_open(rule(clear_passes=2), *batch)
    assert may_open(rule(scope={"events": ["push"]}), *batch)


def test_a_pass_that_a_later_attempt_took_back_ends_nothing():
    assert may_open(rule(), change(1), change(2, "success", is_newest_attempt=False))


def test_what_is_taken_back_may_bring_anything_to_light():
    assert may_open(rule(), change(2, "cancelled", was_over=True))
    assert may_open(rule(), change(2, None, status="deleted"))


def test_a_failure_that_turns_out_cancelled_resolves(board):
    board.rule()
    board.runs(run(1))
    assert board.states() == ["firing"]
    later = run(1, "cancelled")
    later.updated_at += 1_000_000
    later.clock = run(1, "cancelled", attempt=2).clock
    board.runs(later)

    assert board.states() == ["resolved"]


def test_batches_without_a_failure_read_no_runs(board, monkeypatch):
    monkeypatch.setattr(module, "read_streams", None)
    board.starters()
    board.runs(*(run(number, "success") for number in range(5)), run(9, "cancelled"))
    board.runs(
        run(10, head_branch="feature"),
        run(1, workflow="Deploy"),
        run(2, "success", workflow="Deploy"),
    )

    assert board.alerts() == []


@pytest.mark.parametrize("seed", range(12))
def test_what_is_left_out_changes_no_final_state(board, monkeypatch, seed):
    """Random runs in random batches end as if every stream were read each time."""
    random = Random(seed)
    rules = [rule(threshold=2), rule("flapping", threshold=3, within_runs=5),
             rule("failure_rate", threshold=0.5, within_runs=6)]  # fmt: skip
    for each in rules:
        board.rule(**each.model_dump(exclude_unset=True))
    seen = [
        run(number, random.choice(["success", "failure", "failure", "cancelled"]), attempt=attempt)
        for number in range(12)
        for attempt in range(1, random.choice([2, 2, 3]))
    ]
    random.shuffle(seen)
    while seen:
        size = random.randint(1, 5)
        board.runs(*seen[:size])
        seen = seen[size:]
    left = sorted((a.rule_id, a.value) for a in board.alerts() if a.state != "resolved")

    monkeypatch.setattr(module.Touch, "may_open", lambda *_: True)
    board.runs(run(100, "cancelled"))
    with board.database.writing() as session:
        streams = {MAIN: False}
        board.watch.check(session, streams, rules=module.rules_that_are_on(session), at=clock.now())
    again = sorted((a.rule_id, a.value) for a in board.alerts() if a.state != "resolved")
    assert left == again
