"""The older paths: runs, metrics, filters, configuration."""

from itertools import pairwise

import pytest

from tests.api.conftest import ago, clock_of, later

RUN_FIELDS = {
    "id", "run_id", "run_number", "attempt", "event", "repo", "workflow", "pipeline", "status",
    "conclusion", "branch", "head_branch", "commit", "head_sha", "actor", "triggered_by",
    "started_at", "finished_at", "updated_at", "duration_seconds", "duration_sec", "html_url",
    "source",
}  # fmt: skip


def ids(runs):
    return [run["id"] for run in runs]


# Runs


def test_run_carries_every_field_in_both_spellings(shop):
    created = ago(hours=2)
    shop.deliver(id=900, number=14, created=created, seconds=90, conclusion="timed_out")

    (run,) = shop.read("/api/runs")

    assert set(run) >= RUN_FIELDS
    assert isinstance(run["id"], int)
    assert run["run_id"] == "900"
    assert run["run_number"] == 14
    assert run["attempt"] == 1
    assert run["event"] == "push"
    assert run["repo"] == "acme/api"
    assert run["workflow"] == run["pipeline"] == "CI"
    assert run["status"] == "failure"
    assert run["conclusion"] == "timed_out"
    assert run["branch"] == run["head_branch"] == "main"
    assert run["commit"] == run["head_sha"] == "4d6ee57193c29fc3b23723c386f462287b60bf87"
    assert run["actor"] == run["triggered_by"] == "kim"
    assert run["started_at"] == created
    assert run["finished_at"] == run["updated_at"] == later(created, 90)
    assert run["duration_seconds"] == run["duration_sec"] == 90
    assert run["html_url"] == "https://github.com/acme/api/actions/runs/900"
    assert run["source"] == "github"


def test_only_the_latest_attempt_of_a_run_is_listed_under_one_id(shop):
    shop.deliver(id=900, attempt=1, conclusion="failure")
    (first,) = shop.read("/api/runs")
    shop.deliver(id=900, attempt=2, conclusion="success", started=ago(minutes=20))

    (run,) = shop.read("/api/runs")

    assert run["id"] == first["id"]
    assert (run["attempt"], run["status"]) == (2, "success")
    earlier = shop.read(f"/api/runs/{run['id']}", attempt=1)
    assert (earlier["attempt"], earlier["status"]) == (1, "failure")


def test_runs_come_newest_start_first_and_ties_newest_id_first(shop):
    same = ago(hours=3)
    older = shop.push(started_at=ago(hours=5))
    twins = [shop.push(started_at=same), shop.push(started_at=same)]
    newest = shop.push(started_at=ago(hours=1))

    assert ids(shop.read("/api/runs")) == ids([newest, twins[1], twins[0], older])


def test_limit_and_offset_cut_the_list(shop):
    pushed = [shop.push(started_at=ago(hours=9 - i)) for i in range(4)][::-1]

    assert ids(shop.read("/api/runs", limit=2)) == ids(pushed[:2])
    assert ids(shop.read("/api/runs", limit=2, offset=1)) == ids(pushed[1:3])
    assert shop.read("/api/runs", offset=10) == []


def test_twenty_runs_are_listed_unless_another_limit_is_given(shop):
    for i in range(22):
        shop.push(started_at=ago(minutes=30 + i))

    assert len(shop.read("/api/runs")) == 20
    assert len(shop.read("/api/runs", limit=500)) == 22


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", 0), ("limit", 501), ("limit", "many"), ("limit", -1), ("offset", -1),
        ("from", "yesterday"), ("to", "2026-13-01T00:00:00Z"), ("status", "bogus"),
        ("demo", "perhaps"),
    ],
)  # fmt: skip
def test_query_value_that_makes_no_sense_is_named(shop, name, value):
    problem = shop.refused(422, "GET", "/api/runs", params={name: value})

    assert [error["field"] for error in problem["errors"]] == [name]


