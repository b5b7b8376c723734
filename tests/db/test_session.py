"""db/session.py: what commits, what does not, and what a database that is out looks like."""

import sqlite3
from contextlib import nullcontext, suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, InternalError

from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database, let_go
from pulseboard.errors import Unavailable
from pulseboard.model import Counter


def is_postgresql_at(database):
    return database.engine.dialect.name == "postgresql"


def count_of(database):
    with database.reading() as session:
        return session.query(Counter).count()


def test_writing_commits_when_the_block_ends_well(database):
    with database.writing() as session:
        session.add(Counter(name="n", value=1))
    assert count_of(database) == 1


def test_writing_keeps_nothing_of_a_block_that_fails(database):
    def fail():
        with database.writing() as session:
            session.add(Counter(name="n", value=1))
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert count_of(database) == 0


def test_reading_never_commits(database):
    # PostgreSQL refuses the row at once, SQLite takes it back at the end.
    refused = suppress(InternalError) if is_postgresql_at(database) else nullcontext()
    with refused, database.reading() as session:
        session.add(Counter(name="n", value=1))
        session.flush()
    assert count_of(database) == 0


def test_statements_stay_prepared_from_one_reading_to_the_next(database):
    if not is_postgresql_at(database):
        pytest.skip("SQLite's driver keeps them whatever happens")
    for _ in range(7):
        with database.reading() as session:
            session.execute(text("SELECT 1 AS often"))
    with database.reading() as session:
        prepared = session.scalars(text("SELECT statement FROM pg_prepared_statements")).all()

    assert "SELECT 1 AS often" in prepared


def test_session_that_was_let_go_takes_a_connection_again(database):
    with database.reading() as session:
        assert session.query(Counter).count() == 0
        let_go(session)
        assert database.engine.pool.checkedout() == 0
        assert session.query(Counter).count() == 0


def test_reading_sees_one_moment_from_beginning_to_end(database):
    with database.reading() as session:
        assert session.query(Counter).count() == 0
        with database.writing() as writer:
            writer.add(Counter(name="n", value=1))
        assert session.query(Counter).count() == 0
    assert count_of(database) == 1


def test_only_a_transaction_that_need_not_last_commits_early(database):
    def setting():
        with database.writing() as session:
            return session.scalar(text("SHOW synchronous_commit"))

    if not is_postgresql_at(database):
        pytest.skip("SQLite knows no such thing")
    with database.writing(is_lasting=False) as session:
        assert session.scalar(text("SHOW synchronous_commit")) == "off"
    assert setting() == "on"


def test_what_was_committed_early_is_on_the_disk_once_settled(database):
    with database.writing(is_lasting=False) as session:
        session.add(Counter(name="early", value=1))
    if is_postgresql_at(database):
        with database.reading() as session:
            written = session.scalar(text("SELECT CAST(pg_current_wal_insert_lsn() AS text)"))

    database.settle()

    assert count_of(database) == 1
    if is_postgresql_at(database):
        with database.reading() as session:
            flushed = text("SELECT pg_current_wal_flush_lsn() >= CAST(:at AS pg_lsn)")
            assert session.scalar(flushed, {"at": written})


def test_a_savepoint_that_fails_takes_only_its_own_rows_back(database):
    with database.writing() as session:
        session.add(Counter(name="first", value=1))
        session.flush()
        with suppress(IntegrityError), session.begin_nested():
            session.execute(text("INSERT INTO counters (name, value) VALUES ('other', 1)"))
            session.execute(text("INSERT INTO counters (name, value) VALUES ('first', 2)"))
    with database.reading() as session:
        assert [counter.name for counter in session.query(Counter)] == ["first"]


def test_a_wrong_statement_is_our_mistake_and_not_an_outage(database):
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(text("INSERT INTO counters (name, value) VALUES (NULL, 1)"))


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////nowhere/at/all/pulseboard.db",
        "postgresql://ci:hunter2@/board?host=/nowhere",
        "postgresql://ci:hunter2@127.0.0.1:{port}/board",
    ],
)
@pytest.mark.parametrize("kind", ["reading", "writing"])
def test_a_database_that_is_not_there_is_unavailable(url, kind, silent_port):
    database = Database(make_engine(database_url(url.format(port=silent_port))))
    with pytest.raises(Unavailable) as caught, getattr(database, kind)() as session:
        session.execute(text("SELECT 1"))
    assert caught.value.status == 503
    assert "hunter2" not in caught.value.detail
    database.close()


@pytest.mark.parametrize("database_address", ["postgresql"], indirect=True)
def test_a_connection_that_was_cut_is_made_anew(database):
    with database.reading() as session:
        backend = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    other = make_engine(database.engine.url)
    with other.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:backend)"), {"backend": backend})
    other.dispose()
    assert count_of(database) == 0


def test_a_locked_sqlite_file_is_unavailable_and_works_again(tmp_path, sqlite_template):
    path = tmp_path / "locked.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = make_engine(database_url(f"sqlite:///{path}"))
    database = Database(engine)
    with database.reading() as session:
        session.execute(text("SELECT 1"))
    # The wait is 30 seconds in earnest.
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout = 1")
        connection.rollback()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="locked"), database.writing() as session:
        session.add(Counter(name="n", value=1))
    holder.execute("ROLLBACK")
    holder.close()
    with database.writing() as session:
        session.add(Counter(name="n", value=2))
    assert count_of(database) == 1
    database.close()


def test_a_full_sqlite_file_is_unavailable_and_keeps_what_it_has(tmp_path, sqlite_template):
    path = tmp_path / "full.db"
    path.write_bytes(sqlite_template.read_bytes())
    engine = make_engine(database_url(f"sqlite:///{path}"))
    database = Database(engine)
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
        connection.rollback()
    with pytest.raises(Unavailable, match="full"), database.writing() as session:
        session.add_all(Counter(name=f"{n}" * 500, value=n) for n in range(100))
    assert count_of(database) == 0
    database.close()
