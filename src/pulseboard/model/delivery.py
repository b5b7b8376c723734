"""What was received, as it was received: deliveries and their raw bodies."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import BYTES, INSTANT, KEY, TEXT, Base


class Delivery(Base):
    """One message from outside, whatever the door, and what became of it."""

    __tablename__ = "deliveries"
    __table_args__ = (
        Index("uq_deliveries_guid", "guid", unique=True),
        # The raw payloads of a run, and the inbox listing newest first.
        Index(None, "run_id"),
        Index(None, "received_at"),
    )

    id: Mapped[int] = mapped_column(KEY, primary_key=True, autoincrement=False)
    guid: Mapped[str] = mapped_column(TEXT)
    source: Mapped[str] = mapped_column(TEXT)
    event: Mapped[str] = mapped_column(TEXT)
    action: Mapped[str | None] = mapped_column(TEXT)
    received_at: Mapped[int] = mapped_column(INSTANT)
    result: Mapped[str] = mapped_column(TEXT)
    # Why it was ignored or could not be parsed, in words.
    reason: Mapped[str | None] = mapped_column(TEXT)
    repository_id: Mapped[int | None] = mapped_column(KEY)
    run_id: Mapped[int | None] = mapped_column(KEY)
    attempt: Mapped[int | None] = mapped_column()
    job_id: Mapped[int | None] = mapped_column(KEY)
    # JSON object of the few request headers worth keeping; never a signature or a token.
    headers: Mapped[str | None] = mapped_column(TEXT)
    size: Mapped[int] = mapped_column(KEY)


class DeliveryBody(Base):
    """The raw body of a delivery, compressed; apart, so that it can be kept for a shorter time."""

    __tablename__ = "delivery_bodies"

    delivery_id: Mapped[int] = mapped_column(KEY, primary_key=True, autoincrement=False)
    # The version of the dictionary it was compressed with; 0 is none.
    dictionary: Mapped[int] = mapped_column()
    body: Mapped[bytes] = mapped_column(BYTES)
