"""The only place that asks what time it is, and the arithmetic of instants and bucket edges.

An instant is a whole number of microseconds since 1970-01-01T00:00:00Z everywhere inside
Pulseboard (tables, records, rollups); aware datetimes appear only where people or JSON are met.
"""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Granularity(StrEnum):
    """The width of the buckets of a time series."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


def now() -> int:
    """Return the present instant."""
    return time.time_ns() // 1000


def to_instant(moment: datetime) -> int:
    """Turn an aware datetime into an instant, exactly (no floating point on the way)."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


def to_datetime(instant: int) -> datetime:
    """Turn an instant into an aware UTC datetime."""
    return EPOCH + timedelta(microseconds=instant)


def to_iso(instant: int) -> str:
    """Write an instant as ISO 8601 UTC with `Z`, with fractions only where there are any.

    >>> to_iso(0)
    '1970-01-01T00:00:00Z'
    >>> to_iso(1_500_000)
    '1970-01-01T00:00:01.500Z'
    """
    fraction = instant % SECOND
    spec = "seconds" if not fraction else "microseconds" if fraction % 1000 else "milliseconds"
    return to_datetime(instant).replace(tzinfo=None).isoformat(timespec=spec) + "Z"


def zone_named(name: str) -> ZoneInfo | None:
    """Return the IANA zone of that name, or None when there is none."""
    try:
        return ZoneInfo(name) if name in available_timezones() else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def bucket_edges(start: int, end: int, *, by: Granularity, zone: ZoneInfo) -> list[int]:
    """Return the rising edges of the buckets that cover [start, end) in that zone.

    The first edge is at or before start and the last at or after end, so n buckets have n + 1
    edges. Days and weeks follow the wall clock: a day on which clocks change has 23 or 25 hours,
    weeks begin on Monday. Hours begin when the wall clock shows a full hour, so the one in which a
    zone changes its offset by 30 minutes lasts 90.
    """
    edges: list[int] = []
    for edge in _walk(start, by=by, zone=zone):
        edges.append(edge)
        if edge >= end:
            return edges
    return edges


def buckets(start: int, end: int, *, by: Granularity, zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    """Yield the [from, to) pairs of `bucket_edges`."""
    return pairwise(bucket_edges(start, end, by=by, zone=zone))


def _walk(start: int, *, by: Granularity, zone: ZoneInfo) -> Iterator[int]:
    local = to_datetime(start).astimezone(zone)
    if by is Granularity.HOUR:
        edge = _full_hour(start, zone)
        while True:
            yield edge
            edge = _next_hour(edge, zone)
    # A midnight that comes twice is the first of the two.
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None, fold=0)
    step = timedelta(days=1)
    if by is Granularity.WEEK:
        midnight -= timedelta(days=midnight.weekday())
        step = timedelta(days=7)
    while True:
        yield to_instant(midnight.replace(tzinfo=zone).astimezone(UTC))
        midnight += step


def _full_hour(instant: int, zone: ZoneInfo) -> int:
    """Go back to the wall clock's last full hour, past a change of offset by less than an hour."""
    while True:
        local = to_datetime(instant).astimezone(zone)
        past = (local.minute * 60 + local.second) * SECOND + local.microsecond
        if not past:
            return instant
        instant -= past


def _next_hour(edge: int, zone: ZoneInfo) -> int:
    """Step one hour, and on to the full hour where an offset changes by half of one."""
    following = edge + HOUR
    local = to_datetime(following).astimezone(zone)
    return following + -local.minute % 60 * MINUTE
