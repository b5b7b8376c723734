"""What a person sees where a program gets a problem as JSON: a page that says it and leads on."""

import secrets
from collections.abc import Callable
from html import escape
from typing import Final

import msgspec
from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pulseboard.errors import NO_SUCH_ADDRESS

_PROBLEM: Final = "application/problem+json"
# What lies below is for programs, whoever asks.
_FOR_PROGRAMS: Final = ("/api/", "/webhook/", "/ws/", "/assets/", "/static/")
# What lies below is drawn by the server, for screens and READMEs without the dashboard.
_WITHOUT_DASHBOARD: Final = ("/wall/", "/badge/", "/health/", "/docs/", "/metrics/")
_STYLE: Final = """\
:root{color-scheme:light dark;--ground:#f6f7f9;--ink:#1a1f26;--ink-2:#4d5765;--line:#c3cad4}
@media (prefers-color-scheme:dark){
:root{--ground:#12161c;--ink:#e8ecf1;--ink-2:#a9b4c2;--line:#3d4854}}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:36rem;margin:0 auto;padding:12vh 1.5rem 3rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
p{margin:0 0 1.25rem;overflow-wrap:anywhere}
small{color:var(--ink-2)}
form,nav{display:flex;flex-wrap:wrap;gap:.5rem;margin:0 0 1.25rem}
input,button,a{font:inherit;color:inherit;border:1px solid var(--line);border-radius:6px;
padding:.375rem .75rem;background:none;min-height:1.5rem}
input{flex:1 1 14rem;min-width:0}
a{text-decoration:none}
a:hover,button:hover{border-color:currentColor}
:focus-visible{outline:2px solid;outline-offset:2px}
"""


class _Problem(Struct):
    """The parts of a problem that a person wants to read."""

    title: str
    detail: str
    request_id: str


class ForPeople:
    """The ASGI layer that answers a browser's address bar with a page instead of a problem.

    `dashboard` makes the dashboard's page for a path: it says itself that nothing is there, with
    everything around that leads on. None when it was not built.
    """

    def __init__(
        self, app: ASGIApp, *, title: str, dashboard: Callable[[str], HTMLResponse] | None
    ) -> None:
        self._app = app
        self._title = title
        self._dashboard = dashboard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and _is_persons(scope):
            path = scope["path"]
            # Only where the router of the dashboard decides: a wall has its own visitors.
            is_drawn_elsewhere = f"{path}/".startswith(_WITHOUT_DASHBOARD)
            dashboard = None if is_drawn_elsewhere else self._dashboard
            translating = _Translating(send, path=path, title=self._title, dashboard=dashboard)
            await self._app(scope, receive, translating)
        else:
            await self._app(scope, receive, send)


def _is_persons(scope: Scope) -> bool:
    """Say whether a browser asks for something to show, and not a program for data."""
    if scope["method"] not in ("GET", "HEAD") or f"{scope['path']}/".startswith(_FOR_PROGRAMS):
        return False
    return "text/html" in Headers(scope=scope).get("accept", "")


class _Translating:
    """Holds a problem back until it is whole, and sends the page that says the same."""

    def __init__(
        self,
        send: Send,
        *,
        path: str,
        title: str,
        dashboard: Callable[[str], HTMLResponse] | None,
    ) -> None:
        self._send = send
        self._path = path
        self._title = title
        self._dashboard = dashboard
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if Headers(raw=message["headers"]).get("content-type") == _PROBLEM:
                self._start = message
                return
        elif self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._send_page(self._start)
            return
        await self._send(message)

    async def _send_page(self, start: Message) -> None:
        problem = msgspec.json.decode(self._body, type=_Problem)
        if self._dashboard is not None and problem.detail == NO_SUCH_ADDRESS:
            page = await run_in_threadpool(self._dashboard, self._path)
        else:
            page = _answer(problem, of=self._title)
        headers = MutableHeaders(raw=list(start["headers"]))
        headers.update(page.headers)
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": page.body})


def _answer(problem: _Problem, *, of: str) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    )
    return HTMLResponse(
        draw(problem.title, problem.detail, problem.request_id, of=of, nonce=nonce),
        headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"},
    )


def draw(title: str, detail: str, request_id: str, *, of: str, nonce: str) -> bytes:
    """Return the page of a problem; `of` is the name of the dashboard."""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)} — {escape(of)}</title>
<style nonce="{nonce}">{_STYLE}</style></head>
<body><main><h1>{escape(title)}</h1><p>{escape(detail)}</p>
<form action="/runs" role="search"><input name="q" type="search" aria-label="Find a run"
 placeholder="A title, a branch or a run number"><button>Find a run</button></form>
<nav aria-label="Ways on"><a href="/">Overview</a><a href="/runs">All runs</a></nav>
<small>Request {escape(request_id)}</small></main></body></html>
""".encode()
