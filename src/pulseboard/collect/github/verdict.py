"""What an answer of GitHub's means: good as it is, good later, or refused until somebody acts."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Final, NamedTuple
from urllib.parse import SplitResult, urljoin, urlsplit

import msgspec
from msgspec import Raw, Struct

from pulseboard import clock
from pulseboard.collect.github.answers import Answer, Later, Refused, TooMuch
from pulseboard.vocabulary import FeedState

# How long to wait where GitHub does not say.
WAIT: Final = clock.MINUTE
# Its limits begin anew within the hour: what is further away is somebody's mistake.
_FURTHEST: Final = clock.DAY
REDIRECTS: Final = (301, 302, 303, 307, 308)
# A file lies elsewhere; any other redirect says that what was asked for is called otherwise.
FOUND: Final = 302
_LONGEST_WORDS: Final = 200
_ASK_AGAIN: Final = "It is asked again by itself."
_PORTS: Final = {"http": 80, "https": 443}


class Received(NamedTuple):
    """What came back; headers by lower-case name, `next_link` as the server wrote it."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""
    next_link: str | None = None


class Hiccup(Later):
    """An answer that may be better a second later: the caller tries again before giving up."""

    title = "GitHub does not answer"


class _Complaint(Struct, gc=False):
    message: str = ""


_read_complaint: Final = msgspec.json.Decoder(_Complaint).decode
_read_any: Final = msgspec.json.Decoder(Raw).decode


def judge(received: Received, *, about: str, has_token: bool, now: int) -> Answer:
    """Return the answer when it is one.

    `about` is what was asked for in words, such as owner/name. Raises Hiccup, Later and Refused.
    """
    if received.status == 304:
        return _answer(received, not_modified=True)
    if 200 <= received.status < 300:
        require_json(received, now=now)
        return _answer(received)
    if received.status >= 500:
        raise hiccup(f"GitHub fails with HTTP {received.status}.", now=now)
    if received.status in (403, 429):
        _raise_if_limited(received, now=now)
    raise _refusal(received, about=about, has_token=has_token)


def locate(received: Received, *, about: str, has_token: bool, now: int) -> str:
    """Return the address of a file that GitHub keeps elsewhere.

    Raises Hiccup, Later and Refused.
    """
    location = received.headers.get("location")
    if received.status == FOUND and location:
        return urljoin(received.url, location)
    if received.status < 400:
        raise hiccup("GitHub does not say where the file lies.", now=now)
    judge(received, about=about, has_token=has_token, now=now)
    raise AssertionError(received.status)


def _answer(received: Received, *, not_modified: bool = False) -> Answer:
    return Answer(
        received.status,
        b"" if not_modified else received.body,
        etag=received.headers.get("etag"),
        next_url=_next_url(received),
        not_modified=not_modified,
        date=date_of(received.headers),
    )


def _next_url(received: Received) -> str | None:
    if received.next_link is None:
        return None
    url = urljoin(received.url, received.next_link)
    if is_same_place(url, received.url):
        return url
    raise Refused(
        FeedState.UNREADABLE,
        f"GitHub's next page is said to lie at another server, {urlsplit(url).hostname}, which is"
        " not followed.",
        next_step="If that is your Enterprise Server's proper name, use it in GITHUB_API_URL.",
    )


def is_same_place(one: str, other: str) -> bool:
    """Say whether two addresses belong to one server: a token for one may be shown to the other."""
    return _place(urlsplit(one)) == _place(urlsplit(other))


