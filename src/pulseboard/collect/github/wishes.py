"""What people want tracked, by name: one repository, or all of an account."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from pulseboard.collect.github import owners, tracking
from pulseboard.model import Repository
from pulseboard.pipelines import require_repository


class Wish(NamedTuple):
    """What is tracked now; `repository_id` is None for an account."""

    owner: str
    repository_id: int | None
    is_new: bool


def track(session: Session, name: str, *, at: int) -> Wish:
    """Track `owner/name`, or with `owner/*` all of an account; GitHub is asked within seconds."""
    owner, _, rest = name.partition("/")
    if rest == owners.EVERYTHING:
        row = owners.track_owner(session, owner, at=at)
        return Wish(owner, None, is_new=row.created_at == at)
    repository_id = tracking.track(session, name, origin=tracking.Origin.PEOPLE, at=at)
    created_at = session.get_one(Repository, repository_id).created_at
    return Wish(owner, repository_id, is_new=created_at == at)


def untrack(session: Session, name: str) -> None:
    """Track a repository (by its name or our id) or an account no longer.

    Raises NotFound when there is none.
    """
    owner, _, rest = name.partition("/")
    if rest == owners.EVERYTHING:
        owners.untrack_owner(session, owner)
        return
    tracking.untrack(session, require_repository(session, name=name).id)
