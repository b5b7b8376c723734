"""The run list in pages, and one run with everything that is known of it."""

import pytest

from tests.api.conftest import ago, clock_of, later
from tests.api.test_compat import RUN_FIELDS


def ids(page):
    return [run["id"] for run in page["items"]]


def walk(shop, **params):
    """Return the ids of all pages in order."""
    found, cursor = [], None
    while True:
        page = shop.read("/api/v1/runs", **params, **({"cursor": cursor} if cursor else {}))
        found += ids(page)
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def test_page_carries_runs_with_the_names_of_the_older_path(shop):
    shop.deliver(id=900, number=14, attempt=1)

    page = shop.read("/api/v1/runs")

    assert set(page) >= {"items", "next_cursor", "total", "as_of", "counts"}
    (run,) = page["items"]
    assert set(run) >= RUN_FIELDS
    old = shop.read("/api/runs")[0]
    assert {name: run[name] for name in old} == old
    assert run["repository"] == {
        "id": shop.read("/api/v1/repos")["items"][0]["id"],
        "full_name": "acme/api",
        "url": "https://github.com/acme/api",
        "default_branch": "main",
    }
    assert run["workflow_path"] == ".github/workflows/ci.yml"
    assert run["is_default_branch"] is True
    assert run["provider"] == "github"
    assert run["head_commit"]["title"] == "Bump protobuf"
    assert run["head_commit"]["author"] == {"login": None, "name": "Kim", "avatar_url": None}
    assert run["attempts"] == 1
    assert run["rerun_url"] == run["html_url"]
    assert run["demo"] is False
    assert (page["total"], page["counts"]) == (1, {"by_status": {"success": 1}})


def test_pages_follow_one_another_without_gap_or_repetition(shop):
    same = ago(hours=3)
    for i in range(7):
        shop.push(started_at=same if i % 2 else ago(hours=i + 1), duration_seconds=i)
    everything = ids(shop.read("/api/v1/runs"))

    assert walk(shop, limit=2) == everything
    assert walk(shop, limit=7) == everything
    assert len(set(everything)) == 7


@pytest.mark.parametrize(
    "sort", ["-started_at", "started_at", "-duration", "duration", "-queue", "queue", "status",
             "-status"],
)  # fmt: skip
def test_every_order_is_walked_without_gap_or_repetition(shop, sort):
    for i, status in enumerate(
        ["success", "failure", "cancelled", "running", "success", "failure"]
    ):
        duration = {} if status == "running" else {"duration_seconds": i % 3}
        shop.push(status=status, started_at=ago(hours=i % 4 + 1), **duration)

    found = walk(shop, sort=sort, limit=2)

    assert len(found) == len(set(found)) == 6
    page = shop.read("/api/v1/runs", sort=sort)["items"]
    assert [run["id"] for run in page] == found
    name = {"queue": "queue_s", "duration": "duration_s"}.get(sort.lstrip("-"), sort.lstrip("-"))
    values = [-1 if run[name] is None else run[name] for run in page]
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_a_page_is_not_moved_by_runs_that_come_in_meanwhile(shop):
    old = [shop.push(started_at=ago(hours=i + 1))["id"] for i in range(4)]
    first = shop.read("/api/v1/runs", limit=2)
    shop.push(started_at=ago(minutes=1))

    second = shop.read("/api/v1/runs", limit=2, cursor=first["next_cursor"])

    assert ids(first) + ids(second) == old


@pytest.mark.parametrize("cursor", ["x", "AAAA", "éé", "e30", "a" * 3000])
def test_broken_cursor_is_refused(shop, cursor):
    problem = shop.refused(422, "GET", "/api/v1/runs", params={"cursor": cursor})

    assert problem["errors"][0]["field"] == "cursor"


def test_cursor_of_another_order_or_list_is_refused(shop):
    for i in range(3):
        shop.push(started_at=ago(hours=i + 1))
    cursor = shop.read("/api/v1/runs", limit=1)["next_cursor"]

    for path in ("/api/v1/runs?sort=status", "/api/v1/repos", "/api/v1/ingest/events"):
        joint = "&" if "?" in path else "?"
        shop.refused(422, "GET", f"{path}{joint}cursor={cursor}")
    cut = cursor[:-2]
    shop.refused(422, "GET", "/api/v1/runs", params={"cursor": cut})


