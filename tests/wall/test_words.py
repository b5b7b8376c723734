"""Numbers, times and statuses read as people expect them."""

from zoneinfo import ZoneInfo

import pytest

from pulseboard import clock
from pulseboard.vocabulary import Status
from pulseboard.wall import words

NOW = 1_795_186_800 * clock.SECOND  # Fri 2026-11-20T15:00:00Z
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (1284, 1363, "94.2\u202f%"),
        (5, 5, "100\u202f%"),
        (1999, 2000, "99.9\u202f%"),
        (99_999, 100_000, "99.9\u202f%"),
        (0, 7, "0.0\u202f%"),
        (0, 0, "–"),
    ],
)
def test_share_has_one_decimal_and_is_a_hundred_only_when_all(part, whole, text):
    assert words.percent(part, whole) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (0.8, "0.8s"), (9.96, "10s"), (48, "48s"), (59.7, "1m 00s"), (468, "7m 48s"),
     (3599.6, "1h 00m"), (3840, "1h 04m"), (90_000, "25h 00m")],
)  # fmt: skip
def test_duration_is_written_in_two_units(seconds, text):
    assert words.duration(seconds * clock.SECOND) == text


def test_unknown_duration_is_a_dash():
    assert words.duration(None) == "–"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-3, "just now"), (4, "just now"), (30, "30 s ago"), (120, "2 min ago"),
     (59 * 60, "59 min ago"), (5399, "89 min ago"), (5400, "1 h ago"), (3600 * 47, "47 h ago"), (3600 * 49, "2 days ago"), (86_400 * 30, "30 days ago")],
)  # fmt: skip
def test_past_is_written_in_one_unit(seconds, text):
    assert words.ago(NOW - seconds * clock.SECOND, at=NOW) == text


@pytest.mark.parametrize(
    ("minutes", "text"),
    [(0, "0 min"), (59, "59 min"), (192, "3 h 12 min"), (1500, "1 d 1 h"), (60 * 24 * 9, "9 days")],
)
def test_span_has_its_two_greatest_units(minutes, text):
    assert words.span(minutes * clock.MINUTE) == text


def test_time_names_the_day_unless_it_is_today_in_the_zone():
    assert words.time_of_day(NOW, BERLIN, at=NOW) == "16:00"
    # Late in the evening in UTC is the next day in Berlin.
    evening = NOW + 8 * clock.HOUR + 30 * clock.MINUTE
    assert words.time_of_day(evening, BERLIN, at=NOW) == "21 Nov 00:30"
    assert words.time_of_day(NOW - 400 * clock.DAY, BERLIN, at=NOW) == "16 Oct 2025"
    assert words.full_time(NOW, BERLIN) == "Fri 20 Nov 2026, 16:00:00 CET"


def test_every_status_has_word_and_shape():
    for status in Status:
        badge = words.badge_of(status, None)
        assert badge.word
        assert badge.shape
    assert words.badge_of(Status.FAILURE, "timed_out").word == "Timed out"
    assert words.badge_of(Status.FAILURE, "failure").word == "Failed"
    assert words.badge_of(Status.CANCELLED, "cancelled").family == "neutral"
