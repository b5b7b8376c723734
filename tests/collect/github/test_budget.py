"""Whose turn it is: the decision as a table and as laws, and the turns of many threads."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulseboard import clock
from pulseboard.collect.github.answers import Later, Purpose
from pulseboard.collect.github.budget import (
    HELD_BACK,
    Budget,
    Rules,
    Standing,
    Turn,
    decide,
    learn,
    take,
)
from pulseboard.collect.github.credentials import Token
from pulseboard.collect.github.verdict import Received

NOW = 1_800_000_000 * clock.SECOND
RULES = Rules()
HOUR, MINUTE = clock.HOUR, clock.MINUTE


def standing(**facts):
    return Standing("token", **facts)


def hour(remaining, *, left=HOUR, limit=5000, **facts):
    return standing(limit=limit, remaining=remaining, resets_at=NOW + left, **facts)


def ask(it, purpose=Purpose.POLL, *, now=NOW, tick=0, cost=1):
    return decide(it, purpose=purpose, cost=cost, rules=RULES, now=now, tick=tick)


@pytest.mark.parametrize(
    ("it", "purpose", "turn", "until"),
    [
        # Nothing is known yet, or nothing is limited.
        (standing(), Purpose.LOGS, Turn.NOW, 0),
        # The hourly limit: what is held back falls as the hour ends.
        (hour(1), Purpose.ALERT, Turn.NOW, 0),
        (hour(0), Purpose.ALERT, Turn.LATER, NOW + HOUR),
        (hour(1, in_flight=1), Purpose.WEBHOOK, Turn.LATER, NOW + HOUR),
        (hour(501), Purpose.POLL, Turn.NOW, 0),
        (hour(500), Purpose.POLL, Turn.LATER, NOW + HOUR - 499 * HOUR // 500),
        (hour(251), Purpose.POLL, Turn.LATER, NOW + HOUR // 2),
        (hour(251, left=HOUR // 2), Purpose.POLL, Turn.NOW, 0),
        (hour(1001), Purpose.RECONCILE, Turn.NOW, 0),
        (hour(1000), Purpose.RECONCILE, Turn.LATER, NOW + HOUR - 999 * HOUR // 1000),
        (hour(1501), Purpose.BACKFILL, Turn.NOW, 0),
        (hour(2001), Purpose.LOGS, Turn.NOW, 0),
        (hour(1999), Purpose.LOGS, Turn.LATER, NOW + HOUR - 1998 * HOUR // 2000),
        # An hour that is over says nothing about the next.
        (hour(0, left=0), Purpose.LOGS, Turn.NOW, 0),
        (hour(7, limit=60), Purpose.POLL, Turn.NOW, 0),
        # A pause that GitHub asked for.
        (standing(paused_until=NOW + 1), Purpose.ALERT, Turn.LATER, NOW + 1),
        (standing(paused_until=NOW), Purpose.LOGS, Turn.NOW, 0),
        # At once.
        (standing(in_flight=19), Purpose.ALERT, Turn.NOW, 0),
        (standing(in_flight=20), Purpose.ALERT, Turn.SOON, 30 * clock.SECOND),
        (standing(in_flight=17), Purpose.POLL, Turn.NOW, 0),
        (standing(in_flight=18), Purpose.POLL, Turn.SOON, 30 * clock.SECOND),
        (standing(in_flight=12), Purpose.LOGS, Turn.SOON, 30 * clock.SECOND),
        # In a minute: 80 at once, then twelve a second.
        (standing(spent=79.0), Purpose.ALERT, Turn.NOW, 0),
        (standing(spent=80.0), Purpose.ALERT, Turn.SOON, clock.SECOND // 12 + 1),
        (standing(spent=71.0), Purpose.POLL, Turn.NOW, 0),
        (standing(spent=77.0), Purpose.POLL, Turn.SOON, clock.SECOND // 2 + 1),
        (standing(spent=47.0), Purpose.LOGS, Turn.NOW, 0),
        (standing(spent=53.0), Purpose.LOGS, Turn.SOON, clock.SECOND // 2 + 1),
    ],
)  # fmt: skip
def test_decision(it, purpose, turn, until):
    decision = ask(it, purpose)

    assert decision.turn is turn
    assert abs(decision.until - until) <= 1


def test_words_say_whether_something_is_left_for_more_urgent_purposes():
    assert ask(hour(0)).words == "GitHub's limit of 5,000 requests an hour is used up."
    assert "kept for what is more urgent" in ask(hour(10)).words


standings = st.builds(
    hour,
    st.integers(0, 5000),
    left=st.integers(-HOUR, HOUR),
    limit=st.sampled_from([60, 1000, 5000, 15000]),
    in_flight=st.integers(0, 25),
    spent=st.floats(0, 100),
    paused_until=st.none() | st.integers(NOW - HOUR, NOW + HOUR),
)


@given(standings, st.sampled_from(Purpose), st.sampled_from([1, 5]))
def test_once_the_stated_time_has_come_the_limit_no_longer_stands_in_the_way(it, purpose, cost):
    decision = ask(it, purpose, cost=cost)
    if decision.turn is Turn.LATER:
        assert decision.until > NOW
        again = ask(it, purpose, now=decision.until, cost=cost)
        # A pause may end before the hour does; then the hour is what is stated next.
        assert again.turn is not Turn.LATER or again.until > decision.until


@given(standings)
def test_more_urgent_purposes_never_wait_where_less_urgent_ones_do_not(it):
    turns = [ask(it, purpose).turn for purpose in HELD_BACK]

    assert turns == sorted(turns, key=[Turn.NOW, Turn.SOON, Turn.LATER].index)


@given(st.lists(st.tuples(st.integers(0, 2 * clock.SECOND), st.sampled_from([1, 5]))))
def test_no_minute_sees_more_than_its_number(pauses):
    it, tick, sent = standing(), 0, []
    for pause, cost in pauses * 20:
        tick += pause
        decision = ask(it, Purpose.ALERT, tick=tick, cost=cost)
        if decision.turn is Turn.SOON:
            tick = decision.until
            assert ask(it, Purpose.ALERT, tick=tick, cost=cost).turn is Turn.NOW
        take(it, cost=cost, rules=RULES, tick=tick)
        it.in_flight -= 1
        sent.append((tick, cost))
        assert sum(spent for at, spent in sent if at > tick - MINUTE) <= RULES.per_minute


def answer(status=200, **headers):
    named = {name.replace("_", "-"): str(value) for name, value in headers.items()}
    return Received("https://api.github.com/x", status, named, b"{}")


def hourly(remaining, *, reset=600, limit=5000, **more):
    return answer(
        x_ratelimit_limit=limit,
        x_ratelimit_remaining=remaining,
        x_ratelimit_reset=NOW // clock.SECOND + reset,
        **more,
    )


def test_lowest_number_of_an_hour_counts_whatever_order_answers_come_in():
    it = standing()
    for remaining in (4000, 3990, 3995):
        learn(it, hourly(remaining), now=NOW)

    assert (it.limit, it.remaining, it.resets_at) == (5000, 3990, NOW + 600 * clock.SECOND)


def test_new_hour_begins_anew_and_answers_of_the_old_one_change_nothing():
    it = standing()
    learn(it, hourly(10), now=NOW)
    learn(it, hourly(4999, reset=4200), now=NOW)
    learn(it, hourly(9), now=NOW)

    assert it.remaining == 4999


def test_limit_that_has_grown_is_believed():
    it = standing()
    learn(it, hourly(10), now=NOW)
    learn(it, hourly(7500, limit=12500), now=NOW)

    assert (it.limit, it.remaining) == (12500, 7500)


def test_limits_of_other_resources_are_not_ours():
    it = standing()
    learn(it, hourly(0, limit=30, x_ratelimit_resource="search"), now=NOW)

    assert it.limit is None


def test_clock_of_github_may_be_wrong_or_ours():
    it = standing()
    learn(it, hourly(0, reset=600, date="Fri, 15 Jan 2027 09:00:00 GMT"), now=NOW)

    # It is an hour ahead of us there: what ends at ten past eight has long ended.
    assert it.resets_at == NOW - 50 * MINUTE


def test_pauses_without_a_time_double_until_an_answer_comes():
    it, now, pauses = standing(), NOW, []
    for _ in range(8):
        learn(it, answer(429), now=now)
        pauses.append((it.paused_until - now) // MINUTE)
        now = it.paused_until

    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    learn(it, answer(200), now=now)
    assert (it.paused_until, it.reason, it.strikes) == (None, None, 0)


def test_requests_of_one_moment_count_as_one_offence():
    it = standing()
    for _ in range(20):
        learn(it, answer(429), now=NOW)

    assert it.paused_until == NOW + MINUTE


def test_pause_is_as_long_as_stated_and_survives_answers_to_what_was_sent_before():
    it = standing()
    learn(it, answer(403, retry_after=90), now=NOW)
    learn(it, answer(200), now=NOW + 1)

    assert it.paused_until == NOW + 90 * clock.SECOND
    assert it.reason == "GitHub asks for a pause (its secondary limit)."


def test_forbidden_is_no_limit():
    it = standing()
    learn(it, answer(403, x_ratelimit_remaining=17), now=NOW)

    assert it.paused_until is None


TOKENS = [Token("ghp_first", name="token 1"), Token("ghp_second", name="token 2")]


def test_no_more_than_the_number_go_at_once():
    budget = Budget(Rules(per_minute=100_000, at_once=3))
    lock, here, most = threading.Lock(), [], []

    def work(_):
        with budget.turn(TOKENS[:1], purpose=Purpose.ALERT):
            with lock:
                here.append(1)
                most.append(len(here))
            with lock:
                here.pop()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(300)))

    assert max(most) <= 3


def test_second_token_goes_on_where_the_first_is_paused():
    budget = Budget()
    with budget.turn(TOKENS, purpose=Purpose.POLL) as first:
        budget.learn(first, answer(429, retry_after=60))
    with budget.turn(TOKENS, purpose=Purpose.POLL) as second:
        budget.learn(second, answer(429, retry_after=600))
    with pytest.raises(Later) as later, budget.turn(TOKENS, purpose=Purpose.POLL):
        pass

    assert (first.name, second.name) == ("token 1", "token 2")
    # The first one is good again first.
    assert later.value.until <= clock.now() + MINUTE


def test_who_would_wait_too_long_is_told_a_later_time():
    ticks = iter(range(0, 10**12, 40 * clock.SECOND))
    budget = Budget(Rules(per_minute=100, at_once=1), ticks=lambda: next(ticks))
    with (
        budget.turn(TOKENS[:1], purpose=Purpose.POLL),
        pytest.raises(Later, match="has to wait"),
        budget.turn(TOKENS[:1], purpose=Purpose.POLL),
    ):
        pass


def test_what_is_left_can_be_read_without_a_secret():
    budget = Budget()
    budget.learn(TOKENS[1], answer(429, retry_after=60))
    budget.learn(TOKENS[0], answer(200))

    first, second = budget.snapshot()
    assert (first.name, first.limit, first.paused_until) == ("token 1", None, None)
    assert (second.name, second.reason) == (
        "token 2", "GitHub asks for a pause (its secondary limit).",
    )  # fmt: skip
    assert "ghp_" not in repr([first, second])
