"""Every difference between SQLite and PostgreSQL, and nothing else."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Engine,
    Integer,
    LargeBinary,
    Text,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from pulseboard.errors import ConfigurationError
from pulseboard.model import Base

# How long a SQLite writer waits for another process before it gives up.
SQLITE_BUSY_SECONDS: Final = 30
# SQLite's limit of bound values in one statement.
_SQLITE_MAX_VALUES: Final = 32_766
# Few different sizes, so that the driver's statement cache is of use.
_SQLITE_ROWS_A_STATEMENT: Final = (512, 256, 128, 64, 32, 16, 8, 4, 2, 1)
# Any number will do as long as every process of one database uses the same.
_WRITER_LOCK: Final = 0x70756C7365
_ARRAY_TYPES: Final[Sequence[tuple[type[Any], str]]] = (
    (BigInteger, "bigint[]"),
    (Integer, "integer[]"),
    (Boolean, "boolean[]"),
    (LargeBinary, "bytea[]"),
    (Text, "text[]"),
)


def database_url(spelling: str) -> URL:
    """Read any spelling of a database URL and name the driver we use.

    Raises ConfigurationError without repeating the URL, which may hold a password.
    """
    try:
        url = make_url(spelling)
    except ArgumentError:
        raise ConfigurationError(
            "DATABASE_URL cannot be read; it should look like postgresql://user:password@host/name"
            " or sqlite:///path/to/file.db"
        ) from None
    backend = url.drivername.split("+")[0]
    if backend in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg")
    if backend == "sqlite":
        return url.set(drivername="sqlite")
    raise ConfigurationError(
        f"DATABASE_URL names the database {backend!r}; Pulseboard runs on postgresql:// or sqlite:///"
    )


def make_engine(url: URL, *, pool_size: int = 10) -> Engine:
    """Make an engine whose connections are set up for us."""
    if url.get_backend_name() == "sqlite":
        engine = create_engine(
            url,
            pool_size=pool_size,
            max_overflow=pool_size,
            connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        # Compiling a plan takes longer than any of ours takes to run.
        connect_args={"options": "-c timezone=UTC -c jit=off"},
    )


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own implicit BEGIN would leak out of rolled-back savepoints; we begin ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.execute("PRAGMA cache_size = -32768")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A deferred transaction that reads first and writes later fails at once when another process
    # wrote in between; taking the write lock at the start waits for it instead.
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def is_postgresql(session: Session) -> bool:
    """Say whether the session speaks to PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"


def lock_writer(session: Session) -> None:
    """Wait until no other transaction of any process is inside the writer, and keep others out.

    SQLite takes that lock as the transaction begins. It is what makes reading a row and then
    keeping counts about its change correct, however many processes write.
    """
    connection = session.connection()
    if is_postgresql(session):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})")


def select_in(
    session: Session, sql: str, rows: Sequence[Sequence[Any]], *, types: Sequence[str]
) -> list[Any]:
    """Run `sql` with `{rows}` standing for a table of the given values and return all its rows.

    `types` are PostgreSQL's names of the columns' types. On SQLite the statement is cut to as
    many rows as may be bound, so `sql` must not aggregate over them.
    """
    if not rows:
        return []
    connection = session.connection()
    if is_postgresql(session):
        arrays = ", ".join(f"%s::{name}[]" for name in types)
        table = f"SELECT * FROM unnest({arrays})"
        columns = tuple([row[i] for row in rows] for i in range(len(types)))
        return list(connection.exec_driver_sql(sql.format(rows=table), columns))
    found: list[Any] = []
    for chunk in _chunks(rows, width=len(types)):
        group = "(" + ", ".join("?" * len(types)) + ")"
        table = "VALUES " + ", ".join([group] * len(chunk))
        values = tuple(value for row in chunk for value in row)
        found.extend(connection.exec_driver_sql(sql.format(rows=table), values))
    return found


def listed(session: Session, name: str, *, columns: Sequence[str] = ("bigint",)) -> str:
    """Return a query whose rows are what the parameter `name` holds: a JSON array as text.

    `columns` are the types; with more than one, each element is an array. However many elements
    there are, the statement stays the same and so does its plan.
    """
    if is_postgresql(session):
        source, values = f"json_array_elements(CAST(:{name} AS json))", ["value #>> '{}'"]
        if len(columns) > 1:
            values = [f"value ->> {i}" for i in range(len(columns))]
    else:
        source, values = f"json_each(:{name})", ["value"]
        if len(columns) > 1:
            values = [f"json_extract(value, '$[{i}]')" for i in range(len(columns))]
    typed = [f"CAST({value} AS {kind})" for value, kind in zip(values, columns, strict=True)]
    return f"SELECT {', '.join(typed)} FROM {source}"


