"""How much room a database takes up."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from pulseboard.db.engine import is_postgresql


def size_of(session: Session) -> int:
    """Return how many bytes the database takes up."""
    if is_postgresql(session):
        sql = "SELECT pg_database_size(current_database())"
    else:
        sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    return int(session.scalar(text(sql)) or 0)
