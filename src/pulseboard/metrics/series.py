"""Time series: a window cut into buckets of any IANA zone, exact at both ends."""

from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.clock import Granularity
from pulseboard.errors import FieldError, InvalidInput
from pulseboard.metrics.scope import Scope, Totals
from pulseboard.metrics.sums import count_parts
from pulseboard.metrics.tiers import WIDTHS, Tier, Window

MAX_BUCKETS: Final = 1000
# Parts of a longer window begin with an hour, of a shorter one with a quarter of an hour: there
# the rollups are cut.
_LONG: Final = 2 * clock.DAY
_SHORTEST: Final = {
    Granularity.HOUR: clock.HOUR,
    Granularity.DAY: clock.DAY,
    Granularity.WEEK: 7 * clock.DAY,
}
_WIDEST: Final = {
    Granularity.HOUR: Tier.HOUR,
    Granularity.DAY: Tier.DAY,
    Granularity.WEEK: Tier.DAY,
}


class Bucket(NamedTuple):
    """One bucket: its whole width in instants, and what of the window falls into it."""

    start: int
    end: int
    # False while the bucket is not over yet.
    complete: bool
    totals: Totals


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
    """Count the runs of a window bucket by bucket; empty buckets are there with zeros.

    Raises InvalidInput beyond 1,000 buckets.
    """
    edges = edges_of(window, by=by, zone=zone)
    if len(edges) < 2:
        return []
    cut = [max(window.start, edges[0]), *edges[1:-1], min(window.end, edges[-1])]
    counted = count_parts(session, scope=scope, edges=cut, widest=_WIDEST[by])
    now = clock.now()
    return [
        Bucket(start, end, end <= now, totals)
        for (start, end), totals in zip(pairwise(edges), counted, strict=True)
    ]


def equal_parts(session: Session, *, scope: Scope, window: Window, count: int) -> list[Bucket]:
    """Count the runs of a window in so many parts that are as good as equal.

    A window of less than `count` quarters of an hour has fewer.
    """
    length = window.end - window.start
    step = clock.HOUR if length >= _LONG else WIDTHS[Tier.QUARTER]
    inner = {_nearest(window.start + length * i // count, step) for i in range(1, count)}
    cut = sorted(edge for edge in inner if window.start < edge < window.end)
    widest = max(
        (tier for tier in Tier if WIDTHS[tier] <= max(length // count, WIDTHS[Tier.QUARTER])),
        key=WIDTHS.__getitem__,
    )
    edges = [window.start, *cut, window.end]
    counted = count_parts(session, scope=scope, edges=edges, widest=widest)
    shown = [window.start // step * step, *cut, -(-window.end // step) * step]
    now = clock.now()
    return [
        Bucket(start, end, end <= now, totals)
        for (start, end), totals in zip(pairwise(shown), counted, strict=True)
    ]


def _nearest(instant: int, step: int) -> int:
    return (instant + step // 2) // step * step
