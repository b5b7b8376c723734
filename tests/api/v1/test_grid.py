"""Strips and the grid by time: cells, their order and what each says."""

from tests.api.conftest import ago


def cells_of(row):
    return [(cell["s"], cell["n"], cell["failed"]) for cell in row["cells"] if cell["n"]]


def test_strips_hold_the_newest_runs_worst_workflow_first(shop):
    for hours in (5, 4):
        shop.push(workflow="lint", started_at=ago(hours=hours), duration_seconds=10)
    shop.push(workflow="unit", started_at=ago(hours=6), duration_seconds=60)
    bad = shop.push(workflow="unit", status="failure", started_at=ago(hours=3), duration_seconds=30)

    found = shop.read("/api/v1/strips", branch="@default")

    assert found["total"] == 2
    unit, lint = found["rows"]
    assert (unit["workflow"], unit["is_red"], unit["red_since"]) == (
        "unit", True, bad["finished_at"],
    )  # fmt: skip
    assert (unit["success_rate"], unit["p50_s"]) == (0.5, 45)
    assert [cell["status"] for cell in unit["cells"]] == ["success", "failure"]
    assert unit["cells"][-1]["run_id"] == bad["id"]
    assert unit["cells"][-1]["flaky"] is None
    assert (lint["workflow"], lint["is_red"], lint["red_since"]) == ("lint", False, None)


def test_strips_are_as_long_and_as_many_as_asked(shop):
    for minutes in (9, 8, 7):
        shop.push(started_at=ago(minutes=minutes), duration_seconds=1)
    shop.push(workflow="b", started_at=ago(minutes=5), duration_seconds=1)

    found = shop.read("/api/v1/strips", limit=1, n=2)

    assert [len(row["cells"]) for row in found["rows"]] == [2]
    assert found["total"] == 2


def test_strips_keep_to_their_branch(shop):
    shop.push(started_at=ago(minutes=9), duration_seconds=1)
    shop.push(started_at=ago(minutes=8), duration_seconds=1, branch="x")

    def count(**params):
        return [len(row["cells"]) for row in shop.read("/api/v1/strips", **params)["rows"]]

    assert count() == [2]
    assert count(branch="@default") == count(branch="x") == [1]
    assert count(branch="none") == []


def test_cell_is_what_the_runs_of_a_bucket_came_to(shop):
    day = {"duration_seconds": 60, "started_at": "2026-03-01T10:00:00Z"}
    late = {"duration_seconds": 60, "started_at": "2026-03-01T20:00:00Z"}
    shop.push(workflow="broken", **day)
    shop.push(workflow="broken", status="failure", **late)
    shop.push(workflow="mended", status="failure", **day)
    shop.push(workflow="mended", **late)
    only = shop.push(workflow="fine", **day)
    shop.push(workflow="stopped", status="cancelled", **day)
    shop.deliver(workflow="open", status="in_progress", created="2026-03-01T10:00:00Z")
    window = {"from": "2026-02-28T00:00:00Z", "to": "2026-03-02T00:00:00Z"}

    found = shop.read("/api/v1/grid/time", **window)

    assert [(c["start"], c["end"], c["complete"]) for c in found["columns"]] == [
        ("2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z", True),
        ("2026-03-01T00:00:00Z", "2026-03-02T00:00:00Z", True),
    ]
    rows = {row["workflow"]: row for row in found["rows"]}
    assert {name: cells_of(row) for name, row in rows.items()} == {
        "broken": [("failure", 2, 1)],
        "mended": [("mixed", 2, 1)],
        "fine": [("success", 1, 0)],
        "stopped": [("cancelled", 1, 0)],
        "open": [("running", 1, 0)],
    }
    assert rows["fine"]["cells"][0] == {
        "s": "none", "n": 0, "failed": 0, "flaky": None, "run_id": None
    }  # fmt: skip
    assert rows["fine"]["cells"][1]["run_id"] == only["id"]
    assert rows["broken"]["cells"][1]["run_id"] is None
    assert rows["broken"]["rate"] == 0.5


def test_buckets_are_those_of_the_zone_also_across_a_clock_change(shop):
    # 2026-03-29 has 23 hours in Berlin and begins at 23:00 UTC of the day before.
    run = shop.push(started_at="2026-03-28T23:30:00Z", duration_seconds=1)
    window = {"from": "2026-03-28T23:00:00Z", "to": "2026-03-29T22:00:00Z"}

    found = shop.read("/api/v1/grid/time", tz="Europe/Berlin", gran="day", **window)

    assert [(c["start"], c["end"]) for c in found["columns"]] == [
        ("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")
    ]
    assert found["rows"][0]["cells"][0]["run_id"] == run["id"]


def test_cell_of_runs_that_wait_for_approval_says_so(shop):
    at = "2026-03-01T10:00:00Z"
    runs = [
        ("waits", "completed", "action_required"),
        ("half", "completed", "action_required"),
        ("half", "in_progress", None),
        ("over", "completed", "action_required"),
        ("over", "completed", "success"),
    ]
    for number, (name, status, conclusion) in enumerate(runs):
        ids = {"id": number + 1, "workflow": name, "workflow_id": len(name) * 10 + ord(name[0])}
        shop.deliver(**ids, path=f"{name}.yml", status=status, conclusion=conclusion, created=at)
    window = {"from": "2026-02-28T00:00:00Z", "to": "2026-03-02T00:00:00Z"}

    rows = shop.read("/api/v1/grid/time", **window)["rows"]

    assert {row["workflow"]: cells_of(row) for row in rows} == {
        "waits": [("action_required", 1, 0)],
        "half": [("running", 2, 0)],
        "over": [("success", 2, 0)],
    }


def test_cell_of_runs_that_were_pushed_and_forgotten_is_not_running(shop):
    at = "2026-03-01T10:00:00Z"
    for name in ("forgotten", "waits", "busy"):
        shop.push(workflow=name, status="running", started_at=at)
    runs = [("waits", "completed", "action_required"), ("busy", "in_progress", None)]
    for number, (name, status, conclusion) in enumerate(runs, start=1):
        shop.deliver(id=number, workflow=name, workflow_id=number, path=f"{name}.yml",
                     status=status, conclusion=conclusion, created=at)  # fmt: skip
    window = {"from": "2026-02-28T00:00:00Z", "to": "2026-03-02T00:00:00Z"}

    rows = shop.read("/api/v1/grid/time", **window)["rows"]

    assert {row["workflow"]: cells_of(row) for row in rows} == {
        "forgotten": [("neutral", 1, 0)],
        "waits": [("action_required", 2, 0)],
        "busy": [("running", 2, 0)],
    }


def test_grid_shows_red_ones_only_when_asked(shop):
    shop.push(workflow="fine", started_at=ago(hours=2), duration_seconds=1)
    shop.push(workflow="bad", started_at=ago(hours=2), duration_seconds=1, status="failure")

    both = shop.read("/api/v1/grid/time", branch="@default")
    red = shop.read("/api/v1/grid/time", branch="@default", failing=1)

    assert [row["workflow"] for row in both["rows"]] == ["bad", "fine"]
    assert [row["workflow"] for row in red["rows"]] == ["bad"]
    assert red["rows"][0]["red_since"] is not None
    assert red["total"] == 1


def test_grid_of_too_many_buckets_is_refused(shop):
    problem = shop.refused(422, "GET", "/api/v1/grid/time",
                           params={"window": "90d", "gran": "hour"})  # fmt: skip

    assert problem["errors"][0]["field"] == "group_by"
