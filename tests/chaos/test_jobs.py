"""kill -9 of whoever does background work: nothing is lost, and what is done stays done."""

import os
import random
import subprocess
import sys
import threading
import time
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import text

from pulseboard.jobs.background import Background, prepare_jobs
from pulseboard.jobs.letters import count_dead_letters
from tests.chaos import job_worker

# By hand, for hours: PULSEBOARD_TEST_KILLS=500 make test
KILLS = int(os.environ.get("PULSEBOARD_TEST_KILLS", "4"))
_numbers = count()
ROOT = Path(__file__).parents[2]
# One process at a time has a SQLite file.
WORKERS = {"sqlite": 1, "postgresql": 3}


class Worker:
    """One process that works."""

    def __init__(self, url, log):
        ready = log.with_suffix(f".{next(_numbers)}")
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.chaos.job_worker", url, ready],
                cwd=ROOT,
                stdout=errors,
                stderr=errors,
            )
        until = time.monotonic() + 120
        while not ready.exists():
            if self.process.poll() is not None or time.monotonic() > until:
                self.kill()
                raise RuntimeError(log.read_text()[-3000:])
            time.sleep(0.02)

    def kill(self):
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait()


class Asker(threading.Thread):
    """Asks for jobs without a pause; writes down which were committed and which were not."""

    def __init__(self, database, jobs):
        super().__init__(daemon=True)
        self._database = database
        self._jobs = jobs
        self.ended = threading.Event()
        self.committed = []
        self.undone = []

    def run(self):
        dice = random.Random(11)
        number = 0
        while not self.ended.wait(0.02):
            number += 1
            job, name = f"job {number}", dice.choice(("work", "slow work"))
            with self._database.writing() as session:
                for _ in range(dice.choice((1, 1, 2))):
                    self._jobs.enqueue(session, name, id=job)
                if is_undone := dice.random() < 0.1:
                    session.rollback()
            (self.undone if is_undone else self.committed).append(job)


@pytest.fixture
def workers(database, database_address, tmp_path):
    """The processes that work, all killed at the end whatever happened."""
    prepare_jobs(database)
    with database.writing() as session:
        for table in job_worker.TABLES:
            session.execute(text(table))
    running = []

    def start():
        running.append(Worker(database_address, tmp_path / "worker.log"))

    for _ in range(WORKERS[database.engine.dialect.name]):
        start()
    running_start = (running, start)
    yield running_start
    for worker in running:
        worker.kill()


def rows(database, sql):
    """Return all rows of a query."""
    with database.reading() as session:
        return session.execute(text(sql)).all()


def wait_until_done(database, wanted):
    """Wait until every job was done, as long as there is progress."""
    missing, until = set(wanted), time.monotonic() + 120
    while missing:
        left = missing - {row[0] for row in rows(database, "SELECT job FROM chaos_done")}
        if len(left) < len(missing):
            missing, until = left, time.monotonic() + 120
        assert time.monotonic() < until, f"lost: {sorted(left)[:10]} and more, {len(left)}"
        time.sleep(0.1)


def test_no_job_is_lost_and_none_is_done_again_after_it_was_recorded(database, workers):
    running, start = workers
    dice = random.Random(5)
    asker = Asker(database, Background(database, job_worker.make_catalogue()))
    asker.start()
    for _ in range(KILLS):
        time.sleep(0.5 + dice.random() * 2)
        running.pop(dice.randrange(len(running))).kill()
        start()
    time.sleep(1)
    asker.ended.set()
    asker.join()
    wait_until_done(database, asker.committed)

    begun = [row[0] for row in rows(database, "SELECT job FROM chaos_begun")]
    done = rows(database, "SELECT job, token FROM chaos_done")
    ticks = [row[0] for row in rows(database, "SELECT tick FROM chaos_ticks")]
    assert len(asker.committed) > 20
    assert asker.undone
    # What was rolled back never happened; what was committed did.
    assert set(begun) == {row[0] for row in done} == set(asker.committed)
    # What a step returned came back after each crash.
    assert len({(job, token) for job, token in done}) == len(asker.committed)
    # Only what was under way at a kill was begun again: eight jobs and two of the slow line.
    assert len(begun) - len(set(begun)) <= KILLS * 10
    assert len(ticks) - len(set(ticks)) <= KILLS
    assert len(set(ticks)) > KILLS
    with database.reading() as session:
        assert count_dead_letters(session) == 0


def test_a_schedule_ticks_once_whatever_the_number_of_processes(database, workers):
    until = time.monotonic() + 120
    ticks = []
    while len(ticks) < 5:
        assert time.monotonic() < until, ticks
        time.sleep(0.2)
        ticks = [row[0] for row in rows(database, "SELECT tick FROM chaos_ticks")]
    assert len(ticks) == len(set(ticks))
