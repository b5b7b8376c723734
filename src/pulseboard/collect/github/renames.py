"""Tracked names that turn out to mean another repository: what GitHub's id says they mean."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github import tracking
from pulseboard.collect.github.answers import Purpose, Refused
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.listing import read_repository
from pulseboard.collect.github.paths import path_of
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


def require_same(
    collector: Collector, target: Target, told: RepositorySeen, *, purpose: Purpose
) -> None:
    """Make sure that what GitHub has under a name is the repository that is known by it.

    When that was renamed, its new name is kept; when it is gone, the one that was made anew is
    tracked in its place, as no runs of the old one are to be looked for there. Raises Refused then,
    and Later.
    """
    if not (told.provider_id and target.provider_id) or told.provider_id == target.provider_id:
        return
    path = path_of("repositories", target.provider_id)
    try:
        answer = collector.github.get(path, repository=target.full_name, purpose=purpose)
    except Refused as error:
        if error.state is not FeedState.NOT_FOUND:
            raise
        raise _made_anew(collector, target, told) from None
    envelope = read_repository(answer.body, received_at=clock.now())
    collector.store([envelope], is_history=True)
    name = envelope.repository.full_name if envelope.repository else "otherwise"
    raise Refused(
        FeedState.MOVED,
        f"{target.full_name} is called {name} now, and its old name means another repository.",
        next_step=f"Track {target.full_name} once more if the other one is wanted too.",
    )


def _made_anew(collector: Collector, target: Target, told: RepositorySeen) -> Refused:
    with collector.database.writing() as session:
        tracking.replace_by(session, target.repository_id, told, at=clock.now())
    return Refused(
        FeedState.MOVED,
        f"{target.full_name} was deleted at GitHub and made anew: the new one is tracked instead.",
        next_step="What is stored of the old one stays.",
    )
