"""The front page until the dashboard's own application exists, and the files it needs."""

import re
from collections.abc import Mapping
from hashlib import blake2b
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from pulseboard import __version__, clock
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.errors import NotFound, PulseboardError
from pulseboard.wall import words
from pulseboard.wall.page import read_page

router = APIRouter()
_static = APIRouter()

_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_FOR_A_WHILE: Final = "public, max-age=300"
_HOST: Final = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


def _read_assets() -> dict[str, bytes]:
    folder = files("pulseboard.wall") / "static"
    return {
        item.name: item.read_bytes()
        for item in folder.iterdir()
        if item.name.endswith(tuple(_TYPES))
    }


_assets: Final = _read_assets()
_versions: Final = {
    name: blake2b(content, digest_size=6).hexdigest() for name, content in _assets.items()
}


def _asset(name: str) -> str:
    """Return the address of a file; it changes with the content, so it can be kept for ever."""
    return f"/static/{name}?v={_versions[name]}"


def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("pulseboard.wall"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["asset"] = _asset
    made.filters.update(
        iso=clock.to_iso, ago=words.ago, full_time=words.full_time, time_of_day=words.time_of_day
    )
    return made


templates: Final = _environment()


@router.get("/overview", response_class=HTMLResponse, include_in_schema=False)
@router.get("/", response_class=HTMLResponse, include_in_schema=False)
def show_front_page(request: Request) -> HTMLResponse:
    """Show whether main is green, the numbers of the week and the latest runs."""
    settings: Settings = request.app.state.settings
    database: Database = request.app.state.database
    try:
        with database.reading() as session:
            page = read_page(session, zone=settings.zone, at=clock.now())
    except PulseboardError as error:
        return render("trouble.html", settings, {"demo": False, "error": error}, error.status)
    if page.is_empty:
        commands = _commands(request, settings)
        return render("welcome.html", settings, {"demo": False, "page": page, **commands})
    return render("overview.html", settings, {"demo": page.demo, "page": page})


def render(
    template: str, settings: Settings, values: Mapping[str, object], status: int = 200
) -> HTMLResponse:
    """Answer with a page made of a template."""
    text = templates.get_template(template).render(
        title=settings.title,
        environment=str(settings.environment),
        version=__version__,
        **values,
    )
    return HTMLResponse(text, status, headers={"Cache-Control": "no-cache"})


def _commands(request: Request, settings: Settings) -> dict[str, object]:
    """Return the commands by which runs can arrive, with this server's address filled in."""
    host = request.headers.get("host", "")
    base = f"{request.url.scheme}://{host if _HOST.fullmatch(host) else 'localhost:8000'}"
    credential = ' \\\n  -H "Authorization: Bearer $PULSEBOARD_INGEST_TOKEN"'
    return {
        "has_secret": bool(settings.webhook_secrets),
        "push": (
            f"curl -X POST {base}/api/events/run{credential if settings.ingest_token else ''} \\\n"
            "  -H 'Content-Type: application/json' \\\n"
            '  -d \'{"pipeline": "web", "status": "success",\n'
            '       "duration_sec": 73, "branch": "main"}\''
        ),
        "import": (
            "gh api --paginate \\\n"
            "  'repos/OWNER/REPO/actions/runs?per_page=100' \\\n"
            "  > runs.json\n"
            "pulseboard import runs.json"
        ),
        "webhook": (
            "gh api repos/OWNER/REPO/hooks -f name=web \\\n"
            "  -f 'events[]=workflow_run' \\\n"
            "  -f 'events[]=workflow_job' \\\n"
            f"  -f 'config[url]={base}/webhook/github' \\\n"
            "  -f 'config[content_type]=json' \\\n"
            '  -f "config[secret]=$GITHUB_WEBHOOK_SECRET"'
        ),
        "try_demo": "pulseboard demo load",
    }


def mount_static(app: FastAPI) -> None:
    """Serve the front page's files under /static/."""
    app.include_router(_static)


@_static.get("/static/{name}", include_in_schema=False)
def show_asset(name: str, v: str = "") -> Response:
    """Serve a file of the front page; under its own version it may be kept for ever."""
    if name not in _assets:
        raise NotFound(f"There is no file {name!r} here")
    kind = _TYPES["." + name.rpartition(".")[2]]
    keep = _FOR_EVER if v == _versions[name] else _FOR_A_WHILE
    return Response(_assets[name], media_type=kind, headers={"Cache-Control": keep})
