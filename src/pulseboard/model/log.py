"""The log of a job, where its text is kept, and the index that a search asks.

The text itself lies in files or S3. A unit is a piece of a log that is read at once; its trigrams
are a signature of bits (logs/grams.py). Signatures of many units are turned into the pages of a
block, so that a search reads a few rows of bits instead of every signature.
"""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import BYTES, INSTANT, KEY, TEXT, Base


class Log(Base):
    """The log of one job: what is kept of it, or why there is none."""

    __tablename__ = "logs"
    __table_args__ = (
        # How many logs a search without further filters is about.
        Index("ix_logs_at", "demo", "state", "at"),
        Index(None, "captured_at"),
    )

    job_id: Mapped[int] = mapped_column(
        KEY, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # A word of vocabulary.LogState, and what went wrong in words.
    state: Mapped[str] = mapped_column(TEXT)
    reason: Mapped[str | None] = mapped_column(TEXT)
    demo: Mapped[bool] = mapped_column(default=False)
    # When the job was done; searches list the newest first.
    at: Mapped[int] = mapped_column(INSTANT)
    storage_key: Mapped[str | None] = mapped_column(TEXT)
    digest: Mapped[str | None] = mapped_column(TEXT)
    size_bytes: Mapped[int] = mapped_column(KEY)
    stored_bytes: Mapped[int] = mapped_column(KEY)
    lines: Mapped[int] = mapped_column(KEY)
    captured_at: Mapped[int] = mapped_column(INSTANT)
    # Where each frame of the kept file lies (logs/frames.py).
    frames: Mapped[bytes | None] = mapped_column(BYTES)
    # JSON: groups, steps, error and warning lines, how many secrets were masked.
    outline: Mapped[str | None] = mapped_column(TEXT)
    first_error: Mapped[str | None] = mapped_column(TEXT)
    first_error_line: Mapped[int | None] = mapped_column(INSTANT)
    signature: Mapped[str | None] = mapped_column(TEXT)


class LogUnit(Base):
    """A piece of a log: consecutive frames that begin and end with whole lines."""

    __tablename__ = "log_units"
    __table_args__ = (
        Index(None, "job_id"),
        Index("ix_log_units_loose", "id", sqlite_where=text("block_id IS NULL"),
              postgresql_where=text("block_id IS NULL")),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    job_id: Mapped[int] = mapped_column(KEY, ForeignKey("logs.job_id", ondelete="CASCADE"))
    at: Mapped[int] = mapped_column(INSTANT)
    first_frame: Mapped[int] = mapped_column()
    frames: Mapped[int] = mapped_column()
    # Its bits, until they have gone into a block.
    signature: Mapped[bytes | None] = mapped_column(BYTES)
    block_id: Mapped[int | None] = mapped_column(KEY)


class LogBlock(Base):
    """The signatures of many units, turned: for each of 65,536 rows one bit of every unit."""

    __tablename__ = "log_blocks"

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    units: Mapped[int] = mapped_column()
    # The units' ids and instants in the order of the bits, as 64-bit numbers.
    members: Mapped[bytes] = mapped_column(BYTES)


class LogPage(Base):
    """Some neighbouring rows of a block, compressed."""

    __tablename__ = "log_pages"

    block_id: Mapped[int] = mapped_column(
        KEY, ForeignKey("log_blocks.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    page: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    bits: Mapped[bytes] = mapped_column(BYTES)
