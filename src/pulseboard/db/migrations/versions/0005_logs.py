"""Logs as they are kept and read, and the index that a search asks."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Written out here rather than imported: a migration says what was, whatever becomes of the model.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables. No release has ever put a row into the old table of logs."""
    op.drop_table("logs")
    op.create_table(
        "logs",
        sa.Column("job_id", KEY, autoincrement=False, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("storage_key", TEXT, nullable=True),
        sa.Column("digest", TEXT, nullable=True),
        sa.Column("size_bytes", KEY, nullable=False),
        sa.Column("stored_bytes", KEY, nullable=False),
        sa.Column("lines", KEY, nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.Column("frames", sa.LargeBinary(), nullable=True),
        sa.Column("outline", TEXT, nullable=True),
        sa.Column("first_error", TEXT, nullable=True),
        sa.Column("first_error_line", sa.BigInteger(), nullable=True),
        sa.Column("signature", TEXT, nullable=True),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_logs_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="pk_logs"),
    )
    op.create_index("ix_logs_at", "logs", ["demo", "state", "at"])
    op.create_index("ix_logs_captured_at", "logs", ["captured_at"])
    op.create_table(
        "log_units",
        sa.Column("id", KEY, nullable=False),
        sa.Column("job_id", KEY, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("first_frame", sa.Integer(), nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=True),
        sa.Column("block_id", KEY, nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"], ["logs.job_id"], name="fk_log_units_job_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_log_units"),
    )
    op.create_index("ix_log_units_job_id", "log_units", ["job_id"])
    loose = sa.text("block_id IS NULL")
    op.create_index(
        "ix_log_units_loose", "log_units", ["id"], sqlite_where=loose, postgresql_where=loose
    )
    op.create_table(
        "log_blocks",
        sa.Column("id", KEY, nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("members", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_log_blocks"),
    )
    op.create_table(
        "log_pages",
        sa.Column("block_id", KEY, autoincrement=False, nullable=False),
        sa.Column("page", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bits", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["block_id"], ["log_blocks.id"], name="fk_log_pages_block_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("block_id", "page", name="pk_log_pages"),
    )