def test_empty_query_values_count_as_not_given(shop):
    run = shop.push()
    query = "limit=20&offset=0&repo=&workflow=&branch=&status=&from=&to="

    assert ids(shop.read(f"/api/runs?{query}")) == [run["id"]]
    assert ids(shop.read("/api/runs?limit=&offset=&demo=")) == [run["id"]]


def test_runs_are_filtered_by_repository_workflow_and_branch(shop):
    api = shop.push(repo="acme/api", workflow="build", branch="main", started_at=ago(hours=1))
    web = shop.push(repo="acme/web", workflow="lint", branch="fix/1", started_at=ago(hours=2))

    assert ids(shop.read("/api/runs", repo="acme/web")) == [web["id"]]
    assert ids(shop.read("/api/runs", repo="ACME/Web")) == [web["id"]]
    assert ids(shop.read("/api/runs", repo=["acme/web", "acme/api"])) == ids([api, web])
    assert ids(shop.read("/api/runs", workflow="build")) == [api["id"]]
    assert ids(shop.read("/api/runs", branch="fix/1")) == [web["id"]]
    assert shop.read("/api/runs", branch="nowhere") == []
    assert shop.read("/api/runs", repo="acme/nowhere") == []
    assert shop.read("/api/runs", repo="acme/web", workflow="build") == []


def test_workflow_is_found_by_its_file_as_by_its_name(shop):
    shop.deliver(workflow="Continuous integration", path=".github/workflows/ci.yml")

    for name in ("Continuous integration", "ci.yml", ".github/workflows/ci.yml"):
        assert len(shop.read("/api/runs", workflow=name)) == 1
    assert shop.read("/api/runs", workflow="other.yml") == []


def test_default_branch_is_that_of_each_repository(shop):
    shop.deliver(id=1, branch="trunk", default_branch="trunk", repo="acme/a", repo_id=1)
    shop.deliver(id=2, branch="main", default_branch="trunk", repo="acme/a", repo_id=1)
    shop.deliver(id=3, branch="main", default_branch="main", repo="acme/b", repo_id=2)

    found = shop.read("/api/runs", branch="@default")

    assert sorted((run["repo"], run["branch"]) for run in found) == [
        ("acme/a", "trunk"),
        ("acme/b", "main"),
    ]
    assert len(shop.read("/api/runs", branch="@any")) == 3


def test_status_filter_takes_the_folded_word_or_the_conclusion_and_several(shop):
    for number, conclusion in enumerate(
        ["success", "failure", "timed_out", "startup_failure", "cancelled", "skipped", "neutral",
         "action_required", "stale", "never_heard_of"], 1,
    ):  # fmt: skip
        shop.deliver(id=number, conclusion=conclusion)
    shop.deliver(id=20, status="in_progress")
    shop.deliver(id=21, status="queued")

    def found(*words):
        return {run["run_id"] for run in shop.read("/api/runs", status=list(words))}

    assert found("failure") == {"2", "3", "4"}
    assert found("timed_out") == {"3"}
    assert found("success", "cancelled") == {"1", "5"}
    assert found("neutral") == {"7"}
    assert found("action_required") == {"8"}
    assert found("stale") == {"9"}
    assert found("unknown") == {"10"}
    assert found("running") == found("in_progress") == {"20"}
    assert found("queued") == {"21"}
    assert found("skipped") == {"6"}
    assert {run["run_id"] for run in shop.read("/api/runs?status=failure,cancelled")} == {
        "2", "3", "4", "5",
    }  # fmt: skip


def test_status_word_of_every_run_is_the_folded_one(shop):
    expected = {"success": "success", "failure": "failure", "timed_out": "failure",
                "startup_failure": "failure", "cancelled": "cancelled", "skipped": "skipped",
                "neutral": "neutral", "action_required": "action_required", "stale": "stale",
                "never_heard_of": "unknown"}  # fmt: skip
    for number, conclusion in enumerate(expected, 1):
        shop.deliver(id=number, conclusion=conclusion)

    assert {run["conclusion"]: run["status"] for run in shop.read("/api/runs")} == expected


