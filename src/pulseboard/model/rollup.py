"""Counts kept by the writer so that no page has to scan runs.

Every table is keyed by (tier, start): tier names the width of the bucket (metrics/rollup.py) and
start its first instant in UTC. `lane` is demo * 2 + on_default. Only the latest attempt of a run
counts, in the bucket of the run's created_at.
"""

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import DURATION, INSTANT, KEY, Base


class _Counts:
    """How many runs came to which outcome, and how long those that count took together."""

    total: Mapped[int] = mapped_column(BigInteger)
    success: Mapped[int] = mapped_column(BigInteger)
    failure: Mapped[int] = mapped_column(BigInteger)
    cancelled: Mapped[int] = mapped_column(BigInteger)
    skipped: Mapped[int] = mapped_column(BigInteger)
    other: Mapped[int] = mapped_column(BigInteger)
    open: Mapped[int] = mapped_column(BigInteger)
    # Of success and failure with a known duration: how many, and the sum in microseconds.
    timed: Mapped[int] = mapped_column(BigInteger)
    duration_sum: Mapped[int] = mapped_column(DURATION)


class FleetCount(_Counts, Base):
    """All repositories together, by quarter of an hour, hour, day and block."""

    __tablename__ = "rollup_fleet"

    tier: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(INSTANT, primary_key=True, autoincrement=False)


class FleetBin(Base):
    """Durations of all repositories together in logarithmic bins, by hour, day and block."""

    __tablename__ = "rollup_fleet_bins"

    tier: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(INSTANT, primary_key=True, autoincrement=False)
    bin: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInteger)


class WorkflowCount(_Counts, Base):
    """One workflow, by day and block."""

    __tablename__ = "rollup_workflows"
    # One workflow's history without touching the others.
    __table_args__ = (Index(None, "workflow_id", "tier", "start"),)

    tier: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(INSTANT, primary_key=True, autoincrement=False)
    workflow_id: Mapped[int] = mapped_column(KEY, primary_key=True, autoincrement=False)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    repository_id: Mapped[int] = mapped_column(KEY)


class WorkflowBin(Base):
    """Durations of one workflow in logarithmic bins, by block."""

    __tablename__ = "rollup_workflow_bins"

    workflow_id: Mapped[int] = mapped_column(KEY, primary_key=True, autoincrement=False)
    tier: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(INSTANT, primary_key=True, autoincrement=False)
    bin: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInteger)
