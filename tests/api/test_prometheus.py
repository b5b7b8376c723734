"""The figures for Prometheus."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import update

from pulseboard import clock
from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from pulseboard.metrics import figures
from pulseboard.model import Alert, Repository
from tests.api.conftest import ago

DOCS = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
UNITS = ("milliseconds", "minutes", "hours", "kilobytes", "percent", "ms")


@pytest.fixture
def busy(shop):
    """A shop in which something of everything has happened."""
    shop.deliver(id=1, conclusion="success", seconds=90, created=ago(hours=1))
    shop.deliver(id=2, conclusion="failure", seconds=20, created=ago(hours=2), branch="fix/1")
    shop.deliver(id=3, status="in_progress")
    shop.deliver_job(id=1, run_id=1, queue=6, seconds=80)
    shop.push(repo='odd"\\name', workflow="two\nlines")
    shop.post("/webhook/github", content=b"{", headers={"X-GitHub-Event": "workflow_run"})
    return shop


def read(shop):
    """Return every sample: {(name, labels as a sorted tuple): value}."""
    answer = shop.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def families(shop):
    return list(text_string_to_metric_families(shop.get("/metrics").text))


def test_figures_of_ci_are_those_of_the_rows(busy):
    found = read(busy)

    def runs(**labels):
        return found["pulseboard_ci_runs", tuple(sorted(labels.items()))]

    ci = {"repository": "acme/api", "workflow": "CI"}
    assert runs(**ci, branch="default", outcome="success") == 1
    assert runs(**ci, branch="other", outcome="failure") == 1
    assert runs(**ci, branch="default", outcome="open") == 1
    assert runs(repository='odd"\\name', workflow="two\nlines", branch="default",
                outcome="success") == 1  # fmt: skip
    assert found["pulseboard_ci_last_run_success", tuple(sorted(ci.items()))] == 1
    assert found["pulseboard_ci_run_duration_seconds_count", ()] == 3
    assert found["pulseboard_ci_run_duration_seconds_bucket", (("le", "60.0"),)] == 2
    assert found["pulseboard_ci_run_duration_seconds_bucket", (("le", "+Inf"),)] == 3
    assert found["pulseboard_ci_runs_open", ()] == 1
    assert found["pulseboard_ci_job_queue_seconds", ()] == 6
    assert found["pulseboard_alerts_open", ()] == 0


def test_bucket_of_the_histogram_holds_what_lasts_as_long_as_its_edge(shop):
    for number, length in enumerate((10, 59, 60, 60, 61, 7200, 21600, 90000), start=1):
        shop.deliver(id=number, number=number, seconds=length)

    found = read(shop)

    name = "pulseboard_ci_run_duration_seconds"
    buckets = {dict(labels)["le"]: value for (of, labels), value in found.items()
               if of == f"{name}_bucket"}  # fmt: skip
    assert buckets == {
        "10.0": 1, "30.0": 1, "60.0": 4, "120.0": 5, "300.0": 5, "600.0": 5, "900.0": 5,
        "1800.0": 5, "3600.0": 5, "7200.0": 6, "21600.0": 7, "+Inf": 8,
    }  # fmt: skip
    assert found[f"{name}_count", ()] == 8
    assert found[f"{name}_sum", ()] == 10 + 59 + 60 + 60 + 61 + 7200 + 21600 + 90000


def test_open_runs_are_said_to_count_those_that_wait_for_approval(shop):
    shop.deliver(id=1, number=1, status="in_progress")
    shop.deliver(id=2, number=2, conclusion="action_required")

    (family,) = (f for f in families(shop) if f.name == "pulseboard_ci_runs_open")

    assert [sample.value for sample in family.samples] == [2]
    assert family.documentation == "Runs that are queued, running or waiting for approval."
    assert "| runs that are queued, running or waiting for approval |" in DOCS


def test_run_that_is_run_again_leaves_the_histogram_as_the_docs_say(shop):
    def count():
        return read(shop)["pulseboard_ci_run_duration_seconds_count", ()]

    shop.deliver(id=1, number=1, conclusion="failure", created=ago(hours=2))
    assert count() == 1
    shop.deliver(id=1, number=1, attempt=2, status="in_progress", created=ago(hours=2))
    assert count() == 0
    assert "leaves it until that has finished: do not ask for its `rate()`" in DOCS


def test_rerun_of_an_older_run_does_not_say_how_a_workflow_stands(shop):
    shop.deliver(id=1, number=10, created=ago(hours=3))
    shop.deliver(id=2, number=11, created=ago(hours=2))
    shop.deliver(id=1, number=10, attempt=2, conclusion="failure", created=ago(hours=3),
                 started=ago(hours=1))  # fmt: skip

    ci = (("repository", "acme/api"), ("workflow", "CI"))
    assert read(shop)["pulseboard_ci_last_run_success", ci] == 1


def test_failure_that_is_being_run_again_stays_a_failure_until_that_has_finished(shop):
    def stands():
        ci = (("repository", "acme/api"), ("workflow", "CI"))
        return read(shop).get(("pulseboard_ci_last_run_success", ci))

    shop.deliver(id=1, number=1, status="in_progress", created=ago(hours=4))
    assert stands() is None
    shop.deliver(id=1, number=1, conclusion="failure", created=ago(hours=4))
    again = {"attempt": 2, "created": ago(hours=4), "started": ago(minutes=50)}
    shop.deliver(id=1, number=1, status="in_progress", **again)
    assert stands() == 0
    shop.deliver(id=1, number=1, **again)
    assert stands() == 1

    shop.deliver(id=2, number=2, conclusion="failure", created=ago(hours=2))
    again = {"attempt": 2, "created": ago(hours=2), "started": ago(minutes=40)}
    shop.deliver(id=2, number=2, status="queued", **again)
    assert stands() == 0
    shop.deliver(id=2, number=2, **again)
    assert stands() == 1


def test_beyond_the_most_workflows_the_same_ones_are_told_in_full(shop, monkeypatch):
    monkeypatch.setattr(figures, "_MOST_WORKFLOWS", 3)
    for name in ("z", "y", "x", "w"):
        shop.push(workflow=name)
        shop.push(workflow=name, branch="fix/1", status="failure")
    shop.push(workflow="z")

    found = read(shop)

    def series(name):
        return [(dict(labels)["workflow"], dict(labels).get("branch"), value)
                for (of, labels), value in found.items() if of == name]  # fmt: skip

    assert sorted(series("pulseboard_ci_runs")) == [
        ("w", "default", 1), ("w", "other", 1), ("x", "default", 1), ("x", "other", 1),
        ("z", "default", 2), ("z", "other", 1),
    ]  # fmt: skip
    assert [row[0] for row in series("pulseboard_ci_last_run_success")] == ["w", "x", "z"]


def test_figures_of_the_service_count_what_came_in(busy):
    found = read(busy)

    def deliveries(source, result):
        return found["pulseboard_deliveries_total", (("result", result), ("source", source))]

    assert deliveries("webhook", "stored") == 4
    assert deliveries("webhook", "unparsable") == 1
    assert deliveries("push", "stored") == 1
    assert found["pulseboard_commits_total", ()] >= 6
    assert found["pulseboard_database_up", ()] == 1
    assert found["pulseboard_intake_waiting", ()] == 0
    assert 0 <= found["pulseboard_ingest_lag_seconds", ()] < 60


def test_scrape_says_when_the_database_does_not_answer(busy, monkeypatch):
    def refuse(_self):
        raise Unavailable("gone")

    monkeypatch.setattr(Database, "reading", refuse)

    found = read(busy)

    assert found["pulseboard_database_up", ()] == 0
    assert found["pulseboard_deliveries_total", (("result", "stored"), ("source", "push"))] == 1


def test_names_help_and_labels_keep_the_rules_of_prometheus(busy):
    for family in families(busy):
        assert family.documentation.endswith("."), family.name
        assert re.fullmatch(r"pulseboard_[a-z_]+", family.name)
        assert not family.name.endswith(UNITS), family.name
        assert not re.search(r"(counter|gauge|histogram|metric)", family.name), family.name
        for sample in family.samples:
            assert family.type == "histogram" or not sample.name.endswith(
                ("_bucket", "_count", "_sum")
            )
            assert not set(sample.labels) - {
                "repository", "workflow", "branch", "outcome", "le", "source", "result", "version", "state",
            }  # fmt: skip
            assert sample.labels.get("branch", "default") in ("default", "other")


def test_promtool_has_no_complaint(busy):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not on PATH (Debian: apt-get install prometheus)")
    done = subprocess.run(
        [promtool, "check", "metrics"],
        input=busy.get("/metrics").content,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, b"")


def test_every_figure_is_described_in_the_docs(busy):
    missing = [family.name for family in families(busy) if f"`{family.name}" not in DOCS]

    assert missing == []


def test_demo_runs_are_no_figures_beside_real_ones(shop):
    shop.simulate(count=3)
    assert any(name == "pulseboard_ci_runs" for name, _ in read(shop))
    shop.push(repo="acme/real")

    labels = [dict(labels) for name, labels in read(shop) if name == "pulseboard_ci_runs"]

    assert {label["repository"] for label in labels} == {"acme/real"}


def test_demo_says_nothing_of_the_lag_and_the_alerts_beside_real_runs(shop, database):
    def open_alert():
        now = clock.now()
        return Alert(subject="1", state="firing", severity="page", message="", silent=False,
                     demo=True, flapping=False, transitions=0, since=now, created_at=now,
                     updated_at=now)  # fmt: skip

    shop.simulate(count=1)
    with database.writing() as session:
        session.add(open_alert())
    assert read(shop)["pulseboard_alerts_open", ()] >= 1
    shop.push(repo="acme/real")
    long_ago = clock.now() - 10 * clock.DAY
    with database.writing() as session:
        session.execute(update(Repository).where(~Repository.demo).values(last_event_at=long_ago))

    found = read(shop)
    health = shop.read("/health")

    assert found["pulseboard_alerts_open", ()] == 0
    assert found["pulseboard_ingest_lag_seconds", ()] >= 10 * 86400
    assert health["ingest"]["status"] == "silent"
    assert health["ingest"]["last_event_at"] == clock.to_iso(long_ago)
