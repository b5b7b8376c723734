"""ETags for what is polled: an unchanged answer costs 304 and no body."""

import re
from hashlib import blake2b
from typing import Any, Final

from starlette.datastructures import MutableHeaders

# What changes with every second, or is no document, has no use for one.
_WITHOUT: Final = ("/health", "/metrics", "/ws/", "/static/", "/api/v1/settings/retention/")
_MAX_BODY: Final = 4 * 1024 * 1024
# When the answer was made, and where a window that ends now lies, change with every request. A
# weak tag stands for what the answer says about the runs. Only behind a number are `from` and `to`
# the ends of such a window: those of planned work are what the answer is about.
_VOLATILE: Final = re.compile(
    rb'"(?:as_of|server_time|window_start|window_end)":"[^"]*"|"lag_(?:s|seconds)":\d+'
    rb'|("denominator":(?:\d+|null)),"from":"[^"]*","to":"[^"]*"'
)


def is_same(wanted: str, tag: str) -> bool:
    """Say whether a value of If-None-Match names a tag; here weak and strong are all one."""
    named = {one.strip().removeprefix("W/") for one in wanted.split(",")}
    return tag.removeprefix("W/") in named or "*" in named


class EntityTags:
    """The ASGI layer that adds a weak ETag to JSON answered to GET; its match is answered 304."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve one request."""
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or scope["path"].startswith(_WITHOUT)
        ):
            await self._app(scope, receive, send)
            return
        wanted = dict(scope["headers"]).get(b"if-none-match", b"").decode("latin-1")
        await self._app(scope, receive, _Tagging(send, wanted))


class _Tagging:
    """Holds the start of an answer back until its body is there."""

    def __init__(self, send: Any, wanted: str) -> None:
        self._send = send
        self._wanted = wanted
        self._start: Any = None

    async def __call__(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            if message["status"] == 200 and "json" in headers.get("content-type", ""):
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        start, self._start = self._start, None
        if message.get("more_body") or len(message.get("body", b"")) > _MAX_BODY:
            await self._send(start)
            await self._send(message)
            return
        await self._answer(start, message.get("body", b""))

    async def _answer(self, start: Any, body: bytes) -> None:
        said = _VOLATILE.sub(rb"\1", body)
        tag = f'W/"{blake2b(said, digest_size=12).hexdigest()}"'
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["etag"] = tag
        headers.setdefault("cache-control", "no-cache")
        status = 200
        if is_same(self._wanted, tag):
            status, body = 304, b""
            del headers["content-length"]
        await self._send({**start, "status": status, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})