def test_from_and_to_are_half_open(shop):
    edges = [ago(hours=3), ago(hours=2), ago(hours=1)]
    runs = [shop.push(started_at=edge, duration_seconds=1) for edge in edges]

    found = shop.read("/api/runs", **{"from": edges[0], "to": edges[2]})

    assert ids(found) == ids([runs[1], runs[0]])
    assert ids(shop.read("/api/runs", **{"from": edges[2]})) == [runs[2]["id"]]
    assert ids(shop.read("/api/runs", to=edges[1])) == [runs[0]["id"]]


def test_window_takes_runs_by_their_creation_whenever_they_were_run_again(shop):
    shop.deliver(id=900, created=ago(days=5), attempt=2, started=ago(hours=1))

    assert shop.read("/api/runs", **{"from": ago(days=1)}) == []
    assert len(shop.read("/api/runs", **{"from": ago(days=6), "to": ago(days=4)})) == 1


def test_times_with_an_offset_are_read_even_when_the_plus_was_not_escaped(shop):
    run = shop.push(started_at="2026-01-31T10:00:00Z", duration_seconds=5)
    query = "from=2026-01-31T11:00:00+01:00&to=2026-01-31T10:00:01Z"

    assert ids(shop.read(f"/api/runs?{query}")) == [run["id"]]


def test_duration_of_nothing_is_zero_and_of_a_running_run_is_null(shop):
    at = ago(hours=1)
    done = shop.push(started_at=at, finished_at=at)
    going = shop.push(status="running", started_at=at)

    assert (done["duration_seconds"], done["duration_sec"]) == (0, 0)
    assert (going["duration_seconds"], going["finished_at"]) == (None, None)
    assert going["status"] == "running"


def test_open_pushed_run_reads_as_stale_after_a_day(shop):
    old = shop.push(status="running", started_at=ago(hours=25))
    new = shop.push(status="running", started_at=ago(hours=23))
    waiting = shop.push(status="queued", started_at=ago(hours=26))

    statuses = {run["id"]: run["status"] for run in shop.read("/api/runs")}

    assert statuses == {old["id"]: "stale", new["id"]: "running", waiting["id"]: "stale"}
    assert ids(shop.read("/api/runs", status="running")) == [new["id"]]
    assert ids(shop.read("/api/runs", status="stale")) == ids([old, waiting])
    assert shop.read("/api/runs", status="queued") == []


def test_open_run_of_github_never_turns_stale_by_itself(shop):
    shop.deliver(id=900, status="in_progress", created=ago(days=3))

    assert shop.read("/api/runs")[0]["status"] == "running"


# Demo data


def test_demo_runs_are_listed_only_while_nothing_real_is_stored(shop):
    shop.simulate(count=3)
    assert len(shop.read("/api/runs")) == 3

    real = shop.push()

    assert ids(shop.read("/api/runs")) == [real["id"]]
    assert len(shop.read("/api/runs", demo=1)) >= 3


def test_demo_data_is_left_out_of_every_path_once_something_real_is_stored(shop):
    demo = shop.simulate(count=4)
    shop.push(workflow="real build", branch="real", triggered_by="lee")
    names = {run["repo"] for run in demo}

    for path in ("/api/runs", "/api/filters", "/api/metrics", "/api/metrics/summary",
                 "/api/v1/repos", "/api/v1/runs", "/api/v1/filters", "/api/v1/metrics",
                 "/api/v1/series/outcomes", "/api/v1/series/duration", "/api/v1/overview/kpis",
                 "/api/v1/facets?field=repo", "/api/v1/ingest/events", "/api/v1/meta"):  # fmt: skip
        said = shop.get(path).text
        assert not any(name in said for name in names), path
    assert shop.read("/api/metrics")["summary"]["total_runs"] == 1
    assert shop.read("/api/metrics/summary")["total"] == 1
    assert shop.read("/api/metrics", demo=1)["summary"]["total_runs"] >= 4


