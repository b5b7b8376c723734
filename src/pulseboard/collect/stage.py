"""The demo on a running server: loading its past, playing its present, and stopping both."""

import asyncio
from contextlib import suppress

import structlog
from msgspec import Struct

from pulseboard import clock
from pulseboard.collect.play import DEMO_DAYS, Submits, play, tell_past

_log = structlog.get_logger("pulseboard.demo")


class Loading(Struct, frozen=True):
    """How far the past is loaded: a share from 0 to 1, and how many attempts that is."""

    share: float = 0.0
    attempts: int = 0


class Stage:
    """At most one demo; it is told through the intake like everything else that comes in."""

    def __init__(self, intake: Submits) -> None:
        self._intake = intake
        self._task: asyncio.Task[None] | None = None
        # None while nothing is being loaded.
        self.loading: Loading | None = None

    def play(self) -> None:
        """Play on from now what is loaded already."""
        self._task = asyncio.create_task(play(self._intake, start=clock.now()))

    def load(self, *, days: int = DEMO_DAYS) -> None:
        """Begin to load the past, and play on from there; nothing when it is under way."""
        if self.loading is None:
            self.loading = Loading()
            before, self._task = self._task, asyncio.create_task(self._load(days, at=clock.now()))
            if before is not None:
                before.cancel()

    async def _load(self, days: int, *, at: int) -> None:
        def note(reached: int, attempts: int) -> None:
            share = 1 - (at - reached) / (days * clock.DAY)
            self.loading = Loading(min(max(share, 0.0), 1.0), attempts)

        try:
            await tell_past(self._intake, at=at, days=days, report=note)
        except Exception:  # noqa: BLE001  # Whoever waits sees that it is over; the journal says why.
            _log.exception("demo.failed")
            return
        finally:
            self.loading = None
        await play(self._intake, start=at)

    async def stop(self) -> None:
        """Load and play no more; what is stored stays."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(task, return_exceptions=True)
        self.loading = None
