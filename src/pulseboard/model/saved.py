"""What people put together for themselves: saved views, walls, badges that everybody may see."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import INSTANT, KEY, TEXT, Base


class SavedView(Base):
    """A page of the dashboard with its filters, under a name."""

    __tablename__ = "saved_views"

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    # What its short address ends in; it stays when the name changes.
    slug: Mapped[str] = mapped_column(TEXT, unique=True)
    name: Mapped[str] = mapped_column(TEXT)
    path: Mapped[str] = mapped_column(TEXT)
    # The query with its question mark, or nothing.
    search: Mapped[str] = mapped_column(TEXT)
    shared: Mapped[bool] = mapped_column()
    pinned: Mapped[bool] = mapped_column()
    created_at: Mapped[int] = mapped_column(INSTANT)
    updated_at: Mapped[int] = mapped_column(INSTANT)


class Wall(Base):
    """A named wall: which repositories it shows, and how."""

    __tablename__ = "walls"

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    slug: Mapped[str] = mapped_column(TEXT, unique=True)
    name: Mapped[str] = mapped_column(TEXT)
    # JSON array of owner/name; an empty one is all repositories.
    repositories: Mapped[str] = mapped_column(TEXT)
    columns: Mapped[int] = mapped_column()
    # Leave out who committed what.
    hides_names: Mapped[bool] = mapped_column()
    # SHA-256 of the token that opens it, in hex; NULL without one.
    token_hash: Mapped[str | None] = mapped_column(TEXT, unique=True)
    created_at: Mapped[int] = mapped_column(INSTANT)
    updated_at: Mapped[int] = mapped_column(INSTANT)


class PublicBadge(Base):
    """A repository whose badges are shown to everybody, also where reading asks for more."""

    __tablename__ = "public_badges"

    repository_id: Mapped[int] = mapped_column(
        ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    created_at: Mapped[int] = mapped_column(INSTANT)
