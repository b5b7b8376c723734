"""What a wall shows: the headline and the tiles, cut into pages that fit a screen."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from pulseboard.pipelines.reds import Red
from pulseboard.pipelines.verdict import State, Verdict
from pulseboard.wall import words

_SHORT: Final = 7


class Tile(Struct, frozen=True):
    """One field of the wall; `family` chooses its colours."""

    family: str
    shape: str
    name: str
    state: str
    more: str
    # Where it belongs, on a line of its own: beside it the name would have to be cut.
    home: str = ""


class Headline(Struct, frozen=True):
    """The answer in a few words."""

    family: str
    shape: str
    text: str


class Picture(Struct, frozen=True):
    """One screen after the other, with the same headline above."""

    headline: Headline
    pages: Sequence[Sequence[Tile]]
    # What is wrong with the data itself; None when nothing is.
    warning: str | None


def draw(verdict: Verdict, *, zone: ZoneInfo, tiles: int, hides_names: bool) -> Picture:
    """Draw a verdict with at most so many tiles to a page."""
    warning = None
    if verdict.is_silent and verdict.last_event_at is not None:
        silent = words.span(verdict.at - verdict.last_event_at)
        warning = f"NO DATA FOR {silent}"
    found = _tiles(verdict, zone=zone, hides_names=hides_names)
    pages = _cut(found, tiles, unlisted=verdict.failing - len(verdict.red))
    return Picture(_headline(verdict), pages, warning)


def _headline(verdict: Verdict) -> Headline:
    count = f"{verdict.failing} of {verdict.total}"
    match verdict.state:
        case State.STALE:
            return Headline("stale", "question", "Nothing heard")
        case State.EMPTY:
            return Headline("stale", "dash", "No finished run yet")
        case State.GREEN:
            return Headline("ok", "check", f"all {verdict.total} green")
        case State.RECOVERING:
            return Headline("run", "ring", f"{count} red, fix running")
        case State.RED:
            return Headline("fail", "cross", f"{count} red")


def _tiles(verdict: Verdict, *, zone: ZoneInfo, hides_names: bool) -> list[Tile]:
    """Return red ones first, red longest at the top, then running fixes, then all greens as one."""
    reds = [_red_tile(red, zone, verdict.at, hides_names=hides_names) for red in verdict.red]
    order = sorted(reds, key=lambda tile: tile.family != "fail")
    green = verdict.total - verdict.failing
    if not green:
        return order
    heard = ""
    if verdict.last_event_at is not None:
        heard = f"last event {words.ago(verdict.last_event_at, at=verdict.at)}"
    return [*order, Tile("ok", "check", words.count(green, "workflow"), "GREEN", heard)]


def _red_tile(red: Red, zone: ZoneInfo, at: int, *, hides_names: bool) -> Tile:
    run = red.newest
    home = run.repository.rpartition("/")[2]
    lasting = f" {_lasting(at - red.since)}" if red.since is not None else ""
    blame = _blame(red, hides_names=hides_names)
    if red.running is not None:
        number = "" if red.running.run_number is None else f" #{red.running.run_number}"
        return Tile("run", "ring", run.workflow, f"FIX RUNNING{number}", f"red{lasting}", home)
    since = ""
    if not blame and red.since is not None:
        since = f"since {words.time_of_day(red.since, zone, at=at)}"
    return Tile("fail", "cross", run.workflow, f"FAILED{lasting}", blame or since, home)


def _lasting(micros: int) -> str:
    """Write how long something has lasted, shorter than elsewhere: a tile has little room."""
    return words.span(micros).replace(" min", " m").replace(" days", " d")


def _blame(red: Red, *, hides_names: bool) -> str:
    """Name the first bad commit, or the range when others lie untested in between."""
    bad, green = red.first_bad, red.last_green
    if bad is None or not bad.head_sha:
        return ""
    if red.untested and green is not None and green.head_sha:
        return f"{green.head_sha[:_SHORT]} … {bad.head_sha[:_SHORT]}"
    person = "" if hides_names else bad.commit_author or bad.actor
    return f"since {bad.head_sha[:_SHORT]}{f' · {person}' if person else ''}"


def _cut(found: Sequence[Tile], tiles: int, *, unlisted: int) -> list[list[Tile]]:
    """Cut tiles into pages; each of several pages ends in how many reds it does not show."""
    if len(found) <= tiles and not unlisted:
        return [list(found)]
    pages = [list(found[i : i + tiles - 1]) for i in range(0, len(found), tiles - 1)]
    reds = sum(tile.family != "ok" for tile in found) + unlisted
    for page in pages:
        hidden = reds - sum(tile.family != "ok" for tile in page)
        if hidden:
            page.append(Tile("more", "cross", f"+{words.number(hidden)} red", "", ""))
    return pages
