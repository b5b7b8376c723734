"""db/engine.py: many rows in few statements, and one writer at a time, the same on both."""

from queue import Empty, Queue
from threading import Thread

import pytest
from sqlalchemy import text

from pulseboard.db.engine import Upsert, database_url, is_postgresql, lock_writer, select_in
from pulseboard.errors import ConfigurationError
from pulseboard.model import Counter, Delivery, Run

KEEP_GREATER = {
    "value": "CASE WHEN excluded.value > counters.value THEN excluded.value ELSE counters.value END"
}
# More values than SQLite lets one statement bind, and a number no step of the cutting divides.
MANY = 40_001


def counters(values):
    return [{"name": name, "value": value} for name, value in values.items()]


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


def test_upsert_inserts_new_rows_and_updates_known_ones(database):
    upsert = Upsert(Counter, conflict=("name",), updates=KEEP_GREATER)
    with database.writing() as session:
        upsert.execute(session, counters({"a": 1, "b": 5}))
    with database.writing() as session:
        upsert.execute(session, counters({"a": 2, "b": 4, "c": 3}))
    assert stored(database) == {"a": 2, "b": 5, "c": 3}


def test_upsert_without_updates_leaves_known_rows_alone(database):
    upsert = Upsert(Counter, conflict=("name",), updates=None)
    with database.writing() as session:
        upsert.execute(session, counters({"a": 1}))
        upsert.execute(session, counters({"a": 2, "b": 2}))
    assert stored(database) == {"a": 1, "b": 2}


def test_upsert_of_nothing_does_nothing(database):
    with database.writing() as session:
        Upsert(Counter, conflict=("name",), updates=None).execute(session, [])
    assert stored(database) == {}


def test_upsert_takes_more_rows_than_one_statement_may_bind(database):
    rows = {f"n{number}": number for number in range(MANY)}
    with database.writing() as session:
        Upsert(Counter, conflict=("name",), updates=KEEP_GREATER).execute(session, counters(rows))
    assert stored(database) == rows


def test_upsert_leaves_out_what_the_database_computes():
    columns = Upsert(Run, conflict=("id", "attempt"), updates=None).columns
    assert "status" in columns
    assert not {"started_at", "completed_at", "duration", "outcome"} & set(columns)


def test_upsert_keeps_null_text_and_numbers_as_they_are(database):
    row = dict.fromkeys((column.name for column in Delivery.__table__.columns), None) | {
        "id": 2**53 + 1,
        "guid": "%s 'quoted' ✓ \u202e",
        "source": "push",
        "event": "",
        "received_at": 1_772_366_400_000_001,
        "result": "stored",
        "size": 0,
    }
    with database.writing() as session:
        Upsert(Delivery, conflict=("id",), updates=None).execute(session, [row])
    with database.reading() as session:
        assert dict(session.execute(text("SELECT * FROM deliveries")).mappings().one()) == row


def test_select_in_joins_a_table_of_values(database):
    with database.writing() as session:
        Upsert(Counter, conflict=("name",), updates=None).execute(
            session, counters({"a": 1, "b": 2, "c": 3})
        )
    sql = (
        "WITH wanted(name, least) AS ({rows}) SELECT counters.name, value FROM counters"
        " JOIN wanted ON wanted.name = counters.name AND value >= least"
    )
    with database.reading() as session:
        pairs = [("a", 1), ("b", 3), ("c", 0), ("d", 0)]
        found = select_in(session, sql, pairs, types=("text", "bigint"))
    assert sorted(tuple(row) for row in found) == [("a", 1), ("c", 3)]


def test_select_in_of_nothing_asks_nothing(database):
    with database.reading() as session:
        assert select_in(session, "not even SQL", [], types=("text",)) == []


def test_select_in_takes_more_rows_than_one_statement_may_bind(database):
    with database.reading() as session:
        sql = "WITH wanted(a, b) AS ({rows}) SELECT a + b FROM wanted"
        pairs = [(number, 1) for number in range(MANY)]
        found = select_in(session, sql, pairs, types=("bigint", "bigint"))
    assert sorted(row[0] for row in found) == list(range(1, MANY + 1))


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
