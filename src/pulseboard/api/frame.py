"""What surrounds every request: its id, the headers of its answer, its line in the journal."""

import asyncio
import time
from typing import Final
from urllib.parse import quote

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pulseboard.api.problems import answer_problem, request_id_of, stopping
from pulseboard.api.texts import NUL, nul_in_address

_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
}
# A person who follows an odd link is shown a page, a program is told what is wrong.
_FOR_PROGRAMS: Final = ("/api/", "/webhook/", "/ws/")
_REPLACEMENT: Final = "\ufffd"
# Asked for every few seconds by whoever watches the server.
_QUIET: Final = frozenset({"/health", "/health/live", "/metrics"})
_log = structlog.get_logger("pulseboard.request")


class Frame:
    """The outermost ASGI layer: nothing about a request is said twice further in."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answering = _Answering(scope, send)
        wrong = nul_in_address(scope["path"], scope.get("query_string", b""))
        if wrong is not None and scope["path"].startswith(_FOR_PROGRAMS):
            await answer_problem(scope, wrong)(scope, receive, answering)
            return
        if wrong is not None:
            scope = _without_nuls(scope)
        # HEAD is answered like GET: the server leaves the body out, as it knows the method itself.
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        query = _without_blanks(scope.get("query_string", b""))
        try:
            inner = {**scope, "method": method, "query_string": query}
            await self._app(inner, receive, answering)
        except asyncio.CancelledError:
            # Nothing but the end of the server does that, while the database keeps it waiting.
            if answering.has_begun:
                raise
            await answer_problem(scope, stopping())(scope, receive, answering)
        finally:
            answering.note()


def _without_nuls(scope: Scope) -> Scope:
    """Write a NUL as browsers show it: no name has the sign, and every database takes it."""
    path = scope["path"].replace(NUL, _REPLACEMENT)
    query = scope.get("query_string", b"").replace(b"%00", quote(_REPLACEMENT).encode())
    return {**scope, "path": path, "query_string": query}


def _without_blanks(query: bytes) -> bytes:
    """Leave out names without a value: `?repo=&limit=20`, as forms send it, means `?limit=20`."""
    if b"=&" not in query and not query.endswith(b"="):
        return query
    return b"&".join(part for part in query.split(b"&") if part.partition(b"=")[2])


class _Answering:
    """Adds what every answer carries and remembers what the journal wants to know."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._scope = scope
        self._send = send
        self._began = time.perf_counter()
        self._status: int | None = None
        # Made here, so that everything further in shares it.
        self._request_id = request_id_of(scope)

    @property
    def has_begun(self) -> bool:
        """Whether the answer is on its way already."""
        return self._status is not None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            headers = MutableHeaders(raw=list(message.get("headers", ())))
            headers["x-request-id"] = self._request_id
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            message = {**message, "headers": headers.raw}
        await self._send(message)

    def note(self) -> None:
        """Write the line of the journal: never a query value, a header or a body."""
        scope = self._scope
        level = _log.debug if scope["path"] in _QUIET else _log.info
        delivery = scope["state"].get("delivery_id")
        level(
            "request",
            request_id=self._request_id,
            method=scope["method"],
            path=scope["path"],
            status=self._status,
            ms=round((time.perf_counter() - self._began) * 1000, 1),
            **({} if delivery is None else {"delivery_id": delivery}),
        )
