"""Tracked names that turn out to be old names: what GitHub's id says they mean."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from pulseboard.collect.github import tracking
from pulseboard.collect.github.answers import Refused
from pulseboard.collect.github.tracking import Target
from pulseboard.collect.records import RepositorySeen
from pulseboard.db.engine import lock_writer
from pulseboard.model import Repository, Run
from pulseboard.vocabulary import FeedState


def keep_identity(
    session: Session, target: Target, told: RepositorySeen, *, at: int
) -> Refused | None:
    """Keep the id that GitHub has for a repository of which only the name was known.

    When another one has it, the name is an old one of that: it is tracked instead, and what that
    comes to is returned.
    """
    lock_writer(session)
    row = session.get(Repository, target.repository_id)
    if row is None or row.provider_id is not None or told.provider_id is None:
        return None
    same = select(Repository).where(Repository.provider_id == told.provider_id, ~Repository.demo)
    other = session.scalars(same).one_or_none()
    if other is None:
        row.provider_id = told.provider_id
        return None
    tracking.replace(session, target.repository_id, other.id, at=at)
    if not session.scalar(select(exists().where(Run.repository_id == row.id))):
        session.delete(row)
    return Refused(
        FeedState.MOVED,
        f"{target.full_name} is called {told.full_name} now, which is tracked instead.",
        next_step="Use the new name from now on, in GH_REPOS too.",
    )
