"""Reading the rest of a body that is refused, so that whoever sends it gets to the answer."""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# What is left of a body is thrown away, but no more of it and for no longer than this.
_MAX_REST: Final = 256 * 1024 * 1024
_MAX_SECONDS: Final = 10
# Who was told that it takes too long is not waited for again.
_TOO_SLOW: Final = 408


class Lingering:
    """The ASGI layer in front of all others: no answer ends before the body it answers has.

    A connection that closes while its other end is sending is reset, and many clients (urllib's
    among them) then see nothing of the 413. On one that stays open the server does this itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not _closes_behind_a_body(scope):
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(receive, send)
        await self._app(scope, exchange.receive, exchange.send)


def _closes_behind_a_body(scope: Scope) -> bool:
    if scope["method"] in ("GET", "HEAD"):
        return False
    headers: dict[bytes, bytes] = dict(scope["headers"])
    # Nobody sends a body before being told to go on, which reading it would do.
    if b"expect" in headers:
        return False
    is_old: bool = scope["http_version"] == "1.0"
    return is_old or headers.get(b"connection", b"").lower() == b"close"


class _Exchange:
    """One request and its answer."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._is_over = False
        self._status = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self._is_over = message["type"] != "http.request" or not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
        elif not message.get("more_body", False) and self._status >= 400:
            await self._read_rest()
        await self._send(message)

    async def _read_rest(self) -> None:
        size = 0
        try:
            async with asyncio.timeout(_MAX_SECONDS):
                while not self._is_over and self._status != _TOO_SLOW and size <= _MAX_REST:
                    size += len((await self.receive()).get("body", b""))
        except TimeoutError:
            return
