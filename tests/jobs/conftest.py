"""An engine in this process that looks for work every few milliseconds."""

import time

import pytest
from sqlalchemy import text

from pulseboard.jobs import engine
from pulseboard.jobs.background import TIDYING, Background, prepare_jobs
from pulseboard.jobs.port import Catalogue


def wait_for(condition, seconds=60.0):
    """Return what `condition` returns as soon as it is true."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.01)
    return found


def statuses(database, columns="status"):
    """Return columns of every job the engine knows, by its id, but for its own tidying."""
    schema = "dbos." if database.engine.dialect.name == "postgresql" else ""
    sql = (
        f"SELECT workflow_uuid, {columns} FROM {schema}workflow_status"
        f" WHERE workflow_uuid NOT LIKE '{TIDYING}:%'"
    )
    with database.reading() as session:
        rows = session.execute(text(sql)).all()
    return {row[0]: row[1] if len(row) == 2 else tuple(row[1:]) for row in rows}


def change_jobs(database, assignments, where="1 = 1"):
    """Change rows of the engine behind its back."""
    schema = "dbos." if database.engine.dialect.name == "postgresql" else ""
    with database.writing() as session:
        session.execute(text(f"UPDATE {schema}workflow_status SET {assignments} WHERE {where}"))


@pytest.fixture
def catalogue():
    """What can be done: nothing, until the test adds it."""
    return Catalogue()


@pytest.fixture
def background(database, catalogue, monkeypatch):
    """Background work that is not started yet, stopped at the end."""
    monkeypatch.setattr(engine, "_POLL_SECONDS", 0.02)
    monkeypatch.setattr("pulseboard.jobs.carrying._FIRST_PAUSE", 0.01)
    prepare_jobs(database)
    made = Background(database, catalogue)
    yield made
    made.stop()


@pytest.fixture
def ask(database, background):
    """Return a function that asks for one job in a transaction of its own."""

    def enqueue(name, id="1", **options):
        with database.writing() as session:
            background.enqueue(session, name, id=id, **options)

    return enqueue
