"""Many rows in few statements, the same on both databases."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError

from pulseboard.db.bulk import Upsert, ask, ask_in, execute, select_in
from pulseboard.db.pipeline import pipelined
from pulseboard.errors import Unavailable
from pulseboard.model import Counter, Delivery, Run
from pulseboard.vocabulary import DeliveryResult, Source

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


def test_insert_of_free_keys_leaves_what_an_upsert_would(database):
    upsert = Upsert(Counter, conflict=("name",), updates=KEEP_GREATER)
    with database.writing() as session:
        upsert.insert(session, counters({"a": 1, "b": 5}))
    assert stored(database) == {"a": 1, "b": 5}


def test_rows_written_in_a_pipeline_are_there_for_the_read_that_follows(database):
    upsert = Upsert(Counter, conflict=("name",), updates=None)
    with database.writing() as session, pipelined(session):
        upsert.insert(session, counters({"a": 1}))
        upsert.insert(session, counters({"b": 2}))
        assert execute(session, "SELECT name, value FROM counters ORDER BY name") == [
            ("a", 1),
            ("b", 2),
        ]


def test_what_was_asked_in_a_pipeline_is_as_of_then(database):
    upsert = Upsert(Counter, conflict=("name",), updates=KEEP_GREATER)
    sql = "WITH wanted(name) AS ({rows}) SELECT name, value FROM wanted NATURAL JOIN counters"
    with database.writing() as session, pipelined(session):
        upsert.insert(session, counters({"a": 1}))
        before = ask_in(session, sql, [("a",), ("b",)], types=("text",))
        all_before = ask(session, "SELECT name, value FROM counters")
        upsert.execute(session, counters({"a": 2, "b": 5}))
        assert before() == [("a", 1)]
        upsert.insert(session, counters({f"n{number}": number for number in range(300)}))
        assert all_before() == [("a", 1)]
        assert len(execute(session, "SELECT name FROM counters")) == 302


def test_error_of_what_was_asked_is_the_one_sqlalchemy_would_raise(database):
    def ask_nonsense():
        with database.writing() as session, pipelined(session):
            ask(session, "SELECT no_such_column FROM counters")()

    with pytest.raises((Unavailable, ProgrammingError)):
        ask_nonsense()
    with database.writing() as session:
        assert ask_in(session, "not even SQL", [], types=("text",))() == []


def test_error_in_a_pipeline_is_the_one_sqlalchemy_would_raise(database):
    upsert = Upsert(Counter, conflict=("name",), updates=None)

    def write_twice():
        with database.writing() as session, pipelined(session):
            upsert.insert(session, counters({"a": 1}))
            upsert.insert(session, counters({"a": 2}))

    with pytest.raises(IntegrityError):
        write_twice()
    assert stored(database) == {}


def delivery(number):
    """Return a row with what is hard to carry: nothing, quotes, tabs, backslashes, other scripts."""
    return dict.fromkeys((column.name for column in Delivery.__table__.columns), None) | {
        "id": 2**53 + number,
        "guid": f"%s 'quoted'\t{number} \\N ✓ \u202e",
        "source": Source.PUSH,
        "event": "",
        "received_at": 1_772_366_400_000_000 + number,
        "result": DeliveryResult.STORED,
        "attempt": number,
        "size": 0,
    }


def test_insert_of_many_rows_in_a_pipeline_leaves_what_one_of_few_would(database):
    counted = Upsert(Counter, conflict=("name",), updates=None)
    rows = [delivery(number) for number in range(300)]
    with database.writing() as session, pipelined(session):
        counted.insert(session, counters({"before": 1}))
        Upsert(Delivery, conflict=("id",), updates=None).insert(session, rows)
        counted.insert(session, counters({"after": 2}))

    assert stored(database) == {"before": 1, "after": 2}
    with database.reading() as session:
        found = session.execute(text("SELECT * FROM deliveries ORDER BY id")).mappings()
        assert [dict(row) for row in found] == rows


def test_error_among_many_rows_in_a_pipeline_is_the_one_sqlalchemy_would_raise(database):
    def write_twice():
        with database.writing() as session, pipelined(session):
            Upsert(Counter, conflict=("name",), updates=None).insert(session, twice)

    twice = [{"name": "same", "value": number} for number in range(300)]
    with pytest.raises(IntegrityError):
        write_twice()
    assert stored(database) == {}


def test_what_fails_while_many_rows_are_under_way_takes_them_along(database):
    def write():
        upsert = Upsert(Counter, conflict=("name",), updates=None)
        with database.writing() as session, pipelined(session):
            upsert.insert(session, [{"name": f"n{i}", "value": i} for i in range(300)])
            raise ValueError("of ours")

    with pytest.raises(ValueError, match="of ours"):
        write()
    assert stored(database) == {}


def test_many_rows_behind_many_rows_are_there_for_the_read_that_follows(database):
    upsert = Upsert(Counter, conflict=("name",), updates=None)
    with database.writing() as session, pipelined(session):
        for first in (0, 300):
            rows = [{"name": f"n{i}", "value": i} for i in range(first, first + 300)]
            upsert.insert(session, rows)
        assert execute(session, "SELECT count(*), max(value) FROM counters") == [(600, 599)]


def test_error_before_many_rows_in_a_pipeline_is_the_one_sqlalchemy_would_raise(database):
    def write():
        upsert = Upsert(Counter, conflict=("name",), updates=None)
        with database.writing() as session, pipelined(session):
            upsert.insert(session, counters({"a": 1}))
            upsert.insert(session, counters({"a": 2}))
            upsert.insert(session, [{"name": f"n{i}", "value": i} for i in range(300)])

    with pytest.raises(IntegrityError):
        write()
    assert stored(database) == {}
