"""Time series: a window cut into buckets of any IANA zone, exact at both ends."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.clock import Granularity
from pulseboard.errors import FieldError, InvalidInput
from pulseboard.metrics.scope import Scope, Totals, fetch, segment_sql, totals_of
from pulseboard.metrics.tiers import WIDTHS, Segment, Tier, Window, cover

MAX_BUCKETS: Final = 1000
_SHORTEST: Final = {
    Granularity.HOUR: clock.HOUR,
    Granularity.DAY: clock.DAY,
    Granularity.WEEK: 7 * clock.DAY,
}


class Bucket(NamedTuple):
    """One bucket: its whole width in instants, and what of the window falls into it."""

    start: int
    end: int
    # False while the bucket is not over yet.
    complete: bool
    totals: Totals


class Stretch(NamedTuple):
    """Buckets of equal width: [start, end) cut every `width`, the first being number `first`."""

    start: int
    end: int
    width: int
    first: int


def edges_of(window: Window, *, by: Granularity, zone: ZoneInfo) -> list[int]:
    """Return the bucket edges that cover a window. Raises InvalidInput beyond 1,000 buckets."""
    # Cheaply first: a window of a thousand years must not be walked hour by hour.
    if window.end - window.start <= (MAX_BUCKETS + 1) * _SHORTEST[by]:
        edges = clock.bucket_edges(window.start, window.end, by=by, zone=zone)
        if len(edges) - 1 <= MAX_BUCKETS:
            return edges
    message = f"gives more than {MAX_BUCKETS} buckets; choose a wider one or a shorter window"
    raise InvalidInput(
        f"Grouping this window by {by} {message}", errors=(FieldError("group_by", message),)
    )


def series(
    session: Session, *, scope: Scope, window: Window, by: Granularity, zone: ZoneInfo
) -> list[Bucket]:
    """Count the runs of a window bucket by bucket; empty buckets are there with zeros."""
    edges = edges_of(window, by=by, zone=zone)
    counted = [Totals()] * (len(edges) - 1)
    for part in _parts(scope, window, edges):
        for bucket, *counts in fetch(session, part, scope):
            counted[bucket] = counted[bucket].plus(totals_of(counts))
    now = clock.now()
    return [
        Bucket(start, end, end <= now, totals)
        for (start, end), totals in zip(pairwise(edges), counted, strict=True)
    ]


def _parts(scope: Scope, window: Window, edges: list[int]) -> Iterator[str]:
    """Yield statements that give (bucket number, *COUNT_COLUMNS) and together cover the window."""
    for stretch in stretches(edges):
        part = Window(max(stretch.start, window.start), min(stretch.end, window.end))
        fitting = [tier for tier in scope.tiers if WIDTHS[tier] <= stretch.width]
        # The widest tier on whose edges all edges of these buckets fall, and what is finer.
        usable = fitting[sum(not _fits(tier, stretch) for tier in fitting) :]
        too_wide = fitting[: len(fitting) - len(usable)]
        for segment in cover(part, usable):
            if usable and too_wide and segment.tier is usable[0]:
                yield from _mixed(scope, segment, stretch, wider=too_wide[-1])
            else:
                yield _grouped(scope, segment, stretch)


def stretches(edges: list[int]) -> Iterator[Stretch]:
    """Join neighbouring buckets of equal width: a year of days is three of them, cut where clocks
    change."""
    first = 0
    for i in range(1, len(edges)):
        width = edges[first + 1] - edges[first]
        if i + 1 == len(edges) or edges[i + 1] - edges[i] != width:
            yield Stretch(edges[first], edges[i], width, first)
            first = i


def _number_sql(column: str, stretch: Stretch) -> str:
    return f"{stretch.first} + ({column} - {stretch.start}) / {stretch.width}"


def _fits(tier: Tier, stretch: Stretch) -> bool:
    width = WIDTHS[tier]
    return stretch.start % width == 0 and stretch.width % width == 0


def _mixed(scope: Scope, segment: Segment, stretch: Stretch, *, wider: Tier) -> Iterator[str]:
    """Read most of a segment from a wider tier, and the rest from its own.

    A day in Kathmandu is 23 whole hours of ours and an hour cut in two: reading the hours and the
    few quarters of the cut ones is a quarter of the rows.
    """
    width = WIDTHS[wider]
    first, last = -(-segment.start // width) * width, segment.end // width * width
    if first >= last or 2 * width > stretch.width:
        yield _grouped(scope, segment, stretch)
        return
    whole = f"(start - {stretch.start}) % {stretch.width} <= {stretch.width - width}"
    yield _grouped(scope, Segment(wider, first, last), stretch, where=f" AND {whole}")
    finer = WIDTHS[segment.tier] if segment.tier is not None else width
    # Named one by one they are found by key; a condition on them would read every row.
    cut = {
        (edge // width) * width + part
        for edge in range(stretch.start, stretch.end + 1, stretch.width)
        if edge % width
        for part in range(0, width, finer)
    }
    listed = ", ".join(map(str, sorted(cut)))
    if listed:
        where = f" AND start IN ({listed})"
        yield _grouped(scope, Segment(segment.tier, first, last), stretch, where=where)
    for start, end in ((segment.start, first), (last, segment.end)):
        if start < end:
            yield _grouped(scope, Segment(segment.tier, start, end), stretch)


def _grouped(scope: Scope, segment: Segment, stretch: Stretch, *, where: str = "") -> str:
    column = "created_at" if segment.tier is None else "start"
    number = f"{stretch.first} + ({column} - {stretch.start}) / {stretch.width}"
    return segment_sql(scope, segment, columns=f"{number},", where=where)
