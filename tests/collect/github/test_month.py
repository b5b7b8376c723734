"""Some weeks of GitHub, good and bad: in the end our rows are what GitHub has, down to the job.

PULSEBOARD_MONTH=1 makes it a month of 200 repositories and 20,000 runs.
"""

import os
import random

import pytest
from sqlalchemy import text

from pulseboard import clock
from pulseboard.clock import DAY, HOUR, MINUTE
from pulseboard.collect.github import heal as healing
from pulseboard.collect.github import tracking
from pulseboard.collect.github.answers import Purpose
from pulseboard.collect.github.budget import Budget, Rules
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.connecting import connect
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.poll import poll_repository
from pulseboard.collect.github.webhook import open_delivery
from pulseboard.collect.groupcommit import commit
from pulseboard.config import load_settings
from pulseboard.model import Feed
from tests.collect.github.hub import frozen_clock
from tests.github_fake.apps import private_key
from tests.github_fake.hub import FakeGitHub

IS_WHOLE = os.environ.get("PULSEBOARD_MONTH") == "1"
REPOSITORIES = 200 if IS_WHOLE else 3
RUNS = 20_000 if IS_WHOLE else 40
LENGTH = 30 * DAY if IS_WHOLE else 8 * HOUR
STEP = 6 * HOUR if IS_WHOLE else 15 * MINUTE
# A request takes so long, which is slow enough for GitHub's limit of a minute.
PACE = clock.SECOND // 12
LOST, LATE, TWICE, OUTAGE, KILLED, DELETED, AGAIN = 0.02, 0.02, 0.02, 0.02, 0.03, 0.02, 0.1
# Nobody promises to look at what is older than 30 days, and the end takes more than two of them.
TOUCHED = 27 * DAY


class Killed(BaseException):
    """The server was killed."""


class Month:
    """GitHub, what its people do, the way of its deliveries to us, and our server."""

    def __init__(self, database, hub, hands, settings, seed):
        self.database, self.hub, self.hands = database, hub, hands
        self.settings, self.chance = settings, random.Random(seed)
        self.homes = [hub.repository(f"acme/r{number}") for number in range(REPOSITORIES)]
        # Deliveries that are at our door, and those that come only later.
        self.here, self.late = [], []
        self.is_calm = False
        hub.on_delivery = self.deliver
        hub.on_asked = lambda: self.wait(PACE)
        self.start()

    def wait(self, time):
        """Let some time pass."""
        self.hands.time += time

    def happens(self, share):
        """Say whether something of that probability happens now; nothing bad does at the end."""
        return not self.is_calm and self.chance.random() < share

    def start(self):
        """Begin a new process of ours: all it knows is in the database."""
        etags = EtagShelf(self.database)
        github = connect(
            self.settings,
            database=self.database,
            etags=etags,
            budget=Budget(rules=Rules(per_minute=10_000_000, at_once=20)),
            sleep=lambda seconds: self.wait(int(seconds * clock.SECOND)),
        )
        self.collector = Collector(self.database, github, etags, self.write, MINUTE)

    def write(self, envelopes, *, is_history):
        """Write a batch, unless the server is killed before or after it."""
        if self.happens(KILLED):
            raise Killed
        receipts = commit(self.database, envelopes)
        if self.happens(KILLED):
            raise Killed
        return receipts

    def deliver(self, one):
        """Let a delivery set out; GitHub is told how that went."""
        if self.happens(LOST):
            return 502
        if self.happens(LATE):
            self.late.append((self.hands.time + self.chance.randrange(2 * STEP), one))
            return 202
        self.here += [one, one] if self.happens(TWICE) else [one]
        return 202

    def take_deliveries(self):
        """Store what is at the door, as many at once as happen to be there."""
        self.here += [one for at, one in self.late if at <= self.hands.time]
        self.late = [(at, one) for at, one in self.late if at > self.hands.time]
        while self.here:
            size = self.chance.randint(1, 100)
            batch, self.here = self.here[:size], self.here[size:]
            try:
                self.write([read(one) for one in batch], is_history=False)
            except Killed:
                # Nobody answered.
                for one in batch:
                    one.status_code = 502
                raise

    def begin_run(self):
        """Let somebody push."""
        home = self.chance.choice(self.homes)
        run = home.run(workflow=self.chance.choice(["ci.yml", "docs.yml"]))
        for number in range(self.chance.choice([0, 1, 1, 2, 5])):
            run.job(f"job {number}")
        run.start()

    def go_on(self):
        """Let runs end, be run again and be deleted."""
        for home in self.homes:
            for run in list(home.runs.values()):
                if run.newest.status != "completed":
                    if self.chance.random() < 0.5:
                        ends = ["success", "success", "failure", "cancelled"]
                        run.finish(self.chance.choice(ends))
                elif run.created < self.hands.time - TOUCHED:
                    continue
                elif self.happens(AGAIN / 10):
                    attempt = run.again()
                    attempt.job("job again")
                    run.start()
                elif self.happens(DELETED / 10):
                    run.delete()

    def work(self):
        """Do what the schedules of our server would do now, however often it is killed."""
        is_healed = False
        while True:
            try:
                self.take_deliveries()
                if not is_healed:
                    healing.heal(self.collector, has_app=True)
                is_healed = True
                with self.database.writing() as session:
                    tracking.follow_webhooks(session, at=clock.now())
                    due = tracking.list_due(session, at=clock.now())
                for repository_id in due:
                    poll_repository(self.collector, repository_id, purpose=Purpose.POLL)
            except Killed:
                self.collector.github.close()
                self.start()
            else:
                return

    def pass_time(self):
        """Let a step pass, with or without an outage of GitHub's API."""
        self.wait(STEP)
        if self.happens(OUTAGE):
            with self.hub.outage(self.chance.choice(["/actions", ""])):
                self.work()
        else:
            self.work()


