"""Saved views: a page of the dashboard and its filters under a name."""

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.boards.slugs import make_slug
from pulseboard.db.engine import lock_writer
from pulseboard.errors import Conflict, NotFound
from pulseboard.model import SavedView


class ViewFields(Struct, frozen=True):
    """What people say of a view."""

    name: str
    path: str
    search: str
    shared: bool
    pinned: bool


def list_views(session: Session) -> list[SavedView]:
    """Return all views, the pinned ones first, then by name."""
    query = select(SavedView).order_by(SavedView.pinned.desc(), SavedView.name, SavedView.id)
    return list(session.scalars(query))


def require_view(session: Session, *, name: str) -> SavedView:
    """Return the view of an id or a slug. Raises NotFound."""
    number = int(name) if name.isascii() and name.isdigit() and len(name) < 19 else None
    query = select(SavedView).where((SavedView.slug == name) | (SavedView.id == number))
    found = session.scalar(query.order_by(SavedView.slug != name).limit(1))
    if found is None:
        raise NotFound(f"There is no view {name!r}; GET /api/v1/views lists them")
    return found


def add_view(session: Session, fields: ViewFields, *, at: int) -> SavedView:
    """Save a view under a new name. Raises Conflict when the name is taken."""
    lock_writer(session)
    _refuse_taken(session, fields.name, but=None)
    slugs = set(session.scalars(select(SavedView.slug)))
    view = SavedView(
        slug=make_slug(fields.name, taken=slugs, otherwise="view"), created_at=at, updated_at=at
    )
    _fill(view, fields)
    session.add(view)
    session.flush()
    return view


def change_view(session: Session, view: SavedView, fields: ViewFields, *, at: int) -> None:
    """Save a view anew; its address stays. Raises Conflict when another has that name."""
    lock_writer(session)
    _refuse_taken(session, fields.name, but=view.id)
    _fill(view, fields)
    view.updated_at = at
    session.flush()


def remove_view(session: Session, view: SavedView) -> None:
    """Forget a view."""
    session.delete(view)


def _fill(view: SavedView, fields: ViewFields) -> None:
    view.name, view.path, view.search = fields.name, fields.path, fields.search
    view.shared, view.pinned = fields.shared, fields.pinned


def _refuse_taken(session: Session, name: str, *, but: int | None) -> None:
    for view in list_views(session):
        if view.name.casefold() == name.casefold() and view.id != but:
            raise Conflict(f"There is a view {view.name!r} already: change that one, or rename it")