def _place(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def date_of(headers: Mapping[str, str]) -> int | None:
    """Return GitHub's own clock as it was when it answered."""
    try:
        return clock.to_instant(parsedate_to_datetime(headers["date"]))
    except (KeyError, ValueError, OverflowError, TypeError):
        # A TypeError is how a time without its zone ends.
        return None


def require_json(received: Received, *, now: int) -> None:
    """Raise Refused when the body is a web page, and Hiccup when it was cut off."""
    if not received.body:
        return
    kind = received.headers.get("content-type", "")
    if "json" not in kind.lower():
        raise Refused(
            FeedState.UNREADABLE,
            f"{urlsplit(received.url).hostname} answers with {_kind_in_words(kind)} instead of"
            " JSON.",
            next_step="Look whether GITHUB_API_URL is the base of GitHub's API (an Enterprise"
            " Server's ends in /api/v3) and whether a proxy asks for a login.",
        )
    try:
        _read_any(received.body)
    except (msgspec.DecodeError, RecursionError):
        raise hiccup("GitHub's answer was cut off.", now=now, state=FeedState.UNREADABLE) from None


def _kind_in_words(kind: str) -> str:
    plain = kind.split(";", maxsplit=1)[0].strip().lower()
    return "a web page" if plain == "text/html" else plain[:60] or "something"


def hiccup(words: str, *, now: int, state: FeedState = FeedState.UNREACHABLE) -> Hiccup:
    """Return what a failure comes to that may be over soon."""
    return Hiccup(f"{words} {_ASK_AGAIN}", until=now + WAIT, state=state)


def _raise_if_limited(received: Received, *, now: int) -> None:
    limit = limit_of(received, now=now)
    if limit is not None:
        raise Later(f"{limit.words} It goes on at {to_the_second(limit.until)}.", until=limit.until)


class Limit(NamedTuple):
    """A limit that was met: which one in words, until when, and whether it is the hourly one."""

    words: str
    until: int
    is_primary: bool
    # Whether GitHub said until when; else whoever asks had better wait longer each time.
    is_stated: bool = True


def limit_of(received: Received, *, now: int) -> Limit | None:
    """Return the limit that a 403 or 429 speaks of; None when it is about something else."""
    headers = received.headers
    wait = number_in(headers.get("retry-after"))
    if headers.get("x-ratelimit-remaining") == "0":
        reset = reset_of(headers, now=now) or 0
        until = reset if reset > now else now + WAIT
        limit = number_in(headers.get("x-ratelimit-limit"))
        size = f" of {limit:,} requests an hour" if limit else ""
        return Limit(f"GitHub's limit{size} is used up.", until, is_primary=True)
    words = "GitHub asks for a pause (its secondary limit)."
    if wait is not None:
        return Limit(words, now + min(wait * clock.SECOND, _FURTHEST), is_primary=False)
    message = message_of(received.body).lower()
    if received.status == 429 or "rate limit" in message or "abuse" in message:
        return Limit(words, now + WAIT, is_primary=False, is_stated=False)
    return None


def reset_of(headers: Mapping[str, str], *, now: int) -> int | None:
    """Return when the hourly limit begins anew, by our clock.

    GitHub says it by its own, which its `Date` compares with ours.
    """
    reset = number_in(headers.get("x-ratelimit-reset"))
    if reset is None:
        return None
    skew = (date_of(headers) or now) - now
    if abs(skew) < 2 * clock.SECOND:
        # A Date is whole seconds and takes a moment to arrive: that is no skew.
        skew = 0
    return now + max(-_FURTHEST, min(reset * clock.SECOND - skew - now, _FURTHEST))


def _refusal(received: Received, *, about: str, has_token: bool) -> Refused:
    message = message_of(received.body)
    said = f" ({message})" if message else ""
    match received.status:
        case 401 if has_token:
            return Refused(
                FeedState.UNAUTHORISED,
                f"GitHub does not accept the token{said}: it was revoked, has expired, or belongs"
                " to another server than GITHUB_API_URL.",
                next_step="Make a new one and set GITHUB_TOKEN.",
            )
        case 401:
            return Refused(
                FeedState.UNAUTHORISED,
                f"GitHub does not show {about} to strangers.",
                next_step="Set GITHUB_TOKEN.",
            )
        case 403:
            return _forbidden(received, message, about=about)
        case 404 | 410:
            return _missing(received, about=about, has_token=has_token)
        case 451:
            return Refused(
                FeedState.FORBIDDEN,
                f"GitHub has blocked {about} for legal reasons.",
                next_step="Ask GitHub, or stop tracking it.",
            )
    kind = TooMuch if received.status == 422 else Refused
    return kind(
        FeedState.UNREADABLE,
        f"GitHub does not take the question about {about} (HTTP {received.status}){said}.",
        next_step=_ASK_AGAIN,
    )


def _forbidden(received: Received, message: str, *, about: str) -> Refused:
    said = message.lower()
    sso = received.headers.get("x-github-sso", "")
    if sso.startswith("required"):
        address = sso.partition("url=")[2].split(",")[0].strip()
        where = f": open {address}" if address.startswith("https://") else " in its settings"
        return Refused(
            FeedState.FORBIDDEN,
            f"The organisation of {about} wants the token authorised for single sign-on.",
            next_step=f"Authorise it{where}.",
        )
    if "disabled" in said and "actions" in said:
        return Refused(
            FeedState.ACTIONS_DISABLED,
            f"GitHub Actions is disabled for {about}.",
            next_step="Enable it in the repository's settings, or stop tracking it.",
        )
    if "ip allow list" in said:
        return Refused(
            FeedState.FORBIDDEN,
            f"The organisation of {about} lets in only addresses on its list, and this server's is"
            " not there.",
            next_step="Have it added to the organisation's IP allow list.",
        )
    missing = _missing_right(received.headers)
    if missing or "not accessible by" in said:
        return Refused(
            FeedState.MISSING_SCOPE,
            f"The token must not read this of {about}.",
            next_step=f"Give it {missing or 'the permission actions (read)'}.",
        )
    return Refused(
        FeedState.FORBIDDEN,
        f"GitHub forbids access to {about}{f' ({message})' if message else ''}.",
        next_step="Look at the rights of the token, or stop tracking the repository.",
    )


def _missing(received: Received, *, about: str, has_token: bool) -> Refused:
    if received.status == 410:
        return Refused(
            FeedState.NOT_FOUND,
            f"GitHub has what was asked for of {about} no more.",
            next_step="It was deleted or has expired there.",
        )
    if not has_token:
        step = "Look at the spelling; a private repository needs GITHUB_TOKEN."
    else:
        missing = _missing_right(received.headers)
        step = (
            f"Look at the spelling; if it is private, give the token {missing}."
            if missing
            else "Look at the spelling, and whether the token may see it."
        )
    return Refused(
        FeedState.NOT_FOUND,
        f"GitHub knows no {about}: it was deleted or renamed, or is hidden from this server.",
        next_step=step,
    )


def _missing_right(headers: Mapping[str, str]) -> str | None:
    """Name the scope (classic) or permission (fine-grained, App) that would be enough."""
    permissions = headers.get("x-accepted-github-permissions")
    if permissions:
        ways = [way.strip() for way in permissions.split(";") if way.strip()]
        return f"the permission {' or '.join(map(_permission_in_words, ways))}"
    accepted = _words(headers.get("x-accepted-oauth-scopes"))
    granted = _words(headers.get("x-oauth-scopes"))
    if "x-oauth-scopes" not in headers or not accepted or set(accepted) & set(granted):
        return None
    return f"the scope {' or '.join(accepted)}"


def _permission_in_words(way: str) -> str:
    pairs = (pair.strip().partition("=") for pair in way.split(","))
    return " and ".join(f"{name} ({level})" if level else name for name, _, level in pairs)


def _words(value: str | None) -> list[str]:
    return [word.strip() for word in (value or "").split(",") if word.strip()]


def message_of(body: bytes) -> str:
    """Return what GitHub says is wrong, cut to a readable length; empty when it says nothing."""
    try:
        return " ".join(_read_complaint(body).message.split())[:_LONGEST_WORDS].rstrip(".")
    except (msgspec.DecodeError, RecursionError):
        return ""


def number_in(value: str | None) -> int | None:
    """Return the number that a header holds; None when it holds none."""
    # No honest number is longer, and a longer one would not fit a column.
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 12:
        return None
    return int(value)


def to_the_second(instant: int) -> str:
    """Write an instant for people, up to the full second."""
    return clock.to_iso(-(-instant // clock.SECOND) * clock.SECOND)
