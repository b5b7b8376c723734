"""Plans cover exactly what they are to count, by few buckets."""

from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from pulseboard.clock import DAY, HOUR, MINUTE, Granularity, bucket_edges, to_datetime
from pulseboard.metrics.tiers import (
    FINE_TIERS,
    FLEET_TIERS,
    WIDTHS,
    Hop,
    Plan,
    Tier,
    Window,
    bucket_start,
    lay_flat,
    plan_parts,
    plan_window,
    starts_of,
)

# 2026-01-01T00:00:00Z; a block begins eighteen days earlier.
NEW_YEAR = 1_767_225_600_000_000
BLOCK_START = NEW_YEAR // (30 * DAY) * (30 * DAY)
instants = st.integers(NEW_YEAR - 400 * DAY, NEW_YEAR + 400 * DAY)
tier_lists = st.sampled_from([FLEET_TIERS, (Tier.BLOCK, Tier.DAY), (Tier.BLOCK,), ()])


def jumps(stretches):
    """Return by how much the number of counts changes at which instant."""
    found = {}
    for sign, start, end in stretches:
        found[start] = found.get(start, 0) + sign
        found[end] = found.get(end, 0) - sign
    return {at: n for at, n in found.items() if n}


def part_of(plan, number):
    """Return the signed stretches that one part of a plan counts."""
    yield 1, plan.anchors[number], plan.anchors[number + 1]
    for hop in plan.hops:
        if hop.edge == number:
            yield hop.sign, hop.start, hop.end
        if hop.edge == number + 1:
            yield -hop.sign, hop.start, hop.end


@given(ends=st.tuples(instants, instants), tiers=tier_lists, fine_since=st.none() | instants)
def test_a_window_is_counted_once_and_nothing_else(ends, tiers, fine_since):
    window = Window(min(ends), max(ends) + 1)

    flat = lay_flat(plan_window(window, tiers, fine_since=fine_since))

    counted = jumps((piece.sign, piece.start, piece.end) for piece in flat)
    assert counted == {window.start: 1, window.end: -1}


@given(edges=st.lists(instants, min_size=2, max_size=10, unique=True).map(sorted), tiers=tier_lists)
def test_every_part_between_edges_is_counted_once(edges, tiers):
    plan = plan_parts(edges, tiers)

    for number, (start, end) in enumerate(pairwise(edges)):
        assert jumps(part_of(plan, number)) == {start: 1, end: -1}


@given(edges=st.lists(instants, min_size=2, max_size=10, unique=True).map(sorted))
def test_hops_are_whole_buckets_and_at_most_half_of_the_next_width(edges):
    wider = dict(zip(FLEET_TIERS[1:], FLEET_TIERS[:-1], strict=True)) | {None: Tier.QUARTER}

    for hop in plan_parts(edges, FLEET_TIERS).hops:
        assert hop.end - hop.start <= WIDTHS[wider[hop.tier]] // 2
        if hop.tier is not None:
            assert bucket_start(hop.tier, hop.start) == hop.start
            assert bucket_start(hop.tier, hop.end) == hop.end


@given(edge=instants)
def test_an_early_edge_does_without_what_may_be_deleted(edge):
    plan = plan_parts([edge, edge + 400 * DAY], FLEET_TIERS, fine_since=edge + 1)

    assert not [hop for hop in plan.hops if hop.edge == 0 and hop.tier in FINE_TIERS]


def test_a_midnight_in_kathmandu_is_two_buckets_from_one_of_ours():
    zone = ZoneInfo("Asia/Kathmandu")
    edges = bucket_edges(NEW_YEAR, NEW_YEAR + DAY, by=Granularity.DAY, zone=zone)
    evening = NEW_YEAR - 6 * HOUR

    plan = plan_parts(edges[:1], FLEET_TIERS[1:])

    assert to_datetime(edges[0]).isoformat() == "2025-12-31T18:15:00+00:00"
    assert plan == Plan(
        Tier.DAY,
        [NEW_YEAR],
        [
            Hop(0, Tier.QUARTER, evening, evening + 15 * MINUTE, -1),
            Hop(0, Tier.SIX_HOURS, evening, NEW_YEAR, 1),
        ],
    )


def test_a_window_is_planned_by_the_tiers_that_need_the_fewest_buckets():
    whole_block = Window(BLOCK_START, BLOCK_START + 30 * DAY)
    middle = Window(BLOCK_START + 10 * DAY, BLOCK_START + 41 * DAY)
    minutes = Window(NEW_YEAR + 1, NEW_YEAR + 10 * MINUTE)

    plans = [plan_window(window, FLEET_TIERS) for window in (whole_block, middle, minutes)]

    assert plans[0] == Plan(Tier.BLOCK, list(whole_block), [])
    # A block and twenty-one days beside it are fewer than thirty-one days.
    assert plans[1].tier is Tier.BLOCK
    assert plans[2] == Plan(None, list(minutes), [])


def test_buckets_before_1970_begin_before_what_they_hold():
    assert bucket_start(Tier.DAY, -1) == -DAY
    assert list(starts_of(Tier.DAY, -DAY, DAY)) == [-DAY, 0]


def test_every_width_divides_the_next():
    widths = sorted(WIDTHS.values())

    assert all(wide % narrow == 0 for narrow, wide in pairwise(widths))
