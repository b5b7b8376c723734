"""Recorded exchanges with the real GitHub, headers and all, through the real client."""

import ast
from typing import NamedTuple

import pytest

from pulseboard.collect.github.answers import Later, Purpose, Refused
from pulseboard.collect.github.budget import Budget
from pulseboard.collect.github.client import GitHub
from pulseboard.collect.github.credentials import Tokens
from pulseboard.collect.github.listing import read_job_page, read_run_page
from pulseboard.collect.github.wire import Wire
from pulseboard.collect.records import RepositorySeen
from pulseboard.outgoing import Outgoing
from pulseboard.vocabulary import DeliveryResult, FeedState
from tests.github_fake.server import Reply, serving
from tests.realdata import real_folder

GITHUB = "https://api.github.com"
# What is about the connection, or about a body that was packed.
_OF_THE_WIRE = {"transfer-encoding", "content-encoding", "content-length", "connection", "status"}
_STATES = {
    401: FeedState.UNAUTHORISED, 404: FeedState.NOT_FOUND, 410: FeedState.NOT_FOUND,
    422: FeedState.UNREADABLE,
}  # fmt: skip


class Exchange(NamedTuple):
    """One recorded question and its answer."""

    method: str
    target: str
    status: int
    headers: dict[str, str]
    body: str


def exchanges():
    found = []
    for path in sorted(real_folder("02-rest-recordings", "pygithub").glob("*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for start in range(0, len(lines) - 9, 11):
            _, method, host, _, target, _, _, status, headers, body = lines[start : start + 10]
            if host == "api.github.com" and method == "GET":
                named = dict(ast.literal_eval(headers))
                found.append(Exchange(method, target, int(status), named, body))
    return found


@pytest.fixture(scope="module")
def recorded():
    return exchanges()


@pytest.fixture
def replay(recorded):
    """A client of a server that says what GitHub said, one after the other."""
    waiting = []

    def answer(asked):
        exchange = waiting[0]
        assert asked.target == exchange.target
        headers = {
            name: value.replace(GITHUB, base)
            for name, value in exchange.headers.items()
            if name.lower() not in _OF_THE_WIRE
        }
        return Reply(exchange.status, exchange.body.encode(), headers)

    with serving(answer) as base, Wire() as wire:

        def ask(exchange):
            waiting[:] = [exchange]
            # The limits of one recording are not those of the next.
            github = GitHub(
                base, credentials=Tokens(["t"]), etags=None, outgoing=Outgoing(),
                budget=Budget(), wire=wire, sleep=lambda _: None,
            )  # fmt: skip
            path = exchange.target
            return github.get(path, repository="PyGithub/PyGithub", purpose=Purpose.POLL), github

        yield ask


def test_every_recorded_answer_comes_through_as_it_was(recorded, replay):
    good = [exchange for exchange in recorded if exchange.status == 200]
    for exchange in good:
        answer, github = replay(exchange)
        assert answer.body == exchange.body.encode()
        assert answer.etag == _header(exchange, "etag")
        assert answer.date is not None
        assert ('rel="next"' in (_header(exchange, "link") or "")) is (answer.next_url is not None)
        (budget,) = github.budget.snapshot()
        assert str(budget.limit) == _header(exchange, "x-ratelimit-limit")

    assert len(good) > 50


def test_every_recorded_refusal_is_a_state_with_a_next_step(recorded, replay):
    bad = [exchange for exchange in recorded if exchange.status >= 400]
    for exchange in bad:
        with pytest.raises((Refused, Later)) as raised:
            replay(exchange)
        if exchange.status in _STATES:
            assert raised.value.state is _STATES[exchange.status]
            assert raised.value.next_step

    assert bad


def test_every_recorded_run_and_job_is_read(recorded):
    home, results = RepositorySeen("PyGithub/PyGithub"), {"runs": [], "jobs": []}
    for exchange in recorded:
        path = exchange.target.partition("?")[0]
        if exchange.status != 200:
            continue
        body = exchange.body.encode()
        if path.endswith("/runs") and "/actions/" in path:
            results["runs"] += read_run_page(body, home, received_at=1).envelopes
        elif path.endswith("/jobs"):
            results["jobs"] += read_job_page(body, home, received_at=1)

    assert {kind: bool(found) for kind, found in results.items()} == {"runs": True, "jobs": True}
    for envelope in results["runs"] + results["jobs"]:
        assert envelope.result is not DeliveryResult.UNPARSABLE, envelope.reason


def _header(exchange, name):
    return next((v for n, v in exchange.headers.items() if n.lower() == name), None)
