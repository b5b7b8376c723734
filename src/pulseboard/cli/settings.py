"""The options that many commands share, and the settings they lead to."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pulseboard.config import Settings, load_settings
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database

DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data", help="Folder that holds the data (PULSEBOARD_DATA).", show_default="data"
    ),
]


def read_settings(**overrides: Any) -> Settings:
    """Read the settings, options before environment; an option that is None was not given."""
    return load_settings(**overrides)


def open_database(settings: Settings) -> Database:
    """Open the database the settings name; nothing is connected to yet."""
    return Database(make_engine(database_url(settings.database_url_or_default)))
