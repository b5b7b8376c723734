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
INSTANT = sa.BigInteger()


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
    op.add_column("repositories", sa.Column("last_webhook_at", INSTANT, nullable=True))
    _create_feeds()
    _create_polls()
    _create_healing()


def _create_feeds() -> None:
    op.create_table(
        "feeds",
        sa.Column("repository_id", KEY, nullable=False),
        sa.Column("origin", TEXT, nullable=False),
        sa.Column("tracked", sa.Boolean(), nullable=False),
        sa.Column("workflows", TEXT, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("state_since", INSTANT, nullable=False),
        sa.Column("words", TEXT, nullable=True),
        sa.Column("next_step", TEXT, nullable=True),
        sa.Column("interval", INSTANT, nullable=False),
        sa.Column("next_poll_at", INSTANT, nullable=False),
        sa.Column("polled_at", INSTANT, nullable=True),
        sa.Column("known_from", INSTANT, nullable=True),
        sa.Column("swept_at", INSTANT, nullable=True),
        sa.Column("unchecked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("repository_id", name="pk_feeds"),
        _belongs_to_repository("feeds"),
    )
    op.create_index("ix_feeds_next_poll_at", "feeds", ["next_poll_at"])
    op.create_table(
        "tracked_owners",
        sa.Column("owner", TEXT, nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("looked_at", INSTANT, nullable=True),
        sa.Column("trouble", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("owner", name="pk_tracked_owners"),
    )
    op.create_table(
        "etags",
        sa.Column("credential", TEXT, nullable=False),
        sa.Column("url", TEXT, nullable=False),
        sa.Column("etag", TEXT, nullable=False),
        sa.Column("seen_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("credential", "url", name="pk_etags"),
    )
    op.create_index("ix_etags_seen_at", "etags", ["seen_at"])
    op.create_table(
        "attempt_checks",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("clock", sa.LargeBinary(), nullable=False),
        sa.Column("checked_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "attempt", name="pk_attempt_checks"),
    )


def _create_polls() -> None:
    op.create_table(
        "polls",
        sa.Column("id", KEY, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_polls"),
    )
    op.create_table(
        "poll_parts",
        sa.Column("poll_id", KEY, nullable=False),
        sa.Column("repository_id", KEY, nullable=False),
        sa.Column("state", TEXT, nullable=True),
        sa.Column("words", TEXT, nullable=True),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("poll_id", "repository_id", name="pk_poll_parts"),
        sa.ForeignKeyConstraint(
            ["poll_id"], ["polls.id"], name="fk_poll_parts_poll_id", ondelete="CASCADE"
        ),
        _belongs_to_repository("poll_parts"),
    )
    op.create_table(
        "backfills",
        sa.Column("id", KEY, nullable=False),
        sa.Column("repository_id", KEY, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.Column("reached", INSTANT, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("words", TEXT, nullable=True),
        sa.Column("resumes_at", INSTANT, nullable=False),
        sa.Column("asked_at", INSTANT, nullable=False),
        sa.Column("started_at", INSTANT, nullable=True),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("worked", INSTANT, nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=False),
        sa.Column("unchecked", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_backfills"),
        _belongs_to_repository("backfills"),
    )
    op.create_index("ix_backfills_repository_id", "backfills", ["repository_id"])


def _create_healing() -> None:
    op.create_table(
        "hook_deliveries",
        sa.Column("guid", TEXT, nullable=False),
        sa.Column("hook", TEXT, nullable=False),
        sa.Column("delivered_at", INSTANT, nullable=False),
        sa.Column("event", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("repository", TEXT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked_at", INSTANT, nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.PrimaryKeyConstraint("guid", name="pk_hook_deliveries"),
    )
    op.create_index("ix_hook_deliveries_delivered_at", "hook_deliveries", ["delivered_at"])
    op.create_table(
        "missed_runs",
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("repository_id", KEY, nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_missed_runs"),
        _belongs_to_repository("missed_runs"),
    )
    op.create_index("ix_missed_runs_found_at", "missed_runs", ["found_at"])


def _belongs_to_repository(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["repository_id"],
        ["repositories.id"],
        name=f"fk_{table}_repository_id",
        ondelete="CASCADE",
    )
