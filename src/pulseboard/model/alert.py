"""Alert rules and the alerts they open."""

from sqlalchemy import Float, ForeignKey, Index
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
    created_at: Mapped[int] = mapped_column(INSTANT)
    last_triggered_at: Mapped[int | None] = mapped_column(INSTANT)


class Alert(Base):
    """One episode: a condition became true for a subject, and later false."""

    __tablename__ = "alerts"
    __table_args__ = (Index(None, "resolved_at"), Index(None, "repository_id"))

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("alert_rules.id", ondelete="SET NULL"))
    repository_id: Mapped[int | None] = mapped_column(
        ForeignKey("repositories.id", ondelete="CASCADE")
    )
    run_id: Mapped[int | None] = mapped_column(KEY)
    severity: Mapped[str] = mapped_column(TEXT)
    channel: Mapped[str | None] = mapped_column(TEXT)
    message: Mapped[str] = mapped_column(TEXT)
    created_at: Mapped[int] = mapped_column(INSTANT)
    resolved_at: Mapped[int | None] = mapped_column(INSTANT)
