"""The wall: one document that a TV shows all day, readable from across the room."""

import re
import secrets
from collections.abc import Mapping
from importlib.resources import files
from math import ceil, isnan
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.boards.walls import get_wall, get_wall_of_token, repositories_of
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.errors import NotFound, Unauthorised, Unavailable
from pulseboard.metrics.scope import Scope
from pulseboard.model import Wall
from pulseboard.pipelines import find_scope, has_real_runs
from pulseboard.pipelines.verdict import judge
from pulseboard.spelling import Environment
from pulseboard.wall import words
from pulseboard.wall.tiles import Headline, Picture, draw
from pulseboard.wall.views import templates

router = APIRouter(include_in_schema=False)
# For a server whose first page is the wall.
front = APIRouter(include_in_schema=False)

_REFRESH_SECONDS: Final = 30
_TURN_SECONDS: Final = 15
# The picture moves a little now and then, so that nothing burns into a screen.
_SHIFT_EVERY: Final = 5 * clock.MINUTE
_SHIFTS: Final = 4
_LEAST_SCALE: Final = 0.8
_MOST_SCALE: Final = 1.4
# Above this scale only two rows of tiles fit.
_LARGE: Final = 1.05
_DEFAULT_COLUMNS: Final = 2
# With three columns letters are smaller: that is for the largest screens only.
_NAME_VH: Final = {1: 6.6, 2: 6.6, 3: 5.0}
_ICON_VH: Final = 15.0
_SYMBOL: Final = re.compile(r'<symbol id="s-(\w+)"[^>]*>(.*?)</symbol>')


def _read_shapes() -> dict[str, str]:
    text = (files("pulseboard.wall") / "templates" / "shapes.svg").read_text(encoding="utf-8")
    return dict(_SYMBOL.findall(text))


_shapes: Final = _read_shapes()


class Look:
    """How a screen asks for the wall; what cannot be read is as if it were not there."""

    def __init__(self, asked: Mapping[str, str], settings: Settings) -> None:
        self.scale = _number(asked.get("scale"), 1.0, low=_LEAST_SCALE, high=_MOST_SCALE)
        self.rows = 2 if self.scale > _LARGE else 3
        self._asked_columns = int(_number(asked.get("cols"), 0, low=0, high=max(_NAME_VH)))
        self.columns = self._asked_columns or _DEFAULT_COLUMNS
        self.page = int(_number(asked.get("page"), 1, low=1, high=1000)) - 1
        self.zone = clock.zone_named(asked.get("tz", "")) or settings.zone
        self.token = asked.get("t", "")
        self._kept = {name: asked[name] for name in ("scale", "cols", "tz", "t") if name in asked}

    @property
    def name_vh(self) -> float:
        """The size of names and states, in hundredths of the screen's height."""
        return round(_NAME_VH[self.columns] * self.scale, 2)

    @property
    def icon_vh(self) -> float:
        """The size of the shapes; where there is little room beside them they only get smaller."""
        scale = min(self.scale, 1.0) if self.is_narrow else self.scale
        return round(_ICON_VH * scale, 2)

    @property
    def is_narrow(self) -> bool:
        """Whether tiles have little room beside their shape."""
        return self.columns > _DEFAULT_COLUMNS

    def rows_for(self, tiles: int) -> int:
        """Return how many rows so many tiles take: a page that is not full gives them more room."""
        return ceil(tiles / self.columns)

    def choose_columns(self, columns: int) -> None:
        """Take the wall's own number of columns, unless the address has one."""
        self.columns = self._asked_columns or columns

    def address_of_page(self, number: int) -> str:
        """Return the query that shows another page in the same way."""
        return "?" + urlencode({**self._kept, "page": number + 1})


def _number(text: str | None, otherwise: float, *, low: float, high: float) -> float:
    try:
        value = float(text or otherwise)
    except ValueError:
        return otherwise
    return otherwise if isnan(value) else min(max(value, low), high)


@front.get("/", response_class=HTMLResponse)
@router.get("/wall", response_class=HTMLResponse)
def show_wall(request: Request) -> HTMLResponse:
    """Show the wall of all repositories, or the one that the token opens."""
    return _show(request, slug=None)


