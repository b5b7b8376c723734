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
from pulseboard.metrics.tiers import Tier, Window

MAX_BUCKETS: Final = 1000
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
