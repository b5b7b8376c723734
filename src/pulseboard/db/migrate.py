"""Bringing a database to the schema of this version."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, inspect

from pulseboard.errors import Conflict
from pulseboard.model import Base

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
# Any number will do as long as every process of one database uses the same.
_MIGRATION_LOCK: Final = 0x6D696772


def migrate(engine: Engine) -> None:
    """Run every migration that is missing, in one transaction.

    Processes that start together take turns: the later ones find nothing left to do. Raises
    Conflict when the database is not ours, or made by a newer version.
    """
    with engine.execution_options(writing=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        if _require_ours(connection) != newest_revision():
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def current_revision(engine: Engine) -> str | None:
    """Return the revision a database stands at; None when it is empty."""
    with engine.connect() as connection:
        return _current(connection)


def newest_revision() -> str:
    """Return the revision this version needs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise LookupError("there are no migrations in this installation")
    return head


def is_current(engine: Engine) -> bool:
    """Say whether a database stands at the revision this version needs.

    Raises Conflict when it is not ours, or made by a newer version.
    """
    with engine.connect() as connection:
        return _require_ours(connection) == newest_revision()


def require_current(engine: Engine) -> None:
    """Raise Conflict, with what to do, unless a database stands at the revision we need."""
    if not is_current(engine):
        raise Conflict("The database is not of this version: run `pulseboard migrate` first.")


def _require_ours(connection: Connection) -> str | None:
    """Return the revision a database stands at; Conflict when we could not go on from it."""
    current = _current(connection)
    if current is None:
        taken = sorted({*inspect(connection).get_table_names()} & {*Base.metadata.tables})
        if taken:
            raise Conflict(
                f"The database holds a table {taken[0]!r} that Pulseboard has not made: name an"
                " empty database in DATABASE_URL, or another folder with --data."
            )
        return None
    try:
        ScriptDirectory.from_config(_config()).get_revision(current)
    except CommandError:
        raise Conflict(
            f"The database was made by a newer version of Pulseboard (it stands at {current!r},"
            f" this version knows up to {newest_revision()!r}): install that version again, or"
            " put the backup from before the upgrade in place."
        ) from None
    return current


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
