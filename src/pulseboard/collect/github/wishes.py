"""What people want tracked, by name: one repository, or all of an account."""

from typing import NamedTuple

from sqlalchemy.orm import Session

from pulseboard.collect.github import backfill, owners, tracking
from pulseboard.errors import FieldError, InvalidInput
from pulseboard.model import Backfill, Repository
from pulseboard.names import is_repository
from pulseboard.pipelines import require_repository


class Wish(NamedTuple):
    """What is tracked, or no longer is; `repository_id` is None for an account."""

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


def ask_for_backfill(session: Session, name: str, *, days: int, at: int) -> Backfill:
    """Want the history of a repository, by its name or our id; it is tracked from now on.

    Raises NotFound for an id that is not there.
    """
    if "/" not in name:
        name = require_repository(session, name=name).full_name
    elif not is_repository(name):
        message = "should look like owner/name"
        raise InvalidInput(f"{name!r} {message}", errors=(FieldError("repo", message),))
    repository_id = tracking.track(session, name, origin=tracking.Origin.PEOPLE, at=at)
    return backfill.ask_for_backfill(session, repository_id, days=days, at=at)


def untrack(session: Session, name: str) -> Wish:
    """Track a repository (by its name or our id) or an account no longer; return which that was.

    Raises NotFound when there is none.
    """
    owner, _, rest = name.partition("/")
    if rest == owners.EVERYTHING:
        owners.untrack_owner(session, owner)
        return Wish(owner, None, is_new=False)
    known = require_repository(session, name=name)
    tracking.untrack(session, known.id)
    return Wish(known.full_name.partition("/")[0], known.id, is_new=False)
