"""What became of a message: sent, refused for good, or to be tried again; and what HTTP says."""

from email.utils import parsedate_to_datetime
from typing import Final, Protocol

from msgspec import Struct

from pulseboard import clock
from pulseboard.alerts.message import Message
from pulseboard.outgoing import Reply

MAX_WORDS: Final = 200
# Statuses after which the same message may work later.
_PASSING: Final = frozenset({408, 425, 429})
_LONGEST_WAIT: Final = clock.HOUR


class Sent(Struct, frozen=True):
    """It arrived; `ref` is what the channel calls it."""

    status: int
    detail: str
    ref: str | None = None


class NotSent(Exception):
    """It did not arrive, as far as we know; the words say why."""

    def __init__(
        self,
        detail: str,
        *,
        status: int | None = None,
        is_final: bool = False,
        retry_after: int | None = None,
        may_have_arrived: bool = False,
    ) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.is_final = is_final
        # µs; None leaves it to the backoff.
        self.retry_after = retry_after
        self.may_have_arrived = may_have_arrived


class Channel(Protocol):
    """A way to tell people."""

    # A message that is sent again by the same id is shown once, so a doubt does no harm.
    repeats_harmlessly: bool

    def send(self, message: Message) -> Sent:
        """Send a message; raises NotSent."""
        ...

    def find(self, message: Message, *, since: int) -> Sent | None:
        """Return the message if the channel can be asked and has it; raises NotSent."""
        ...


def words_of(reply: Reply) -> str:
    """Return the beginning of an answer as one line."""
    text = reply.body[: 4 * MAX_WORDS].decode("utf-8", "replace")
    return " ".join(text.split())[:MAX_WORDS]


def require_success(reply: Reply, *, name: str) -> None:
    """Raise NotSent unless the status is 2xx."""
    if 200 <= reply.status < 300:
        return
    said = words_of(reply)
    if 300 <= reply.status < 400:
        raise NotSent(
            f"{name} answered with a redirect ({reply.status}): enter the address it leads to",
            status=reply.status,
            is_final=True,
        )
    passing = reply.status in _PASSING or reply.status >= 500
    raise NotSent(
        f"{name} {reply.status}: {said}" if said else f"{name} answered {reply.status}",
        status=reply.status,
        is_final=not passing,
        retry_after=retry_after_of(reply.headers) if passing else None,
    )


def retry_after_of(headers: dict[str, str]) -> int | None:
    """Return how long to wait by Retry-After, in seconds or as a date; at most an hour."""
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(int(value[:9]) * clock.SECOND, _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError):
        return None
    if moment.tzinfo is None:
        return None
    return min(max(0, clock.to_instant(moment) - clock.now()), _LONGEST_WAIT)
