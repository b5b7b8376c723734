"""One workflow in numbers, and the server itself."""

from tests.api.conftest import ago


def test_jobs_of_a_workflow_are_counted_by_name(shop):
    at = ago(hours=2)
    for number, conclusion in ((1, "success"), (2, "failure"), (3, "success")):
        shop.deliver(id=number, number=number, conclusion=conclusion, created=at)
        shop.deliver_job(id=number * 10, run_id=number, name="test", conclusion=conclusion,
                         created=at, queue=number, seconds=number * 10)  # fmt: skip
        shop.deliver_job(id=number * 10 + 1, run_id=number, name="lint", created=at, seconds=5)
    (workflow,) = shop.read("/api/v1/repos/acme/api/workflows")["items"]

    found = shop.read(f"/api/v1/workflows/{workflow['id']}", branch="@default")

    assert found["workflow"]["repo"] == "acme/api"
    assert (found["summary"]["success"], found["summary"]["failure"]) == (2, 1)
    assert found["previous"]["total_runs"] == 0
    assert found["runs_considered"] == 3
    test, lint = found["jobs"]
    assert (test["name"], test["success"], test["failure"]) == ("test", 2, 1)
    assert (test["success_rate"], test["p50_s"]) == (0.666667, 20)
    assert test["queue_p95_s"] == 2.9
    assert test["last_failure"]["run_id"] is not None
    assert (lint["name"], lint["failure"], lint["last_failure"]) == ("lint", 0, None)
    assert lint["wasted_minutes"] is lint["flaky_rate"] is lint["critical_share"] is None


def test_rerun_job_counts_once_with_its_newest_result(shop):
    at = ago(hours=2)
    shop.deliver(id=1, attempt=1, conclusion="failure", created=at)
    shop.deliver_job(id=10, run_id=1, attempt=1, conclusion="failure", created=at)
    shop.deliver(id=1, attempt=2, conclusion="success", created=at)
    shop.deliver_job(id=11, run_id=1, attempt=2, conclusion="success", created=at)
    (workflow,) = shop.read("/api/v1/repos/acme/api/workflows")["items"]

    (job,) = shop.read(f"/api/v1/workflows/{workflow['id']}")["jobs"]

    assert (job["success"], job["failure"]) == (1, 0)


def test_workflow_that_is_not_there_is_not_found(shop):
    shop.refused(404, "GET", "/api/v1/workflows/1")
    shop.refused(422, "GET", "/api/v1/workflows/CI")


def test_system_tells_of_its_database_and_its_deliveries(shop):
    shop.push()
    shop.push()

    found = shop.read("/api/v1/system")

    assert found["database"]["kind"] in ("sqlite", "postgresql")
    assert found["database"]["size_bytes"] > 10_000
    minutes = found["deliveries_per_minute"]
    assert len(minutes) == 60
    assert sum(minute["n"] for minute in minutes) == 2
    assert (found["queue_depth"], found["listeners"]) == (0, 0)
