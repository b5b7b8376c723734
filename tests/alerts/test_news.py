"""What open browsers hear of alerts: told once it is committed, and never of what was not."""

import pytest

from pulseboard.collect.groupcommit import commit
from tests.alerts.conftest import run
from tests.factories import envelope


@pytest.fixture
def heard(board):
    told = []
    board.watch.on_change = told.append
    return told


def seen(told):
    return [(change.ids, change.demo, change.open, change.unacknowledged) for change in told]


def test_opening_and_resolving_are_told_with_what_is_open_then(board, heard):
    board.rule()
    board.runs(run(1))
    board.runs(run(2))
    board.runs(run(1, workflow="Deploy"))
    board.runs(run(3, "success"))

    one, two = (alert.id for alert in board.alerts())
    assert seen(heard) == [
        ((one,), False, 1, 1),
        ((one,), False, 1, 1),
        ((two,), False, 2, 2),
        ((one,), False, 1, 1),
    ]


def test_runs_that_change_no_alert_are_no_news(board, heard):
    board.rule()
    board.runs(run(1, "success"), run(2, head_branch="feature"))

    assert heard == []


def test_a_pending_alert_is_told_and_so_is_its_end(board, heard):
    board.rule(for_checks=2)
    board.runs(run(1))
    (pending,) = board.alerts()
    board.runs(run(2, "success"))

    assert board.alerts() == []
    assert seen(heard) == [((pending.id,), False, 1, 0), ((pending.id,), False, 0, 0)]


def test_what_is_rolled_back_is_not_told(board, database, heard):
    def fall(_session, _changes):
        raise ValueError

    board.rule()
    commit(database, [envelope(runs=[run(1)])], reactions=[board.watch, fall])

    assert board.alerts() == []
    assert heard == []
