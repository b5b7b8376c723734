"""What every way of asking GitHub works with: who asks, where it is stored, how to stop."""

from collections.abc import Callable, Sequence
from typing import Final, Protocol

from msgspec import Struct

from pulseboard import clock
from pulseboard.collect.github.answers import Asks
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.groupcommit import MAX_BATCH
from pulseboard.collect.records import Envelope, Receipt
from pulseboard.db.session import Database
from pulseboard.jobs.port import Interrupted
from pulseboard.live.messages import BackfillMoved

# How far back a run may be run again, and how far the first poll of a repository looks.
LOOK_BACK: Final = 30 * clock.DAY


OnBackfill = Callable[[BackfillMoved], None]


class Commit(Protocol):
    """The writer, with the reactions of this process; history sets states without a message."""

    def __call__(self, envelopes: Sequence[Envelope], *, is_history: bool) -> list[Receipt]:
        """Write one batch; return its receipts once it is committed."""
        ...


def _never() -> bool:
    return False


def tell_nobody(_: BackfillMoved) -> None:
    """Nobody listens in this process."""


class Collector(Struct, frozen=True):
    """One process' way from GitHub to the writer; `interval` is what the settings ask for."""

    database: Database
    github: Asks
    etags: EtagShelf
    write: Commit
    interval: int
    # An Enterprise Server keeps some things longer than GitHub's own cloud.
    is_cloud: bool = True
    # Requests of one repository at the same time.
    at_once: int = 4
    should_stop: Callable[[], bool] = _never
    # Tells open screens how far a backfill is.
    tell: OnBackfill = tell_nobody

    def store(self, envelopes: Sequence[Envelope], *, is_history: bool) -> list[Receipt]:
        """Write any number of envelopes, batch by batch."""
        receipts: list[Receipt] = []
        for start in range(0, len(envelopes), MAX_BATCH):
            batch = envelopes[start : start + MAX_BATCH]
            receipts += self.write(batch, is_history=is_history)
        return receipts

    def stop_if_asked(self) -> None:
        """Raise Interrupted when the process wants to end; what was done so far is stored."""
        if self.should_stop():
            raise Interrupted
