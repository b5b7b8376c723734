"""The client against a real HTTP server that does what servers do, and what they should not."""

import json
import threading
from contextlib import contextmanager
from ipaddress import ip_network

import httpx
import pytest

from pulseboard import clock
from pulseboard.collect.github.answers import Later, Purpose, Refused
from pulseboard.collect.github.client import GitHub
from pulseboard.collect.github.credentials import Tokens
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.verdict import Hiccup
from pulseboard.collect.github.wire import Wire
from pulseboard.outgoing import Outgoing
from pulseboard.vocabulary import FeedState
from tests.github_fake.server import Reply, serving

PATH = "/repos/acme/api/actions/runs"
JSON = {"Content-Type": "application/json; charset=utf-8"}
ASKED = {"repository": "acme/api", "purpose": Purpose.POLL}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Script:
    """Gives one answer after the other, the last for ever, and keeps what was asked."""

    def __init__(self, *replies):
        self.replies = list(replies)
        self.asked = []

    def __call__(self, asked):
        self.asked.append(asked)
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return reply(asked) if callable(reply) else reply


class Shelf:
    """An EtagShelf without a database."""

    def __init__(self):
        self.kept = {}

    def find(self, credential, url):
        return self.kept.get((credential, url))

    def keep(self, credential, url, etag):
        self.kept[credential, url] = etag


@contextmanager
def asking(*replies, tokens=("secret",), etags=None, allowed=(), **wire):
    """Yield a client of a server that answers so, and what it is asked."""
    script = Script(*replies)
    with serving(script) as base, Wire(**wire) as opened:
        script.base, script.slept = base, []
        github = GitHub(
            base,
            credentials=Tokens(tokens),
            etags=etags or Shelf(),
            outgoing=Outgoing(allowed=[ip_network(network) for network in allowed]),
            wire=opened,
            sleep=script.slept.append,
        )
        yield github, script


