"""Where the log of a job is kept; the text itself lies in files or S3."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import INSTANT, KEY, TEXT, Base


class Log(Base):
    """The log of one job."""

    __tablename__ = "logs"

    job_id: Mapped[int] = mapped_column(
        KEY, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    storage_key: Mapped[str] = mapped_column(TEXT)
    size_bytes: Mapped[int] = mapped_column(KEY)
    lines: Mapped[int] = mapped_column(KEY)
    captured_at: Mapped[int] = mapped_column(INSTANT)
