"""What the names in a question stand for, and whether demo or real data is shown."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pulseboard.errors import FieldError, InvalidInput, NotFound
from pulseboard.metrics.scope import Scope
from pulseboard.model import Repository, Workflow

_LARGEST_ID: Final = (1 << 63) - 1
# The branch that stands for each repository's own default branch in filters.
DEFAULT_BRANCH: Final = "@default"
ANY_BRANCH: Final = "@any"


def has_real_runs(session: Session) -> bool:
    """Say whether anything real is stored; from then on demo data is left out."""
    heard = select(Repository.id).where(
        Repository.demo.is_(False), Repository.last_event_at.is_not(None)
    )
    return session.scalar(heard.limit(1)) is not None


def find_scope(
    session: Session,
    *,
    demo: bool,
    repositories: Sequence[str] = (),
    workflows: Sequence[str] = (),
    branches: Sequence[str] = (),
) -> Scope:
    """Turn names (or our ids) into a scope; a name that is not there makes it match nothing.

    A repository is `owner/name` in any case, a workflow its name or file, a branch its name,
    @default for each repository's default branch, or @any. Raises InvalidInput when @default
    stands beside other branches: no count is kept of such a mixture.
    """
    repository_ids = _find_repositories(session, repositories, demo=demo)
    workflow_ids = _find_workflows(session, workflows, repository_ids, demo=demo)
    missing = (repositories and not repository_ids) or (workflows and not workflow_ids)
    chosen = () if ANY_BRANCH in branches else tuple(dict.fromkeys(branches))
    if DEFAULT_BRANCH in chosen and len(chosen) > 1:
        message = "should be either @default or names of branches, not both"
        raise InvalidInput(f"branch {message}", errors=(FieldError("branch", message),))
    return Scope(
        repositories=repository_ids,
        workflows=workflow_ids,
        branches=chosen if DEFAULT_BRANCH not in chosen else (),
        default_only=DEFAULT_BRANCH in chosen,
        demo=demo,
        impossible=bool(missing),
    )


def _find_repositories(session: Session, names: Sequence[str], *, demo: bool) -> tuple[int, ...]:
    if not names:
        return ()
    keys = [name.lower() for name in names]
    found = session.scalars(
        select(Repository.id).where(
            Repository.demo == demo,
            or_(Repository.name_key.in_(keys), Repository.id.in_(own_ids(names))),
        )
    )
    return tuple(found)


def _find_workflows(
    session: Session, names: Sequence[str], repository_ids: tuple[int, ...], *, demo: bool
) -> tuple[int, ...]:
    if not names:
        return ()
    is_file = (Workflow.path.endswith(f"/{name}", autoescape=True) for name in names)
    query = (
        select(Workflow.id)
        .join(Repository, Repository.id == Workflow.repository_id)
        .where(
            Repository.demo == demo,
            or_(Workflow.name.in_(names), Workflow.path.in_(names), *is_file),
        )
    )
    if repository_ids:
        query = query.where(Workflow.repository_id.in_(repository_ids))
    return tuple(session.scalars(query))


def own_ids(names: Sequence[str]) -> list[int]:
    """Return those names that could be an id of ours."""
    found = (int(name) for name in names if name.isascii() and name.isdigit() and len(name) < 20)
    return [number for number in found if number <= _LARGEST_ID]


def list_repositories(
    session: Session,
    *,
    demo: bool | None,
    after: tuple[str, int] | None = None,
    limit: int | None = None,
) -> list[Repository]:
    """Return repositories by name; `after` is (name in lower case, id) of the last one seen.

    `demo` chooses the made-up or the real ones; None takes both.
    """
    query = select(Repository)
    if demo is not None:
        query = query.where(Repository.demo == demo)
    if after is not None:
        name, last_id = after
        same_name = (Repository.name_key == name) & (Repository.id > last_id)
        query = query.where((Repository.name_key > name) | same_name)
    return list(session.scalars(query.order_by(Repository.name_key, Repository.id).limit(limit)))


def require_repository(session: Session, *, name: str) -> Repository:
    """Return the repository that an id of ours or owner/name stands for; real ones first."""
    query = select(Repository).order_by(Repository.demo, Repository.named_at.desc())
    found = session.scalar(query.where(Repository.name_key == name.lower()).limit(1))
    for own_id in own_ids([name]) if found is None else ():
        found = session.get(Repository, own_id)
    if found is None:
        raise NotFound(f"There is no repository {name!r} here; GET /api/v1/repos lists them")
    return found


def list_workflows(session: Session, *, repository_ids: Sequence[int]) -> list[Workflow]:
    """Return the workflows of repositories by name."""
    query = select(Workflow).where(Workflow.repository_id.in_(repository_ids))
    return list(session.scalars(query.order_by(Workflow.name, Workflow.id)))
