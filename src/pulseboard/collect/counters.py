"""Numbers that only grow and are never given twice, taken under the writer lock."""

from sqlalchemy import text
from sqlalchemy.orm import Session


def take_numbers(session: Session, name: str, *, count: int) -> range:
    """Take the next `count` numbers of a counter; the first of a new counter is 1."""
    if count == 0:
        return range(0)
    last = session.scalar(
        text(
            "INSERT INTO counters (name, value) VALUES (:name, :count) ON CONFLICT (name)"
            " DO UPDATE SET value = counters.value + :count RETURNING value"
        ),
        {"name": name, "count": count},
    )
    if not isinstance(last, int):
        raise TypeError(f"counter {name} gave {last!r}")
    return range(last - count + 1, last + 1)
