"""Counts kept by the writer so that no page has to scan runs.

Every table is keyed by (tier, start): tier names the width of the bucket (metrics/tiers.py) and
start its first instant in UTC. `lane` is demo * 2 + on_default. Only the latest attempt of a run
counts, in the bucket of the run's created_at. Rows of nothing but zeros may be left behind.
"""

from typing import Final

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import BYTES, DURATION, INSTANT, KEY, Base

# Narrow rows that are only ever reached by their key: SQLite then keeps them in the key's own tree
# instead of two. Wide ones (tallies) are better off beside it.
_BY_KEY: Final = {"sqlite_with_rowid": False}


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
    """All repositories together."""

    __tablename__ = "rollup_fleet"
    __table_args__ = _BY_KEY

    tier: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(INSTANT, primary_key=True, autoincrement=False)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class WorkflowCount(_Counts, Base):
    """One workflow."""

    __tablename__ = "rollup_workflows"
    __table_args__ = _BY_KEY

    tier: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(INSTANT, primary_key=True, autoincrement=False)
    workflow_id: Mapped[int] = mapped_column(KEY, primary_key=True, autoincrement=False)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class _Tally:
    """The counters part * SLOTS and following, packed (metrics/tally.py)."""

    tier: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(INSTANT, primary_key=True, autoincrement=False)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    tally: Mapped[bytes] = mapped_column(BYTES)


class FleetBin(_Tally, Base):
    """How many durations of all repositories together fell into each logarithmic bin."""

    __tablename__ = "rollup_fleet_bins"


class FailureCount(_Tally, Base):
    """How many runs of each workflow failed, by workflow id: what the worst are chosen by."""

    __tablename__ = "rollup_failures"


class WorkflowBin(Base):
    """How many durations of one workflow fell into a logarithmic bin."""

    __tablename__ = "rollup_workflow_bins"
    __table_args__ = _BY_KEY

    workflow_id: Mapped[int] = mapped_column(KEY, primary_key=True, autoincrement=False)
    tier: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    lane: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    start: Mapped[int] = mapped_column(INSTANT, primary_key=True, autoincrement=False)
    bin: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(BigInteger)
