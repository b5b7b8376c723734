"""Secrets that people have entrusted to Pulseboard, encrypted."""

from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import BYTES, INSTANT, TEXT, Base


class Secret(Base):
    """One secret under a name such as `github-app/private-key`; only vault.py reads the value."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(TEXT, primary_key=True)
    value: Mapped[bytes] = mapped_column(BYTES)
    changed_at: Mapped[int] = mapped_column(INSTANT)
