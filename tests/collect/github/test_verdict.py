"""What GitHub's refusals mean, as a table of answers and words."""

import json

import pytest

from pulseboard import clock
from pulseboard.collect.github.answers import Later, Refused
from pulseboard.collect.github.verdict import Hiccup, Received, is_same_place, judge, reset_of
from pulseboard.vocabulary import FeedState

NOW = 1_800_000_000 * clock.SECOND
URL = "https://api.github.com/repos/acme/api/actions/runs"


def received(status, message="", **headers):
    body = json.dumps({"message": message}).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Received(URL, status, {"content-type": "application/json"} | named, body)


def refusal(*args, has_token=True, **headers):
    with pytest.raises(Refused) as refused:
        judge(received(*args, **headers), about="acme/api", has_token=has_token, now=NOW)
    return refused.value


def later(*args, **headers):
    with pytest.raises(Later) as raised:
        judge(received(*args, **headers), about="acme/api", has_token=True, now=NOW)
    return raised.value


@pytest.mark.parametrize(
    ("args", "headers", "state", "next_step"),
    [
        ((401, "Bad credentials"), {}, FeedState.UNAUTHORISED, "Make a new one and set GITHUB_TOKEN."),
        ((404, "Not Found"), {}, FeedState.NOT_FOUND, "Look at the spelling, and whether the token may see it."),
        (
            (404, "Not Found"),
            {"x_accepted_oauth_scopes": "repo", "x_oauth_scopes": "read:user"},
            FeedState.NOT_FOUND,
            "Look at the spelling; if it is private, give the token the scope repo.",
        ),
        (
            (404, "Not Found"),
            {"x_accepted_oauth_scopes": "public_repo, repo", "x_oauth_scopes": "repo"},
            FeedState.NOT_FOUND,
            "Look at the spelling, and whether the token may see it.",
        ),
        ((410, "Gone"), {}, FeedState.NOT_FOUND, "It was deleted or has expired there."),
        (
            (403, "Resource not accessible by personal access token"),
            {"x_accepted_github_permissions": "actions=read"},
            FeedState.MISSING_SCOPE,
            "Give it the permission actions (read).",
        ),
        (
            (403, "Resource not accessible by integration"),
            {"x_accepted_github_permissions": "actions=write,contents=read; administration=read"},
            FeedState.MISSING_SCOPE,
            "Give it the permission actions (write) and contents (read) or administration (read).",
        ),
        (
            (403, "Resource not accessible by integration"),
            {},
            FeedState.MISSING_SCOPE,
            "Give it the permission actions (read).",
        ),
        (
            (403, "Must have admin rights to Repository."),
            {"x_accepted_oauth_scopes": "admin:repo_hook, repo", "x_oauth_scopes": ""},
            FeedState.MISSING_SCOPE,
            "Give it the scope admin:repo_hook or repo.",
        ),
        (
            (403, "Resource protected by organization SAML enforcement."),
            {"x_github_sso": "required; url=https://github.com/orgs/acme/sso?authorization_request=A1"},
            FeedState.FORBIDDEN,
            "Authorise it: open https://github.com/orgs/acme/sso?authorization_request=A1.",
        ),
        (
            (403, "Actions has been disabled for this repository."),
            {},
            FeedState.ACTIONS_DISABLED,
            "Enable it in the repository's settings, or stop tracking it.",
        ),
        (
            (403, "Although you appear to have the correct authorization credentials, the `acme` organization has an IP allow list enabled"),
            {},
            FeedState.FORBIDDEN,
            "Have it added to the organisation's IP allow list.",
        ),
        (
            (403, "Repository access blocked"),
            {},
            FeedState.FORBIDDEN,
            "Look at the rights of the token, or stop tracking the repository.",
        ),
        ((451, "DMCA"), {}, FeedState.FORBIDDEN, "Ask GitHub, or stop tracking it."),
        ((422, "Too many results"), {}, FeedState.UNREADABLE, "It is asked again by itself."),
        ((418, ""), {}, FeedState.UNREADABLE, "It is asked again by itself."),
    ],
)  # fmt: skip
def test_refusal_is_a_state_with_a_next_step(args, headers, state, next_step):
    refused = refusal(*args, **headers)

    assert (refused.state, refused.next_step) == (state, next_step)
    assert refused.words.endswith(".")


