"""kill -9 at random while runs come in and alerts go out, with the database going away in between.

No alert is lost, none is opened twice, and whoever gets a message a second time is told so.
"""

import logging
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text

from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.migrate import migrate
from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from pulseboard.jobs.background import prepare_jobs
from tests.alerts.conftest import Board
from tests.alerts.sinks import http_sink
from tests.alerts.test_delivery import Post
from tests.postgres import restart_hard, running_postgres

# By hand, for an hour: PULSEBOARD_TEST_KILLS=500 pytest --log-cli-level=INFO tests/chaos/test_alert_kills.py
KILLS = int(os.environ.get("PULSEBOARD_TEST_KILLS", "4"))
ROOT = Path(__file__).parents[2]
_numbers = count()
_log = logging.getLogger(__name__)


class Crew:
    """The processes that work, by the share of the runs that each takes in."""

    def __init__(self, url, folder):
        self._url = url
        self._folder = folder
        self.running = {}

    def log(self, share):
        return self._folder / f"{share}.done"

    def start(self, share):
        ready = self._folder / f"ready{next(_numbers)}"
        errors = self._folder / "crew.log"
        command = [sys.executable, "-m", "tests.chaos.alert_crew", self._url, self._folder, share,
                   self.log(share), ready]  # fmt: skip
        with errors.open("ab") as file:
            process = subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file)
        self.running[share] = process
        until = time.monotonic() + 120
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(errors.read_text()[-3000:])
            time.sleep(0.02)

    def kill(self, share):
        process = self.running.pop(share)
        process.kill()
        process.wait()

    def kill_all(self):
        for share in list(self.running):
            self.kill(share)


@pytest.fixture
def sinks():
    with http_sink() as webhook, http_sink() as slack:
        yield webhook, slack


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path):
    """A database of its own, and how to have it fall over and come back (None on SQLite)."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/crew.db", None
        return
    with running_postgres() as home:
        yield f"postgresql://postgres@/postgres?host={home}", lambda: restart_hard(home)


def is_everything_told(database):
    try:
        with database.reading() as session:
            sql = "SELECT count(*) FROM alert_notifications WHERE finished_at IS NULL"
            return not session.scalar(text(sql))
    except Unavailable:
        return False


def wait_until_told(database):
    # Far more than it takes; a busy machine is not what is tested.
    until = time.monotonic() + 180
    while not is_everything_told(database):
        assert time.monotonic() < until, "something is still owed"
        time.sleep(0.2)


def rows(database, sql):
    with database.reading() as session:
        return session.execute(text(sql)).all()


def told_by_webhook(sink):
    """Count each (alert, type) that a receiver sees who leaves out a webhook-id it has."""
    once = {headers["webhook-id"]: body for (_, headers, _), body in
            zip(sink.received, sink.bodies, strict=True)}  # fmt: skip
    return Counter(
        (alert["id"], body["type"]) for body in once.values() for alert in body["data"]["alerts"]
    )


def told_by_slack(sink):
    """Return the messages that name each repository, by its name and whether it is the end."""
    told = {}
    for body in sink.bodies:
        words = str(body)
        for name in set(re.findall(r"crew/[a-c]-\d+", words)):
            # A beginning that is told late says that it is over by now.
            is_end = re.search("Resolved: |alerts are over", body["text"]) is not None
            told.setdefault((name, is_end), []).append(words)
    return told


def test_random_kills_lose_no_alert_and_repeat_none_without_saying_so(place, tmp_path, sinks):
    url, restart = place
    engine = make_engine(database_url(url))
    migrate(engine)
    database = Database(engine)
    prepare_jobs(database)
    post = Post(Board(database), tmp_path)
    post.channel(name="hook", url=sinks[0].url)
    post.channel(name="slack", kind="slack", url=sinks[1].url)
    engine.dispose()
    dice = random.Random(7)
    shares = ["a"] if restart is None else ["a", "b", "c"]
    crew = Crew(url, tmp_path)
    try:
        for share in shares:
            crew.start(share)
        for number in range(KILLS):
            time.sleep(0.5 + dice.random() * 2.5)
            if restart is not None and number % 3 == 1:
                restart()
            share = dice.choice(shares)
            crew.kill(share)
            crew.start(share)
        time.sleep(1)
        crew.kill_all()
        shares_taken = [name for share in shares for name in crew.log(share).read_text().split()]
        crew.start("")
        wait_until_told(database)
    finally:
        crew.kill_all()

    check(database, sinks, shares_taken)
    database.close()


def check(database, sinks, taken):
    """Compare what was acknowledged with the alerts, and these with what was received."""
    opened = Counter(
        row[0] for row in rows(database, "SELECT r.full_name FROM alerts a"
                               " JOIN repositories r ON r.id = a.repository_id")
    )  # fmt: skip
    assert taken
    # Every acknowledged failure opened an alert, and no other attempt at it a second one.
    assert set(taken) <= set(opened)
    assert set(opened.values()) == {1}

    owed = rows(
        database,
        "SELECT n.alert_id, n.kind, n.state, c.name, r.full_name FROM alert_notifications n"
        " JOIN channels c ON c.id = n.channel_id JOIN alerts a ON a.id = n.alert_id"
        " JOIN repositories r ON r.id = a.repository_id",
    )
    assert {row.state for row in owed} <= {"sent", "skipped"}
    by_webhook, by_slack = told_by_webhook(sinks[0]), told_by_slack(sinks[1])
    resent = 0
    for row in owed:
        if row.state != "sent":
            continue
        if row.name == "hook":
            assert by_webhook[row.alert_id, f"alert.{row.kind}"] == 1
        else:
            told = by_slack[row.full_name, row.kind == "resolved"]
            # What a killed process had already handed over may be read after what repeats it.
            assert sum("ref #" not in words for words in told) <= 1, told
            resent += len(told) - 1
    _log.info(
        "%d failures acknowledged, %d alerts, %d messages owed, %d skipped as over,"
        " %d + %d requests, %d kills, %d told twice and marked",
        len(taken),
        len(opened),
        len(owed),
        sum(row.state == "skipped" for row in owed),
        len(sinks[0].received),
        len(sinks[1].received),
        KILLS,
        resent,
    )
