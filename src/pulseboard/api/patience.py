"""Waiting for the parts of a request's body, but not for ever."""

import asyncio
from typing import Any, Final

from starlette.types import Message, Receive

from pulseboard.errors import PulseboardError

# GitHub gives up after 10 s itself; a slower sender only holds a connection.
READ_SECONDS: Final = 10
_LOOK_EVERY_SECONDS: Final = 1


class RequestTimeout(PulseboardError):
    """The body did not arrive in time."""

    status = 408
    title = "Request timeout"


class HungUp(Exception):
    """The sender went away before the body was whole; nobody is there to be answered."""


class Patience:
    """Waits for the next part of a body, READ_SECONDS at most or until a time.

    One timer looks after everyone who waits: a timer for each delivery would take as long as its
    signature.
    """

    def __init__(self) -> None:
        self._deadlines: dict[asyncio.Task[Any], float] = {}
        self._late: set[asyncio.Task[Any]] = set()
        self._timer: asyncio.TimerHandle | None = None

    async def wait_for(
        self,
        receive: Receive,
        *,
        until: float | None = None,
    ) -> Message:
        """Return the next message; `until` is by the event loop's clock.

        Raises RequestTimeout when it is too late, HungUp when the sender went away.
        """
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("the door runs in a task of the server")
        loop = task.get_loop()
        self._deadlines[task] = loop.time() + READ_SECONDS if until is None else until
        if self._timer is None:
            self._timer = loop.call_later(_LOOK_EVERY_SECONDS, self._look, loop)
        try:
            message = await receive()
        except asyncio.CancelledError:
            if task not in self._late:
                raise
            task.uncancel()
            raise RequestTimeout(f"The body did not arrive within {READ_SECONDS} s") from None
        finally:
            del self._deadlines[task]
            self._late.discard(task)
        if message["type"] == "http.disconnect":
            raise HungUp
        return message

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        for task in [task for task, deadline in self._deadlines.items() if deadline < now]:
            self._late.add(task)
            task.cancel()
        self._timer = (
            loop.call_later(_LOOK_EVERY_SECONDS, self._look, loop) if self._deadlines else None
        )
