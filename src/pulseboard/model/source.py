"""Where runs come from: repositories, workflows, and the small tables that belong to the whole."""

from sqlalchemy import BigInteger, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import INSTANT, KEY, TEXT, Base


class Repository(Base):
    """A repository; `demo` repositories are never mixed with real ones."""

    __tablename__ = "repositories"
    __table_args__ = (
        Index(None, "provider_id"),
        # Look-up by name, in any case, and the sorted list of filters.
        Index(None, "name_key", "demo"),
    )

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    provider: Mapped[str] = mapped_column(TEXT)
    provider_id: Mapped[str | None] = mapped_column(TEXT)
    full_name: Mapped[str] = mapped_column(TEXT)
    # full_name in lower case: GitHub's names differ by more than case.
    name_key: Mapped[str] = mapped_column(TEXT)
    # The instant the name was last true at the source; a later one renames.
    named_at: Mapped[int] = mapped_column(INSTANT, default=0)
    html_url: Mapped[str | None] = mapped_column(TEXT)
    default_branch: Mapped[str | None] = mapped_column(TEXT)
    # Who said which branch is the default: 0 a guess from what was pushed, 1 the source, 2 people.
    default_branch_rank: Mapped[int] = mapped_column(default=0)
    default_branch_at: Mapped[int] = mapped_column(INSTANT, default=0)
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[int] = mapped_column(INSTANT)
    # When the newest delivery that said something about it was stored; NULL until then.
    last_event_at: Mapped[int | None] = mapped_column(INSTANT)
    last_source: Mapped[str | None] = mapped_column(TEXT)
    # The same for deliveries of its webhook alone.
    last_webhook_at: Mapped[int | None] = mapped_column(INSTANT)


class Workflow(Base):
    """A workflow of a repository: the provider's id, else its name, is its identity."""

    __tablename__ = "workflows"
    __table_args__ = (
        Index(None, "repository_id", "name"),
        UniqueConstraint("repository_id", "provider_id"),
    )

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    repository_id: Mapped[int] = mapped_column(ForeignKey("repositories.id", ondelete="CASCADE"))
    provider_id: Mapped[str | None] = mapped_column(TEXT)
    name: Mapped[str] = mapped_column(TEXT)
    named_at: Mapped[int] = mapped_column(INSTANT, default=0)
    path: Mapped[str | None] = mapped_column(TEXT)


class Counter(Base):
    """A number that only grows, kept in the writer's transaction: ids, `rev`, retention's marks."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(TEXT, primary_key=True)
    value: Mapped[int] = mapped_column(BigInteger)


class Setting(Base):
    """A setting that people change while the server runs, as JSON."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(TEXT, primary_key=True)
    value: Mapped[str] = mapped_column(TEXT)
    updated_at: Mapped[int] = mapped_column(INSTANT)
