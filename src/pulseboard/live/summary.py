"""A feed of one ever-changing answer: computed once for all who listen, however many they are."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog
from msgspec import Struct

from pulseboard.errors import PulseboardError, Unavailable
from pulseboard.live.messages import Change
from pulseboard.live.stream import RESTARTING, TRY_LATER, Client

# Everything that changes within this time shares one message.
_GATHER_SECONDS: Final = 0.1
# Who joins gets the last answer when nothing has changed since and it is no older than this.
_FRESH_SECONDS: Final = 1.0
_log = structlog.get_logger("pulseboard.live")


class _Answer(Struct, frozen=True):
    text: str
    # The loop's time when it was begun, and how many changes were known then.
    begun: float
    changes: int


class SummaryFeed:
    """Sends what `compute` returns to every client: when it joins and after each ingest.

    `compute` returns the text of one message; it runs in a thread and never twice at a time.
    """

    def __init__(self, compute: Callable[[], str]) -> None:
        self._compute = compute
        self._clients: set[Client] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._following: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()
        self._changes = 0
        self._lock = asyncio.Lock()
        self._last: _Answer | None = None
        self._told = 0

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._clients)

    async def start(self) -> None:
        """Begin to follow what is published."""
        self._loop = asyncio.get_running_loop()
        self._following = self._loop.create_task(self._follow())

    async def close(self) -> None:
        """Stop and close every connection: the server is going away."""
        self._loop = None
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        for client in list(self._clients):
            client.drop(RESTARTING, "the server restarts")

    def publish(self, changes: Sequence[Change]) -> None:
        """Note that the answer has changed; may be called from any thread and never waits."""
        if changes:
            self.tell_anew()

    def tell_anew(self) -> None:
        """Send the answer anew; may be called from any thread and never waits."""
        loop = self._loop
        if loop is not None:
            # Between the look at the loop and the call the server may have gone.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._note_change)

    def _note_change(self) -> None:
        self._changes += 1
        self._changed.set()

    async def _follow(self) -> None:
        while True:
            await self._changed.wait()
            await asyncio.sleep(_GATHER_SECONDS)
            self._changed.clear()
            if not self._clients:
                continue
            try:
                async with self._lock:
                    answer = await self._answer()
            except PulseboardError as error:
                # The next ingest tries again; a screen keeps what it has until then.
                _log.warning("summary.failed", reason=error.detail)
                continue
            self._told += 1
            for client in list(self._clients):
                client.offer(answer.text)

    async def _answer(self) -> _Answer:
        begun, changes = asyncio.get_running_loop().time(), self._changes
        try:
            text = await asyncio.to_thread(self._compute)
        except PulseboardError:
            raise
        except Exception as error:  # Anything else would end the task that follows, for good.
            _log.exception("summary.not_computed")
            raise Unavailable("The numbers could not be computed") from error
        self._last = _Answer(text, begun, changes)
        return self._last

    async def join(self, client: Client) -> None:
        """Send the current answer to a client and then all that follow."""
        self._clients.add(client)
        told = self._told
        try:
            answer = await self._current()
        except PulseboardError as error:
            client.drop(TRY_LATER, error.detail[:100])
            return
        # An update that went out meanwhile is newer than what was asked for.
        if self._told == told:
            client.offer(answer.text)

    async def _current(self) -> _Answer:
        arrived = asyncio.get_running_loop().time()
        async with self._lock:
            last = self._last
            if last is not None and self._is_current(last, arrived):
                return last
            return await self._answer()

    def _is_current(self, answer: _Answer, arrived: float) -> bool:
        unchanged = answer.changes == self._changes
        return answer.begun >= arrived or (unchanged and arrived - answer.begun <= _FRESH_SECONDS)

    def leave(self, client: Client) -> None:
        """Forget a client."""
        self._clients.discard(client)
