"""The GitHub App that a command may ask as: of the settings, or made here with a click."""

from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from pulseboard.cli.settings import open_database
from pulseboard.collect.github.app import AppKey, get_app_key
from pulseboard.config import Settings
from pulseboard.db.engine import database_url
from pulseboard.errors import Unavailable


def find_app_key(settings: Settings) -> AppKey | None:
    """Return it, or None where there is none or the database cannot tell.

    Raises UnreadableSecret when its key cannot be decrypted.
    """
    url = database_url(settings.database_url_or_default)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        return _of_settings(settings)
    database = open_database(settings)
    try:
        with database.reading() as session:
            return get_app_key(session, settings)
    except (SQLAlchemyError, Unavailable):
        return _of_settings(settings)
    finally:
        database.close()


def _of_settings(settings: Settings) -> AppKey | None:
    pem = settings.read_github_app_key()
    if settings.github_app_id is None or pem is None:
        return None
    return AppKey(settings.github_app_id, pem.get_secret_value())
