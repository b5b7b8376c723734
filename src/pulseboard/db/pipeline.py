"""PostgreSQL's pipeline of statements, and COPY, the one statement that cannot stand in it."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

# What a session is in the middle of, and whether that is a COPY that still goes on by itself.
_PIPELINE: Final = "pipeline"
_COPYING: Final = "copying"


@contextmanager
def pipelined(session: Session) -> Iterator[None]:
    """Let the statements of db/bulk.py follow each other without waiting for the answers.

    PostgreSQL works on one while the next is being made; what goes wrong is raised at the next
    read, at what follows a large insert, or at the end. Nothing else may be executed meanwhile:
    SQLAlchemy looks at every answer.
    """
    connection = session.connection()
    if not speaks_postgresql(connection):
        yield
        return
    driver: Any = connection.connection.driver_connection
    try:
        with ExitStack() as pipeline:
            pipeline.enter_context(driver.pipeline())
            session.info[_PIPELINE] = pipeline
            yield
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(connection, error, "a pipeline of statements") from error
    finally:
        del session.info[_PIPELINE]
        session.info.pop(_COPYING, None)


def is_pipelined(session: Session) -> bool:
    """Say whether answers are kept until what follows is done."""
    return _PIPELINE in session.info


def copy_rows(
    session: Session, sql: str, rows: Sequence[Sequence[Any]], *, types: Sequence[str]
) -> None:
    """Have PostgreSQL take rows by COPY, the one statement that cannot stand in a pipeline.

    In place of one it goes on by itself until the next statement, or the end.
    """
    connection = session.connection()
    pipeline: ExitStack | None = session.info.get(_PIPELINE)
    try:
        if pipeline is None:
            with ExitStack() as stack:
                _start_copy(stack, connection, sql, rows, types=types)
            return
        pipeline.close()
        session.info[_COPYING] = True
        _start_copy(pipeline, connection, sql, rows, types=types)
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(connection, error, sql) from error


def _start_copy(
    stack: ExitStack,
    connection: Connection,
    sql: str,
    rows: Sequence[Sequence[Any]],
    *,
    types: Sequence[str],
) -> None:
    """Hand rows to a COPY that ends with the stack; a thread of the driver's sends them."""
    from psycopg.copy import QueuedLibpqWriter  # noqa: PLC0415  # Needs PostgreSQL's driver.

    driver: Any = connection.connection.driver_connection
    cursor = stack.enter_context(driver.cursor())
    copy = stack.enter_context(cursor.copy(sql, writer=QueuedLibpqWriter(cursor)))
    copy.set_types(types)
    for row in rows:
        copy.write_row(row)


def after_copy(session: Session) -> Connection:
    """Return the session's connection once the COPY that it may be in the middle of has ended."""
    connection = session.connection()
    if session.info.pop(_COPYING, False):
        pipeline: ExitStack = session.info[_PIPELINE]
        driver: Any = connection.connection.driver_connection
        try:
            pipeline.close()
            pipeline.enter_context(driver.pipeline())
        except connection.dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemy(connection, error, "COPY") from error
    return connection


def as_sqlalchemy(connection: Connection, error: Exception, sql: str) -> BaseException:
    base = connection.dialect.loaded_dbapi.Error
    return DBAPIError.instance(sql, None, error, base, dialect=connection.dialect)


def speaks_postgresql(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"
