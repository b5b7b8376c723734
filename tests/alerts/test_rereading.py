"""A rule that is saved is read at once: over the runs that are there, and over what it opened."""

import pytest

from pulseboard import clock
from pulseboard.alerts.rereading import read_anew
from pulseboard.alerts.rulebook import change_rule, read_definition, require_rule
from pulseboard.alerts.starting import prepare_alerts
from pulseboard.config import load_settings
from tests.alerts.conftest import run


@pytest.fixture
def save(board, database):
    """Return a function that adds a rule, or changes it, as a person does."""

    def save(number=None, **fields):
        number = board.rule(enabled=False, **fields) if number is None else number
        with database.writing() as session:
            row = require_rule(session, number)
            now = clock.now()
            rule = read_definition(row.definition).model_dump() | {"enabled": True, **fields}
            change_rule(session, row, type(read_definition(row.definition))(**rule), at=now)
            read_anew(session, board.watch, [row], at=now, is_news=True)
        return number

    return save


def test_a_new_rule_opens_what_is_broken_already_and_tells_it(board, save):
    board.channel()
    board.runs(run(1), run(2, "success"), run(1, workflow="Deploy"))
    save()

    (alert,) = board.alerts()
    assert (alert.state, alert.message) == ("firing", "Deploy of acme/api on main failed")
    assert board.owed() == [(alert.id, "opened", "pending")]


def test_a_rule_for_other_branches_finds_them(board, save):
    recent = (clock.now() - run(0).created_at) // clock.MINUTE
    board.runs(run(recent, head_branch="release/1"), run(recent, head_branch="feature"))
    save(scope={"branches": ["release/*"]})

    assert [alert.branch for alert in board.alerts()] == ["release/1"]


def test_saving_it_again_opens_nothing_twice(board, save):
    board.channel()
    board.runs(run(1))
    number = save()
    save(number, severity="low")
    save(number)

    assert board.states() == ["firing"]
    assert len(board.owed()) == 1


def test_a_higher_threshold_resolves_what_it_no_longer_counts(board, save):
    board.runs(run(1))
    number = save()
    save(number, threshold=2)

    assert [(a.state, a.resolution) for a in board.alerts()] == [
        ("resolved", "the condition no longer holds")
    ]


def test_a_narrower_scope_keeps_what_it_still_looks_at(board, save):
    board.channel()
    board.runs(run(1), run(1, repo="acme/web"))
    number = save()
    save(number, scope={"repositories": ["acme/web"]})

    assert sorted((a.message, a.state, a.resolution) for a in board.alerts()) == [
        ("CI of acme/api on main failed", "resolved", "the rule was changed"),
        ("CI of acme/web on main failed", "firing", None),
    ]
    assert len(board.owed()) == 2


def test_another_kind_begins_anew(board, save):
    board.runs(run(1))
    number = save()
    save(number, kind="flapping", within_runs=5)

    assert [(a.state, a.resolution) for a in board.alerts()] == [
        ("resolved", "the rule was changed"), ("firing", None),
    ]  # fmt: skip


def test_browsers_hear_what_switching_off_resolves(board, save):
    board.runs(run(1))
    number = save()
    heard = []
    board.watch.on_change = heard.append
    save(number, enabled=False)

    (alert,) = board.alerts()
    assert alert.resolution == "the rule was switched off"
    assert [(change.ids, change.open) for change in heard] == [((alert.id,), 0)]


def test_a_start_that_brings_rules_opens_what_is_broken_without_a_message(board, database):
    board.channel()
    board.runs(run(1), run(2))
    prepare_alerts(database, load_settings(alert_threshold=3))
    assert board.alerts() == []

    prepare_alerts(database, load_settings(alert_threshold=2))
    assert [(alert.state, alert.silent) for alert in board.alerts()] == [("firing", True)]
    assert board.owed() == []

    prepare_alerts(database, load_settings(alert_threshold=2))
    assert board.states() == ["firing"]
