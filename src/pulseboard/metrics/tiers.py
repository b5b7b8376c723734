"""The widths of the buckets that counts are kept in, and how a window is covered by them (pure)."""

from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise
from typing import Final, NamedTuple

from pulseboard.clock import DAY, HOUR, MINUTE


class Tier(IntEnum):
    """A width; the number is what the tables hold."""

    QUARTER = 0
    HOUR = 1
    DAY = 2
    BLOCK = 3
    SIX_HOURS = 4


# Each width divides the next. Buckets of every width are counted from 1970-01-01T00:00:00Z.
WIDTHS: Final = {
    # Every zone's offset is a multiple of 15 minutes, so a day of any zone ends on a quarter.
    Tier.QUARTER: 15 * MINUTE,
    Tier.HOUR: HOUR,
    # A midnight anywhere is at most two hours and two quarters from one of these.
    Tier.SIX_HOURS: 6 * HOUR,
    Tier.DAY: DAY,
    Tier.BLOCK: 30 * DAY,
}
# What each table keeps, the widest first.
FLEET_TIERS: Final = (Tier.BLOCK, Tier.DAY, Tier.SIX_HOURS, Tier.HOUR, Tier.QUARTER)
FLEET_BIN_TIERS: Final = (Tier.BLOCK, Tier.DAY, Tier.SIX_HOURS)
WORKFLOW_TIERS: Final = (Tier.BLOCK, Tier.DAY)
WORKFLOW_BIN_TIERS: Final = (Tier.BLOCK,)
FAILURE_TIERS: Final = (Tier.BLOCK, Tier.DAY)
# What may be thrown away earlier than the rest.
FINE_TIERS: Final = (Tier.QUARTER, Tier.HOUR, Tier.SIX_HOURS)


class Window(NamedTuple):
    """A half-open stretch of time [start, end) in instants."""

    start: int
    end: int

    def before(self) -> "Window":
        """Return the equally long window just before this one."""
        return Window(2 * self.start - self.end, self.start)


class Hop(NamedTuple):
    """The way from an edge to its anchor, or a part of it: whole buckets of a tier, or runs (None).

    `sign` is 1 when the anchor lies after the edge and -1 when it lies before it.
    """

    edge: int
    tier: Tier | None
    start: int
    end: int
    sign: int


class Plan(NamedTuple):
    """How to count what lies between neighbouring edges.

    Part i is what `tier` counts between anchors i and i + 1, plus the hops of edge i, less those
    of edge i + 1. Without a tier the anchors are the edges and the runs themselves are counted.
    """

    tier: Tier | None
    anchors: list[int]
    hops: list[Hop]


def bucket_start(tier: Tier, instant: int) -> int:
    """Return the first instant of the bucket that holds an instant."""
    return instant - instant % WIDTHS[tier]


def plan_parts(
    edges: Sequence[int], tiers: Sequence[Tier], *, fine_since: int | None = None
) -> Plan:
    """Plan the parts between rising edges, the first of `tiers` (widest first) at the heart of it.

    Each edge goes to the nearest bucket edge of the finest tier, from there to the nearest of the
    next, and so on: forwards or backwards, since counts can be subtracted as well as added. That
    halves the way, and neighbouring parts share the hops of the edge between them. An edge before
    `fine_since` does without the fine tiers; it must not be given when the first is one of them.
    """
    if not tiers:
        return Plan(None, list(edges), [])
    lasting = [tier for tier in tiers if tier not in FINE_TIERS]
    anchors: list[int] = []
    hops: list[Hop] = []
    for number, edge in enumerate(edges):
        at, finer = edge, None
        is_early = fine_since is not None and edge < fine_since
        for tier in reversed(lasting if is_early else tiers):
            nearest = _nearest(tier, at)
            if nearest > at:
                hops.append(Hop(number, finer, at, nearest, 1))
            elif nearest < at:
                hops.append(Hop(number, finer, nearest, at, -1))
            at, finer = nearest, tier
        anchors.append(at)
    return Plan(tiers[0], anchors, hops)


def _nearest(tier: Tier, instant: int) -> int:
    width = WIDTHS[tier]
    return (instant + width // 2) // width * width


def plan_window(window: Window, tiers: Sequence[Tier], *, fine_since: int | None = None) -> Plan:
    """Plan one window by the tiers that answer it with the fewest buckets."""
    length = window.end - window.start
    is_early = fine_since is not None and window.start < fine_since
    plans = [
        plan_parts(window, tiers[first:], fine_since=fine_since)
        for first, tier in enumerate(tiers)
        if WIDTHS[tier] <= length and not (is_early and tier in FINE_TIERS)
    ]
    return min(plans, key=_count_buckets, default=Plan(None, list(window), []))


def _count_buckets(plan: Plan) -> int:
    stretches = [(hop.tier, hop.start, hop.end) for hop in plan.hops]
    stretches += [(plan.tier, start, end) for start, end in pairwise(plan.anchors)]
    return sum((end - start) // WIDTHS[tier] for tier, start, end in stretches if tier is not None)


class Signed(NamedTuple):
    """Stretches of a window, each added (1) or subtracted (-1): a plan of one part laid flat."""

    tier: Tier | None
    sign: int
    start: int
    end: int


def lay_flat(plan: Plan) -> list[Signed]:
    """Return the stretches that make up the one part of a window's plan."""
    flat = [Signed(plan.tier, 1, *plan.anchors)] if plan.anchors[0] < plan.anchors[1] else []
    # What belongs to the second edge lies beyond the part or is missing from it.
    return flat + [
        Signed(hop.tier, hop.sign if hop.edge == 0 else -hop.sign, hop.start, hop.end)
        for hop in plan.hops
    ]


def slices_of(flat: Sequence[Signed]) -> list[tuple[int, int, int]]:
    """Return the (sign, start, end) of those stretches that only the runs can tell."""
    return [(piece.sign, piece.start, piece.end) for piece in flat if piece.tier is None]


def starts_of(tier: Tier, start: int, end: int) -> range:
    """Return the starts of the buckets of a stretch."""
    return range(start, end, WIDTHS[tier])
