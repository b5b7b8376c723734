"""The widths of the buckets that counts are kept in, and how a window is covered by them (pure)."""

from collections.abc import Sequence
from enum import IntEnum
from typing import Final, NamedTuple

from pulseboard.clock import DAY, HOUR, MINUTE


class Tier(IntEnum):
    """A width; the number is what the tables hold."""

    QUARTER = 0
    HOUR = 1
    DAY = 2
    BLOCK = 3


WIDTHS: Final = {
    # Every zone's offset is a multiple of 15 minutes, so a day of any zone ends on a quarter.
    Tier.QUARTER: 15 * MINUTE,
    Tier.HOUR: HOUR,
    Tier.DAY: DAY,
    Tier.BLOCK: 30 * DAY,
}
FLEET_TIERS: Final = (Tier.BLOCK, Tier.DAY, Tier.HOUR, Tier.QUARTER)
FLEET_BIN_TIERS: Final = (Tier.BLOCK, Tier.DAY, Tier.HOUR)
WORKFLOW_TIERS: Final = (Tier.BLOCK, Tier.DAY)
WORKFLOW_BIN_TIERS: Final = (Tier.BLOCK,)


class Window(NamedTuple):
    """A half-open stretch of time [start, end) in instants."""

    start: int
    end: int

    def before(self) -> "Window":
        """Return the equally long window just before this one."""
        return Window(2 * self.start - self.end, self.start)


class Segment(NamedTuple):
    """A piece of a window that is whole buckets of one tier; None is the runs themselves."""

    tier: Tier | None
    start: int
    end: int


def cover(window: Window, tiers: Sequence[Tier]) -> list[Segment]:
    """Cover a window with as few buckets as the tiers (widest first) allow, in order of time."""
    if window.start >= window.end:
        return []
    if not tiers:
        return [Segment(None, window.start, window.end)]
    width = WIDTHS[tiers[0]]
    first = -(-window.start // width) * width
    last = window.end // width * width
    if first >= last:
        return cover(window, tiers[1:])
    return [
        *cover(Window(window.start, first), tiers[1:]),
        Segment(tiers[0], first, last),
        *cover(Window(last, window.end), tiers[1:]),
    ]