def test_stranger_is_told_that_a_token_is_wanted():
    assert refusal(404, has_token=False).next_step.endswith("needs GITHUB_TOKEN.")
    assert refusal(401, has_token=False).next_step == "Set GITHUB_TOKEN."


def test_what_github_says_is_repeated_in_words():
    assert "(Bad credentials)" in refusal(401, "Bad credentials").words
    assert len(refusal(403, "x" * 5000).words) < 300


def test_used_up_limit_is_a_later_time_stated():
    raised = later(
        403,
        "API rate limit exceeded for user ID 1.",
        x_ratelimit_limit="5000",
        x_ratelimit_remaining="0",
        x_ratelimit_reset="1800000600",
    )

    assert raised.until == NOW + 10 * clock.MINUTE
    assert raised.state is FeedState.LIMITED
    assert raised.detail == (
        "GitHub's limit of 5,000 requests an hour is used up. It goes on at 2027-01-15T08:10:00Z."
    )


@pytest.mark.parametrize("status", [403, 429])
def test_pause_is_as_long_as_github_says(status):
    assert later(status, "whatever", retry_after="37").until == NOW + 37 * clock.SECOND


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, "You have exceeded a secondary rate limit. Please wait a few minutes."),
        (403, "You have triggered an abuse detection mechanism."),
        (429, ""),
    ],
)
def test_pause_without_a_time_is_a_minute(status, message):
    assert later(status, message).until == NOW + clock.MINUTE


def test_odd_times_of_a_limit_break_nothing():
    assert later(429, retry_after="Wed, 21 Oct 2015 07:28:00 GMT").until == NOW + clock.MINUTE
    assert later(429, retry_after="9" * 30).until == NOW + clock.MINUTE


@pytest.mark.parametrize(
    "headers",
    [
        {"retry_after": "999999999"},
        {"retry_after": "999999999999"},
        {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "999999999999"},
    ],
)
def test_no_limit_lasts_longer_than_a_day(headers):
    raised = later(429, **headers)

    assert raised.until == NOW + clock.DAY
    assert raised.detail.endswith("It goes on at 2027-01-16T08:00:00Z.")


def test_limit_that_is_used_up_although_its_hour_is_over_is_a_minute():
    odd = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1800000600"}

    assert later(403, date="Mon, 01 Jan 9999 00:00:00 GMT", **odd).until == NOW + clock.MINUTE


@pytest.mark.parametrize("date", ["soon", "Fri, 15 Jan 2027 08:05:00", "Fri, 15 Jan 9999999 0:0:0"])
def test_date_that_is_none_is_left_out(date):
    assert judge(received(200, date=date), about="acme/api", has_token=True, now=NOW).date is None


def test_reset_is_read_by_githubs_clock():
    headers = {"x-ratelimit-reset": "1800000600", "date": "Fri, 15 Jan 2027 08:05:00 GMT"}

    # Its clock is five minutes ahead of ours, so there are five minutes left.
    assert reset_of(headers, now=NOW) == NOW + 5 * clock.MINUTE


def test_server_error_with_json_is_a_hiccup():
    with pytest.raises(Hiccup):
        judge(received(500, "Server Error"), about="acme/api", has_token=True, now=NOW)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://api.github.com/a", "https://api.github.com:443/b", True),
        ("https://api.github.com/a", "https://API.GitHub.com/b", True),
        ("https://api.github.com/a", "http://api.github.com/a", False),
        ("https://api.github.com/a", "https://api.github.com:8443/a", False),
        ("https://api.github.com/a", "https://api.github.com.evil.example/a", False),
        ("https://api.github.com/a", "https://user@api.github.com/a", True),
    ],
)
def test_places_are_told_apart(one, other, same):
    assert is_same_place(one, other) is same


def test_answer_that_is_not_quite_json_is_a_hiccup():
    for body in (b"[1, 2", b'{"a": "', b"[1] x", b"\xff"):
        with pytest.raises(Hiccup):
            judge(
                Received(URL, 200, {"content-type": "application/json"}, body),
                about="acme/api",
                has_token=True,
                now=NOW,
            )