def among(session: Session, query: str) -> str:
    """Return the operator that asks whether a column is one of the rows of a query.

    PostgreSQL would plan IN as a join; an array that is computed first goes to the index.
    """
    return f"= ANY(ARRAY({query}))" if is_postgresql(session) else f"IN ({query})"


def answer_each(
    session: Session, given: str, *, names: Sequence[str], select: str, source: str, group: str = ""
) -> str:
    """Return a query that asks SELECT `select` FROM `source` (a table and its WHERE) for each row.

    `given` is the query of those rows and `names` are their columns; the first comes back before
    each answer. PostgreSQL must be told to take row after row, or it may read the whole table for
    all of them; SQLite does so by itself and knows no LATERAL.
    """
    head = f"WITH given ({', '.join(names)}) AS ({given})"
    grouped = f" GROUP BY {group}" if group else ""
    if is_postgresql(session):
        answer = f"(SELECT {select} FROM {source}{grouped})"
        return (
            f"{head} SELECT {names[0]}, answer.* FROM given CROSS JOIN LATERAL {answer} AS answer"
        )
    keys = f"{names[0]}, {group}" if group else names[0]
    return f"{head} SELECT {names[0]}, {select} FROM given CROSS JOIN {source} GROUP BY {keys}"


class Upsert:
    """INSERT … ON CONFLICT over many rows at a time, the fastest way each database has.

    `updates` maps a column to the SQL of its new value, in which the table's name stands for the
    row that is there and `excluded` for the incoming one; None means DO NOTHING. Within one call
    no two rows may share a key: PostgreSQL refuses to touch a row twice.
    """

    def __init__(
        self, table: type[Base], *, conflict: Sequence[str], updates: Mapping[str, str] | None
    ) -> None:
        columns = [c for c in table.__table__.columns if c.computed is None]
        self.columns = tuple(c.name for c in columns)
        self._values = itemgetter(*self.columns)
        self._casts = ", ".join(f"%s::{_array_type(c.type)}" for c in columns)
        self._head = f"INSERT INTO {table.__tablename__} ({', '.join(self.columns)})"
        action = "NOTHING" if updates is None else f"UPDATE SET {_assignments(updates)}"
        self._tail = f"ON CONFLICT ({', '.join(conflict)}) DO {action}"

    def execute(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert or update all rows; every row must have every column that is not computed."""
        if not rows:
            return
        connection = session.connection()
        values = [self._values(row) for row in rows]
        if is_postgresql(session):
            arrays = tuple(list(column) for column in zip(*values, strict=True))
            sql = f"{self._head} SELECT * FROM unnest({self._casts}) {self._tail}"
            connection.exec_driver_sql(sql, arrays)
            return
        group = "(" + ", ".join("?" * len(self.columns)) + ")"
        for chunk in _chunks(values, width=len(self.columns)):
            groups = ", ".join([group] * len(chunk))
            flat = tuple(value for row in chunk for value in row)
            connection.exec_driver_sql(f"{self._head} VALUES {groups} {self._tail}", flat)


def _assignments(updates: Mapping[str, str]) -> str:
    return ", ".join(f"{column} = {sql}" for column, sql in updates.items())


def _array_type(column_type: Any) -> str:
    for python_type, name in _ARRAY_TYPES:
        if isinstance(column_type, python_type):
            return name
    raise TypeError(f"no PostgreSQL array is known for {column_type!r}")


def _chunks(rows: Sequence[Any], *, width: int) -> list[Sequence[Any]]:
    chunks: list[Sequence[Any]] = []
    start = 0
    while start < len(rows):
        left = len(rows) - start
        fitting = min(left, _SQLITE_MAX_VALUES // width)
        size = next(size for size in _SQLITE_ROWS_A_STATEMENT if size <= fitting)
        chunks.append(rows[start : start + size])
        start += size
    return chunks


def register_function(session: Session, name: str, function: Callable[[int], int]) -> None:
    """Let this session's SQLite connection call a pure function of one whole number in SQL."""
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("only SQLite takes functions from outside")
    driver.create_function(name, 1, function, deterministic=True)
