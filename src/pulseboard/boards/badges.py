"""Whose badges everybody may see."""

from sqlalchemy.orm import Session

from pulseboard.db.engine import lock_writer
from pulseboard.model import PublicBadge


def are_public(session: Session, *, repository_id: int) -> bool:
    """Say whether everybody may see the badges of a repository."""
    return session.get(PublicBadge, repository_id) is not None


def publish(session: Session, *, repository_id: int, public: bool, at: int) -> None:
    """Show the badges of a repository to everybody, or not any more."""
    lock_writer(session)
    found = session.get(PublicBadge, repository_id)
    if public and found is None:
        session.add(PublicBadge(repository_id=repository_id, created_at=at))
    elif not public and found is not None:
        session.delete(found)
    session.flush()
