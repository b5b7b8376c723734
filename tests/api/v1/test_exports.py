"""CSV files: the same rows as the lists and charts, and nothing a spreadsheet would run."""

import csv
import io

import pytest

from tests.api.conftest import ago


def rows_of(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_runs_are_written_as_they_are_listed(shop, monkeypatch):
    monkeypatch.setattr("pulseboard.api.v1.exports._ROWS_A_PAGE", 2)
    for minutes in (50, 40, 30, 20, 10):
        shop.push(started_at=ago(minutes=minutes), duration_seconds=minutes, branch="a,b\n\"c'")
    shop.push(status="failure", started_at=ago(minutes=5), duration_seconds=1)

    rows = rows_of(shop.get("/api/v1/runs/export.csv", params={"status": "success"}))
    listed = shop.read("/api/v1/runs", status="success")["items"]

    assert [row["id"] for row in rows] == [str(run["id"]) for run in listed]
    assert rows[0]["branch"] == "a,b\n\"c'"
    assert rows[0]["duration_s"] == "10.0"
    assert rows[0]["is_default_branch"] in ("true", "false")
    assert rows[0]["demo"] == "false"


def test_order_is_that_of_the_list(shop):
    for seconds in (5, 20, 10):
        shop.push(started_at=ago(minutes=seconds), duration_seconds=seconds)

    rows = rows_of(shop.get("/api/v1/runs/export.csv", params={"sort": "-duration"}))

    assert [row["duration_s"] for row in rows] == ["20.0", "10.0", "5.0"]


@pytest.mark.parametrize(
    "name", ["=1+1", "+x", "-x", "@SUM(A1)", "＝1", "＋x", "－x", "＠x", " =1", '"=1', "'\u00a0=1"]
)
def test_text_that_a_spreadsheet_would_run_is_made_harmless(shop, name):
    shop.push(branch=name)

    (row,) = rows_of(shop.get("/api/v1/runs/export.csv"))

    assert row["branch"] == f"'{name}"


def test_nothing_found_is_a_file_with_its_head_only(shop):
    answer = shop.get("/api/v1/runs/export.csv")

    assert rows_of(answer) == []
    assert answer.text.startswith("id,run_id,run_number,")


def test_name_of_a_file_tells_demo_data_from_real(shop):
    shop.push()
    for path in ("runs/export", "series/outcomes", "series/duration", "strips", "grid/time"):
        for asked, is_marked in (({"demo": 1}, True), ({}, False)):
            answer = shop.get(f"/api/v1/{path}.csv", params=asked)
            name = answer.headers["content-disposition"]
            assert name.endswith('-demo.csv"') == is_marked, (path, name)


def test_charts_are_written_bucket_by_bucket(shop):
    shop.push(started_at=ago(hours=1), duration_seconds=30)
    shop.push(started_at=ago(hours=1), duration_seconds=10, status="failure", workflow="e2e")

    outcomes = rows_of(shop.get("/api/v1/series/outcomes.csv", params={"gran": "day"}))
    durations = rows_of(shop.get("/api/v1/series/duration.csv", params={"gran": "day"}))
    grid = rows_of(shop.get("/api/v1/grid/time.csv"))

    assert sum(int(row["success"]) for row in outcomes) == 1
    assert sum(int(row["failure"]) for row in outcomes) == 1
    assert [row["avg_s"] for row in durations if row["n"] != "0"] == ["20.0"]
    assert [(row["workflow"], row["state"], row["runs"]) for row in grid] == [
        ("e2e", "failure", "1"),
        ("build", "success", "1"),
    ]


def test_strips_are_written_run_by_run(shop):
    first = shop.push(started_at=ago(hours=5), duration_seconds=60)
    second = shop.push(started_at=ago(hours=4), duration_seconds=30, status="failure")
    shop.push(workflow="lint", started_at=ago(hours=1), duration_seconds=5)

    rows = rows_of(shop.get("/api/v1/strips.csv", params={"n": 2}))

    assert [(row["workflow"], row["run_id"], row["status"]) for row in rows[:2]] == [
        ("build", str(first["id"]), "success"), ("build", str(second["id"]), "failure")
    ]  # fmt: skip
    assert rows[0]["red_since"] == second["finished_at"]
    assert (rows[1]["duration_s"], rows[2]["workflow"]) == ("30.0", "lint")


def test_waterfall_is_written_job_by_job_and_step_by_step(shop):
    shop.deliver()
    shop.deliver_job(name="test (3.12)", conclusion="failure")
    (job,) = shop.read("/api/v1/runs/1001")["jobs"]

    whole, *steps = rows_of(shop.get("/api/v1/runs/1001/waterfall.csv"))

    assert (whole["job_id"], whole["job"], whole["step"]) == (str(job["id"]), "test (3.12)", "")
    assert (whole["status"], whole["started_at"]) == ("failure", job["started_at"])
    assert float(whole["duration_s"]) == job["duration_s"]
    assert [(step["step_number"], step["step"], step["job"]) for step in steps] == [
        (str(step["number"]), step["name"], "test (3.12)") for step in job["steps"]
    ]
    shop.refused(404, "GET", "/api/v1/runs/4711/waterfall.csv")


def test_jobs_of_a_workflow_are_written_as_they_are_listed(shop):
    shop.deliver(conclusion="failure")
    shop.deliver_job(name="lint", conclusion="failure")
    (item,) = shop.read("/api/v1/repos/acme/api/workflows")["items"]

    (row,) = rows_of(shop.get(f"/api/v1/workflows/{item['id']}/jobs.csv"))

    (failed,) = shop.read("/api/v1/runs")["items"]
    assert (row["name"], row["success"], row["failure"]) == ("lint", "0", "1")
    assert (row["success_rate"], row["last_failure_run_id"]) == ("0.0", str(failed["id"]))
    shop.refused(404, "GET", "/api/v1/workflows/4711/jobs.csv")


@pytest.mark.parametrize("path", ["series/outcomes", "series/duration", "strips", "grid/time"])
def test_chart_of_nothing_is_a_file_with_its_head(shop, path):
    answer = shop.get(f"/api/v1/{path}.csv")

    assert answer.status_code == 200
    assert len(answer.text.splitlines()[0].split(",")) > 5
