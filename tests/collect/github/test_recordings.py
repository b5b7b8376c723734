"""Recorded answers of GitHub, served again to the real client: all of them is stored as it was."""

import json
import re
from datetime import datetime

import pytest
from sqlalchemy import text

from pulseboard import clock
from pulseboard.collect.github import tracking
from pulseboard.collect.github.answers import Purpose
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.connecting import connect
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.poll import poll_repository
from pulseboard.collect.groupcommit import commit
from pulseboard.config import load_settings
from tests.collect.github.hub import frozen_clock
from tests.github_fake.server import Reply, serving
from tests.realdata import real_folder

_SPAN = re.compile(r"\n  name: '([^']*)',\n  id: '\w+',\n  kind: \d,\n  timestamp: (\d+),\n"
                   r"  duration: (\d+),")  # fmt: skip


def recorded_runs():
    """Return the runs of the recordings and the jobs of each, as GitHub wrote them."""
    runs, jobs = {}, {}
    for path in sorted(real_folder("02-rest-recordings", "otel-cicd-action", "decoded").iterdir()):
        recorded = json.loads(path.read_text(encoding="utf-8"))
        data = recorded["data"]
        if recorded["status"] == 200 and "workflow_id" in data:
            runs[data["id"]] = data
        elif recorded["status"] == 200 and "jobs" in data:
            jobs[data["jobs"][0]["run_id"]] = data["jobs"]
    return runs, jobs


def spans():
    """Return (name, start, duration) of every span another tool made of the same answers."""
    folder = real_folder("02-rest-recordings", "otel-cicd-action")
    found = set()
    for path in sorted(folder.glob("output_*.txt")):
        for name, start, duration in _SPAN.findall(path.read_text(encoding="utf-8")):
            found.add((name, int(start), int(duration)))
    return found


@pytest.fixture
def replayed(database, tmp_path, monkeypatch):
    """A database after every repository of the recordings was polled through the real client."""
    runs, jobs = recorded_runs()

    def answer(asked):
        path = asked.path
        for run in runs.values():
            home = f"/repos/{run['repository']['full_name']}"
            if path == home:
                return reply(run["repository"])
            if path == f"{home}/actions/runs":
                own = [r for r in runs.values() if r["repository"]["id"] == run["repository"]["id"]]
                return reply({"total_count": len(own), "workflow_runs": own})
            if path == f"{home}/actions/runs/{run['id']}/jobs":
                return reply({"total_count": len(jobs[run["id"]]), "jobs": jobs[run["id"]]})
            if path == f"{home}/actions/runs/{run['id']}":
                return reply(run)
        return Reply(404, b'{"message": "Not Found"}', {"Content-Type": "application/json"})

    def reply(body):
        return Reply(200, json.dumps(body).encode(), {"Content-Type": "application/json"})

    def write(envelopes, *, is_history):
        return commit(database, envelopes)

    with serving(answer) as base:
        settings = load_settings(github_api_url=base, github_token="ghp_x", data=tmp_path)
        etags = EtagShelf(database)
        github = connect(settings, database=database, etags=etags)
        collector = Collector(database, github, etags, write, clock.MINUTE)
        for run in runs.values():
            # As on the day after each of them.
            at = clock.to_instant(datetime.fromisoformat(run["updated_at"])) + clock.DAY
            with frozen_clock(monkeypatch, at):
                with database.writing() as session:
                    name = run["repository"]["full_name"]
                    here = tracking.track(session, name, origin=tracking.Origin.PEOPLE, at=at)
                poll_repository(collector, here, purpose=Purpose.POLL)
        github.close()
    return database


def rows(database, sql):
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text(sql))]


def test_every_recorded_run_and_job_is_stored(replayed):
    assert rows(replayed, "SELECT count(*) FROM runs") == [(3,)]
    assert rows(replayed, "SELECT count(*) FROM jobs") == [(7,)]
    assert rows(replayed, "SELECT count(*) FROM deliveries WHERE result <> 'stored'") == [(0,)]


def test_jobs_queues_and_steps_last_as_long_as_another_tool_says(replayed):
    steps = rows(replayed, "SELECT name, started_at, completed_at FROM steps")
    jobs = rows(
        replayed,
        "SELECT j.name, r.attempt_started_at, j.started_at, j.completed_at FROM jobs j"
        " JOIN runs r ON r.id = j.run_id",
    )
    runs = rows(
        replayed,
        "SELECT w.name, r.attempt_started_at, r.updated_at FROM runs r"
        " JOIN workflows w ON w.id = r.workflow_id",
    )
    known = {(name, start, end - start) for name, start, end in steps + runs if start and end}
    known |= {(name, start, end - start) for name, _, start, end in jobs if start and end}
    # To that tool a run ends with its last update, and waits until one of its jobs starts.
    known |= {("Queued", asked, start - asked) for _, asked, start, _ in jobs if start}
    told = spans()
    assert len(told) == 19
    assert told - known == set()
