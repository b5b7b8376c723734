"""Alerts: rules as data, episodes with their whole state, channels, and what was told on them."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Written out here rather than imported: a migration says what was, whatever becomes of the model.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the tables; nothing has ever written to the two of the first schema."""
    op.drop_table("alerts")
    op.drop_table("alert_rules")
    _create_rules()
    _create_alerts()
    _create_channels()
    _create_notifications()


def _create_rules() -> None:
    op.create_table(
        "alert_rules",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("threshold_type", TEXT, nullable=False),
        sa.Column("threshold_value", sa.Float(), nullable=False),
        sa.Column("severity", TEXT, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("definition", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("last_triggered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert_rules"),
        sa.UniqueConstraint("name", name="uq_alert_rules_name"),
    )


def _create_alerts() -> None:
    op.create_table(
        "alerts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rule_id", KEY, nullable=True),
        sa.Column("subject", TEXT, nullable=False),
        sa.Column("repository_id", KEY, nullable=True),
        sa.Column("workflow_id", KEY, nullable=True),
        sa.Column("branch", TEXT, nullable=True),
        sa.Column("run_id", KEY, nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("resolved_run_id", KEY, nullable=True),
        sa.Column("resolved_attempt", sa.Integer(), nullable=True),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("severity", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=True),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("silent", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("flapping", sa.Boolean(), nullable=False),
        sa.Column("transitions", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("fired_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
        sa.Column("resolution", TEXT, nullable=True),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", TEXT, nullable=True),
        sa.Column("note", TEXT, nullable=True),
        sa.Column("muted_until", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name="fk_alerts_repository_id",
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["alert_rules.id"], name="fk_alerts_rule_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_repository_id", "alerts", ["repository_id"])
    op.create_index("ix_alerts_resolved_at", "alerts", ["resolved_at"])
    op.create_index("ix_alerts_subject", "alerts", ["rule_id", "subject", "created_at"])
    still_open = sa.text("resolved_at IS NULL")
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["rule_id", "subject"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )


def _create_channels() -> None:
    op.create_table(
        "channels",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("config", TEXT, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("from_environment", sa.Boolean(), nullable=False),
        sa.Column("on_doubt", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_channels"),
        sa.UniqueConstraint("name", name="uq_channels_name"),
    )


def _create_notifications() -> None:
    op.create_table(
        "alert_notifications",
        sa.Column("id", KEY, nullable=False),
        sa.Column("alert_id", KEY, nullable=False),
        sa.Column("transition", sa.Integer(), nullable=False),
        sa.Column("kind", TEXT, nullable=False),
        sa.Column("channel_id", KEY, nullable=False),
        sa.Column("state", TEXT, nullable=False),
        sa.Column("lead_id", KEY, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("not_before", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("intent_at", sa.BigInteger(), nullable=True),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("latency_ms", sa.Integer(), nullable=True),
        sa.Column("detail", TEXT, nullable=True),
        sa.Column("provider_ref", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name="fk_alert_notifications_alert_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channels.id"],
            name="fk_alert_notifications_channel_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_notifications"),
        sa.UniqueConstraint(
            "alert_id",
            "transition",
            "channel_id",
            name="uq_alert_notifications_alert_id_transition_channel_id",
        ),
    )
    unfinished = sa.text("finished_at IS NULL")
    op.create_index(
        "ix_alert_notifications_due",
        "alert_notifications",
        ["channel_id", "not_before"],
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
    op.create_index("ix_alert_notifications_created_at", "alert_notifications", ["created_at"])
    op.create_index("ix_alert_notifications_lead_id", "alert_notifications", ["lead_id"])
