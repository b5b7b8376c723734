"""Bringing a database to the schema of this version."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

_MIGRATIONS: Final = Path(__file__).parent / "migrations"
# Any number will do as long as every process of one database uses the same.
_MIGRATION_LOCK: Final = 0x6D696772


def migrate(engine: Engine) -> None:
    """Run every migration that is missing, in one transaction.

    Processes that start together take turns: the later ones find nothing left to do.
    """
    with engine.execution_options(writing=True).begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
        if _current(connection) != newest_revision():
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
    """Say whether a database stands at the revision this version needs."""
    return current_revision(engine) == newest_revision()


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config
