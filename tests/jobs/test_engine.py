"""The engine in this process: what is asked for is done, once, on both databases."""

import time

import pytest

from pulseboard import clock
from pulseboard.jobs.background import Background, prepare_jobs
from pulseboard.jobs.port import Catalogue


def wait_for(condition, seconds=10.0):
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.02)
    return found


@pytest.fixture
def catalogue():
    return Catalogue()


@pytest.fixture
def background(database, catalogue):
    prepare_jobs(database)
    made = Background(database, catalogue)
    yield made
    made.stop()


def test_a_job_asked_for_twice_is_done_once_and_a_schedule_ticks(database, catalogue, background):
    done, ticks = [], []
    catalogue.job("greet", lambda context: done.append((context.id, context.args)))
    catalogue.schedule("tick", clock.SECOND, lambda context: ticks.append(context.id))
    with database.writing() as session:
        background.enqueue(session, "greet", id="1", args={"name": "kim"})
        background.enqueue(session, "greet", id="1", args={"name": "kim"})
    background.start()
    wait_for(lambda: done and len(ticks) > 2)
    assert done == [("1", {"name": "kim"})]
    assert len(set(ticks)) == len(ticks)
