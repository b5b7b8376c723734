"""As whom GitHub is asked: tokens and the anonymous visitor, and which of them may see what."""

import time
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, Protocol

from pulseboard import vault
from pulseboard.collect.github.answers import Later, Refused
from pulseboard.config import Settings
from pulseboard.spelling import is_sendable
from pulseboard.vocabulary import FeedState

# A token that is given for a repository is used within this time.
_GOOD_SECONDS: Final = 1.0


class Signature(NamedTuple):
    """What one request is signed with; `fingerprint` stands for it where it must not be kept."""

    authorization: str | None
    fingerprint: str


def bearer(token: str) -> Signature:
    """Return what a request is signed with by this token.

    Raises Refused when no header can hold it: who sends it all the same would quote it.
    """
    if not is_sendable(token):
        raise Refused(
            FeedState.UNAUTHORISED,
            "The token holds what none of GitHub's does: a line break, or a letter beyond ASCII.",
            next_step="Copy it again, and enter it anew.",
        )
    return Signature(f"Bearer {token}", vault.fingerprint(token))


class Credential(Protocol):
    """Somebody GitHub knows, with limits of his own."""

    @property
    def key(self) -> str:
        """What stands for it, and for its limits, while its tokens come and go; never a secret."""
        ...

    @property
    def name(self) -> str:
        """What people call it; never a secret."""
        ...

    def sign(self) -> Signature:
        """Return what to sign a request with. May raise Later and Refused."""
        ...

    def renew(self, fingerprint: str) -> bool:
        """Give up the signature that was refused; return whether there may be a better one."""
        ...

    def hear(self, date: int) -> None:
        """Learn what GitHub's clock says."""
        ...

    def explain(self, error: Refused) -> Refused:
        """Return a refusal with what to do about it where that depends on who was refused."""
        ...


class Credentials(Protocol):
    """All that this server may ask as."""

    def of(self, repository: str) -> Sequence[Credential]:
        """Return those that may see a repository, at least one, the best first."""
        ...

    def itself(self) -> Credential | None:
        """Return the GitHub App as such, for what only it may ask; None where there is none."""
        ...


class Token:
    """A personal access token, classic or fine-grained."""

    def __init__(self, secret: str, *, name: str, renewal: str | None = None) -> None:
        self._secret = secret
        self._renewal = renewal
        self._fingerprint = vault.fingerprint(secret)
        self.name = name

    @property
    def key(self) -> str:
        """The fingerprint of the token."""
        return self._fingerprint

    def sign(self) -> Signature:
        """Return the token, which is always the same.

        Raises Refused when it can be none.
        """
        return bearer(self._secret)

    def renew(self, fingerprint: str) -> bool:  # noqa: ARG002  # There is only the one.
        """Return False: only people can make a new one."""
        return False

    def hear(self, date: int) -> None:
        """Do nothing: a token has no clock."""

    def explain(self, error: Refused) -> Refused:
        """Say how to give a new one."""
        if self._renewal is None or error.state is not FeedState.UNAUTHORISED:
            return error
        return Refused(error.state, error.words, next_step=self._renewal)


class Anonymous:
    """Nobody in particular, with 60 requests an hour for the whole address of the server."""

    key: Final = "anonymous"
    name: Final = "without a token"

    def sign(self) -> Signature:
        """Return no signature."""
        return Signature(None, self.key)

    def renew(self, fingerprint: str) -> bool:  # noqa: ARG002  # There is none.
        """Return False: there is nothing to renew."""
        return False

    def hear(self, date: int) -> None:
        """Do nothing: a stranger has no clock."""

    def explain(self, error: Refused) -> Refused:
        """Return the refusal as it is."""
        return error


class Tokens:
    """The tokens of the settings, each as good as the other; without any, the anonymous visitor."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._all: list[Credential] = [
            Token(secret, name="token" if len(secrets) == 1 else f"token {number}")
            for number, secret in enumerate(secrets, start=1)
        ] or [Anonymous()]

    @classmethod
    def of_settings(cls, settings: Settings) -> "Tokens":
        """Return the tokens of these settings."""
        return cls([token.get_secret_value() for token in settings.all_github_tokens])

    def of(self, repository: str) -> Sequence[Credential]:  # noqa: ARG002  # All of them may.
        """Return all tokens."""
        return self._all

    def itself(self) -> Credential | None:
        """Return None: tokens are no App."""
        return None


class OwnTokens:
    """Tokens that were given for single repositories, before those that are good for all."""

    def __init__(self, find: Callable[[str], str | None], *, others: Credentials) -> None:
        self._find = find
        self._others = others
        # What was found of a repository, and until when that is good.
        self._found: dict[str, tuple[float, str | None]] = {}

    def of(self, repository: str) -> Sequence[Credential]:
        """Return the repository's own token, where it has one, and the others."""
        own = self._find_now_and_then(repository)
        if own is None:
            return self._others.of(repository)
        renewal = f"Make a new one, and add {repository} or its account once more with it."
        token = Token(own, name=f"token of {repository}", renewal=renewal)
        try:
            return [token, *self._others.of(repository)]
        except (Later, Refused):
            return [token]

    def _find_now_and_then(self, repository: str) -> str | None:
        moment = time.monotonic()
        until, own = self._found.get(repository, (moment, None))
        if until <= moment:
            own = self._find(repository)
            self._found[repository] = moment + _GOOD_SECONDS, own
        return own

    def itself(self) -> Credential | None:
        """Return the App of the others."""
        return self._others.itself()


class Only:
    """One credential and no other."""

    def __init__(self, credential: Credential) -> None:
        self._credential = credential

    def of(self, repository: str) -> Sequence[Credential]:  # noqa: ARG002  # It is the only one.
        """Return it."""
        return [self._credential]

    def itself(self) -> Credential | None:
        """Return it, whoever it is."""
        return self._credential