def test_several_repositories_and_workflows_are_listed_in_one_order(shop):
    for i in range(8):
        shop.push(repo=f"acme/r{i % 4}", workflow=f"w{i % 3}", started_at=ago(hours=i % 5 + 1))
    everything = shop.read("/api/v1/runs")["items"]

    for params in (
        {"repo": ["acme/r1", "acme/r2", "acme/r3"]},
        {"workflow": ["w0", "w2"]},
        {"repo": ["acme/r1", "acme/r2"], "workflow": ["w1", "w2"]},
    ):
        expected = [
            run["id"] for run in everything
            if run["repo"] in params.get("repo", [run["repo"]])
            and run["workflow"] in params.get("workflow", [run["workflow"]])
        ]  # fmt: skip
        assert expected
        assert walk(shop, limit=1, **params) == expected
        assert shop.read("/api/v1/runs", **params)["total"] == len(expected)


def test_runs_are_filtered_by_what_is_known_of_them(shop):
    shop.deliver(id=1, event="push", actor="kim", sha="abc1230000", number=41)
    shop.deliver(id=2, event="schedule", actor="lee", sha="def4560000", number=42, attempt=2)
    shop.deliver_job(run_id=2, attempt=2)

    def found(**params):
        return {run["run_id"] for run in shop.read("/api/v1/runs", **params)["items"]}

    assert found(event="schedule") == {"2"}
    assert found(actor="kim") == {"1"}
    assert found(actor=["kim", "lee"]) == {"1", "2"}
    assert found(commit="abc123") == {"1"}
    assert found(commit="ABC1230000") == {"1"}
    assert found(min_attempt=2) == {"2"}
    assert found(label="self-hosted") == {"2"}
    assert found(label="self") == set()
    assert found(q="#42") == {"2"}
    assert found(q="bump PROTO") == {"1", "2"}
    assert found(q="abc1230") == {"1"}
    assert found(q="LEE") == {"2"}
    assert found(q="100%_nothing") == set()
    assert found(actor="kim", event="schedule") == set()
    assert found(status="success", window="24h") == {"1", "2"}


def test_counts_tell_each_status_of_what_matches(shop):
    for status in ("success", "success", "failure", "cancelled", "running"):
        shop.push(status=status, started_at=ago(hours=2))
    shop.push(status="running", started_at=ago(hours=30))

    page = shop.read("/api/v1/runs", limit=2)

    assert page["total"] == 6
    assert page["counts"]["by_status"] == {
        "success": 2, "failure": 1, "cancelled": 1, "running": 1, "stale": 1,
    }  # fmt: skip
    assert shop.read("/api/v1/runs", status="failure")["total"] == 1
    assert shop.read("/api/v1/runs", window="24h")["total"] == 5


def test_what_is_too_many_to_read_is_counted_by_the_kept_counts(shop, monkeypatch):
    monkeypatch.setattr("pulseboard.pipelines.lists.MAX_COUNTED", 2)
    for status in ("success", "success", "failure", "running"):
        shop.push(status=status, started_at=ago(hours=2), branch="main")

    page = shop.read("/api/v1/runs")
    assert (page["total"], page["counts"]["by_status"]) == (
        4,
        {"success": 2, "failure": 1, "open": 1},
    )
    beyond = shop.read("/api/v1/runs", branch="main")
    assert (beyond["total"], beyond["counts"]) == (None, None)
    few = shop.read("/api/v1/runs", branch="main", status="failure")
    assert (few["total"], few["counts"]) == (1, {"by_status": {"failure": 1}})


def test_empty_page_says_when_the_filters_last_matched(shop):
    at = ago(days=20)
    shop.push(branch="main", started_at=at, duration_seconds=5)

    page = shop.read("/api/v1/runs", branch="main", window="7d")

    assert (page["items"], page["total"], page["latest_match_at"]) == ([], 0, at)
    assert shop.read("/api/v1/runs", branch="nowhere")["latest_match_at"] is None


def test_branch_with_few_runs_and_with_many_give_the_same_list(shop, monkeypatch):
    for i in range(5):
        shop.push(branch="main" if i % 2 else "fix/1", started_at=ago(hours=i + 1))
    rare = ids(shop.read("/api/v1/runs", branch="main"))

    monkeypatch.setattr("pulseboard.pipelines.lists._FEW", 0)

    assert ids(shop.read("/api/v1/runs", branch="main")) == rare
    assert len(rare) == 2


# One run