def reply(data, status=200, **headers):
    """Return a JSON answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(data).encode(), JSON | named)


def test_request_carries_the_token_the_version_and_sorted_parameters():
    with asking(reply({"ok": 1}, Date="Sat, 21 Nov 2026 10:00:00 GMT", ETag='"v1"')) as (
        github,
        script,
    ):
        answer = github.get(PATH, params={"per_page": 100, "created": "a..b", "page": 2}, **ASKED)

    (asked,) = script.asked
    assert asked.target == f"{PATH}?created=a..b&page=2&per_page=100"
    assert asked.headers["Authorization"] == "Bearer secret"
    assert asked.headers["Accept"] == "application/vnd.github+json"
    assert asked.headers["X-GitHub-Api-Version"] == "2022-11-28"
    assert asked.headers["User-Agent"].startswith("Pulseboard/")
    assert (answer.status, answer.body, answer.etag) == (200, b'{"ok": 1}', '"v1"')
    assert clock.to_iso(answer.date) == "2026-11-21T10:00:00Z"


def test_without_a_token_nothing_is_signed():
    with asking(reply([]), tokens=()) as (github, script):
        github.get(PATH, **ASKED)

    assert script.asked[0].headers["Authorization"] is None


def test_unchanged_answer_is_asked_for_by_its_version_and_costs_no_body(database):
    etags = EtagShelf(database)
    first, second = reply([1], ETag='"v1"'), Reply(304, b"", {"ETag": '"v1"'})
    with asking(first, second, reply([]), etags=etags) as (github, script):
        with etags.gathering():
            assert not github.get(PATH, conditional=True, **ASKED).not_modified
            etags.save()
        assert github.get(PATH, conditional=True, **ASKED).not_modified
        github.get(PATH, params={"page": 2}, conditional=False, **ASKED)

    versions = [asked.headers["If-None-Match"] for asked in script.asked]
    assert versions == [None, '"v1"', None]


def test_version_given_to_one_token_is_not_shown_with_another():
    etags = Shelf()
    with asking(reply([1], ETag='"v1"'), etags=etags) as (github, _):
        github.get(PATH, conditional=True, **ASKED)
    with asking(reply([1]), tokens=("other",), etags=etags) as (github, script):
        github.get(PATH, conditional=True, **ASKED)

    assert script.asked[0].headers["If-None-Match"] is None


def test_unconditional_answer_keeps_no_version():
    etags = Shelf()
    with asking(reply([1], ETag='"v1"'), etags=etags) as (github, _):
        github.get(PATH, **ASKED)

    assert not etags.kept


def test_pages_follow_links_to_their_end():
    def page(asked):
        number = int(asked.params.get("page", 1))
        link = f'<{script.base}{PATH}?page={number + 1}>; rel="next"'
        return reply([number], **({"Link": link} if number < 3 else {}))

    with asking(page) as (github, script):
        bodies = [answer.body for answer in github.pages(PATH, **ASKED)]

    assert bodies == [b"[1]", b"[2]", b"[3]"]


def test_pages_that_lead_in_a_circle_end():
    def page(asked):
        return reply([1], Link=f'<{script.base}{PATH}>; rel="next"')

    with asking(page) as (github, script):
        assert len(list(github.pages(PATH, **ASKED))) == 1


@pytest.mark.parametrize(
    "elsewhere",
    ["http://evil.example/page", "http://127.0.0.1:1/page", "https://127.0.0.1/", "//evil.example"],
)
def test_link_to_another_host_is_never_followed(elsewhere):
    with (
        asking(reply([1], Link=f'<{elsewhere}>; rel="next"')) as (github, script),
        pytest.raises(Refused) as refused,
    ):
        list(github.pages(PATH, **ASKED))

    assert refused.value.state is FeedState.UNREADABLE
    assert "GITHUB_API_URL" in refused.value.next_step
    assert len(script.asked) == 1


def test_renamed_repository_is_followed_with_the_token():
    moved = Reply(301, b"{}", JSON | {"Location": "/repositories/7/actions/runs"})
    with asking(moved, reply([7])) as (github, script):
        assert github.get(PATH, **ASKED).body == b"[7]"

    assert [asked.path for asked in script.asked] == [PATH, "/repositories/7/actions/runs"]
    assert script.asked[1].headers["Authorization"] == "Bearer secret"


def test_redirect_to_another_host_is_a_state_and_shows_no_token():
    with serving(other := Script(reply([]))) as elsewhere:
        moved = Reply(301, b"{}", JSON | {"Location": f"{elsewhere}/repos/acme/api"})
        with asking(moved) as (github, _), pytest.raises(Refused) as refused:
            github.get(PATH, **ASKED)

    assert refused.value.state is FeedState.MOVED
    assert other.asked == []


def test_redirects_in_a_circle_end():
    with (
        asking(Reply(301, b"{}", JSON | {"Location": PATH})) as (github, script),
        pytest.raises(Refused) as refused,
    ):
        github.get(PATH, **ASKED)

    assert refused.value.state is FeedState.MOVED
    assert len(script.asked) == 3


def test_stumbling_server_is_asked_again_after_growing_pauses():
    bad_gateway = Reply(502, b"<html>Bad gateway</html>", {"Content-Type": "text/html"})
    with asking(bad_gateway, bad_gateway, reply([1])) as (github, script):
        assert github.get(PATH, **ASKED).body == b"[1]"

    first, second = script.slept
    assert 0 <= first <= 1
    assert 0 <= second <= 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_outage_is_a_later_time_not_an_error(status):
    before = clock.now()
    with asking(Reply(status, b"oops")) as (github, script), pytest.raises(Later) as later:
        github.get(PATH, **ASKED)

    assert len(script.asked) == 3
    assert later.value.state is FeedState.UNREACHABLE
    assert before < later.value.until <= clock.now() + clock.MINUTE


def test_what_asks_for_something_to_be_done_is_asked_once():
    with asking(Reply(502)) as (github, script), pytest.raises(Hiccup):
        github.post("/repos/acme/api/hooks/1/deliveries/1/attempts", **ASKED)

    assert [asked.method for asked in script.asked] == ["POST"]


def test_accepted_post_is_an_answer():
    with asking(reply({}, 202)) as (github, _):
        assert github.post("/repos/acme/api/hooks/1/deliveries/1/attempts", **ASKED).status == 202


def test_body_that_is_cut_off_is_asked_for_again():
    whole = reply([1, 2, 3])
    with asking(whole._replace(sent=4), whole) as (github, script):
        assert github.get(PATH, **ASKED).body == b"[1, 2, 3]"

    assert len(script.asked) == 2


def test_half_a_page_is_a_state_with_words():
    with (
        asking(Reply(200, b'{"workflow_runs": [{"id"', JSON)) as (github, _),
        pytest.raises(Later) as later,
    ):
        github.get(PATH, **ASKED)

    assert later.value.state is FeedState.UNREADABLE
    assert later.value.detail == "GitHub's answer was cut off. It is asked again by itself."


def test_web_page_instead_of_json_is_refused_with_what_to_do():
    page = Reply(200, b"<html>Please log in</html>", {"Content-Type": "text/html"})
    with asking(page) as (github, script), pytest.raises(Refused) as refused:
        github.get(PATH, **ASKED)

    assert refused.value.state is FeedState.UNREADABLE
    assert refused.value.words == "127.0.0.1 answers with a web page instead of JSON."
    assert "/api/v3" in refused.value.next_step
    assert len(script.asked) == 1


def test_slow_server_is_a_later_time():
    go_on = threading.Event()
    with (
        asking(reply([])._replace(wait=go_on.wait), timeout=httpx.Timeout(0.05)) as (github, _),
        pytest.raises(Later) as later,
    ):
        github.get(PATH, **ASKED)
    go_on.set()

    assert later.value.state is FeedState.UNREACHABLE
    assert later.value.detail.startswith("GitHub did not answer in time.")


def test_dripping_answer_is_given_up_when_its_time_is_over():
    with (
        asking(reply(["x" * 500_000]), seconds=0) as (github, _),
        pytest.raises(Later, match="in time"),
    ):
        github.get(PATH, **ASKED)


def test_server_that_is_not_there_is_a_later_time():
    with asking(reply([])) as (_, script):
        base = script.base
    with Wire() as wire:
        github = GitHub(
            base,
            credentials=Tokens(["t"]),
            etags=Shelf(),
            outgoing=Outgoing(),
            wire=wire,
            sleep=lambda _: None,
        )
        with pytest.raises(Later, match="cannot be reached"):
            github.get(PATH, **ASKED)


def test_header_that_cannot_be_sent_is_not_quoted():
    with Wire() as wire, pytest.raises(Hiccup) as caught:
        wire.send("GET", "http://127.0.0.1:9/", headers={"Authorization": "Bearer ghp_own\nmore"})

    assert "ghp_" not in caught.value.detail


def test_answer_without_an_end_is_refused(monkeypatch):
    monkeypatch.setattr("pulseboard.collect.github.wire._MAX_BYTES", 1000)
    with asking(reply(["x" * 2000])) as (github, _), pytest.raises(Refused) as refused:
        github.get(PATH, **ASKED)

    assert refused.value.state is FeedState.UNREADABLE


def test_unchanged_without_having_asked_for_it_is_not_believed():
    with asking(Reply(304)) as (github, _), pytest.raises(Hiccup):
        github.get(PATH, conditional=True, **ASKED)


def test_revoked_token_is_not_tried_again():
    with (
        asking(reply({"message": "Bad credentials"}, 401)) as (github, script),
        pytest.raises(Refused) as refused,
    ):
        github.get(PATH, **ASKED)

    assert refused.value.state is FeedState.UNAUTHORISED
    assert len(script.asked) == 1


LOG = "/repos/acme/api/actions/jobs/7/logs"


def found(url):
    return Reply(302, b"", {"Location": url})


def test_log_is_read_where_it_lies_without_our_token():
    store = Script(Reply(200, b"line\n" * 100_000, {"Content-Type": "text/plain"}))
    with (
        serving(store) as elsewhere,
        asking(found(f"{elsewhere}/log?sig=1"), allowed=["127.0.0.0/8"]) as (github, script),
        github.open_redirect(LOG, **ASKED) as parts,
    ):
        assert b"".join(parts) == b"line\n" * 100_000

    assert script.asked[0].headers["Authorization"] == "Bearer secret"
    assert store.asked[0].target == "/log?sig=1"
    assert store.asked[0].headers["Authorization"] is None


def test_log_at_the_api_itself_is_read_without_our_token_and_without_a_guard():
    with (
        asking(found("/storage/7"), Reply(200, b"text")) as (github, script),
        github.open_redirect(LOG, **ASKED) as parts,
    ):
        assert b"".join(parts) == b"text"

    assert script.asked[1].headers["Authorization"] is None


def test_log_of_a_renamed_repository_is_found():
    moved = Reply(301, b"{}", JSON | {"Location": "/repositories/9/actions/jobs/7/logs"})
    with (
        asking(moved, found("/storage/7"), Reply(200, b"text")) as (github, script),
        github.open_redirect(LOG, **ASKED) as parts,
    ):
        assert b"".join(parts) == b"text"

    assert len(script.asked) == 3


def refusal_of_log(*replies):
    with (
        asking(*replies) as (github, _),
        pytest.raises((Refused, Later)) as raised,
        github.open_redirect(LOG, **ASKED) as parts,
    ):
        list(parts)
    return raised.value


def test_log_that_lies_in_a_private_network_is_refused_with_what_to_do():
    refused = refusal_of_log(found("http://127.0.0.1:1/log"))

    assert refused.state is FeedState.FORBIDDEN
    assert "PULSEBOARD_ALLOW_PRIVATE_TARGETS" in refused.next_step


def test_log_that_has_expired_is_gone():
    assert refusal_of_log(reply({"message": "Gone"}, 410)).state is FeedState.NOT_FOUND


def test_address_of_a_log_that_has_expired_is_a_later_time():
    assert isinstance(refusal_of_log(found("/storage/7"), Reply(403, b"<Error/>")), Later)


@pytest.mark.parametrize("status", [404, 410])
def test_log_that_its_store_does_not_have_is_gone(status):
    refused = refusal_of_log(found("/storage/7"), Reply(status, b"<Error/>"))

    assert (type(refused), refused.state) == (Refused, FeedState.NOT_FOUND)


def test_log_that_breaks_off_is_a_later_time():
    half = Reply(200, b"text" * 1000, sent=100)

    assert isinstance(refusal_of_log(found("/storage/7"), half), Later)


def test_log_that_is_said_to_lie_nowhere_is_a_later_time():
    assert isinstance(refusal_of_log(Reply(200, b"text")), Later)


def test_other_token_is_tried_where_one_is_not_let_in_and_remembered():
    def answer(asked):
        if asked.headers["Authorization"] == "Bearer good":
            return reply([1])
        return reply({"message": "Not Found"}, 404)

    with asking(answer, tokens=("bad", "good", "worse")) as (github, script):
        github.get(PATH, **ASKED)
        script.asked.clear()
        github.get(PATH, **ASKED)

    assert [asked.headers["Authorization"] for asked in script.asked] == ["Bearer good"]


def test_repository_no_token_may_see_is_refused():
    with (
        asking(reply({"message": "Not Found"}, 404), tokens=("a", "b")) as (github, script),
        pytest.raises(Refused) as refused,
    ):
        github.get(PATH, **ASKED)

    assert refused.value.state is FeedState.NOT_FOUND
    assert len(script.asked) == 2


def test_other_token_is_asked_when_ones_limit_is_used_up():
    def answer(asked):
        if asked.headers["Authorization"] == "Bearer full":
            return reply([1])
        return reply({}, 429, **{"Retry-After": "60"})

    with asking(answer, tokens=("full", "empty")) as (github, script):
        for number in range(4):
            github.get(PATH, **ASKED | {"repository": f"acme/{number}"})

    asked = [asked.headers["Authorization"] for asked in script.asked]
    assert asked.count("Bearer full") == 4
    assert asked.count("Bearer empty") <= 1


def test_used_up_limit_is_not_asked_again_before_its_time():
    used_up = reply({}, 403, **{
        "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(clock.now() // clock.SECOND + 600),
    })  # fmt: skip
    with asking(used_up) as (github, script):
        for _ in range(2):
            with pytest.raises(Later, match="5,000 requests an hour is used up"):
                github.get(PATH, **ASKED)

    assert len(script.asked) == 1
    (budget,) = github.budget.snapshot()
    assert (budget.name, budget.limit, budget.remaining) == ("token", 5000, 0)
    assert budget.paused_until == budget.resets_at


def test_earliest_time_counts_where_every_token_has_to_wait():
    spent = reply({}, 403, **{
        "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str(clock.now() // clock.SECOND + 600),
    })  # fmt: skip
    answers = {"Bearer spent": [spent], "Bearer paused": [
        reply([1]), reply({}, 429, **{"Retry-After": "5"}),
    ]}  # fmt: skip

    def answer(asked):
        return answers[asked.headers["Authorization"]].pop(0)

    with asking(answer, tokens=("spent", "paused")) as (github, _):
        github.get(PATH, **ASKED)
        with pytest.raises(Later) as later:
            github.get(PATH, **ASKED)

    assert later.value.until < clock.now() + clock.MINUTE
