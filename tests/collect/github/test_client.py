"""The client against a real HTTP server that does what servers do, and what they should not."""

import json
import threading
from contextlib import contextmanager

import httpx
import pytest

from pulseboard import clock
from pulseboard.collect.github.answers import Later, Purpose, Refused
from pulseboard.collect.github.client import GitHub
from pulseboard.collect.github.credentials import Tokens
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.verdict import Hiccup
from pulseboard.collect.github.wire import Wire
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
def asking(*replies, tokens=("secret",), etags=None, **wire):
    """Yield a client of a server that answers so, and what it is asked."""
    script = Script(*replies)
    with serving(script) as base, Wire(**wire) as opened:
        script.base, script.slept = base, []
        github = GitHub(
            base,
            credentials=Tokens(tokens),
            etags=etags or Shelf(),
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
        github.post("/app/hook/deliveries/1/attempts", **ASKED)

    assert [asked.method for asked in script.asked] == ["POST"]


def test_accepted_post_is_an_answer():
    with asking(reply({}, 202)) as (github, _):
        assert github.post("/app/hook/deliveries/1/attempts", **ASKED).status == 202


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
            base, credentials=Tokens(["t"]), etags=Shelf(), wire=wire, sleep=lambda _: None
        )
        with pytest.raises(Later, match="cannot be reached"):
            github.get(PATH, **ASKED)


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
