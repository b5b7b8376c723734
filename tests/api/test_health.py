"""Whether the service works."""

import os
import threading
import time

import pytest

from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from pulseboard.jobs.letters import bury


def test_health_says_that_all_is_well(shop):
    shop.push()

    answer = shop.get("/health")

    assert answer.status_code == 200
    health = answer.json()
    assert (health["status"], health["ok"], health["database"]) == ("ok", True, "ok")
    assert isinstance(health["uptime_seconds"], int)
    assert health["timestamp"] == health["time"]
    assert health["timestamp"].endswith("Z")
    assert health["version"]
    assert health["ingest"]["status"] == "ok"
    assert health["ingest"]["last_event_at"] is not None
    assert health["ingest"]["polling"]["enabled"] is False
    assert "GH_REPOS" in health["ingest"]["polling"]["reason"]


def test_health_says_why_the_database_does_not_answer(shop, monkeypatch):
    def refuse(_self):
        raise Unavailable("The database does not answer: disk is full")

    monkeypatch.setattr(Database, "reading", refuse)

    answer = shop.get("/health")

    assert answer.status_code == 503
    assert answer.json()["ok"] is False
    assert answer.json()["status"] != "ok"
    assert "disk is full" in answer.json()["reason"]
    assert shop.get("/health/live").status_code == 200
    assert shop.get("/health/live").json()["ok"] is True
    shop.refused(503, "GET", "/api/runs")
    assert shop.get("/api/runs").headers["retry-after"] == "5"


def test_health_does_not_wait_for_a_database_that_hangs(shop, monkeypatch):
    monkeypatch.setattr("pulseboard.api.health._PATIENCE_SECONDS", 0.05)
    monkeypatch.setattr("pulseboard.api.health._read", lambda _db: time.sleep(0.3))

    answer = shop.get("/health")

    assert answer.status_code == 503
    assert "within" in answer.json()["reason"]


def test_health_of_a_database_that_hangs_takes_no_thread_from_others(shop, monkeypatch):
    let_go = threading.Event()
    end = threading.Timer(10, let_go.set)
    monkeypatch.setattr("pulseboard.api.health._PATIENCE_SECONDS", 0.02)
    monkeypatch.setattr("pulseboard.api.health._read", lambda _db: let_go.wait(20))
    # As many threads as asyncio has for everything else.
    for _ in range(min(32, os.cpu_count() + 4)):
        assert shop.get("/health").status_code == 503
    end.start()

    shop.push()

    assert not let_go.is_set()
    end.cancel()
    let_go.set()


def test_health_tells_of_work_that_was_given_up(shop, database):
    with database.writing() as session:
        bury(session, job_name="poll", job_id="1", args={}, reason="no", tries=5)

    assert shop.read("/health")["background"] == {
        "here": False, "waiting": 0, "delayed": 0, "running": 0, "failed": 1, "lag_seconds": 0,
    }  # fmt: skip
    assert shop.read("/health")["status"] == "ok"


@pytest.mark.parametrize("path", ["/health", "/health/live"])
def test_health_is_never_cached(shop, path):
    assert "etag" not in shop.get(path).headers
