"""A poll and a webhook that write at the same moment, one held up at each of its statements."""

import threading

import pytest

from pulseboard.collect.groupcommit import commit
from pulseboard.db import bulk
from pulseboard.metrics import rollup
from pulseboard.vocabulary import Source
from tests.collect.stored import empty, stored_counts, stored_rows
from tests.factories import NOON, SECOND, envelope, job_seen, run_seen, step_seen

# Longer than any of the statements takes, and short enough for all the places there are.
HELD_SECONDS = 0.03


def polled():
    """What the poll saw: the run is over, with both its jobs."""
    at = NOON + 60 * SECOND
    jobs = [
        job_seen("completed", "failure", time=at, job_id="1", steps=[step_seen(1, time=at)]),
        job_seen("completed", "success", time=at, job_id="2"),
    ]
    return [
        envelope(runs=[run_seen("completed", "failure", time=at)], source=Source.POLL),
        envelope(jobs=jobs, source=Source.POLL),
    ]


def delivered():
    """What came by webhook: older news of the same run, and a second attempt."""
    return [
        envelope(jobs=[job_seen("in_progress", time=NOON + SECOND, job_id="1")]),
        envelope(runs=[run_seen("in_progress", time=NOON + SECOND)]),
        envelope(runs=[run_seen("queued", time=NOON + 90 * SECOND, attempt=2)]),
    ]


class Held:
    """Holds the thread called `poll` up before its statement number `place`."""

    def __init__(self, monkeypatch, place=None):
        self.place = place
        self.statements = 0
        self.reached = threading.Event()
        self.released = threading.Event()
        execute = bulk._execute

        def held(*args, **named):
            if threading.current_thread().name == "poll":
                if self.statements == self.place:
                    self.reached.set()
                    self.released.wait(10)
                self.statements += 1
            return execute(*args, **named)

        monkeypatch.setattr(bulk, "_execute", held)


def write(database, envelopes, name):
    thread = threading.Thread(target=commit, args=(database, envelopes), name=name)
    thread.start()
    return thread


def stored(database):
    with database.reading() as session:
        counts = stored_counts(session)
        return stored_rows(session), counts["rollup_fleet"], counts["rollup_fleet_bins"]


@pytest.fixture
def expected(database):
    """The rows and counts after one has followed the other."""
    commit(database, polled())
    commit(database, delivered())
    return stored(database)


def test_poll_racing_a_webhook_leaves_the_same_wherever_it_is_held_up(
    database, expected, monkeypatch
):
    with database.writing() as session:
        empty(session)
    with monkeypatch.context() as patch:
        counted = Held(patch)
        write(database, polled(), "poll").join()
    assert counted.statements > 10

    for place in range(counted.statements):
        with database.writing() as session:
            empty(session)
        with monkeypatch.context() as patch:
            held = Held(patch, place)
            poll = write(database, polled(), "poll")
            assert held.reached.wait(10)
            webhook = write(database, delivered(), "webhook")
            webhook.join(HELD_SECONDS)
            held.released.set()
            poll.join()
            webhook.join()
        assert stored(database) == expected, f"held up before statement {place}"
        with database.writing() as session:
            rollup.recount(session)
        assert stored(database) == expected
