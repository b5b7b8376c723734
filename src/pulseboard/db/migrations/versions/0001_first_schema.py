"""The first schema: sources, runs, deliveries, rollups, alerts, logs."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Written out here rather than imported: a migration says what was, whatever becomes of the model.
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create every table."""
    op.create_table(
        "alert_rules",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("threshold_type", TEXT, nullable=False),
        sa.Column("threshold_value", sa.Float(), nullable=False),
        sa.Column("severity", TEXT, nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_triggered_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_alert_rules"),
        sa.UniqueConstraint("name", name="uq_alert_rules_name"),
    )
    op.create_table(
        "counters",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_counters"),
    )
    op.create_table(
        "deliveries",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("guid", TEXT, nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("event", TEXT, nullable=False),
        sa.Column("action", TEXT, nullable=True),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("result", TEXT, nullable=False),
        sa.Column("reason", TEXT, nullable=True),
        sa.Column("repository_id", KEY, nullable=True),
        sa.Column("run_id", KEY, nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("job_id", KEY, nullable=True),
        sa.Column("headers", TEXT, nullable=True),
        sa.Column("size", KEY, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
    )
    op.create_index("ix_deliveries_received_at", "deliveries", ["received_at"], unique=False)
    op.create_index("ix_deliveries_run_id", "deliveries", ["run_id"], unique=False)
    op.create_index("uq_deliveries_guid", "deliveries", ["guid"], unique=True)
    op.create_table(
        "repositories",
        sa.Column("id", KEY, nullable=False),
        sa.Column("provider", TEXT, nullable=False),
        sa.Column("provider_id", TEXT, nullable=True),
        sa.Column("full_name", TEXT, nullable=False),
        sa.Column("name_key", TEXT, nullable=False),
        sa.Column("named_at", sa.BigInteger(), nullable=False),
        sa.Column("html_url", TEXT, nullable=True),
        sa.Column("default_branch", TEXT, nullable=True),
        sa.Column("default_branch_rank", sa.Integer(), nullable=False),
        sa.Column("default_branch_at", sa.BigInteger(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("last_event_at", sa.BigInteger(), nullable=True),
        sa.Column("last_source", TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_repositories"),
    )
    op.create_index(
        "ix_repositories_name_key_demo", "repositories", ["name_key", "demo"], unique=False
    )
    op.create_index("ix_repositories_provider_id", "repositories", ["provider_id"], unique=False)
    op.create_table(
        "rollup_failures",
        sa.Column("tier", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lane", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tally", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tier", "start", "lane", "part", name="pk_rollup_failures"),
    )
    op.create_table(
        "rollup_fleet",
        sa.Column("tier", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lane", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("success", sa.BigInteger(), nullable=False),
        sa.Column("failure", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("timed", sa.BigInteger(), nullable=False),
        sa.Column("duration_sum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tier", "start", "lane", name="pk_rollup_fleet"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollup_fleet_bins",
        sa.Column("tier", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("lane", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tally", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tier", "start", "lane", "part", name="pk_rollup_fleet_bins"),
    )
    op.create_table(
        "rollup_workflow_bins",
        sa.Column("workflow_id", KEY, autoincrement=False, nullable=False),
        sa.Column("tier", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("lane", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("bin", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "workflow_id", "tier", "lane", "start", "bin", name="pk_rollup_workflow_bins"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "rollup_workflows",
        sa.Column("tier", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("workflow_id", KEY, autoincrement=False, nullable=False),
        sa.Column("lane", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("success", sa.BigInteger(), nullable=False),
        sa.Column("failure", sa.BigInteger(), nullable=False),
        sa.Column("cancelled", sa.BigInteger(), nullable=False),
        sa.Column("skipped", sa.BigInteger(), nullable=False),
        sa.Column("other", sa.BigInteger(), nullable=False),
        sa.Column("open", sa.BigInteger(), nullable=False),
        sa.Column("timed", sa.BigInteger(), nullable=False),
        sa.Column("duration_sum", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tier", "start", "workflow_id", "lane", name="pk_rollup_workflows"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "settings",
        sa.Column("name", TEXT, nullable=False),
        sa.Column("value", TEXT, nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", KEY, nullable=False),
        sa.Column("rule_id", KEY, nullable=True),
        sa.Column("repository_id", KEY, nullable=True),
        sa.Column("run_id", KEY, nullable=True),
        sa.Column("severity", TEXT, nullable=False),
        sa.Column("channel", TEXT, nullable=True),
        sa.Column("message", TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("resolved_at", sa.BigInteger(), nullable=True),
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
    op.create_index("ix_alerts_repository_id", "alerts", ["repository_id"], unique=False)
    op.create_index("ix_alerts_resolved_at", "alerts", ["resolved_at"], unique=False)
    op.create_table(
        "delivery_bodies",
        sa.Column("delivery_id", KEY, autoincrement=False, nullable=False),
        sa.Column("dictionary", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_delivery_bodies"),
    )
    op.create_table(
        "jobs",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("repository_id", KEY, nullable=False),
        sa.Column("run_id", KEY, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("provider_job_id", TEXT, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("conclusion", TEXT, nullable=True),
        sa.Column("clock", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.Column("runner_name", TEXT, nullable=True),
        sa.Column("runner_group", TEXT, nullable=True),
        sa.Column("labels", TEXT, nullable=True),
        sa.Column("html_url", TEXT, nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column(
            "duration",
            sa.BigInteger(),
            sa.Computed(
                "CASE WHEN status = 'completed' AND conclusion <> 'skipped'\n    AND completed_at >= started_at THEN completed_at - started_at END",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "queue",
            sa.BigInteger(),
            sa.Computed(
                "CASE WHEN conclusion = 'skipped' THEN NULL ELSE started_at - created_at END",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "outcome",
            TEXT,
            sa.Computed(
                "CASE\n    WHEN status = 'deleted' THEN 'deleted'\n    WHEN status <> 'completed' OR conclusion = 'action_required' THEN 'open'\n    WHEN conclusion IN ('failure', 'timed_out', 'startup_failure') THEN 'failure'\n    WHEN conclusion IN ('success', 'cancelled', 'skipped') THEN conclusion\n    ELSE 'other' END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.UniqueConstraint(
            "provider_job_id", "repository_id", name="uq_jobs_provider_job_id_repository_id"
        ),
    )
    op.create_index("ix_jobs_run_id_attempt", "jobs", ["run_id", "attempt"], unique=False)
    op.create_table(
        "workflows",
        sa.Column("id", KEY, nullable=False),
        sa.Column("repository_id", KEY, nullable=False),
        sa.Column("provider_id", TEXT, nullable=True),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("named_at", sa.BigInteger(), nullable=False),
        sa.Column("path", TEXT, nullable=True),
        sa.ForeignKeyConstraint(
            ["repository_id"],
            ["repositories.id"],
            name="fk_workflows_repository_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_workflows"),
        sa.UniqueConstraint(
            "repository_id", "provider_id", name="uq_workflows_repository_id_provider_id"
        ),
    )
    op.create_index(
        "ix_workflows_repository_id_name", "workflows", ["repository_id", "name"], unique=False
    )
    op.create_table(
        "logs",
        sa.Column("job_id", KEY, autoincrement=False, nullable=False),
        sa.Column("storage_key", TEXT, nullable=False),
        sa.Column("size_bytes", KEY, nullable=False),
        sa.Column("lines", KEY, nullable=False),
        sa.Column("captured_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["jobs.id"], name="fk_logs_job_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job_id", name="pk_logs"),
    )
    op.create_table(
        "runs",
        sa.Column("id", KEY, autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("repository_id", KEY, nullable=False),
        sa.Column("workflow_id", KEY, nullable=False),
        sa.Column("workflow_known", sa.Integer(), nullable=False),
        sa.Column("provider_run_id", TEXT, nullable=False),
        sa.Column("run_number", sa.BigInteger(), nullable=True),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("demo", sa.Boolean(), nullable=False),
        sa.Column("on_default", sa.Boolean(), nullable=False),
        sa.Column("source", TEXT, nullable=False),
        sa.Column("event", TEXT, nullable=True),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("conclusion", TEXT, nullable=True),
        sa.Column("clock", sa.LargeBinary(), nullable=False),
        sa.Column("head_branch", TEXT, nullable=True),
        sa.Column("head_sha", TEXT, nullable=True),
        sa.Column("head_repository", TEXT, nullable=True),
        sa.Column("pr_number", sa.BigInteger(), nullable=True),
        sa.Column("title", TEXT, nullable=True),
        sa.Column("commit_message", TEXT, nullable=True),
        sa.Column("commit_author", TEXT, nullable=True),
        sa.Column("committed_at", sa.BigInteger(), nullable=True),
        sa.Column("actor", TEXT, nullable=True),
        sa.Column("html_url", TEXT, nullable=True),
        sa.Column("meta", TEXT, nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("attempt_started_at", sa.BigInteger(), nullable=True),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("jobs_ended_at", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.Column("rev", sa.BigInteger(), nullable=False),
        sa.Column(
            "started_at",
            sa.BigInteger(),
            sa.Computed("coalesce(attempt_started_at, created_at)", persisted=True),
            nullable=False,
        ),
        sa.Column(
            "completed_at",
            sa.BigInteger(),
            sa.Computed(
                "CASE WHEN status = 'completed' AND coalesce(conclusion, '') <> 'action_required' THEN coalesce(ended_at, jobs_ended_at, settled_at) END",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "duration",
            sa.BigInteger(),
            sa.Computed(
                "CASE WHEN status = 'completed' AND coalesce(conclusion, '') <> 'action_required' AND conclusion <> 'skipped'\n    AND coalesce(ended_at, jobs_ended_at, settled_at) >= coalesce(attempt_started_at, created_at) THEN coalesce(ended_at, jobs_ended_at, settled_at) - coalesce(attempt_started_at, created_at) END",
                persisted=True,
            ),
            nullable=True,
        ),
        sa.Column(
            "outcome",
            TEXT,
            sa.Computed(
                "CASE\n    WHEN status = 'deleted' THEN 'deleted'\n    WHEN status <> 'completed' OR conclusion = 'action_required' THEN 'open'\n    WHEN conclusion IN ('failure', 'timed_out', 'startup_failure') THEN 'failure'\n    WHEN conclusion IN ('success', 'cancelled', 'skipped') THEN conclusion\n    ELSE 'other' END",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("id", "attempt", name="pk_runs"),
        sa.UniqueConstraint(
            "provider_run_id",
            "repository_id",
            "attempt",
            name="uq_runs_provider_run_id_repository_id_attempt",
        ),
    )
    op.create_index(
        "ix_runs_branch",
        "runs",
        [
            "head_branch",
            "workflow_id",
            "created_at",
            "demo",
            "on_default",
            "outcome",
            "duration",
            "latest",
        ],
        unique=False,
        sqlite_where=sa.text("latest"),
        postgresql_where=sa.text("latest"),
    )
    op.create_index(
        "ix_runs_failed",
        "runs",
        ["completed_at", "demo", "on_default", "workflow_id", "outcome", "latest"],
        unique=False,
        sqlite_where=sa.text("latest AND outcome = 'failure'"),
        postgresql_where=sa.text("latest AND outcome = 'failure'"),
    )
    op.create_index(
        "ix_runs_failures",
        "runs",
        ["created_at", "demo", "on_default", "workflow_id", "outcome", "latest"],
        unique=False,
        sqlite_where=sa.text("latest AND outcome = 'failure'"),
        postgresql_where=sa.text("latest AND outcome = 'failure'"),
    )
    op.create_index("ix_runs_head_sha", "runs", ["head_sha"], unique=False)
    op.create_index(
        "ix_runs_window",
        "runs",
        ["created_at", "demo", "on_default", "outcome", "duration", "workflow_id", "latest"],
        unique=False,
        sqlite_where=sa.text("latest"),
        postgresql_where=sa.text("latest"),
    )
    op.create_index(
        "ix_runs_workflow_window",
        "runs",
        ["workflow_id", "created_at", "demo", "on_default", "outcome", "duration", "latest"],
        unique=False,
        sqlite_where=sa.text("latest"),
        postgresql_where=sa.text("latest"),
    )
    op.create_table(
        "steps",
        sa.Column("job_id", KEY, autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", TEXT, nullable=False),
        sa.Column("status", TEXT, nullable=False),
        sa.Column("conclusion", TEXT, nullable=True),
        sa.Column("clock", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("completed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("job_id", "number", name="pk_steps"),
    )
    for name, column in (("repository", "repository_id"), ("workflow", "workflow_id")):
        op.create_index(
            f"ix_runs_{name}_recent",
            "runs",
            [column, sa.text("started_at DESC"), sa.text("id DESC")],
            sqlite_where=sa.text("latest"),
            postgresql_where=sa.text("latest"),
        )
    op.create_index(
        "ix_runs_recent",
        "runs",
        ["demo", sa.text("started_at DESC"), sa.text("id DESC")],
        sqlite_where=sa.text("latest"),
        postgresql_where=sa.text("latest"),
    )
