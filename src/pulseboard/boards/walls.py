"""Named walls and the tokens that open them."""

import secrets
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.boards.slugs import make_slug
from pulseboard.db.engine import lock_writer
from pulseboard.errors import NotFound
from pulseboard.model import Wall

_PREFIX: Final = "pbw_"


class WallFields(Struct, frozen=True):
    """What people say of a wall."""

    name: str
    # owner/name; none of them is all.
    repositories: tuple[str, ...]
    columns: int
    hides_names: bool


def list_walls(session: Session) -> list[Wall]:
    """Return all walls by name."""
    return list(session.scalars(select(Wall).order_by(Wall.name, Wall.id)))


def get_wall(session: Session, *, slug: str) -> Wall | None:
    """Return the wall of a slug."""
    return session.scalar(select(Wall).where(Wall.slug == slug))


def get_wall_of_token(session: Session, *, token: str) -> Wall | None:
    """Return the wall that a token opens."""
    return session.scalar(select(Wall).where(Wall.token_hash == _hash(token)))


def require_wall(session: Session, *, wall_id: int) -> Wall:
    """Return a wall. Raises NotFound."""
    found = session.get(Wall, wall_id)
    if found is None:
        raise NotFound(f"There is no wall {wall_id}; GET /api/v1/walls lists them")
    return found


def repositories_of(wall: Wall) -> tuple[str, ...]:
    """Return the names of a wall's repositories; none of them is all."""
    return msgspec.json.decode(wall.repositories, type=tuple[str, ...])


def add_wall(session: Session, fields: WallFields, *, at: int) -> Wall:
    """Make a wall; it has no token yet."""
    lock_writer(session)
    slugs = set(session.scalars(select(Wall.slug)))
    wall = Wall(
        slug=make_slug(fields.name, taken=slugs, otherwise="wall"), created_at=at, updated_at=at
    )
    _fill(wall, fields)
    session.add(wall)
    session.flush()
    return wall


def change_wall(session: Session, wall: Wall, fields: WallFields, *, at: int) -> None:
    """Change a wall; its address and its token stay."""
    _fill(wall, fields)
    wall.updated_at = at
    session.flush()


def remove_wall(session: Session, wall: Wall) -> None:
    """Forget a wall and its token."""
    session.delete(wall)


def give_token(session: Session, wall: Wall, *, at: int) -> str:
    """Return a new token that opens the wall; the one before opens nothing any more."""
    token = _PREFIX + secrets.token_urlsafe(24)
    wall.token_hash, wall.updated_at = _hash(token), at
    session.flush()
    return token


def revoke_token(session: Session, wall: Wall, *, at: int) -> None:
    """Let the wall's token open nothing any more."""
    wall.token_hash, wall.updated_at = None, at
    session.flush()


def _hash(token: str) -> str:
    # A token is long and random: a plain hash of it cannot be turned back.
    return sha256(token.encode()).hexdigest()


def _fill(wall: Wall, fields: WallFields) -> None:
    wall.name, wall.columns, wall.hides_names = fields.name, fields.columns, fields.hides_names
    wall.repositories = msgspec.json.encode(fields.repositories).decode()
