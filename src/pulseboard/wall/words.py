"""Numbers, times and statuses as people read them."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from pulseboard import clock
from pulseboard.vocabulary import Status

# Narrow and unbreakable: between thousands, and between a number and its unit.
THIN: Final = "\u202f"
NOTHING: Final = "–"


class Badge(Struct, frozen=True):
    """A status as it is shown: colour family, shape and word, always together."""

    family: str
    shape: str
    word: str


_BADGES: Final = {
    Status.SUCCESS: Badge("ok", "check", "Success"),
    Status.FAILURE: Badge("fail", "cross", "Failed"),
    Status.CANCELLED: Badge("neutral", "slash", "Cancelled"),
    Status.SKIPPED: Badge("neutral", "skip", "Skipped"),
    Status.NEUTRAL: Badge("neutral", "dash", "Neutral"),
    Status.ACTION_REQUIRED: Badge("action", "hand", "Needs approval"),
    Status.RUNNING: Badge("run", "ring", "Running"),
    Status.QUEUED: Badge("run", "dots", "Queued"),
    Status.STALE: Badge("neutral", "dash", "Stale"),
    Status.UNKNOWN: Badge("neutral", "question", "Unknown"),
}
_FINER: Final = {
    "timed_out": Badge("fail", "late", "Timed out"),
    "startup_failure": Badge("fail", "bang", "Did not start"),
}


def badge_of(status: Status, conclusion: str | None) -> Badge:
    """Return how a status is shown; the provider's word makes a failure more exact."""
    if status is Status.FAILURE and conclusion in _FINER:
        return _FINER[conclusion]
    return _BADGES[status]


def number(value: int) -> str:
    """Write a count with thin spaces between thousands."""
    return f"{value:,}".replace(",", THIN)


def count(value: int, noun: str) -> str:
    """Write how many there are of something.

    >>> count(1, "run"), count(2, "run")
    ('1 run', '2 runs')
    """
    return f"{number(value)} {noun if value == 1 else noun + 's'}"


def percent(part: int, whole: int) -> str:
    """Write a share with one decimal; 100 only when it is all of it.

    >>> percent(1999, 2000)
    '99.9\\u202f%'
    """
    if whole == 0:
        return NOTHING
    tenths = round(1000 * part / whole)
    if part != whole:
        tenths = min(tenths, 999)
    text = f"{tenths / 10:.1f}" if tenths != 1000 else "100"
    return f"{text}{THIN}%"


def duration(micros: float | None) -> str:
    """Write how long something took: 0.8s, 48s, 7m 48s, 1h 04m."""
    if micros is None:
        return NOTHING
    seconds = micros / clock.SECOND
    if seconds < 9.95:
        return f"{seconds:.1f}s" if seconds else "0s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    minutes = round(seconds / 60)
    return f"{minutes // 60}h {minutes % 60:02d}m"


def span(micros: int) -> str:
    """Write how long something has lasted, in its two greatest units."""
    minutes = max(micros, 0) // clock.MINUTE
    days, hours = minutes // 1440, minutes // 60 % 24
    if days >= 7:
        return f"{days} days"
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min"


def ago(instant: int, *, at: int) -> str:
    """Write how long ago an instant was."""
    seconds = (at - instant) // clock.SECOND
    if seconds < 5:
        return "just now"
    if seconds < 90:
        return f"{seconds} s ago"
    if seconds < 90 * 60:
        return f"{seconds // 60} min ago"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h ago"
    return f"{seconds // 86_400} days ago"


def local(instant: int, zone: ZoneInfo) -> datetime:
    """Return an instant on the wall clock of a zone."""
    return clock.to_datetime(instant).astimezone(zone)


def time_of_day(instant: int, zone: ZoneInfo, *, at: int) -> str:
    """Write the time, with the day when it is not today's."""
    then, now = local(instant, zone), local(at, zone)
    if then.date() == now.date():
        return f"{then:%H:%M}"
    if then.year == now.year:
        return f"{then.day} {then:%b %H:%M}"
    return f"{then.day} {then:%b %Y}"


def full_time(instant: int, zone: ZoneInfo) -> str:
    """Write day, time and zone in full."""
    then = local(instant, zone)
    return f"{then:%a} {then.day} {then:%b %Y, %H:%M:%S} {then.tzname()}"


def day_name(instant: int, zone: ZoneInfo) -> str:
    """Write the day a bucket stands for."""
    then = local(instant, zone)
    return f"{then:%a} {then.day} {then:%b}"
