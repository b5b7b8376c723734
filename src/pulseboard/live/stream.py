"""One connected browser: written to at once, queued for when it lags, dropped when it stays so."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, MutableMapping
from types import coroutine
from typing import Any, Final

Event = MutableMapping[str, Any]
Send = Callable[[Event], Awaitable[None]]
Receive = Callable[[], Awaitable[Event]]

# What a client may be behind before it is cut off; it reconnects and asks for what it missed.
MAX_QUEUED: Final = 256
# How long a client that is cut off gets to take the close frame.
_FAREWELL_SECONDS: Final = 2.0
TOO_SLOW: Final = 1013
RESTARTING: Final = 1012
TRY_LATER: Final = 1011
# Never sent: says that there is nobody to say goodbye to.
_GONE: Final = 1006


class Client:
    """The sending side of one WebSocket. Everything happens on the event loop."""

    __slots__ = ("_draining", "_owner", "_queue", "_send", "_sending", "_verdict")

    def __init__(self, send: Send) -> None:
        self._send = send
        self._queue: deque[str] | None = None
        self._draining: asyncio.Task[None] | None = None
        self._owner: asyncio.Task[Any] | None = None
        self._verdict: tuple[int, str] | None = None

    @property
    def is_open(self) -> bool:
        """Whether it may still be written to."""
        return self._verdict is None

    def offer(self, text: str) -> None:
        """Write a message now if the socket takes it, else queue it; too many cut the client off.

        A task for each client and message costs more than the message. ASGI's send() of an
        unblocked socket never waits, so it is stepped by hand, and only what does wait becomes
        a task.
        """
        if self._verdict is not None:
            return
        if self._draining is not None:
            self._enqueue(text)
            return
        sending = _as_coroutine(self._send({"type": "websocket.send", "text": text}))
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001  # Whatever ails one client must not silence the others.
            self.drop(_GONE, "")
            return
        self._draining = asyncio.get_running_loop().create_task(
            self._drain(_go_on(sending, waits_for))
        )

    def _enqueue(self, text: str) -> None:
        if self._queue is None:
            self._queue = deque()
        if len(self._queue) >= MAX_QUEUED:
            self.drop(TOO_SLOW, "too slow: reconnect and ask for what you missed with since")
            return
        self._queue.append(text)

    async def _drain(self, first: Awaitable[None]) -> None:
        try:
            await first
            while self._queue:
                await self._send({"type": "websocket.send", "text": self._queue.popleft()})
        except (OSError, RuntimeError):
            self.drop(_GONE, "")
        finally:
            self._draining = None
            self._queue = None

    def drop(self, code: int, reason: str) -> None:
        """Cut the client off; `serve` then says goodbye with this close code and reason."""
        if self._verdict is not None:
            return
        self._verdict = (code, reason)
        if self._draining is not None:
            self._draining.cancel()
        if self._owner is not None:
            self._owner.cancel()

    async def serve(self, receive: Receive, *, heard: Callable[[str | bytes], None]) -> None:
        """Hand every incoming message to `heard` until the client leaves or is dropped."""
        self._owner = asyncio.current_task()
        try:
            while self._verdict is None:
                event = await receive()
                if event["type"] == "websocket.disconnect":
                    self._verdict = (_GONE, "")
                elif event["type"] == "websocket.receive":
                    heard(event.get("text") or event.get("bytes") or "")
        except asyncio.CancelledError:
            # Only drop() cancels on purpose; anybody else's cancellation must go on.
            if self._verdict is None:
                raise
            if self._owner is not None:
                self._owner.uncancel()
        finally:
            self._owner = None
            if self._draining is not None:
                self._draining.cancel()
        await self._say_goodbye()

    async def _say_goodbye(self) -> None:
        code, reason = self._verdict or (RESTARTING, "")
        if code == _GONE:
            return
        try:
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except (OSError, RuntimeError, TimeoutError):
            # It does not even take that; the server closes the connection when we return.
            return


def _as_coroutine(awaitable: Awaitable[None]) -> Coroutine[Any, None, None]:
    return awaitable if isinstance(awaitable, Coroutine) else _wrap(awaitable)


async def _wrap(awaitable: Awaitable[None]) -> None:
    await awaitable


@coroutine
def _go_on(begun: Coroutine[Any, None, None], waits_for: object) -> Generator[Any, Any, None]:
    """Await the rest of a coroutine that was stepped once and waits for `waits_for`."""
    try:
        while True:
            try:
                value = yield waits_for
            except BaseException as error:  # noqa: BLE001  # Whatever it is belongs to the coroutine.
                waits_for = begun.throw(error)
            else:
                waits_for = begun.send(value)
    except StopIteration:
        return
