"""GitHub at the source: what is tracked, secrets, and jobs that failed for good."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Written out here rather than imported: a migration says what was, whatever becomes of the model.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "dead_letters",
        sa.Column("id", KEY, nullable=False),
        sa.Column("job_name", TEXT, nullable=False),
        sa.Column("job_id", TEXT, nullable=False),
        sa.Column("args", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=False),
        sa.Column("tries", KEY, nullable=False),
        sa.Column("failed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dead_letters"),
    )
    op.create_index(
        "ix_dead_letters_job_name_job_id", "dead_letters", ["job_name", "job_id"], unique=True
    )
    op.create_index("ix_dead_letters_failed_at", "dead_letters", ["failed_at"])
    op.create_table(
        "secrets",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
