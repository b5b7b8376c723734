"""Trying what GitHub lets this server do: every credential once, and the repositories to poll."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from pulseboard import clock
from pulseboard.collect.github.answers import Later, Purpose, Refused
from pulseboard.collect.github.app import AppKey
from pulseboard.collect.github.auth import AppItself
from pulseboard.collect.github.budget import Budget
from pulseboard.collect.github.credentials import Credential, Tokens
from pulseboard.collect.github.exchange import Exchange, Question
from pulseboard.collect.github.paths import repository_path
from pulseboard.collect.github.verdict import Received, date_of, judge, number_in
from pulseboard.collect.github.wire import Wire
from pulseboard.vocabulary import FeedState

# Asking for it costs nothing of it.
_LIMIT: Final = "/rate_limit"
_ACTIONS: Final = "actions"
_ABOUT: Final = "its own limits"


class _Integration(Struct):
    slug: str = ""
    permissions: dict[str, str] = {}


_read_app: Final = msgspec.json.Decoder(_Integration).decode


class Checked(NamedTuple):
    """What came of one try, in words."""

    name: str
    words: str
    is_fine: bool = True
    # It does not work, as opposed to: look at it.
    is_refused: bool = False
    # GitHub's clock when it answered.
    date: int | None = None


def check_tokens(base: str, secrets: Sequence[str], *, wire: Wire) -> Iterator[Checked]:
    """Ask GitHub once with every token."""
    for credential in Tokens(secrets).of(""):
        yield _check(f"{base}{_LIMIT}", credential, wire=wire)


def check_app(base: str, key: AppKey, *, wire: Wire) -> Checked:
    """Ask GitHub once as an App."""
    return _check(f"{base}/app", AppItself(key), wire=wire)


def check_repositories(
    base: str, secrets: Sequence[str], names: Sequence[str], *, wire: Wire
) -> Iterator[Checked]:
    """Ask for one run of every repository, and yield those that are refused."""
    exchange = Exchange(
        base, credentials=Tokens(secrets), budget=Budget(), wire=wire, sleep=lambda _: None
    )
    for name in names:
        url = f"{base}{repository_path(name)}/actions/runs?per_page=1"
        try:
            exchange.answer(Question(url, name, Purpose.ALERT))
        except Later as error:
            yield Checked(name, error.detail, is_fine=False)
        except Refused as error:
            yield Checked(name, error.detail, is_fine=False, is_refused=True)


def _check(url: str, credential: Credential, *, wire: Wire) -> Checked:
    name = credential.name
    try:
        signature = credential.sign()
        headers = {} if signature.authorization is None else {
            "Authorization": signature.authorization
        }  # fmt: skip
        received = wire.send("GET", url, headers=headers)
        date = date_of(received.headers)
        answer = judge(received, about=_ABOUT, has_token=True, now=clock.now())
    except Later as error:
        return Checked(name, error.detail, is_fine=False)
    except Refused as error:
        if error.state is FeedState.NOT_FOUND and not isinstance(credential, AppItself):
            # So an Enterprise Server answers whose administrator has set no limits.
            return Checked(name, "is let in, and nothing is limited.", date=date)
        return Checked(name, credential.explain(error).detail, is_fine=False, is_refused=True)
    if isinstance(credential, AppItself):
        return _judge_app(name, answer.body)._replace(date=date)
    return _judge_token(name, received)._replace(date=date)


def _judge_app(name: str, body: bytes) -> Checked:
    try:
        app = _read_app(body)
    except msgspec.DecodeError:
        return Checked(name, "is not described in a way that can be read.", is_fine=False)
    if _ACTIONS not in app.permissions:
        words = f"{app.slug} lacks the permission actions (read). Give it that at GitHub."
        return Checked(name, words, is_fine=False, is_refused=True)
    return Checked(name, f"is let in as {app.slug}.")


def _judge_token(name: str, received: Received) -> Checked:
    limit = number_in(received.headers.get("x-ratelimit-limit"))
    left = number_in(received.headers.get("x-ratelimit-remaining"))
    size = "" if limit is None or left is None else f"; {left:,} of {limit:,} requests are left"
    scopes = received.headers.get("x-oauth-scopes")
    if scopes is None:
        return Checked(name, f"is let in{size}. What it may read shows at the first poll.")
    granted = [word.strip() for word in scopes.split(",") if word.strip()]
    if "repo" not in granted:
        words = f"may see public repositories only{size}. Private ones need the scope repo."
        return Checked(name, words, is_fine=False)
    return Checked(name, f"is let in with the scopes {', '.join(granted)}{size}.")