# Metrics


def test_metrics_of_nothing_are_zeros_and_nulls_with_every_bucket_there(shop):
    found = shop.read("/api/metrics")

    assert set(found) >= {"summary", "time_series", "recent_runs"}
    assert set(found["summary"]) >= {
        "total_runs", "success_rate", "failure_rate", "avg_duration_seconds",
        "p50_duration_seconds", "p95_duration_seconds", "success", "failure", "last_updated",
    }  # fmt: skip
    assert found["summary"]["total_runs"] == found["summary"]["success"] == 0
    assert found["summary"]["success_rate"] is None
    assert found["summary"]["avg_duration_seconds"] is None
    assert len(found["time_series"]) in (7, 8)
    assert all(
        (b["success"], b["failure"], b["avg_duration"]) == (0, 0, None)
        for b in found["time_series"]
    )
    assert found["recent_runs"] == []


def test_metrics_count_as_the_definitions_say(shop):
    at = ago(hours=5)
    for seconds, status in ((10, "success"), (20, "success"), (30, "success"), (100, "failure"),
                            (50, "cancelled")):  # fmt: skip
        shop.push(status=status, started_at=at, duration_seconds=seconds)
    shop.push(status="running", started_at=at)

    summary = shop.read("/api/metrics")["summary"]

    assert summary["total_runs"] == 6
    assert (summary["success"], summary["failure"]) == (3, 1)
    assert summary["success_rate"] == 0.75
    assert summary["failure_rate"] == 0.25
    assert summary["avg_duration_seconds"] == 40
    assert summary["p50_duration_seconds"] == 25
    assert summary["p95_duration_seconds"] == pytest.approx(89.5)
    assert summary["last_updated"] is not None


def test_series_is_cut_in_the_zone_asked_for(shop):
    # 18:30 UTC is the next day in Kathmandu, which is 5:45 ahead.
    shop.push(started_at="2026-03-10T18:30:00Z", duration_seconds=8)
    window = {"from": "2026-03-10T00:00:00Z", "to": "2026-03-12T00:00:00Z"}

    utc = shop.read("/api/metrics", **window)["time_series"]
    there = shop.read("/api/metrics", **window, tz="Asia/Kathmandu")["time_series"]

    assert [(b["timestamp"], b["success"]) for b in utc] == [
        ("2026-03-10T00:00:00Z", 1),
        ("2026-03-11T00:00:00Z", 0),
    ]
    assert [(b["timestamp"], b["success"]) for b in there] == [
        ("2026-03-09T18:15:00Z", 0),
        ("2026-03-10T18:15:00Z", 1),
        ("2026-03-11T18:15:00Z", 0),
    ]
    assert there[1]["avg_duration"] == 8


def test_series_by_hour_and_week(shop):
    window = {"from": "2026-03-02T00:00:00Z", "to": "2026-03-16T00:00:00Z"}

    hours = shop.read("/api/metrics", **window, group_by="hour")["time_series"]
    weeks = shop.read("/api/metrics", **window, group_by="week")["time_series"]

    assert len(hours) == 14 * 24
    assert {clock_of(b["timestamp"]) - clock_of(a["timestamp"]) for a, b in pairwise(hours)} == {
        3_600_000_000
    }
    assert [b["timestamp"] for b in weeks] == ["2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z"]


def test_a_thousand_buckets_are_given_and_one_more_is_refused(shop):
    start = "2026-01-01T00:00:00Z"
    fits = shop.read(
        "/api/metrics", **{"from": start, "to": later(start, 1000 * 3600)}, group_by="hour"
    )
    too_far = {"from": start, "to": later(start, 1001 * 3600), "group_by": "hour"}

    assert len(fits["time_series"]) == 1000
    problem = shop.refused(422, "GET", "/api/metrics", params=too_far)
    assert problem["errors"][0]["field"] == "group_by"


