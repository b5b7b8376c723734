"""clock.py: instants are exact, and buckets follow the wall clock of any zone."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulseboard.clock import (
    DAY,
    HOUR,
    MINUTE,
    Granularity,
    bucket_edges,
    buckets,
    now,
    to_datetime,
    to_instant,
    to_iso,
    zone_named,
)

MOMENTS = st.integers(1_420_070_400_000_000, 4_102_444_800_000_000).map(to_datetime)
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]
)


def at(text, zone="UTC"):
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


def edges(start, end, by, zone):
    return bucket_edges(at(start, zone), at(end, zone), by=by, zone=ZoneInfo(zone))


def shown(edge, zone):
    return to_datetime(edge).astimezone(ZoneInfo(zone)).strftime("%a %d %H:%M")


@given(MOMENTS)
def test_instants_are_exact_to_the_microsecond(moment):
    assert to_datetime(to_instant(moment)) == moment
    assert datetime.fromisoformat(to_iso(to_instant(moment))) == moment


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        ("2026-03-01T12:00:00", "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00.120", "2026-03-01T12:00:00.120Z"),
        ("2026-03-01T12:00:00.000001", "2026-03-01T12:00:00.000001Z"),
        ("1969-12-31T23:59:59.500", "1969-12-31T23:59:59.500Z"),
    ],
)
def test_iso_text_has_a_fraction_only_where_there_is_one(moment, written):
    assert to_iso(at(moment)) == written


def test_the_present_is_told_in_utc():
    assert abs(to_datetime(now()) - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "UTC\0", "europe/berlin"])
def test_a_name_that_is_no_zone_gives_none(name):
    assert zone_named(name) is None


def test_a_zone_is_found_by_its_name():
    assert zone_named("Asia/Kathmandu") == ZoneInfo("Asia/Kathmandu")


def test_day_on_which_summer_time_begins_has_23_hours():
    days = edges("2026-03-28T00:00", "2026-03-31T00:00", Granularity.DAY, "Europe/Berlin")
    assert [(b - a) // HOUR for a, b in pairwise(days)] == [24, 23, 24]


def test_day_on_which_summer_time_ends_has_25_hours():
    days = edges("2026-10-24T00:00", "2026-10-27T00:00", Granularity.DAY, "Europe/Berlin")
    assert [(b - a) // HOUR for a, b in pairwise(days)] == [24, 25, 24]


def test_the_hour_that_comes_twice_is_two_buckets():
    hours = edges("2026-10-25T01:00", "2026-10-25T04:00", Granularity.HOUR, "Europe/Berlin")
    assert [shown(edge, "Europe/Berlin")[-5:] for edge in hours] == [
        "01:00",
        "02:00",
        "02:00",
        "03:00",
        "04:00",
    ]
    assert {b - a for a, b in pairwise(hours)} == {HOUR}


def test_a_zone_with_a_quarter_hour_begins_its_days_and_hours_there():
    start, end = at("2026-03-01T00:00"), at("2026-03-01T03:00")
    kathmandu = ZoneInfo("Asia/Kathmandu")
    assert [
        to_iso(edge) for edge in bucket_edges(start, end, by=Granularity.DAY, zone=kathmandu)
    ] == [
        "2026-02-28T18:15:00Z",
        "2026-03-01T18:15:00Z",
    ]
    assert [
        to_iso(edge) for edge in bucket_edges(start, end, by=Granularity.HOUR, zone=kathmandu)
    ] == [
        "2026-02-28T23:15:00Z",
        "2026-03-01T00:15:00Z",
        "2026-03-01T01:15:00Z",
        "2026-03-01T02:15:00Z",
        "2026-03-01T03:15:00Z",
    ]


def test_half_an_hour_of_summer_time_comes_back_to_full_hours():
    # Lord Howe turns its clocks by 30 minutes: 2026-10-04 02:00 is at once 02:30.
    hours = edges("2026-10-04T01:00", "2026-10-04T05:00", Granularity.HOUR, "Australia/Lord_Howe")
    assert [shown(edge, "Australia/Lord_Howe")[-5:] for edge in hours] == [
        "01:00",
        "03:00",
        "04:00",
        "05:00",
    ]
    within = edges("2026-10-04T02:40", "2026-10-04T05:00", Granularity.HOUR, "Australia/Lord_Howe")
    assert within == hours
    days = edges("2026-10-04T00:00", "2026-10-05T00:00", Granularity.DAY, "Australia/Lord_Howe")
    assert days[1] - days[0] == DAY - 30 * MINUTE


def test_a_day_whose_midnight_does_not_exist_begins_with_its_first_instant():
    days = edges("2026-04-23T12:00", "2026-04-25T00:00", Granularity.DAY, "Africa/Cairo")
    assert [shown(edge, "Africa/Cairo") for edge in days] == [
        "Thu 23 00:00",
        "Fri 24 01:00",
        "Sat 25 00:00",
    ]


def test_a_day_whose_first_hour_comes_twice_begins_with_the_first_of_them():
    start = to_instant(datetime.fromisoformat("2026-11-01T05:30:00Z"))
    days = bucket_edges(start, start + HOUR, by=Granularity.DAY, zone=ZoneInfo("America/Havana"))
    assert [to_iso(edge) for edge in days] == ["2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"]


def test_weeks_begin_on_monday():
    weeks = edges("2026-03-01T12:00", "2026-03-10T00:00", Granularity.WEEK, "UTC")
    assert [shown(edge, "UTC") for edge in weeks] == [
        "Mon 23 00:00",
        "Mon 02 00:00",
        "Mon 09 00:00",
        "Mon 16 00:00",
    ]


def test_the_week_that_holds_new_year_stays_whole():
    weeks = edges("2026-12-31T10:00", "2027-01-01T10:00", Granularity.WEEK, "Europe/Berlin")
    assert [to_iso(edge) for edge in weeks] == ["2026-12-27T23:00:00Z", "2027-01-03T23:00:00Z"]


def test_a_day_of_the_last_year_does_not_reach_into_the_next():
    days = edges("2026-12-31T00:00", "2027-01-01T00:00", Granularity.DAY, "America/New_York")
    assert [to_iso(edge) for edge in days] == ["2026-12-31T05:00:00Z", "2027-01-01T05:00:00Z"]


def test_a_window_that_begins_and_ends_on_edges_has_no_bucket_more():
    assert list(buckets(0, 2 * DAY, by=Granularity.DAY, zone=ZoneInfo("UTC"))) == [
        (0, DAY),
        (DAY, 2 * DAY),
    ]


@given(MOMENTS, st.integers(1, 400), st.sampled_from(Granularity), ZONES)
def test_edges_rise_and_enclose_the_window(moment, hours, by, name):
    start = to_instant(moment)
    found = bucket_edges(start, start + hours * HOUR, by=by, zone=ZoneInfo(name))
    assert found[0] <= start < found[1]
    assert found[-2] < start + hours * HOUR <= found[-1]
    assert all(a < b for a, b in pairwise(found))
