"""What was turned away at the webhook's door of late, so that a page can say why."""

from collections import deque
from collections.abc import Iterator
from typing import Final

from msgspec import Struct

# Anybody may knock: what they leave behind is little, and gone with the process.
REMEMBERED: Final = 100
_LONGEST: Final = 100


class Refused(Struct, frozen=True):
    """One delivery that was turned away; of its body nothing is kept."""

    received_at: int
    status: int
    reason: str
    event: str | None
    guid: str | None


class RefusedDeliveries:
    """The newest of them, in memory."""

    def __init__(self) -> None:
        self._newest: deque[Refused] = deque(maxlen=REMEMBERED)

    def note(
        self, *, at: int, status: int, reason: str, event: str | None, guid: str | None
    ) -> None:
        """Remember one; names that the sender chose are cut short."""
        names = (name and name[:_LONGEST] for name in (event, guid))
        self._newest.append(Refused(at, status, reason, *names))

    def newest_first(self) -> Iterator[Refused]:
        """Yield what is remembered."""
        return reversed(self._newest)
