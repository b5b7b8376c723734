"""The differences between SQLite and PostgreSQL, but for many rows at a time (db/bulk.py)."""

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import (
    Engine,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from pulseboard.errors import ConfigurationError

# How long a SQLite writer waits for another process before it gives up.
SQLITE_BUSY_SECONDS: Final = 30
# Statements kept ready: the writer's in each of its sizes (db/bulk.py), and those of the pages.
_SQLITE_STATEMENTS: Final = 512
# Background work needs few connections; more are opened when many jobs write at once.
_BACKGROUND_POOL: Final = 4
# Any number will do as long as every process of one database uses the same.
_WRITER_LOCK: Final = 0x70756C7365
LOCK: Final = f"SELECT pg_advisory_xact_lock({_WRITER_LOCK})"


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


def make_background_engine(url: URL) -> Engine:
    """Make the engine of background work, whose reads never hold SQLite's write lock.

    Its transactions begin with their first write, as the library that runs on it expects.
    """
    if url.get_backend_name() != "sqlite":
        return make_engine(url, pool_size=_BACKGROUND_POOL)
    engine = create_engine(
        url,
        pool_size=_BACKGROUND_POOL,
        max_overflow=_BACKGROUND_POOL,
        connect_args={
            "timeout": SQLITE_BUSY_SECONDS,
            "check_same_thread": False,
            "isolation_level": "IMMEDIATE",
        },
    )
    event.listen(engine, "connect", _secure_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver's own implicit BEGIN would leak out of rolled-back savepoints; we begin ourselves.
    connection.isolation_level = None
    _secure_sqlite(connection, _record)
    cursor = connection.cursor()
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.execute("PRAGMA cache_size = -32768")
    cursor.close()


def _secure_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
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


def lock_writer(session: Session) -> None:
    """Wait until no other transaction of any process is inside the writer, and keep others out.

    SQLite takes that lock as the transaction begins. It is what makes reading a row and then
    keeping counts about its change correct, however many processes write.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(LOCK)


def commit_early(session: Session) -> None:
    """Let PostgreSQL answer this transaction's COMMIT before it is on its disk; see `settle`."""
    if is_postgresql(session):
        session.execute(text("SET LOCAL synchronous_commit = off"))


def settle(session: Session) -> None:
    """Have the COMMIT of this transaction take to the disk whatever was committed early before.

    A transaction that writes nothing would not wait for the disk.
    """
    if is_postgresql(session):
        session.execute(text("SELECT pg_logical_emit_message(true, 'pulseboard', '')"))


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


def gathered(session: Session, column: str) -> str:
    """Return the aggregate of a column's values as one JSON array in text; NULL without a row."""
    function = "json_agg" if is_postgresql(session) else "json_group_array"
    return f"CAST({function}({column}) AS text)"


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


def register_function(session: Session, name: str, function: Callable[[int], int]) -> None:
    """Let this session's SQLite connection call a pure function of one whole number in SQL."""
    driver = session.connection().connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("only SQLite takes functions from outside")
    driver.create_function(name, 1, function, deterministic=True)
