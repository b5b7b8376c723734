"""`pulseboard migrate`: bring the database to the form this version needs."""

from contextlib import ExitStack

from pulseboard.cli.console import out
from pulseboard.cli.settings import DataFolder, open_database, read_settings
from pulseboard.cli.writing import hold_locks, prepare


def migrate(data: DataFolder = None) -> None:
    """Set the database up, or bring it to the form this version needs.

    `serve` does the same at its start. On SQLite no server may run meanwhile.
    """
    settings = read_settings(data=data)
    with ExitStack() as stack:
        hold_locks(stack, settings, command="migrate")
        database = open_database(settings)
        stack.callback(database.close)
        prepare(database)
    out.print("The database is up to date.")
