"""The instant at the head of a line, as GitHub and others put it there."""

import re
from datetime import datetime
from typing import Final, NamedTuple

from pulseboard.clock import SECOND, to_instant

_BOM: Final = "\ufeff"
_STAMP: Final = re.compile(
    _BOM + r"?(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)(?: |$)"
)
_MICROS: Final = 6


class Stamped(NamedTuple):
    """A line in two: the instant in µs (None without one), and what the job wrote."""

    at: int | None
    text: str


def unstamp(line: str) -> Stamped:
    """Part a line from the ISO instant it begins with; a time without a zone is left in the text.

    >>> unstamp("1970-01-01T00:00:01.5000000Z hello")
    Stamped(at=1500000, text='hello')
    """
    found = _STAMP.match(line)
    if found is None:
        return Stamped(None, line)
    day, fraction, zone = found.groups()
    try:
        moment = datetime.fromisoformat(day + ("+00:00" if zone == "Z" else zone))
    except ValueError:
        return Stamped(None, line)
    micros = int((fraction or "0")[:_MICROS].ljust(_MICROS, "0"))
    at = to_instant(moment) // SECOND * SECOND + micros
    return Stamped(at, line[found.end() :])


def without_stamp(line: str) -> str:
    """Return a line without the instant at its head, whether it is a real one or not."""
    found = _STAMP.match(line)
    return line if found is None else line[found.end() :]
