"""kill -9 in a loop under load: what was acknowledged is stored, once, and counted right."""

import os
import random
import threading
import time

import pytest
from sqlalchemy import func, select, text

from pulseboard.db.engine import database_url, lock_writer, make_engine
from pulseboard.db.session import Database
from pulseboard.metrics import rollup
from pulseboard.model import Delivery, Run
from tests.chaos.servers import Sender, Server, free_port
from tests.metrics.counted import counted_rows

# By hand, for hours: PULSEBOARD_TEST_KILLS=500 make test
KILLS = int(os.environ.get("PULSEBOARD_TEST_KILLS", "4"))
SENDERS = 4


@pytest.fixture
def server(database_address, tmp_path):
    """A server process on a database of its own, killed at the end whatever happened."""
    server = Server(tmp_path, database_url=database_address, port=free_port())
    yield server
    if server.process is not None and server.process.poll() is None:
        server.kill()


def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(server, database_address):
    dice = random.Random(7)
    stop = threading.Event()
    server.start()
    senders = [Sender(server.port, str(number + 1), stop) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    for _ in range(KILLS):
        time.sleep(0.3 + dice.random())
        server.kill()
        server.start()
    time.sleep(0.5)
    stop.set()
    for sender in senders:
        sender.join(timeout=15)
    code, seconds = server.stop()

    acknowledged = {guid: run for sender in senders for guid, run in sender.acknowledged.items()}
    database = Database(make_engine(database_url(database_address)))
    with database.reading() as session:
        stored = set(session.scalars(select(Delivery.guid)))
        runs = session.scalars(select(Run.provider_run_id)).all()
        counted = session.scalar(text("SELECT sum(total) FROM rollup_fleet WHERE tier = 3"))
        kept = counted_rows(session)
    with database.writing() as session:
        lock_writer(session)
        rollup.recount(session)
    with database.reading() as session:
        assert counted_rows(session) == kept
        assert session.scalar(select(func.count(Run.id))) == len(runs)
    database.close()
    # Shown with -s, for docs/operations.md.
    print(  # noqa: T201
        f"{KILLS} kills, {len(acknowledged)} acknowledged, {len(stored)} stored"
    )
    assert len(acknowledged) > 100
    assert set(acknowledged) <= stored
    assert set(acknowledged.values()) <= set(runs)
    assert len(runs) == len(set(runs)) == counted
    assert (code, [status for sender in senders for status in sender.refused]) == (0, [])
    assert seconds < 5