@pytest.mark.parametrize(
    ("name", "value"),
    [("tz", "Mars/Olympus"), ("group_by", "month"), ("limit", 0), ("limit", 501),
     ("from", "2026-02-30T00:00:00Z"), ("to", "soon")],
)  # fmt: skip
def test_metrics_name_the_query_value_that_makes_no_sense(shop, name, value):
    problem = shop.refused(422, "GET", "/api/metrics", params={name: value})

    assert [error["field"] for error in problem["errors"]] == [name]


def test_window_that_ends_before_it_begins_is_refused(shop):
    params = {"from": "2026-02-02T00:00:00Z", "to": "2026-02-01T00:00:00Z"}

    for path in ("/api/metrics", "/api/runs", "/api/v1/runs"):
        problem = shop.refused(422, "GET", path, params=params)
        assert problem["errors"][0]["field"] in ("from", "to")


def test_recent_runs_call_the_event_the_trigger_and_the_person_the_actor(shop):
    shop.deliver(id=900, event="schedule", actor="kim")

    (run,) = shop.read("/api/metrics")["recent_runs"]

    assert set(run) >= {"id", "workflow", "status", "duration_seconds", "started_at",
                        "finished_at", "repo", "branch", "triggered_by", "actor"}  # fmt: skip
    assert (run["triggered_by"], run["actor"]) == ("schedule", "kim")
    assert shop.read("/api/runs")[0]["triggered_by"] == "kim"
    shop.push(id="pushed", triggered_by="push")
    (pushed,) = (r for r in shop.read("/api/metrics")["recent_runs"] if r["actor"] == "push")
    assert pushed["triggered_by"] == "push"


def test_limit_of_metrics_is_for_recent_runs_alone(shop):
    runs = [shop.push(started_at=ago(hours=9 - i)) for i in range(3)]

    found = shop.read("/api/metrics", limit=2)

    assert ids(found["recent_runs"]) == ids([runs[2], runs[1]])
    assert found["summary"]["total_runs"] == 3


def test_metrics_are_filtered_like_runs(shop):
    shop.push(repo="acme/api", branch="main", workflow="build")
    shop.push(repo="acme/api", branch="fix/1", workflow="build", status="failure")
    shop.push(repo="acme/web", branch="main", workflow="lint")

    def total(**params):
        return shop.read("/api/metrics", **params)["summary"]["total_runs"]

    assert total() == 3
    assert total(repo="acme/api") == 2
    assert total(workflow="lint") == 1
    assert total(branch="fix/1") == 1
    assert total(branch="@default") == 2
    assert total(repo="acme/nowhere") == 0


def test_summary_tells_of_each_pipeline_of_each_repository(shop):
    shop.push(workflow="web", started_at=ago(minutes=50), duration_seconds=10)
    shop.push(workflow="web", started_at=ago(minutes=40), duration_seconds=30, status="failure")
    shop.push(workflow="web", repo="acme/other", started_at=ago(minutes=90), duration_seconds=60)
    shop.push(workflow="web", started_at=ago(hours=30), duration_seconds=60)

    found = shop.read("/api/metrics/summary")

    assert found["window_minutes"] == 1440
    assert (found["total"], found["success"], found["failure"]) == (3, 2, 1)
    assert found["success_rate"] == pytest.approx(2 / 3, abs=1e-6)
    assert found["avg_duration_sec"] == pytest.approx(100 / 3, abs=1e-3)
    assert found["last_status"] == "failure"
    by_name = {(p["pipeline"], p["repo"]): p for p in found["per_pipeline"]}
    assert set(by_name) == {("web", "acme/api"), ("web", "acme/other")}
    mine = by_name["web", "acme/api"]
    assert (mine["total"], mine["success"], mine["failure"]) == (2, 1, 1)
    assert mine["avg_duration_sec"] == 20
    assert mine["last_status"] == "failure"
    assert found["last_finished_at"] == mine["last_finished_at"]
    assert set(found) - {"per_pipeline"} <= set(mine)


