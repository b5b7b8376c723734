"""Serves the dashboard: one page for all its addresses, and the files it is made of."""

import html
import secrets
from collections.abc import Callable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from pulseboard.errors import NotFound

BUILT: Final[Traversable] = files("pulseboard.screen") / "built"
# The addresses the application knows (web/src/routes/router.tsx); any other is nobody's.
ADDRESSES: Final = (
    "/",
    "/overview",
    "/runs",
    "/runs/{run_id}",
    "/runs/{run_id}/jobs/{job_id}",
    "/search",
    "/grid",
    "/w/{owner}/{repo}",
    # The name of a workflow may hold a slash, and ASGI hands the path over decoded.
    "/w/{owner}/{repo}/{workflow:path}",
    "/v/{view}",
    "/alerts",
    "/alerts/rules",
    "/alerts/rules/{rule_id}",
    "/alerts/channels",
    "/alerts/messages",
    "/alerts/{alert_id}",
    "/welcome",
    "/settings",
    "/settings/{section}",
)
_HEAD: Final = "<!--pulseboard:boot-->"
_TITLE: Final = "<title>Pulseboard</title>"
# The best first; a file may lie in any of these beside its plain form.
_ENCODINGS: Final = (("br", ".br"), ("gzip", ".gz"))
_TYPES: Final = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
# The name of a built file holds a hash of its content.
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_FOR_A_WHILE: Final = "public, max-age=300"


def make_router(built: Traversable, *, boot: Callable[[str], str]) -> APIRouter | None:
    """Return the dashboard's routes; None when it was not built (there was no Node.js).

    `boot` takes the path of an address and returns the JSON that its page begins with.
    """
    page = read_page(built)
    if page is None:
        return None
    router = APIRouter(include_in_schema=False)

    def show_page(request: Request) -> HTMLResponse:
        title = request.app.state.settings.title
        return answer_page(page, title=title, boot=boot(request.url.path))

    for address in ADDRESSES:
        router.add_api_route(address, show_page, methods=["GET"], response_class=HTMLResponse)
    assets = built / "assets"
    known = {item.name: item for item in assets.iterdir()} if assets.is_dir() else {}

    @router.get("/assets/{name}")
    def show_file(request: Request, name: str) -> Response:
        if name not in known or name.rpartition(".")[2] not in _TYPES:
            raise NotFound(f"There is no file {name!r} here; load the page again")
        return _answer_file(known, name, accepted=request.headers.get("accept-encoding", ""))

    @router.get("/favicon.svg")
    def show_icon() -> Response:
        headers = {"Cache-Control": _FOR_A_WHILE}
        icon = (built / "favicon.svg").read_bytes()
        return Response(icon, media_type=_TYPES["svg"], headers=headers)

    return router


def read_page(built: Traversable) -> str | None:
    """Return the page as it was built; None when it was not."""
    built_page = built / "index.html"
    return built_page.read_text(encoding="utf-8") if built_page.is_file() else None


def answer_page(page: str, *, title: str, boot: str) -> HTMLResponse:
    """Answer with the page; the dialogs' own style element is let in by a nonce of its own."""
    nonce = secrets.token_urlsafe(16)
    # A title of somebody's commit may hold what would end the element.
    data = boot.replace("<", "\\u003c")
    head = (
        f'<meta name="csp-nonce" content="{nonce}" />'
        f'<script type="application/json" id="boot">{data}</script>'
    )
    policy = (
        "default-src 'none'; script-src 'self'; img-src 'self' data:; font-src 'self';"
        f" style-src 'self' 'nonce-{nonce}'; connect-src 'self'; base-uri 'none';"
        " form-action 'self'; frame-ancestors 'none'"
    )
    return HTMLResponse(
        page.replace(_TITLE, f"<title>{html.escape(title)}</title>").replace(_HEAD, head),
        headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"},
    )


def _answer_file(known: dict[str, Traversable], name: str, *, accepted: str) -> Response:
    headers = {"Cache-Control": _FOR_EVER, "Vary": "Accept-Encoding"}
    stored = name
    for encoding, ending in _ENCODINGS:
        if encoding in accepted and name + ending in known:
            headers["Content-Encoding"] = encoding
            stored = name + ending
            break
    kind = _TYPES[name.rpartition(".")[2]]
    return Response(known[stored].read_bytes(), media_type=kind, headers=headers)
