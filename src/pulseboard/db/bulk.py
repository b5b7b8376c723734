"""Many rows in few statements, on the driver's own cursor: what the writer is made of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Connection, Integer, LargeBinary, Text
from sqlalchemy.orm import Session

from pulseboard.db.engine import LOCK
from pulseboard.db.pipeline import (
    after_copy,
    as_sqlalchemy,
    copy_rows,
    is_pipelined,
    speaks_postgresql,
)
from pulseboard.model import Base

# SQLite's limit of bound values in one statement.
_SQLITE_MAX_VALUES: Final = 32_766
# Few different sizes, so that the driver's statement cache is of use; what is short of one is
# filled with rows of nothing, because a second statement costs more than they do.
_SQLITE_ROWS_A_STATEMENT: Final = (
    1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16, 20, 24, 28, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192,
    224, 256, 320, 384, 448, 512,
)  # fmt: skip
# So many rows are worth the end of a pipeline: PostgreSQL saves another fifth.
_WORTH_A_COPY: Final = 256
# What PostgreSQL believes of a table that has just grown would have it read the whole of it.
_LOCK_AND_LOOK_UP: Final = LOCK + "".join(
    f", set_config('enable_{way}', 'off', true)" for way in ("seqscan", "hashjoin", "mergejoin")
)
_ARRAY_TYPES: Final[Sequence[tuple[type[Any], str]]] = (
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (Boolean, "boolean"),
    (LargeBinary, "bytea"),
    (Text, "text"),
)
_AS_NUMBER: Final[Mapping[bool | None, int | None]] = {False: 0, True: 1, None: None}


def execute(session: Session, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """Run a query on the driver's own cursor and return its rows.

    Values stand at ? on SQLite and at %s on PostgreSQL. The writer runs twenty statements for a
    batch, and most of them take less time than the objects SQLAlchemy makes around a result.
    Raises the errors that SQLAlchemy would.
    """
    return _execute(after_copy(session), sql, values)


def _execute(
    connection: Connection, sql: str, values: Sequence[Any], *, reads: bool = True
) -> list[tuple[Any, ...]]:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, values)
        return list(cursor.fetchall()) if reads else []
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(connection, error, sql) from error
    finally:
        cursor.close()


def execute_all(
    session: Session, queries: Sequence[tuple[str, Sequence[Any]]]
) -> list[list[tuple[Any, ...]]]:
    """Run several queries as `execute` does and return the rows of each.

    PostgreSQL is asked all of them at once, so that the way there and back is gone only once.
    """
    connection = after_copy(session)
    if not speaks_postgresql(connection):
        return [_execute(connection, sql, values) for sql, values in queries]
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            # As text, bytes would come at twice their length.
            cursors = [driver.execute(sql, values, binary=True) for sql, values in queries]
            return [list(cursor.fetchall()) for cursor in cursors]
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(connection, error, "several queries") from error


def one_of(session: Session, numbers: Sequence[int]) -> tuple[str, tuple[Any, ...]]:
    """Return what stands behind a column that is to be one of some numbers, and its values.

    SQLite takes a few hundred of them.
    """
    if speaks_postgresql(session.connection()):
        # The same statement however many they are, and behind a query PostgreSQL cannot tell: so
        # it keeps one plan, where making a new one would take longer than the answer.
        return "= ANY(ARRAY(SELECT unnest(%s::bigint[])))", (list(numbers),)
    marks = ", ".join("?" * len(numbers))
    return f"IN ({marks})", tuple(numbers)


def select_in(
    session: Session, sql: str, rows: Sequence[Sequence[Any]], *, types: Sequence[str]
) -> list[Any]:
    """Run `sql` with `{rows}` standing for a table of the given values and return all its rows.

    `types` are PostgreSQL's names of the columns' types; the first value of a row must not be None.
    On SQLite the statement is cut to as many rows as may be bound, so `sql` must not aggregate over
    them.
    """
    if not rows:
        return []
    connection = after_copy(session)
    if speaks_postgresql(connection):
        table = f"SELECT * FROM unnest({_array_places(len(types))})"
        return _execute(connection, sql.format(rows=table), _arrays(rows, types))
    found: list[Any] = []
    for size, values in _chunks(rows, width=len(types)):
        table = _table_of(size, width=len(types))
        found += _execute(connection, sql.format(rows=table), values)
    return found


def lock_for_look_ups(session: Session) -> None:
    """Do what `lock_writer` does for a transaction whose statements all look rows up by their keys.

    It may stand within `pipelined`: what follows it waits with it.
    """
    connection = after_copy(session)
    if speaks_postgresql(connection):
        _execute(connection, _LOCK_AND_LOOK_UP, (), reads=False)


def ask_in(
    session: Session, sql: str, rows: Sequence[Sequence[Any]], *, types: Sequence[str]
) -> Callable[[], list[Any]]:
    """Ask what `select_in` does and return what hands out the rows.

    Within `pipelined` several questions go to PostgreSQL at once, and it answers while more is
    being prepared; what goes wrong is raised when the rows are wanted.
    """
    connection = session.connection()
    if not rows or not speaks_postgresql(connection):
        found = select_in(session, sql, rows, types=types)
        return lambda: found
    table = f"SELECT * FROM unnest({_array_places(len(types))})"
    return ask(session, sql.format(rows=table), _arrays(rows, types))


def ask(session: Session, sql: str, values: Sequence[Any] = ()) -> Callable[[], list[Any]]:
    """Ask what `execute` does and return what hands out the rows, as `ask_in` does."""
    connection = after_copy(session)
    if not speaks_postgresql(connection):
        found = _execute(connection, sql, values)
        return lambda: found
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, values)
        if is_pipelined(session):
            # Unasked, PostgreSQL keeps its answers to itself until all that follows is done.
            driver: Any = connection.connection.driver_connection
            driver.pgconn.send_flush_request()
    except connection.dialect.loaded_dbapi.Error as error:
        raise as_sqlalchemy(connection, error, sql) from error

    def rows() -> list[Any]:
        try:
            return list(cursor.fetchall())
        except connection.dialect.loaded_dbapi.Error as error:
            raise as_sqlalchemy(connection, error, sql) from error

    return rows


def _array_places(number: int) -> str:
    return ", ".join(["%b"] * number)


def _arrays(rows: Sequence[Sequence[Any]], types: Sequence[str]) -> tuple[bytes, ...]:
    from pulseboard.db.arrays import make_array  # noqa: PLC0415  # Needs PostgreSQL's driver.

    columns = zip(*rows, strict=True)
    return tuple(make_array(column, of=kind) for column, kind in zip(columns, types, strict=True))


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
        self._flags = tuple(i for i, kind in enumerate(self._types) if kind == "boolean")
        into = f"{table.__tablename__} ({', '.join(self.columns)})"
        self._copy_in, self._head = f"COPY {into} FROM STDIN BINARY", f"INSERT INTO {into}"
        action = "NOTHING" if updates is None else f"UPDATE SET {_assignments(updates)}"
        self._tail = f"ON CONFLICT ({', '.join(conflict)}) DO {action}"

    def execute(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert or update all rows; every row must have every column that is not computed."""
        self.execute_tuples(session, [self._values(row) for row in rows])

    def execute_tuples(self, session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert or update all rows; each has its values in the order of `columns`."""
        self._write(session, rows, self._tail)

    def insert(self, session: Session, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows whose keys are known to be free: PostgreSQL saves a fifth."""
        self.insert_tuples(session, [self._values(row) for row in rows])

    def insert_tuples(self, session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
        """Insert rows whose keys are known to be free, with values in the order of `columns`."""
        if len(rows) >= _WORTH_A_COPY and speaks_postgresql(session.connection()):
            copy_rows(session, self._copy_in, rows, types=self._types)
        else:
            self._write(session, rows, "")

    def _write(self, session: Session, rows: Sequence[tuple[Any, ...]], tail: str) -> None:
        if not rows:
            return
        connection = after_copy(session)
        if speaks_postgresql(connection):
            sql = f"{self._head} SELECT * FROM unnest({_array_places(len(self.columns))}) {tail}"
            _execute(connection, sql, _arrays(rows, self._types), reads=False)
            return
        width = len(self.columns)
        for size, values in _chunks(rows, width=width):
            for place in self._flags:
                # SQLite's driver takes longer over one True than over the rest of a short row.
                values[place::width] = map(_AS_NUMBER.__getitem__, values[place::width])
            sql = f"{self._head} {_table_of(size, width=width)} {tail}"
            _execute(connection, sql, values, reads=False)


def _assignments(updates: Mapping[str, str]) -> str:
    return ", ".join(f"{column} = {sql}" for column, sql in updates.items())


def _array_type(column_type: Any) -> str:
    for python_type, name in _ARRAY_TYPES:
        if isinstance(column_type, python_type):
            return name
    raise TypeError(f"no PostgreSQL array is known for {column_type!r}")


def _table_of(size: int, *, width: int) -> str:
    """Return SQL for a table of at most so many rows; a row whose first value is NULL is none."""
    group = "(" + ", ".join("?" * width) + ")"
    groups = ", ".join([group] * size)
    return f"SELECT * FROM (VALUES {groups}) WHERE column1 IS NOT NULL"


def _chunks(rows: Sequence[Sequence[Any]], *, width: int) -> Iterator[tuple[int, list[Any]]]:
    """Cut the rows into statements: the number of rows of each and all their values in a row."""
    most = max(size for size in _SQLITE_ROWS_A_STATEMENT if size * width <= _SQLITE_MAX_VALUES)
    for start in range(0, len(rows), most):
        chunk = rows[start : start + most]
        size = next(size for size in _SQLITE_ROWS_A_STATEMENT if size >= len(chunk))
        nothing = repeat(None, (size - len(chunk)) * width)
        yield size, [*chain.from_iterable(chunk), *nothing]
