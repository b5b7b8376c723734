"""The fast loader leaves what the writer leaves."""

import os
import shutil

import pytest
from bench.dataset import Shape, attempts, envelopes, load
from sqlalchemy import select

from pulseboard.collect.writer import write
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database
from pulseboard.model import Counter, Repository, Run, Workflow
from tests.conftest import _create
from tests.metrics.counted import counted_rows

# More runs of a longer time by hand: PULSEBOARD_TEST_LOADER=100000 takes some minutes.
RUNS = int(os.environ.get("PULSEBOARD_TEST_LOADER", "400"))
SHAPE = Shape(runs=RUNS, workflows=30, repositories=9, days=60 if RUNS == 400 else 365)

_BATCH = max(50, RUNS // 100)


@pytest.fixture
def second_database(request, database, tmp_path):
    """Another empty migrated database on the same engine."""
    if database.engine.dialect.name == "sqlite":
        path = tmp_path / "second.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        url = f"sqlite:///{path}"
    else:
        address = request.getfixturevalue("postgres_server")
        _create(address, f"second_{id(database)}", like="template_pulseboard")
        url = address.format(name=f"second_{id(database)}")
    opened = Database(make_engine(database_url(url)))
    yield opened
    opened.close()


def everything(session):
    """Return every row that the loader makes, and every count."""
    found = {}
    for table in (Repository, Workflow, Run):
        columns = table.__table__.columns
        rows = session.execute(select(*columns)).all()
        found[table.__tablename__] = sorted(tuple(row) for row in rows)
    wanted = Counter.name.in_(("run", "rev"))
    found["counters"] = sorted(
        tuple(row) for row in session.execute(select(Counter.name, Counter.value).where(wanted))
    )
    return found | counted_rows(session)


def test_loader_leaves_what_the_writer_leaves(database, second_database):
    load(database, SHAPE)
    history = list(envelopes(SHAPE))
    for first in range(0, len(history), _BATCH):
        with second_database.writing() as session:
            write(session, envelopes=history[first : first + _BATCH])

    with database.reading() as loaded, second_database.reading() as written:
        assert everything(loaded) == everything(written)


def test_a_shape_makes_the_same_history_every_time():
    first, again = (list(attempts(SHAPE)) for _ in range(2))

    assert first == again
    assert len(first) == SHAPE.runs
    assert {len(seen) for seen in first} == {1, 2}
