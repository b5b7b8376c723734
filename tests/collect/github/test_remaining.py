"""What is left of the limits, as every process of a database sees it."""

import pytest

from pulseboard import clock
from pulseboard.collect.github.answers import Later, Purpose
from pulseboard.collect.github.budget import Budget
from pulseboard.collect.github.credentials import Token
from pulseboard.collect.github.remaining import Remaining, read_budgets
from pulseboard.collect.github.verdict import Received
from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from tests.collect.github.hub import frozen_clock

NOW = 1_800_000_000 * clock.SECOND
ONE, TWO = Token("ghp_first", name="token 1"), Token("ghp_second", name="token 2")


@pytest.fixture
def hands(monkeypatch):
    with frozen_clock(monkeypatch, NOW) as hands:
        yield hands


def hourly(remaining, *, at=NOW):
    reset = (at + clock.HOUR) // clock.SECOND
    return Received("https://h/", 200, {
        "x-ratelimit-limit": "5000", "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(reset),
    })  # fmt: skip


def pause(seconds):
    return Received("https://h/", 429, {"retry-after": str(seconds)})


def read(database):
    with database.reading() as session:
        return {one.name: one for one in read_budgets(session, at=clock.now())}


def test_nothing_is_known_before_anything_was_asked(database):
    assert read(database) == {}


def test_two_processes_say_together_what_their_tokens_have_left(database, hands):
    first, second = Budget(), Budget()
    first.learn(ONE, hourly(4000))
    Remaining(database).note(first)
    second.learn(TWO, hourly(3000))
    Remaining(database).note(second)

    found = read(database)
    assert {name: one.remaining for name, one in found.items()} == {
        "token 1": 4000,
        "token 2": 3000,
    }
    assert found["token 1"].resets_at == NOW + clock.HOUR


def test_numbers_are_stored_now_and_then_and_pauses_at_once(database, hands):
    budget, remaining = Budget(), Remaining(database)
    budget.learn(ONE, hourly(4000))
    remaining.note(budget)
    hands.forward(seconds=9)
    budget.learn(ONE, hourly(3990))
    remaining.note(budget)
    assert read(database)["token 1"].remaining == 4000

    budget.learn(ONE, pause(60))
    remaining.note(budget)
    found = read(database)["token 1"]
    assert (found.remaining, found.paused_until) == (3990, NOW + 69 * clock.SECOND)
    assert found.reason == "GitHub asks for a pause (its secondary limit)."


def test_numbers_are_stored_at_once_when_nothing_more_may_be_asked(database, hands):
    budget, remaining = Budget(), Remaining(database)
    budget.learn(ONE, hourly(4000))
    remaining.note(budget)
    budget.learn(ONE, hourly(7))
    remaining.note(budget, at_once=True)
    assert read(database)["token 1"].remaining == 7


def test_what_is_over_is_no_longer_said(database, hands):
    budget = Budget()
    budget.learn(ONE, hourly(0))
    budget.learn(ONE, pause(60))
    Remaining(database).note(budget)
    hands.forward(minutes=61)
    found = read(database)["token 1"]
    assert (found.remaining, found.resets_at, found.paused_until, found.reason) == (
        5000, None, None, None,
    )  # fmt: skip
    hands.forward(hours=1)
    assert read(database) == {}


def test_database_that_is_out_fails_no_request(database, hands, monkeypatch):
    budget, remaining = Budget(), Remaining(database)
    budget.learn(ONE, hourly(4000))
    with monkeypatch.context() as broken:
        broken.setattr(Database, "writing", _refuse)
        remaining.note(budget)
    with budget.turn([ONE], purpose=Purpose.POLL):
        pass
    remaining.note(budget)

    assert read(database)["token 1"].remaining == 4000


def _refuse(_self):
    raise Unavailable("The database is out.")


def test_processes_that_ask_share_what_a_minute_allows(database, hands):
    first, second = Budget(), Budget()
    ours, theirs = Remaining(database), Remaining(database)
    for budget, remaining in ((first, ours), (second, theirs)):
        with budget.turn([ONE], purpose=Purpose.POLL):
            pass
        remaining.note(budget)
    assert (first._rules.per_minute, second._rules.per_minute) == (800, 400)
    hands.forward(seconds=11)
    ours.note(first)
    assert (first._rules.per_minute, first._rules.at_once) == (400, 10)

    # The other one ends, and some time later all of it is ours again.
    hands.forward(seconds=60)
    ours.note(first)
    assert (first._rules.per_minute, first._rules.at_once) == (800, 20)


def test_pause_that_one_process_is_asked_for_is_kept_by_all(database, hands):
    first, second = Budget(), Budget()
    first.learn(ONE, hourly(4000))
    second.learn(ONE, pause(60))
    Remaining(database).note(second)
    Remaining(database).note(first)
    with pytest.raises(Later) as raised, first.turn([ONE], purpose=Purpose.ALERT):
        pass
    assert raised.value.until == NOW + clock.MINUTE
