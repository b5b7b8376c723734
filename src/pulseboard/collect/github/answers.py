"""What asking GitHub comes to: an answer, or one of two reasons why there is none yet."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Final, NamedTuple, Protocol

from pulseboard.errors import PulseboardError, Unavailable
from pulseboard.vocabulary import FeedState

NO_PARAMS: Final[Mapping[str, str | int]] = {}


class Purpose(StrEnum):
    """What a request is for, in the order in which they are served when the budget is short."""

    ALERT = "alert"
    WEBHOOK = "webhook"
    POLL = "poll"
    RECONCILE = "reconcile"
    BACKFILL = "backfill"
    LOGS = "logs"


class Answer(NamedTuple):
    """What GitHub answered; `date` is its own clock, `next_url` the next page on the same host."""

    status: int
    body: bytes
    etag: str | None = None
    next_url: str | None = None
    not_modified: bool = False
    date: int | None = None


class Later(Unavailable):
    """A limit or an outage: the same request is good again at `until`."""

    title = "Later"

    def __init__(self, detail: str, *, until: int, state: FeedState = FeedState.LIMITED) -> None:
        super().__init__(detail)
        self.until = until
        self.state = state


class Refused(PulseboardError):
    """GitHub does not let us have it, and will not until somebody does something about it."""

    status = 409
    title = "Refused by GitHub"

    def __init__(self, state: FeedState, words: str, *, next_step: str) -> None:
        super().__init__(f"{words} {next_step}")
        self.state = state
        self.words = words
        self.next_step = next_step


class TooMuch(Refused):
    """The question has more answers than GitHub shows; a narrower one may be answered."""

    title = "Too much for GitHub"


class Asks(Protocol):
    """Whoever asks GitHub (client.GitHub). Every call may raise Later or Refused."""

    def get(
        self,
        path: str,
        *,
        repository: str,
        purpose: Purpose,
        params: Mapping[str, str | int] = NO_PARAMS,
        conditional: bool = False,
    ) -> Answer:
        """Return one answer; a conditional one may say that nothing has changed."""
        ...

    def pages(
        self,
        path: str,
        *,
        repository: str,
        purpose: Purpose,
        params: Mapping[str, str | int] = NO_PARAMS,
    ) -> Iterator[Answer]:
        """Yield page after page as their Link headers lead, on the same host only."""
        ...

    def post(self, path: str, *, repository: str, purpose: Purpose) -> Answer:
        """Ask for something to be done: only for redeliveries."""
        ...

    def open_redirect(
        self, path: str, *, repository: str, purpose: Purpose
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Open a file that GitHub keeps elsewhere, such as a log; give its bytes piece by piece."""
        ...
