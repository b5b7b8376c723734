"""The daily chart: bars that add up, ticks that are round, labels that fit."""

from zoneinfo import ZoneInfo

import pytest

from pulseboard import clock
from pulseboard.metrics.query import Bucket, Totals
from pulseboard.wall.chart import daily_chart, line_path, tick_step

UTC = ZoneInfo("UTC")
MONDAY = 1_794_787_200 * clock.SECOND  # 2026-11-16T00:00:00Z


def days(*totals):
    last = len(totals) - 1
    return [
        Bucket(MONDAY + i * clock.DAY, MONDAY + (i + 1) * clock.DAY, i < last, counted)
        for i, counted in enumerate(totals)
    ]


@pytest.mark.parametrize(
    ("greatest", "step"), [(0, 1), (4, 1), (5, 2), (9, 5), (40, 10), (79, 20), (1403, 500)]
)
def test_ticks_are_round_and_few(greatest, step):
    assert tick_step(greatest) == step
    assert greatest / step <= 5


def test_failures_stand_on_the_baseline_and_parts_add_up():
    totals = Totals(total=20, success=12, failure=4, cancelled=1, skipped=1, other=0, open=2)
    chart = daily_chart(days(totals, Totals()), zone=UTC, width=700, labels=14)
    bar, empty = chart.bars
    assert [part.kind for part in bar.segments] == ["fail", "ok", "neutral", "run"]
    first = bar.segments[0]
    assert first.y + first.height == pytest.approx(chart.base)
    for below, above in zip(bar.segments, bar.segments[1:], strict=False):
        assert above.y + above.height == pytest.approx(below.y, abs=0.11)
    scale = (chart.base - chart.ticks[-1].y) / 20
    assert bar.segments[1].height == pytest.approx(12 * scale, abs=0.11)
    assert empty.segments == []


def test_single_failure_among_thousands_is_still_seen():
    totals = Totals(total=5001, success=5000, failure=1)
    chart = daily_chart(days(totals), zone=UTC, width=700, labels=14)
    assert chart.bars[0].segments[0].height >= 2


def test_unfinished_day_is_called_today_and_labels_thin_out():
    chart = daily_chart(days(*[Totals(total=1, success=1)] * 14), zone=UTC, width=340, labels=5)
    labels = [bar.label for bar in chart.bars if bar.label]
    assert labels == ["Tue 17", "Fri 20", "Mon 23", "Thu 26", "today"]
    assert not chart.bars[-1].complete
    assert all(bar.x >= 0 and bar.x + bar.width <= 340 for bar in chart.bars)


def test_line_has_gaps_where_nothing_is_known():
    assert line_path([1.0, None, 3.0, 2.0]) == "M0.0 25.0 M133.3 3.0 L200.0 14.0"


@pytest.mark.parametrize("values", [[], [1.0], [None, None], [2, 2, 2]])
def test_nothing_to_tell_draws_no_line(values):
    assert line_path(values) == ""
