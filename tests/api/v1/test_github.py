"""What GitHub lets this server ask, as three doors show it."""

import pytest

from pulseboard import clock
from pulseboard.collect.github.budget import Budget
from pulseboard.collect.github.credentials import Token
from pulseboard.collect.github.remaining import Remaining
from pulseboard.collect.github.verdict import Received


@pytest.fixture
def reset():
    return clock.now() // clock.SECOND + 1800


@pytest.fixture
def used(shop, database, reset):
    budget = Budget()
    for number, left in ((1, 4000), (2, 3000)):
        token = Token(f"ghp_{number}", name=f"token {number}")
        budget.learn(token, Received("https://h/", 200, {
            "x-ratelimit-limit": "5000", "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(reset),
        }))  # fmt: skip
    budget.learn(token, Received("https://h/", 429, {"retry-after": "600"}))
    Remaining(database).note(budget)
    return shop


def test_every_credential_is_shown_with_what_it_has_left(used, reset):
    first, second = used.get("/api/v1/github/budget").json()["credentials"]

    assert first == {
        "name": "token 1", "limit": 5000, "remaining": 4000,
        "resets_at": clock.to_iso(reset * clock.SECOND), "paused_until": None, "reason": None,
    }  # fmt: skip
    assert (second["name"], second["remaining"]) == ("token 2", 3000)
    assert second["paused_until"] > clock.to_iso(clock.now())
    assert second["reason"] == "GitHub asks for a pause (its secondary limit)."


def test_before_anything_was_asked_the_list_is_empty(shop):
    assert shop.get("/api/v1/github/budget").json()["credentials"] == []
    assert shop.get("/health").json()["github"] == {
        "limit": None, "remaining": None, "paused_until": None,
    }  # fmt: skip


def test_health_adds_up_and_names_nobody(used):
    answer = used.get("/health")

    assert answer.json()["github"] == {"limit": 10000, "remaining": 7000, "paused_until": None}
    assert "token 1" not in answer.text


def test_prometheus_sees_each_credential(used):
    lines = used.get("/metrics").text.splitlines()

    assert 'pulseboard_github_remaining{credential="token 1"} 4000.0' in lines
    assert 'pulseboard_github_limit{credential="token 2"} 5000.0' in lines
    assert 'pulseboard_github_paused_seconds{credential="token 1"} 0.0' in lines
    (paused,) = [
        line
        for line in lines
        if line.startswith('pulseboard_github_paused_seconds{credential="token 2"')
    ]
    assert 590 < float(paused.split()[-1]) <= 600