def test_run_is_shown_with_attempts_jobs_and_steps(shop):
    created = ago(hours=2)
    shop.deliver(id=900, created=created, attempt=1, conclusion="failure", seconds=100)
    steps = [
        {"number": 1, "name": "Set up job", "status": "completed", "conclusion": "success",
         "started_at": created, "completed_at": later(created, 2)},
        {"number": 4, "name": "Run tests", "status": "completed", "conclusion": "failure",
         "started_at": later(created, 2), "completed_at": later(created, 30)},
    ]  # fmt: skip
    shop.deliver_job(id=1, run_id=900, name="test", conclusion="failure", created=created,
                     queue=7, seconds=30, steps=steps)  # fmt: skip
    shop.deliver_job(id=2, run_id=900, name="lint", created=created, queue=-5, seconds=8)

    found = shop.read("/api/v1/runs/900")

    assert set(found) >= {"run", "attempts", "jobs", "baseline", "last_green", "as_of"}
    run = found["run"]
    assert (run["run_id"], run["status"], run["attempt"]) == ("900", "failure", 1)
    assert run["jobs"] == {"total": 2, "failed": 1, "running": 0, "skipped": 0}
    assert run["queue_s"] == 7
    assert [a["n"] for a in found["attempts"]] == [1]
    jobs = {job["name"]: job for job in found["jobs"]}
    assert set(jobs) == {"test", "lint"}
    test = jobs["test"]
    assert (test["job_id"], test["run_id"], test["attempt"]) == ("1", run["id"], 1)
    assert (test["status"], test["duration_s"], test["queue_s"]) == ("failure", 30, 7)
    assert test["runner"] == {
        "name": "runner-1", "group": "Default", "labels": ["self-hosted", "ubuntu-latest"],
    }  # fmt: skip
    assert [(s["number"], s["name"], s["status"]) for s in test["steps"]] == [
        (1, "Set up job", "success"),
        (4, "Run tests", "failure"),
    ]
    assert test["steps"][1]["duration_s"] == 28
    assert [(s["first_line"], s["last_line"]) for s in test["steps"]] == [(None, None)] * 2
    assert (jobs["lint"]["queue_s"], jobs["lint"]["has_clock_skew"]) == (0, True)
    assert test["verdict"] is None
    assert (test["log"]["available"], test["log"]["state"]) == (False, None)
    assert "Fetch now" in test["log"]["reason"]


def test_page_of_a_run_says_which_lines_each_step_wrote(shop):
    created = "2026-03-01T12:00:00Z"
    shop.deliver(id=900, conclusion="failure", created=created)
    steps = [
        {"number": number, "name": name, "status": "completed", "conclusion": conclusion,
         "started_at": later(created, 10 * number), "completed_at": later(created, 10 * number + 5)}
        for number, name, conclusion in ((1, "Set up job", "success"), (2, "Test", "failure"))
    ]  # fmt: skip
    shop.deliver_job(id=1, run_id=900, conclusion="failure", created=created, steps=steps)
    (job,) = shop.read("/api/v1/runs/900")["jobs"]
    lines = ("10.0000000Z up", "11.0000000Z ready", "21.0000000Z ##[error]it broke")
    text = "".join(f"2026-03-01T12:00:{line}\n" for line in lines)
    assert shop.request("PUT", f"/api/v1/jobs/{job['id']}/log", content=text).status_code == 200

    found = shop.read("/api/v1/runs/900")

    (job,) = found["jobs"]
    assert [(s["first_line"], s["last_line"]) for s in job["steps"]] == [(1, 2), (3, 3)]
    meta = shop.read(f"/api/v1/jobs/{job['id']}/log/meta")
    assert [(s["first_line"], s["last_line"]) for s in meta["steps"]] == [(1, 2), (3, 3)]
    assert (job["log"]["available"], job["log"]["reason"]) == (True, None)
    assert found["run"]["first_error"]["text"] == "it broke"
    assert found["run"]["first_error"]["cluster_id"] is None
    assert job["first_error"]["cluster_id"] is None


def test_secrets_in_what_was_pushed_along_are_masked_wherever_the_run_is_shown(shop):
    meta = {"token": "whatever", "said": "ghp_" + "A" * 36, "runner": {"name": "one", "n": [1]}}
    pushed = shop.push(meta=meta)

    seen = [
        shop.read(f"/api/v1/runs/{pushed['id']}")["run"],
        shop.read("/api/v1/runs")["items"][0],
        shop.read("/api/v1/repos/acme/api/runs")["items"][0],
    ]

    shown = {"token": "***", "said": "***", "runner": {"name": "one", "n": [1]}}
    assert [run["meta"] for run in seen] == [shown] * 3
    assert "ghp_AAAA" not in shop.get(f"/api/v1/runs/{pushed['id']}/export.json").text


