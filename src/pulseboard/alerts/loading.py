"""Many rows by their numbers in few queries: a storm is a thousand alerts at once."""

from collections.abc import Iterable
from typing import Final, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.model import Alert, AlertRule, Notification, Repository, Workflow

Numbered = TypeVar("Numbered", Alert, AlertRule, Notification, Repository, Workflow)
_AT_ONCE: Final = 500


def by_number(
    session: Session, table: type[Numbered], numbers: Iterable[int | None]
) -> dict[int, Numbered]:
    """Return the rows of a table that have these numbers, in their order; None is left out."""
    wanted = sorted({number for number in numbers if number is not None})
    return {
        row.id: row
        for start in range(0, len(wanted), _AT_ONCE)
        for row in session.scalars(
            select(table).where(table.id.in_(wanted[start : start + _AT_ONCE])).order_by(table.id)
        )
    }
