"""The numbers of a window beside those of the window before."""

import pytest

from tests.api.conftest import ago


def test_window_stands_beside_the_one_before(shop):
    for hours, status, seconds in (
        (1, "success", 10),
        (2, "failure", 30),
        (25, "success", 40),
        (26, "success", 40),
        (30, "cancelled", 5),
        (50, "success", 1),
    ):
        shop.push(status=status, started_at=ago(hours=hours), duration_seconds=seconds)  # fmt: skip

    found = shop.read("/api/v1/metrics")

    now, before = found["summary"], found["previous"]
    assert (now["total_runs"], now["success"], now["failure"]) == (2, 1, 1)
    assert (now["success_rate"], now["avg_duration_seconds"]) == (0.5, 20)
    assert (before["total_runs"], before["success"], before["cancelled"]) == (3, 2, 1)
    assert before["window_end"] == now["window_start"]
    assert (found["failed_24h"], found["failed_24h_before"]) == (1, 0)
    low, high = now["success_rate_interval"]
    assert low < 0.5 < high
    assert found["changes"]["success_rate"]["meaning"] == "unknown"


def test_change_is_judged_when_the_period_before_had_five_runs(shop):
    for _ in range(5):
        shop.push(started_at=ago(hours=30), duration_seconds=100)
    shop.push(started_at=ago(hours=3), duration_seconds=150, status="failure")

    changes = shop.read("/api/v1/metrics", window="24h")["changes"]

    assert changes["success_rate"] == {"abs": -1.0, "pct": -1.0, "meaning": "worse"}
    assert changes["avg_duration_seconds"]["meaning"] == "worse"
    assert changes["total_runs"]["abs"] == -4


def test_window_may_be_named_in_several_ways(shop):
    at = ago(days=20)
    shop.push(started_at=at, duration_seconds=1)

    def total(**params):
        return shop.read("/api/v1/metrics", **params)["summary"]["total_runs"]

    assert total() == total(window="7d") == total(range="7d") == 0
    assert total(window="30d") == total(range="4w") == 1
    assert total(**{"from": at, "to": ago(days=19)}) == 1


@pytest.mark.parametrize("window", ["0h", "7", "d", "1y", "-1d", "99999999d", "7d "])
def test_window_that_is_no_length_is_refused(shop, window):
    problem = shop.refused(422, "GET", "/api/v1/metrics", params={"window": window})

    assert problem["errors"][0]["field"] == "window"


def test_series_add_up_to_the_totals(shop):
    for hours, status in ((1, "success"), (2, "failure"), (3, "cancelled"), (4, "skipped"),
                          (30, "success")):  # fmt: skip
        if status == "skipped":
            shop.deliver(id=hours, conclusion=status, created=ago(hours=hours))
        else:
            shop.push(status=status, started_at=ago(hours=hours), duration_seconds=hours * 10)
    shop.push(status="running", started_at=ago(hours=1))

    outcomes = shop.read("/api/v1/series/outcomes", window="7d", tz="Europe/Berlin")["buckets"]
    durations = shop.read("/api/v1/series/duration", window="7d", gran="day")["buckets"]

    sums = {name: sum(bucket[name] for bucket in outcomes)
            for name in ("total", "success", "failure", "cancelled", "other", "open")}  # fmt: skip
    assert sums == {"total": 6, "success": 2, "failure": 1, "cancelled": 1, "other": 1, "open": 1}
    assert [b["complete"] for b in outcomes] == [True] * (len(outcomes) - 1) + [False]
    assert outcomes[0]["end"] == outcomes[1]["start"]
    assert sum(bucket["n"] for bucket in durations) == 3
    filled = [b for b in durations if b["n"]]
    assert all(b["p50_s"] is not None for b in filled)
    assert all(b["avg_s"] is None for b in durations if not b["n"])


def test_kpis_are_the_five_numbers_of_the_first_page(shop):
    for hours in (30, 60, 80, 100):
        shop.push(started_at=ago(hours=hours), duration_seconds=60)
    shop.push(started_at=ago(hours=2), status="failure", duration_seconds=120)

    kpis = {kpi["key"]: kpi for kpi in shop.read("/api/v1/overview/kpis")["items"]}

    assert list(kpis) == ["success_rate", "total_runs", "avg_duration", "failed_24h", "last_build"]
    rate = kpis["success_rate"]
    assert (rate["value"], rate["numerator"], rate["denominator"]) == (0.8, 4, 5)
    assert rate["delta"]["meaning"] == "unknown"
    assert len(rate["series"]) == 24
    assert sum(point["v"] for point in kpis["total_runs"]["series"]) == 5
    assert [point["complete"] for point in rate["series"]] == [True] * 23 + [False]
    assert kpis["total_runs"]["value"] == 5
    assert kpis["avg_duration"]["value"] == 72
    assert kpis["avg_duration"]["extra"]["p50_s"] == 60
    assert kpis["failed_24h"]["value"] == 1
    assert kpis["last_build"]["extra"]["run"]["status"] == "failure"
    assert kpis["last_build"]["extra"]["previous_status"] == "success"


def test_every_run_is_in_the_success_rate_or_among_those_left_out(shop):
    words = ("success", "timed_out", "cancelled", "skipped", "neutral", "stale", "mystery",
             "action_required")  # fmt: skip
    for number, word in enumerate(words, start=1):
        shop.deliver(id=number, number=number, conclusion=word)
    shop.deliver(id=90, number=90, status="in_progress")

    kpis = {kpi["key"]: kpi for kpi in shop.read("/api/v1/overview/kpis")["items"]}

    found = kpis["success_rate"]
    assert found["denominator"] == 2
    assert found["excluded"] == {"cancelled": 1, "skipped": 4, "running": 2}
    assert found["denominator"] + sum(found["excluded"].values()) == 9
    assert kpis["total_runs"]["value"] == 9


def test_kpis_of_nothing_and_of_very_long_windows_answer(shop):
    assert shop.read("/api/v1/overview/kpis")["items"][0]["value"] is None
    shop.push(started_at="2019-01-01T00:00:00Z", duration_seconds=1)
    total = shop.read("/api/v1/overview/kpis", **{"from": "2018-01-01"})["items"][1]
    assert (total["value"], len(total["series"])) == (1, 24)
    assert sum(point["v"] for point in total["series"]) == 1


@pytest.mark.parametrize("scope", [{}, {"repo": "acme/api"}, {"branch": "main"}])
@pytest.mark.parametrize(
    ("window", "count"), [("1h", 4), ("6h", 24), ("24h", 24), ("30d", 24), ("365d", 24)]
)
def test_points_of_a_small_chart_add_up_in_every_window(shop, scope, window, count):
    for hours in (0.2, 0.9, 3, 5, 20, 40, 500, 6000):
        shop.push(started_at=ago(hours=hours), duration_seconds=60)

    total = shop.read("/api/v1/overview/kpis", window=window, **scope)["items"][1]

    points = total["series"]
    assert sum(point["v"] for point in points) == total["value"] > 0
    assert len(points) in (count, count + 1) if window == "1h" else len(points) == count
    assert len({point["t"] for point in points}) == len(points)
