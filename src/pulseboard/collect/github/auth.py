"""Asking as a GitHub App: signing for the App itself, and the tokens of its installations."""

from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Final

import msgspec
from msgspec import Struct

from pulseboard import clock
from pulseboard.collect.github.answers import Answer, Later, Refused
from pulseboard.collect.github.app import AppKey
from pulseboard.collect.github.credentials import (
    Anonymous,
    Credential,
    Credentials,
    Signature,
    bearer,
)
from pulseboard.vocabulary import FeedState

# GitHub takes no longer life than ten minutes, and no time of issue in its own future.
_LIFE: Final = 9 * clock.MINUTE
_EARLIER: Final = clock.MINUTE
# A signature is used again until it has this left.
_JWT_REST: Final = 2 * clock.MINUTE
_TOKEN_REST: Final = 3 * clock.MINUTE
# A Date is whole seconds and was a moment under way; less is no skew.
_SKEW: Final = 15 * clock.SECOND
_LIST_EVERY: Final = 10 * clock.MINUTE
# An account that is not known may have installed the App just now.
_LIST_AGAIN: Final = clock.MINUTE
_KEY_EVERY: Final = 10 * clock.SECOND


class _Account(Struct):
    login: str


class _Installed(Struct):
    id: int
    account: _Account | None = None
    suspended_at: str | None = None


class _Issued(Struct):
    token: str
    expires_at: str


_read_installed: Final = msgspec.json.Decoder(list[_Installed]).decode
_read_issued: Final = msgspec.json.Decoder(_Issued).decode

# Asks as the App itself, by method and path; gives the answer, or page after page.
AskAsApp = Callable[[str, str], Iterable[Answer]]


class AppItself:
    """The App as such, which may see its installations and deliveries, but no repository."""

    def __init__(self, key: AppKey) -> None:
        self._key = key
        self._lock = Lock()
        self._signed: tuple[Signature, int] | None = None
        self._skew = 0
        self._signed_skew = 0
        self.key = f"app {key.id}"
        self.name = "GitHub App"

    def sign(self) -> Signature:
        """Return a signature of some minutes, by GitHub's clock as far as it is known.

        Raises Refused when the private key is none.
        """
        with self._lock:
            now = clock.now() + self._skew
            if self._signed is None or self._signed[1] < now + _JWT_REST:
                self._signed = self._make(now), now + _LIFE
                self._signed_skew = self._skew
            return self._signed[0]

    def _make(self, now: int) -> Signature:
        claims = {
            "iss": str(self._key.id),
            "iat": (now - _EARLIER) // clock.SECOND,
            "exp": (now + _LIFE) // clock.SECOND,
        }
        # It brings a whole library of cryptography, which most servers never need.
        import jwt  # noqa: PLC0415

        try:
            token = jwt.encode(claims, self._key.pem, algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError):
            raise Refused(
                FeedState.UNAUTHORISED,
                "The private key of the GitHub App cannot be read.",
                next_step="Set GITHUB_APP_PRIVATE_KEY (or …_FILE) to the PEM file as GitHub gave"
                " it, with its first and last line.",
            ) from None
        return bearer(token)

    def hear(self, date: int) -> None:
        """Learn how far GitHub's clock is from ours."""
        skew = date - clock.now()
        with self._lock:
            self._skew = skew if abs(skew) > _SKEW else 0

    def renew(self, fingerprint: str) -> bool:
        """Sign anew when GitHub's clock turned out to be another than was thought."""
        with self._lock:
            if self._signed is None or self._signed[0].fingerprint != fingerprint:
                return True
            is_off = abs(self._skew - self._signed_skew) > _SKEW
            if is_off:
                self._signed = None
            return is_off

    def explain(self, error: Refused) -> Refused:
        """Say that it is the App, or its key, that is refused."""
        if error.state is FeedState.NOT_FOUND:
            return Refused(
                error.state,
                "GitHub knows no such GitHub App, or nothing of it that was asked for.",
                next_step="Look at GITHUB_APP_ID, and whether the App is still there at GitHub.",
            )
        if error.state is not FeedState.UNAUTHORISED:
            return error
        return Refused(
            error.state,
            "GitHub does not accept the private key of the GitHub App: it was deleted there, or is"
            " one of another App.",
            next_step="Make a new key at GitHub and set GITHUB_APP_PRIVATE_KEY (or …_FILE); an App"
            " that was connected with a click is connected anew.",
        )


