"""Every difference between SQLite and PostgreSQL, and nothing else."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Connection,
    Engine,
    Integer,
    LargeBinary,
    Text,
    create_engine,
    event,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from pulseboard.errors import ConfigurationError
from pulseboard.model import Base

# How long a SQLite writer waits for another process before it gives up.
SQLITE_BUSY_SECONDS: Final = 30
# SQLite's limit of bound values in one statement.
_SQLITE_MAX_VALUES: Final = 32_766
# Statements kept ready: the writer's in each of the sizes below, and those of the pages.
_SQLITE_STATEMENTS: Final = 512
# Few different sizes, so that the driver's statement cache is of use.
_SQLITE_ROWS_A_STATEMENT: Final = (
    512, 384, 256, 192, 128, 96, 64, 48, 32, 24, 16, 12, 8, 6, 4, 3, 2, 1,
)  # fmt: skip
# Any number will do as long as every process of one database uses the same.
_WRITER_LOCK: Final = 0x70756C7365
_LOCK: Final = f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"
# What PostgreSQL believes of a table that has just grown would have it read the whole of it.
_LOCK_AND_LOOK_UP: Final = _LOCK + "".join(
    f", set_config('enable_{way}', 'off', true)" for way in ("seqscan", "hashjoin", "mergejoin")
)
_ARRAY_TYPES: Final[Sequence[tuple[type[Any], str]]] = (
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (LargeBinary, "bytea"),
    (Text, "text"),
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
            connect_args={
                "timeout": SQLITE_BUSY_SECONDS,
                "check_same_thread": False,
                "cached_statements": _SQLITE_STATEMENTS,
            },
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        # Compiling a plan takes longer than any of ours takes to run.
        connect_args={"options": "-c timezone=UTC -c jit=off"},
    )
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    from pulseboard.db import arrays  # noqa: PLC0415  # Needs PostgreSQL's driver.

    arrays.prepare(connection)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own implicit BEGIN would leak out of rolled-back savepoints; we begin ourselves.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.execute("PRAGMA cache_size = -32768")
    # In pages, 32 MB: copying the log into the file less often spares a busy writer a tenth, since
    # pages that change again and again are copied once.
    cursor.execute("PRAGMA wal_autocheckpoint = 8000")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    # A deferred transaction that reads first and writes later fails at once when another process
    # wrote in between; taking the write lock at the start waits for it instead.
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def is_postgresql(session: Session) -> bool:
    """Say whether the session speaks to PostgreSQL."""
    return session.get_bind().dialect.name == "postgresql"


def lock_writer(session: Session, *, looks_up: bool = False) -> None:
    """Wait until no other transaction of any process is inside the writer, and keep others out.

    SQLite takes that lock as the transaction begins. It is what makes reading a row and then
    keeping counts about its change correct, however many processes write. `looks_up` promises that
    every statement of the transaction looks rows up by their keys.
    """
    connection = session.connection()
    if _speaks_postgresql(connection):
        _execute(connection, _LOCK_AND_LOOK_UP if looks_up else _LOCK, ())


def execute(session: Session, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a query on the driver's own cursor and return its rows.

    Values stand at ? on SQLite and at %s on PostgreSQL. The writer runs twenty statements for a
    batch, and most of them take less time than the objects SQLAlchemy makes around a result.
    Raises the errors that SQLAlchemy would.
    """
    return _execute(session.connection(), sql, values)


def _execute(
    connection: Connection, sql: str, values: Sequence[Any], *, reads: bool = True
) -> list[tuple[Any, ...]]:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, values)
        return list(cursor.fetchall()) if reads else []
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemy(connection, error, sql) from error
    finally:
        cursor.close()


@contextmanager
def pipelined(session: Session) -> Iterator[None]:
    """Let the statements of this module follow each other without waiting for the answers.

    PostgreSQL works on one while the next is being made; what goes wrong is raised at the next
    read, or at the end. Nothing else may be executed meanwhile: SQLAlchemy looks at every answer.
    """
    connection = session.connection()
    if not _speaks_postgresql(connection):
        yield
        return
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise _as_sqlalchemy(connection, error, "a pipeline of statements") from error


def _as_sqlalchemy(connection: Connection, error: Exception, sql: str) -> BaseException:
    base = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(sql, None, error, base, dialect=connection.dialect)


def _speaks_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


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
    if _speaks_postgresql(connection):
        table = f"SELECT * FROM unnest({_array_places(len(types))})"
        return _execute(connection, sql.format(rows=table), _arrays(rows, types))
    found: list[Any] = []
    for chunk in _chunks(rows, width=len(types)):
        group = "(" + ", ".join("?" * len(types)) + ")"
        table = "VALUES " + ", ".join([group] * len(chunk))
        values = tuple(chain.from_iterable(chunk))
        found += _execute(connection, sql.format(rows=table), values)
    return found


def _array_places(number: int) -> str:
    return ", ".join(["%b"] * number)


def _arrays(rows: Sequence[Sequence[Any]], types: Sequence[str]) -> tuple[bytes, ...]:
    from pulseboard.db.arrays import make_array  # noqa: PLC0415  # Needs PostgreSQL's driver.

    columns = zip(*rows, strict=True)
    return tuple(make_array(column, of=kind) for column, kind in zip(columns, types, strict=True))


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
        self._types = tuple(_array_type(c.type) for c in columns)
        self._head = f"INSERT INTO {table.__tablename__} ({', '.join(self.columns)})"
        action = "NOTHING" if updates is None else f"UPDATE SET {_assignments(updates)}"
        self._tail = f"ON CONFLICT ({', '.join(conflict)}) DO {action}"

    def execute(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert or update all rows; every row must have every column that is not computed."""
        self.execute_tuples(session, [self._values(row) for row in rows])

    def execute_tuples(self, session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert or update all rows; each has its values in the order of `columns`."""
        if not rows:
            return
        connection = session.connection()
        if _speaks_postgresql(connection):
            places = _array_places(len(self.columns))
            sql = f"{self._head} SELECT * FROM unnest({places}) {self._tail}"
            _execute(connection, sql, _arrays(rows, self._types), reads=False)
            return
        group = "(" + ", ".join("?" * len(self.columns)) + ")"
        for chunk in _chunks(rows, width=len(self.columns)):
            groups = ", ".join([group] * len(chunk))
            sql = f"{self._head} VALUES {groups} {self._tail}"
            _execute(connection, sql, tuple(chain.from_iterable(chunk)), reads=False)


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
