"""Sessions: `reading()` changes nothing, `writing()` is the only place that does."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoneFree
from sqlalchemy.orm import Session

from pulseboard.db.engine import commit_early, is_postgresql, settle
from pulseboard.errors import Unavailable


class Database:
    """An engine and the two kinds of session made from it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._writing_engine = engine.execution_options(writing=True)
        # SQLite's transactions see one snapshot by nature; PostgreSQL has to be asked.
        self._reading_engine = (
            engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            if engine.dialect.name == "postgresql"
            else engine
        )

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a session on one consistent snapshot, of which nothing stays.

        Raises Unavailable when the database does not answer.
        """
        with _as_unavailable(), Session(self._reading_engine) as session:
            yield session
            let_go(session)

    @contextmanager
    def writing(self, *, is_lasting: bool = True) -> Iterator[Session]:
        """Open a session that commits when the block ends well and rolls back when it raises.

        Where `is_lasting` is False, a machine that fails may forget the commit until the next
        lasting one or `settle`; nothing else sees a difference. Raises Unavailable when the
        database is locked, full or gone: nothing was written then.
        """
        with _as_unavailable(), Session(self._writing_engine) as session, session.begin():
            if not is_lasting:
                commit_early(session)
            yield session

    def settle(self) -> None:
        """Wait until all that was committed is on the disk of the database."""
        with self.writing() as session:
            settle(session)

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def let_go(session: Session) -> None:
    """Give the connection of a reading session back; its next question takes one again."""
    if session.in_transaction() and is_postgresql(session):
        # With every ROLLBACK its driver forgets the statements it has prepared, and making their
        # plans anew takes longer than most of the answers. A reading one has nothing to commit.
        transaction = session.connection().get_transaction()
        if transaction is not None:
            transaction.commit()
    session.close()


def is_too_much(error: DBAPIError) -> bool:
    """Say whether PostgreSQL refuses a row or statement as beyond its limits (class 54).

    Its driver calls that an error of operation, as if the database were out.
    """
    return str(getattr(error.orig, "sqlstate", None) or "").startswith("54")


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        if is_too_much(error):
            raise
        raise Unavailable(f"The database does not answer: {error.orig}") from error
    except NoneFree as error:
        raise Unavailable("The database does not answer: all connections are in use") from error
