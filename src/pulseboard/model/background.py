"""Jobs that failed for good."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import INSTANT, KEY, TEXT, Base


class DeadLetter(Base):
    """A job that was given up after its bounded tries, kept until somebody decides about it."""

    __tablename__ = "dead_letters"
    __table_args__ = (Index(None, "job_name", "job_id", unique=True), Index(None, "failed_at"))

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    job_name: Mapped[str] = mapped_column(TEXT)
    job_id: Mapped[str] = mapped_column(TEXT)
    # A JSON object.
    args: Mapped[str] = mapped_column(TEXT)
    reason: Mapped[str] = mapped_column(TEXT)
    tries: Mapped[int] = mapped_column(KEY)
    failed_at: Mapped[int] = mapped_column(INSTANT)