@router.get("/wall/{slug}", response_class=HTMLResponse)
def show_named_wall(slug: str, request: Request) -> HTMLResponse:
    """Show a named wall."""
    return _show(request, slug=slug)


def _show(request: Request, *, slug: str | None) -> HTMLResponse:
    settings: Settings = request.app.state.settings
    database: Database = request.app.state.database
    look = Look(request.query_params, settings)
    try:
        with database.reading() as session:
            wall = _find(session, slug, look.token, may_read=request.state.may_read)
            picture, name, demo = _read(session, settings, look, wall)
    except Unavailable:
        # Without JavaScript only a page that loads itself again comes back by itself.
        picture = Picture(Headline("stale", "question", "No data"), (), "THE DATABASE IS SILENT")
        return _render(settings, look, picture, settings.title, status=Unavailable.status)
    return _render(settings, look, picture, name, demo=demo)


def _find(session: Session, slug: str | None, token: str, *, may_read: bool) -> Wall | None:
    """Return the wall asked for; None is that of all repositories.

    Raises Unauthorised where only its own token opens it and for a token that does not, and
    NotFound.
    """
    opened = get_wall_of_token(session, token=token) if token else None
    wall = opened if slug is None else get_wall(session, slug=slug)
    is_opened = wall is not None and wall is opened
    # Where anybody may read, a token is needed by nobody; a wrong one was revoked or mistyped.
    if token and not is_opened:
        raise Unauthorised("This token opens nothing here: ask for the wall's new address")
    if not (may_read or is_opened):
        raise Unauthorised("This wall opens with its token: /wall/…?t=…")
    if slug is not None and wall is None:
        raise NotFound(f"There is no wall {slug!r}; /wall shows all repositories")
    return wall


def _read(
    session: Session, settings: Settings, look: Look, wall: Wall | None
) -> tuple[Picture, str, bool]:
    """Return what the wall shows, its name, and whether it is demo data."""
    demo = not has_real_runs(session)
    look.choose_columns(wall.columns if wall else _DEFAULT_COLUMNS)
    verdict = judge(session, scope=_scope_of(session, wall, demo=demo), at=clock.now())
    picture = draw(
        verdict,
        zone=look.zone,
        tiles=look.columns * look.rows,
        hides_names=wall is not None and wall.hides_names,
    )
    name = f"{settings.title} · {wall.name}" if wall else settings.title
    return picture, name, demo and verdict.total > 0


def _render(
    settings: Settings,
    look: Look,
    picture: Picture,
    name: str,
    *,
    demo: bool = False,
    status: int = 200,
) -> HTMLResponse:
    at = clock.now()
    page = look.page % max(len(picture.pages), 1)
    refresh = str(_REFRESH_SECONDS)
    if len(picture.pages) > 1:
        refresh = f"{_TURN_SECONDS};url={look.address_of_page(page + 1)}"
    nonce = secrets.token_urlsafe(16)
    environment = settings.environment
    text = templates.get_template("tv.html").render(
        picture=picture,
        page=page,
        refresh=refresh,
        nonce=nonce,
        shapes=_shapes,
        shift=at // _SHIFT_EVERY % _SHIFTS,
        zone=str(look.zone),
        time=words.local(at, look.zone).strftime("%H:%M:%S"),
        name=name,
        badge="" if environment is Environment.PROD else f"[{environment.upper()}] ",
        demo=demo,
        look=look,
    )
    return HTMLResponse(text, status, headers=_headers(nonce))


def _scope_of(session: Session, wall: Wall | None, *, demo: bool) -> Scope:
    names = repositories_of(wall) if wall else ()
    scope = find_scope(session, demo=demo, repositories=names)
    return Scope(
        repositories=scope.repositories,
        default_only=True,
        demo=demo,
        impossible=scope.impossible,
    )


def _headers(nonce: str) -> dict[str, str]:
    return {
        "Cache-Control": "no-store",
        # The address may hold a token.
        "Referrer-Policy": "no-referrer",
        "Content-Security-Policy": (
            f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}';"
            " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
    }
