"""Badges of a workflow for READMEs: a small SVG that says it with a glyph and a word."""

import re
from hashlib import blake2b
from html import escape
from typing import Final

from fastapi import APIRouter, Request, Response
from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.boards.badges import are_public
from pulseboard.db.session import Database
from pulseboard.errors import InvalidInput, NotFound
from pulseboard.metrics import query
from pulseboard.metrics.scope import Scope
from pulseboard.model import Repository
from pulseboard.pipelines import DEFAULT_BRANCH, find_scope, require_repository
from pulseboard.pipelines.verdict import State, judge
from pulseboard.wall import words

router = APIRouter(include_in_schema=False)

_RANGE: Final = re.compile(r"([1-9]\d{0,3})([hdw])", re.ASCII)
_UNITS: Final = {"h": clock.HOUR, "d": clock.DAY, "w": 7 * clock.DAY}
_LONGEST_NAME: Final = 40
# White letters stand on each of these with a contrast of at least 7 to 1.
_COLOURS: Final = {"ok": "#0b5d55", "fail": "#9c1708", "warn": "#6b4400", "unknown": "#4a5461"}
_LABEL_COLOUR: Final = "#2b323c"
_GOOD_RATE: Final = 0.9
_FAIR_RATE: Final = 0.75
# About the width of a letter of 11 pixels; the text is then fitted to what was reckoned.
_LETTER: Final = 6.6
_WIDE_LETTER: Final = 11.5
# From here on come the scripts of East Asia.
_FIRST_WIDE: Final = "\u2e80"
_PADDING: Final = 12
_HEIGHT: Final = 20


class Says(Struct, frozen=True):
    """What a badge says: colours, glyph and words, always together."""

    family: str
    glyph: str
    text: str


_NO_DATA: Final = Says("unknown", "?", "no data")


@router.get("/badge/{path:path}.svg", response_class=Response)
def show_badge(path: str, request: Request) -> Response:
    """Show the badge of owner/name/workflow; what is not known is `unknown`, never an error."""
    database: Database = request.app.state.database
    asked = request.query_params
    with database.reading() as session:
        home, workflow = _find(session, path)
        is_public = home is not None and are_public(session, repository_id=home.id)
        if not (is_public or request.state.may_read):
            raise NotFound("There is no badge here")
        branches = [name for name in asked.getlist("branch") if name] or [DEFAULT_BRANCH]
        says = Says("unknown", "?", "unknown")
        if home is not None:
            says = _read(
                session, home, workflow, branches=branches,
                metric=asked.get("metric") or "status", last=asked.get("range") or "7d",
            )  # fmt: skip
    svg = draw_badge(workflow or path, says, is_plain=asked.get("style") == "plain").encode()
    tag = f'"{blake2b(svg, digest_size=12).hexdigest()}"'
    headers = {"Cache-Control": f"{'public' if is_public else 'private'}, max-age=60", "ETag": tag}
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(svg, media_type="image/svg+xml", headers=headers)


def _find(session: Session, path: str) -> tuple[Repository | None, str]:
    """Return the repository and the workflow that a path names; a pushed one may have no owner."""
    parts = path.split("/")
    for length in (2, 1):
        if len(parts) > length:
            try:
                home = require_repository(session, name="/".join(parts[:length]))
            except NotFound:
                continue
            return home, "/".join(parts[length:])
    return None, parts[-1]


def _read(
    session: Session,
    home: Repository,
    workflow: str,
    *,
    branches: list[str],
    metric: str,
    last: str,
) -> Says:
    try:
        scope = find_scope(
            session, demo=home.demo, repositories=[str(home.id)], workflows=[workflow],
            branches=branches,
        )  # fmt: skip
    except InvalidInput:
        return Says("unknown", "?", "unknown branch")
    if scope.impossible:
        return Says("unknown", "?", "unknown")
    if metric == "status":
        return _status(session, scope)
    match = _RANGE.fullmatch(last)
    if match is None:
        return Says("unknown", "?", "unknown range")
    now = clock.now()
    window = query.Window(now - int(match[1]) * _UNITS[match[2]], now)
    totals = query.totals(session, scope=scope, window=window)
    if metric == "success_rate":
        return _success_rate(totals)
    if metric == "duration":
        spread = query.percentiles(session, scope=scope, window=window, counted=totals)
        is_known = spread.p50 is not None
        return Says("unknown", "◷", words.duration(spread.p50)) if is_known else _NO_DATA
    # Which jobs are flaky is not known to this version.
    return Says("unknown", "?", "unknown")


def _status(session: Session, scope: Scope) -> Says:
    verdict = judge(session, scope=scope, at=clock.now())
    match verdict.state:
        case State.GREEN:
            return Says("ok", "✓", "passing")
        case State.RED | State.RECOVERING:
            since = verdict.red[0].since if verdict.red else None
            lasting = f" since {_roughly(verdict.at - since)}" if since is not None else ""
            return Says("fail", "✕", f"failing{lasting}")
        case State.STALE:
            return Says("unknown", "?", "nothing heard for days")
        case State.EMPTY:
            return _NO_DATA


def _roughly(micros: int) -> str:
    """Write how long something has lasted in its greatest unit: a badge is read much later."""
    for unit, size in (("d", clock.DAY), ("h", clock.HOUR), ("min", clock.MINUTE)):
        if micros >= size:
            return f"{micros // size} {unit}"
    return "just now"


def _success_rate(totals: query.Totals) -> Says:
    share = totals.success_rate
    if share is None:
        return _NO_DATA
    text = words.percent(totals.success, totals.finished)
    if share >= _GOOD_RATE:
        return Says("ok", "✓", text)
    return Says("warn", "~", text) if share >= _FAIR_RATE else Says("fail", "✕", text)


def draw_badge(name: str, says: Says, *, is_plain: bool = False) -> str:
    """Draw a badge as SVG; `is_plain` has square corners."""
    shown = "".join(letter for letter in name if letter.isprintable())
    if len(shown) > _LONGEST_NAME:
        shown = shown[: _LONGEST_NAME - 1] + "…"
    label, text = escape(shown), escape(f"{says.glyph} {says.text}")
    left, right = _width(shown), _width(f"{says.glyph} {says.text}")
    radius = 0 if is_plain else 3
    whole = left + right
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="{_HEIGHT}" role="img"'
        f' aria-label="{label}: {text}"><title>{label}: {text}</title>'
        f'<clipPath id="c"><rect width="{whole}" height="{_HEIGHT}" rx="{radius}"/></clipPath>'
        f'<g clip-path="url(#c)"><rect width="{left}" height="{_HEIGHT}" fill="{_LABEL_COLOUR}"/>'
        f'<rect x="{left}" width="{right}" height="{_HEIGHT}" fill="{_COLOURS[says.family]}"/></g>'
        '<g fill="#fff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11">'
        f"{_text(label, 0, left)}{_text(text, left, right)}</g></svg>"
    )


def _text(escaped: str, start: int, width: int) -> str:
    inner = width - _PADDING
    return (
        f'<text x="{start + _PADDING // 2}" y="14" textLength="{inner}"'
        f' lengthAdjust="spacingAndGlyphs">{escaped}</text>'
    )


def _width(text: str) -> int:
    letters = (_WIDE_LETTER if letter >= _FIRST_WIDE else _LETTER for letter in text)
    return round(sum(letters)) + _PADDING
