"""db/engine.py: many rows in few statements, and one writer at a time, the same on both."""

from queue import Empty, Queue
from threading import Thread

import pytest
from sqlalchemy import text

from pulseboard.db.engine import database_url, is_postgresql, lock_writer
from pulseboard.errors import ConfigurationError
from pulseboard.model import Counter


def stored(database):
    with database.reading() as session:
        return {row.name: row.value for row in session.execute(text("SELECT * FROM counters"))}


@pytest.mark.parametrize(
    ("spelling", "driver"),
    [
        ("postgres://ci@db/board", "postgresql+psycopg"),
        ("postgresql://ci@db/board", "postgresql+psycopg"),
        ("postgresql+psycopg2://ci@db/board", "postgresql+psycopg"),
        ("postgresql+asyncpg://ci@db/board", "postgresql+psycopg"),
        ("sqlite:///board.db", "sqlite"),
        ("sqlite+aiosqlite:///board.db", "sqlite"),
    ],
)
def test_every_spelling_of_a_url_names_our_driver(spelling, driver):
    assert database_url(spelling).drivername == driver


def test_password_survives_the_spelling():
    url = database_url("postgres://ci:p%40ss@db:6432/board")
    assert (url.password, url.host, url.port, url.database) == ("p@ss", "db", 6432, "board")


@pytest.mark.parametrize("spelling", ["hunter2", "mysql://root:hunter2@db/ci", "://hunter2@"])
def test_a_url_of_another_kind_is_refused_without_its_password(spelling):
    with pytest.raises(ConfigurationError, match="DATABASE_URL") as caught:
        database_url(spelling)
    assert "hunter2" not in caught.value.detail


def test_second_writer_waits_for_the_first(database):
    events = Queue()

    def write_second():
        events.put("second asks")
        with database.writing() as session:
            lock_writer(session)
            events.put("second writes")
            value = session.execute(text("SELECT value FROM counters")).scalar_one()
            session.execute(text("UPDATE counters SET value = :value"), {"value": value + 1})

    with database.writing() as session:
        lock_writer(session)
        session.add(Counter(name="n", value=1))
        session.flush()
        second = Thread(target=write_second)
        second.start()
        assert events.get(timeout=30) == "second asks"
        # However long the first takes, the second is not let in.
        with pytest.raises(Empty):
            events.get(timeout=0.2)
    assert events.get(timeout=30) == "second writes"
    second.join(timeout=30)
    assert stored(database) == {"n": 2}


def test_readers_do_not_wait_for_the_writer(database):
    with database.writing() as session:
        lock_writer(session)
        session.add(Counter(name="n", value=1))
        session.flush()
        assert stored(database) == {}
    assert stored(database) == {"n": 1}


def test_commits_reach_the_disk_before_they_are_answered(database):
    with database.reading() as session:
        if is_postgresql(session):
            setting = session.execute(text("SHOW synchronous_commit")).scalar_one()
            assert setting == "on"
        else:
            modes = [
                session.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert modes == ["wal", 2, 1]