def test_summary_of_nothing(shop):
    found = shop.read("/api/metrics/summary", minutes=5)

    assert found["window_minutes"] == 5
    assert (found["total"], found["success_rate"], found["avg_duration_sec"]) == (0, None, None)
    assert (found["last_status"], found["last_finished_at"]) == (None, None)
    assert found["per_pipeline"] == []


@pytest.mark.parametrize("minutes", [0, -5, "ten", 10**12])
def test_summary_refuses_minutes_that_are_no_length(shop, minutes):
    problem = shop.refused(422, "GET", "/api/metrics/summary", params={"minutes": minutes})

    assert problem["errors"][0]["field"] == "minutes"


# Filters, configuration, logs


def test_filters_list_what_is_stored_each_sorted(shop):
    shop.push(repo="acme/web", workflow="lint", branch="main", triggered_by="zoe")
    shop.push(repo="acme/api", workflow="build", branch="fix/1", triggered_by="ann",
              status="failure")  # fmt: skip
    shop.push(repo="acme/api", workflow="build", branch="fix/1", status="running",
              started_at=ago(hours=30))  # fmt: skip

    assert shop.read("/api/filters") == {
        "repos": ["acme/api", "acme/web"],
        "workflows": ["build", "lint"],
        "branches": ["fix/1", "main"],
        "statuses": ["failure", "stale", "success"],
        "actors": ["ann", "zoe"],
    }


def test_filters_of_nothing_are_empty_lists(shop):
    assert shop.read("/api/filters") == {
        "repos": [], "workflows": [], "branches": [], "statuses": [], "actors": [],
    }  # fmt: skip


def test_config_says_what_a_screen_needs_and_no_secret(open_shop):
    with open_shop(
        title="Acme CI", environment="staging", repos="acme/api,acme/web", workflows="",
        refresh_seconds=30, github_token="ghp_verysecret", ingest_token="tok-secret",
        webhook_secrets="hook-secret",
    ) as shop:  # fmt: skip
        answer = shop.get("/api/config")

    config = answer.json()
    assert config["title"] == "Acme CI"
    assert config["environment"] == "staging"
    assert config["version"]
    assert config["refresh_seconds"] == 30
    assert config["repos"] == ["acme/api", "acme/web"]
    assert config["workflows"] == []
    assert config["polling"]["enabled"] is False
    assert "GH_WORKFLOWS" in config["polling"]["reason"]
    assert config["timezone"] == "UTC"
    assert isinstance(config["features"], list)
    assert "secret" not in answer.text


def test_logs_are_not_found_with_the_reason(shop):
    run = shop.push()

    kept = shop.refused(404, "GET", f"/api/logs/{run['id']}")
    assert "log" in kept["detail"]
    shop.refused(404, "GET", "/api/logs/123456789")
    shop.refused(404, "GET", "/api/v1/jobs/1/logs")


def test_provider_id_that_two_repositories_share_asks_for_the_repository(shop):
    one = shop.push(id="run-7", repo="acme/api")
    two = shop.push(id="run-7", repo="acme/web")
    alone = shop.push(id="run-8", repo="acme/web")

    problem = shop.refused(409, "GET", "/api/v1/runs/run-7")
    assert "repo=" in problem["detail"]
    shop.refused(409, "GET", "/api/logs/run-7")
    assert shop.read("/api/v1/runs/run-7", repo="acme/api")["run"]["id"] == one["id"]
    assert shop.read("/api/v1/runs/run-7", repo="acme/web")["run"]["id"] == two["id"]
    assert shop.read("/api/v1/runs/run-8")["run"]["id"] == alone["id"]


def test_our_id_goes_before_a_provider_id_that_looks_the_same(shop):
    first = shop.push(id="abc")
    shop.push(id=str(first["id"]))

    assert shop.read(f"/api/v1/runs/{first['id']}")["run"]["run_id"] == "abc"
