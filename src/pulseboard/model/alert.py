"""Alert rules, the alerts they open, the channels they are told on, and what was told."""

from sqlalchemy import Float, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import INSTANT, KEY, TEXT, Base


class AlertRule(Base):
    """A condition that somebody wants to hear of."""

    __tablename__ = "alert_rules"

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    name: Mapped[str] = mapped_column(TEXT, unique=True)
    # For example failure_rate, duration, consecutive_failures.
    threshold_type: Mapped[str] = mapped_column(TEXT)
    threshold_value: Mapped[float] = mapped_column(Float)
    severity: Mapped[str] = mapped_column(TEXT)
    enabled: Mapped[bool] = mapped_column(default=True)
    # The whole rule as JSON (alerts/rules.py); the columns above repeat some of it.
    definition: Mapped[str] = mapped_column(TEXT)
    created_at: Mapped[int] = mapped_column(INSTANT)
    updated_at: Mapped[int] = mapped_column(INSTANT)
    last_triggered_at: Mapped[int | None] = mapped_column(INSTANT)


class Alert(Base):
    """One episode: a condition became true for a subject, and later false."""

    __tablename__ = "alerts"
    __table_args__ = (
        Index(None, "resolved_at"),
        Index(None, "repository_id"),
        Index("ix_alerts_subject", "rule_id", "subject", "created_at"),
        Index("uq_alerts_open", "rule_id", "subject", unique=True,
              sqlite_where=text("resolved_at IS NULL"),
              postgresql_where=text("resolved_at IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("alert_rules.id", ondelete="SET NULL"))
    # What the rule speaks of: a workflow and a branch, a repository, or the whole installation.
    subject: Mapped[str] = mapped_column(TEXT)
    repository_id: Mapped[int | None] = mapped_column(
        ForeignKey("repositories.id", ondelete="CASCADE")
    )
    workflow_id: Mapped[int | None] = mapped_column(KEY)
    branch: Mapped[str | None] = mapped_column(TEXT)
    # The run it began with, and the one that cleared it.
    run_id: Mapped[int | None] = mapped_column(KEY)
    attempt: Mapped[int | None] = mapped_column()
    resolved_run_id: Mapped[int | None] = mapped_column(KEY)
    resolved_attempt: Mapped[int | None] = mapped_column()
    state: Mapped[str] = mapped_column(TEXT)
    severity: Mapped[str] = mapped_column(TEXT)
    # Names of the channels that were told of it, with commas.
    channel: Mapped[str | None] = mapped_column(TEXT)
    message: Mapped[str] = mapped_column(TEXT)
    value: Mapped[float | None] = mapped_column(Float)
    # Demo data and imported history set states without a message.
    silent: Mapped[bool] = mapped_column()
    demo: Mapped[bool] = mapped_column()
    # It opened and closed so often lately that the messages are held back.
    flapping: Mapped[bool] = mapped_column()
    # Opened, reminded, resolved: each is one more, and told once per channel.
    transitions: Mapped[int] = mapped_column()
    # When the condition became true in the data; created_at is when we saw it.
    since: Mapped[int] = mapped_column(INSTANT)
    created_at: Mapped[int] = mapped_column(INSTANT)
    fired_at: Mapped[int | None] = mapped_column(INSTANT)
    updated_at: Mapped[int] = mapped_column(INSTANT)
    told_at: Mapped[int | None] = mapped_column(INSTANT)
    resolved_at: Mapped[int | None] = mapped_column(INSTANT)
    resolution: Mapped[str | None] = mapped_column(TEXT)
    acknowledged_at: Mapped[int | None] = mapped_column(INSTANT)
    acknowledged_by: Mapped[str | None] = mapped_column(TEXT)
    note: Mapped[str | None] = mapped_column(TEXT)
    muted_until: Mapped[int | None] = mapped_column(INSTANT)


class Channel(Base):
    """A way to tell people; its secrets lie in the vault, or in the environment that named it."""

    __tablename__ = "channels"

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    kind: Mapped[str] = mapped_column(TEXT)
    name: Mapped[str] = mapped_column(TEXT, unique=True)
    # What may be shown, as JSON.
    config: Mapped[str] = mapped_column(TEXT)
    enabled: Mapped[bool] = mapped_column()
    from_environment: Mapped[bool] = mapped_column()
    # What to do when nobody can say whether a message arrived: resend or hold.
    on_doubt: Mapped[str] = mapped_column(TEXT)
    created_at: Mapped[int] = mapped_column(INSTANT)
    updated_at: Mapped[int] = mapped_column(INSTANT)


class Notification(Base):
    """One message of an alert to one channel: written with the alert, sent later."""

    # The engine of background work has a table called notifications.
    __tablename__ = "alert_notifications"
    __table_args__ = (
        UniqueConstraint("alert_id", "transition", "channel_id"),
        Index("ix_alert_notifications_due", "channel_id", "not_before",
              sqlite_where=text("finished_at IS NULL"),
              postgresql_where=text("finished_at IS NULL")),
        Index(None, "created_at"),
        Index(None, "lead_id"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("alerts.id", ondelete="CASCADE"))
    transition: Mapped[int] = mapped_column()
    kind: Mapped[str] = mapped_column(TEXT)
    channel_id: Mapped[int] = mapped_column(ForeignKey("channels.id", ondelete="CASCADE"))
    state: Mapped[str] = mapped_column(TEXT)
    # The first of the notifications that went out as one message; its id makes the message known.
    lead_id: Mapped[int | None] = mapped_column(KEY)
    tries: Mapped[int] = mapped_column()
    not_before: Mapped[int] = mapped_column(INSTANT)
    created_at: Mapped[int] = mapped_column(INSTANT)
    intent_at: Mapped[int | None] = mapped_column(INSTANT)
    finished_at: Mapped[int | None] = mapped_column(INSTANT)
    status: Mapped[int | None] = mapped_column()
    latency_ms: Mapped[int | None] = mapped_column()
    detail: Mapped[str | None] = mapped_column(TEXT)
    # What the channel calls the message, where it says so.
    provider_ref: Mapped[str | None] = mapped_column(TEXT)