def read(one):
    """Return what a delivery comes to at our door."""
    _, body = one.request("hook")
    opened = open_delivery(
        body, event=one.event, guid=one.guid, content_type="application/json", headers={},
        received_at=clock.now(),
    )  # fmt: skip
    return opened.understand()


@pytest.fixture
def hands(monkeypatch):
    start = clock.now() // clock.SECOND * clock.SECOND
    with frozen_clock(monkeypatch, start) as hands:
        yield hands


@pytest.mark.parametrize("seed", [1, 2, 3] if IS_WHOLE else [1])
def test_everything_github_has_is_stored_whatever_went_wrong(database, hands, tmp_path, seed):
    with FakeGitHub() as hub:
        hub.app(id=77).install("acme", id=501)
        settings = load_settings(
            github_api_url=hub.url, data=tmp_path, github_app_id=77,
            github_app_private_key=private_key(),
        )  # fmt: skip
        month = Month(database, hub, hands, settings, seed)
        steps = LENGTH // STEP
        for _ in range(steps):
            for _ in range(RUNS // steps + (month.chance.random() < RUNS % steps / steps)):
                month.begin_run()
            month.go_on()
            month.pass_time()
        month.is_calm = True
        for home in month.homes:
            for run in home.runs.values():
                if run.newest.status != "completed":
                    run.finish()
        for _ in range(4):
            month.wait(DAY if not IS_WHOLE else 13 * HOUR)
            with database.writing() as session:
                for feed in session.query(Feed).all():
                    feed.next_poll_at = clock.now()
            month.work()
        month.collector.github.close()
        real, ours = truth(month.homes), stored(database)
        assert [len(rows) for rows in ours] == [len(rows) for rows in real]
        for theirs, mine in zip(real, ours, strict=True):
            assert sorted(theirs ^ mine, key=str)[:20] == []


def truth(homes):
    """Return every attempt and every job as GitHub has them."""
    attempts, jobs = set(), set()
    for home in homes:
        for run in home.runs.values():
            for attempt in run.attempts:
                attempts.add((str(run.id), attempt.number, attempt.status, attempt.conclusion))
                for job in attempt.jobs:
                    jobs.add((str(run.id), attempt.number, str(job.id), job.conclusion))
    return attempts, jobs


def stored(database):
    """Return the same from our tables; what was deleted counts nowhere."""
    with database.reading() as session:
        attempts = session.execute(
            text(
                "SELECT provider_run_id, attempt, status, conclusion FROM runs"
                " WHERE status <> 'deleted'"
            )
        )
        jobs = session.execute(
            text(
                "SELECT r.provider_run_id, j.attempt, j.provider_job_id, j.conclusion FROM jobs j"
                " JOIN runs r ON r.id = j.run_id AND r.attempt = j.attempt"
                " WHERE r.status <> 'deleted'"
            )
        )
        return {tuple(row) for row in attempts}, {tuple(row) for row in jobs}