def test_partial_rerun_keeps_the_jobs_it_did_not_run_again(shop):
    shop.deliver(id=900, attempt=1, conclusion="failure")
    shop.deliver_job(id=1, run_id=900, name="test", conclusion="failure")
    shop.deliver_job(id=2, run_id=900, name="lint")
    shop.deliver(id=900, attempt=2, conclusion="success", started=ago(minutes=9))
    shop.deliver_job(id=3, run_id=900, attempt=2, name="test")

    now = shop.read("/api/v1/runs/900")
    before = shop.read("/api/v1/runs/900", attempt=1)

    assert {(j["name"], j["status"], j["attempt"]) for j in now["jobs"]} == {
        ("test", "success", 2),
        ("lint", "success", 1),
    }
    assert {(j["name"], j["status"], j["attempt"]) for j in before["jobs"]} == {
        ("test", "failure", 1),
        ("lint", "success", 1),
    }
    assert [(a["n"], a["status"]) for a in now["attempts"]] == [(1, "failure"), (2, "success")]
    assert (now["run"]["attempts"], before["run"]["attempts"]) == (2, 2)
    assert shop.read("/api/v1/runs")["items"][0]["attempts"] == 2
    assert before["run"]["status"] == "failure"
    assert before["run"]["id"] == now["run"]["id"]
    shop.refused(404, "GET", "/api/v1/runs/900?attempt=3")
    shop.refused(422, "GET", "/api/v1/runs/900?attempt=0")


def test_run_is_compared_with_the_ones_before(shop):
    for i, (status, sha) in enumerate(
        [("success", "a"), ("success", "b"), ("failure", "c"), ("failure", "d")]
    ):
        shop.push(
            id=f"r{i}", status=status, commit=sha, duration_seconds=(i + 1) * 10,
            started_at=ago(hours=9 - i),
        )  # fmt: skip
    shop.push(
        id="elsewhere", branch="fix/1", commit="e", started_at=ago(hours=4), duration_seconds=5
    )

    found = shop.read("/api/v1/runs/r3")

    assert found["baseline"] == {"p50_s": 20, "p95_s": pytest.approx(29), "n": 3}
    assert found["last_green"]["commit"]["sha"] == "b"
    assert found["last_green"]["commits_since"] == 2
    green = shop.read("/api/v1/runs/r1")
    assert found["last_green"]["run_id"] == green["run"]["id"]
    assert shop.read("/api/v1/runs/r0")["last_green"] is None
    assert shop.read("/api/v1/runs/r0")["baseline"] == {
        "p50_s": None, "p95_s": None, "n": 0,
    }  # fmt: skip


def test_skipped_job_has_no_duration(shop):
    shop.deliver(id=900)
    shop.deliver_job(id=1, run_id=900, conclusion="skipped", seconds=-1)

    (job,) = shop.read("/api/v1/runs/900")["jobs"]

    assert (job["status"], job["duration_s"], job["queue_s"]) == ("skipped", None, None)


def test_demo_run_never_makes_a_real_one_ambiguous(shop):
    demo = shop.simulate(count=1)[0]
    real = shop.push(id=demo["run_id"])

    assert shop.read(f"/api/v1/runs/{demo['run_id']}", repo="acme/api")["run"]["id"] == real["id"]
    assert shop.read(f"/api/v1/runs/{demo['run_id']}")["run"]["id"] == real["id"]


def test_times_of_a_run_are_in_order(shop):
    shop.deliver(id=900, created=ago(hours=2), started=ago(hours=1), attempt=2, seconds=60)

    run = shop.read("/api/v1/runs/900")["run"]

    assert clock_of(run["created_at"]) < clock_of(run["started_at"]) < clock_of(run["finished_at"])
    assert run["duration_s"] == 60


def test_runs_are_listed_by_id(shop):
    ids = [shop.push()["id"] for _ in range(3)]

    found = shop.read("/api/v1/runs", id=[ids[0], ids[2]])

    assert [run["id"] for run in found["items"]] == [ids[2], ids[0]]
    assert found["total"] == 2


def test_more_than_a_hundred_ids_are_refused(shop):
    problem = shop.refused(422, "GET", "/api/v1/runs", params={"id": list(range(101))})

    assert problem["errors"][0]["field"] == "id"
