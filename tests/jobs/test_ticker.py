"""The clock of the schedules, with a clock of its own."""

import threading

import pytest

from pulseboard import clock
from pulseboard.errors import Unavailable
from pulseboard.jobs.port import Catalogue
from pulseboard.jobs.ticker import Ticker, latest_tick

NOON = clock.to_instant(clock.EPOCH) + 20_000 * clock.DAY + 12 * clock.HOUR


@pytest.fixture
def ticker():
    """Return a function that makes a ticker of {name: period}; what it asks for is in `asked`."""

    def make(periods, answer=lambda name, tick: True):
        catalogue = Catalogue()
        for name, every in periods.items():
            catalogue.schedule(name, every, lambda context: None)
        asked = []

        def ask(name, tick):
            asked.append((name, tick))
            return answer(name, tick)

        made = Ticker(catalogue.schedules.values(), ask, stopping=threading.Event())
        made.asked = asked
        return made

    return make


def test_ticks_are_the_full_multiples_of_the_period(ticker):
    schedule = next(iter(ticker({"odd": 90 * clock.SECOND})._schedules))
    assert latest_tick(schedule, NOON) == NOON
    assert latest_tick(schedule, NOON + 89 * clock.SECOND) == NOON
    assert latest_tick(schedule, NOON + 90 * clock.SECOND) == NOON + 90 * clock.SECOND


def test_each_tick_is_asked_for_once(ticker):
    made = ticker({"minute": clock.MINUTE, "hour": clock.HOUR})
    for seconds in (0, 1, 59, 60, 61, 119, 120):
        made.tick(NOON + seconds * clock.SECOND)
    assert made.asked == [
        ("minute", NOON),
        ("hour", NOON),
        ("minute", NOON + clock.MINUTE),
        ("minute", NOON + 2 * clock.MINUTE),
    ]


def test_ticks_missed_meanwhile_are_made_up_for_once(ticker):
    made = ticker({"minute": clock.MINUTE})
    made.tick(NOON)
    made.tick(NOON + clock.HOUR + clock.SECOND)
    assert made.asked == [("minute", NOON), ("minute", NOON + clock.HOUR)]


def test_it_waits_until_the_next_tick_and_never_long(ticker):
    made = ticker({"hour": clock.HOUR})
    assert made._wait(NOON) == clock.SECOND
    made.tick(NOON)
    assert made._wait(NOON) == clock.MINUTE
    assert made._wait(NOON + clock.HOUR - 5) == 5


def test_a_database_that_is_out_is_asked_again(ticker):
    answers = iter([Unavailable("gone"), Unavailable("gone")])

    def answer(_name, _tick):
        for error in answers:
            raise error
        return True

    made = ticker({"minute": clock.MINUTE}, answer)
    for seconds in range(4):
        made.tick(NOON + seconds * clock.SECOND)
    assert made.asked == [("minute", NOON)] * 3


def test_one_schedule_that_cannot_be_asked_for_stops_no_other(ticker):
    def answer(name, _tick):
        if name == "broken":
            raise ValueError(name)
        return name != "slow"

    made = ticker({"broken": clock.MINUTE, "slow": clock.MINUTE, "fine": clock.MINUTE}, answer)
    made.tick(NOON)
    made.tick(NOON + clock.SECOND)
    assert [name for name, _ in made.asked] == ["broken", "slow", "fine"]


def test_a_clock_that_was_set_back_asks_for_nothing_twice_in_a_row(ticker):
    made = ticker({"minute": clock.MINUTE})
    made.tick(NOON)
    made.tick(NOON - clock.SECOND)
    made.tick(NOON - clock.SECOND)
    # The engine knows the id of an old tick; here it is only asked for once more.
    assert made.asked == [("minute", NOON), ("minute", NOON - clock.MINUTE)]


def test_a_clock_that_was_set_back_has_later_ticks_forgotten(ticker):
    made, forgotten = ticker({"minute": clock.MINUTE}), []
    made._forget_later = forgotten.append
    for seconds in (0, 1, -3600, -3599):
        made.tick(NOON + seconds * clock.SECOND)
    assert forgotten == [NOON, NOON - clock.HOUR]


def test_periods_beyond_a_day_are_not_made_up_for(ticker, monkeypatch):
    made = ticker({"weekly": 7 * clock.DAY, "daily": clock.DAY})
    first = threading.Event()
    monkeypatch.setattr(made, "_wait", lambda now: first.set() or clock.MINUTE)
    made.start()
    assert first.wait(10)
    made._stopping.set()
    made.join(10)
    assert [name for name, _ in made.asked] == ["daily"]
