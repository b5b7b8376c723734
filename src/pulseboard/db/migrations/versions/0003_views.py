"""What people put together for themselves: saved views, walls, public badges."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Written out here rather than imported: a migration says what was, whatever becomes of the model.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "saved_views",
        sa.Column("id", KEY, nullable=False),
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("path", TEXT, nullable=False),
        sa.Column("search", TEXT, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_views"),
        sa.UniqueConstraint("slug", name="uq_saved_views_slug"),
    )
    op.create_table(
        "walls",
        sa.Column("id", KEY, nullable=False),
        sa.Column("slug", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("repositories", TEXT, nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("hides_names", sa.Boolean(), nullable=False),
        sa.Column("token_hash", TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_walls"),
        sa.UniqueConstraint("slug", name="uq_walls_slug"),
        sa.UniqueConstraint("token_hash", name="uq_walls_token_hash"),
    )
    op.create_table(
        "public_badges",
        sa.Column("repository_id", KEY, autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name="fk_public_badges_repository_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("repository_id", name="pk_public_badges"),
    )