class Installation:
    """The App where one account has installed it; its token lasts an hour."""

    def __init__(self, number: int, account: str, *, ask: AskAsApp) -> None:
        self._path = f"/app/installations/{number}/access_tokens"
        self._account = account
        self._ask = ask
        self._lock = Lock()
        self._issued: tuple[Signature, int] | None = None
        self.key = f"installation {number}"
        self.name = f"GitHub App on {account}"

    def sign(self) -> Signature:
        """Return the token of the hour; ETags live and die with it, so it is used to its end.

        Raises Later and Refused.
        """
        with self._lock:
            if self._issued is None or self._issued[1] < clock.now() + _TOKEN_REST:
                self._issued = self._fetch()
            return self._issued[0]

    def _fetch(self) -> tuple[Signature, int]:
        try:
            (answer,) = self._ask("POST", self._path)
        except Refused as error:
            if error.state not in (FeedState.NOT_FOUND, FeedState.FORBIDDEN):
                raise
            raise self._gone(is_suspended=error.state is FeedState.FORBIDDEN) from None
        try:
            issued = _read_issued(answer.body)
        except msgspec.DecodeError:
            raise _unreadable("token for the App") from None
        # By our own clock: it lasts an hour from now, whatever GitHub's clock says.
        until = clock.now() + clock.HOUR
        return bearer(issued.token), until

    def _gone(self, *, is_suspended: bool) -> Refused:
        how = "suspended" if is_suspended else "no longer installed"
        return Refused(
            FeedState.FORBIDDEN,
            f"The GitHub App is {how} on {self._account}.",
            next_step=_way_back(self._account, is_suspended=is_suspended),
        )

    def explain(self, error: Refused) -> Refused:
        """Say that the App may be installed on other repositories only."""
        if error.state is not FeedState.NOT_FOUND:
            return error
        step = f"Look at the spelling, and at {self._account} whether the App is let in there."
        return Refused(error.state, error.words, next_step=step)

    def hear(self, date: int) -> None:
        """Do nothing: a token has no clock."""

    def renew(self, fingerprint: str) -> bool:
        """Ask for another token when this one is still the one in use."""
        with self._lock:
            if self._issued is not None and self._issued[0].fingerprint == fingerprint:
                self._issued = None
        return True


class _Elsewhere:
    """Who may be asked as where the App is not: a stranger, or the App as another account has it.

    To what is hidden from him he has a next step of his own.
    """

    def __init__(self, other: Credential, *, next_step: str) -> None:
        self._other = other
        self._next_step = next_step
        self.key, self.name = other.key, other.name
        self.sign, self.renew, self.hear = other.sign, other.renew, other.hear

    def explain(self, error: Refused) -> Refused:
        """Say where the App is wanted."""
        if error.state not in (FeedState.NOT_FOUND, FeedState.UNAUTHORISED):
            return error
        return Refused(error.state, error.words, next_step=self._next_step)


def _way_back(account: str, *, is_suspended: bool) -> str:
    if is_suspended:
        return f"Have it unsuspended in the settings of {account}, or set GITHUB_TOKEN."
    return f"Install it on {account}, or set GITHUB_TOKEN."


class Installations:
    """The App, where there is one, and the tokens of the settings for where it is not installed."""

    def __init__(
        self,
        find_key: Callable[[], AppKey | None],
        *,
        others: Credentials,
        asker: Callable[[AppItself], AskAsApp],
    ) -> None:
        self._find_key = find_key
        self._others = others
        self._asker = asker
        self._lock = Lock()
        self._looked_at = 0
        self._key: AppKey | None = None
        self._itself: AppItself | None = None
        self._installed: dict[str, Installation] = {}
        self._suspended: set[str] = set()
        self._listed_at = 0

    def of(self, repository: str) -> Sequence[Credential]:
        """Return the installation of the repository's owner, then the tokens.

        Raises Later and Refused when the installations cannot be listed and there is no token.
        """
        others = self._others.of(repository)
        has_token = not all(isinstance(other, Anonymous) for other in others)
        try:
            itself = self.itself()
            if itself is None:
                return others
            owner = repository.partition("/")[0]
            found = self._installation_of(owner.lower(), itself)
        except (Later, Refused):
            if has_token:
                return others
            raise
        if found is not None:
            return [found, *others] if has_token else [found]
        return others if has_token else [self._stand_in(owner, others)]

    def _stand_in(self, owner: str, strangers: Sequence[Credential]) -> Credential:
        # What is public any of them may read, and more often than a stranger.
        other = next(iter(self._installed.values()), strangers[0])
        is_suspended = owner.lower() in self._suspended
        step = _way_back(owner, is_suspended=is_suspended)
        how = "is suspended there" if is_suspended else "is not installed there"
        return _Elsewhere(
            other, next_step=f"Look at the spelling. If it is private: the GitHub App {how}. {step}"
        )

    def itself(self) -> AppItself | None:
        """Return the App as such; None where there is none."""
        with self._lock:
            now = clock.now()
            if now >= self._looked_at + _KEY_EVERY:
                key = self._find_key()
                self._looked_at = now
                if key != self._key:
                    self._key = key
                    self._itself = None if key is None else AppItself(key)
                    self._installed, self._listed_at = {}, 0
            return self._itself

    def _installation_of(self, owner: str, itself: AppItself) -> Installation | None:
        with self._lock:
            age = clock.now() - self._listed_at
            if age >= (_LIST_EVERY if owner in self._installed else _LIST_AGAIN):
                self._installed = self._list(itself)
                self._listed_at = clock.now()
            return self._installed.get(owner)

    def _list(self, itself: AppItself) -> dict[str, Installation]:
        """List where the App is installed; who was known before keeps his token."""
        ask = self._asker(itself)
        known = {one.key: one for one in self._installed.values()}
        found: dict[str, Installation] = {}
        self._suspended = set()
        for answer in ask("GET", "/app/installations?per_page=100"):
            for one in _read_list(answer.body):
                if one.account is None:
                    continue
                if one.suspended_at is not None:
                    self._suspended.add(one.account.login.lower())
                    continue
                made = Installation(one.id, one.account.login, ask=ask)
                found[one.account.login.lower()] = known.get(made.key, made)
        return found


def _read_list(body: bytes) -> list[_Installed]:
    try:
        return _read_installed(body)
    except msgspec.DecodeError:
        raise _unreadable("list of the App's installations") from None


def _unreadable(what: str) -> Refused:
    return Refused(
        FeedState.UNREADABLE,
        f"GitHub's {what} cannot be read.",
        next_step="It is asked for again by itself.",
    )
