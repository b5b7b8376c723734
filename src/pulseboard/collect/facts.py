"""What a single fact may look like, whatever the door: texts, instants, numbers and links."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from pulseboard.clock import DAY, to_instant

NAME: Final = 1000
# Of a name by which rows are looked up: PostgreSQL's indexes take 2,704 bytes, and lower case can
# be longer than what it is made of.
NAME_BYTES: Final = 1500
TITLE: Final = 500
BRANCH: Final = 500
IDENTITY: Final = 200
WORD: Final = 64
_LINK: Final = 2000
_INSTANT: Final = 64

# No CI is older whose runs anybody still has; what is dated outside is a broken clock.
EARLIEST: Final = to_instant(datetime(2000, 1, 1, tzinfo=UTC))
LATEST: Final = to_instant(datetime(2100, 1, 1, tzinfo=UTC))
# How far ahead of ours the clock of another machine may be.
MAX_AHEAD: Final = DAY
MAX_NUMBER: Final = (1 << 63) - 1


def clean_text(text: str | None, *, limit: int) -> str | None:
    """Return the text without NULs, cut to `limit` characters; None when nothing is left.

    PostgreSQL cannot store a NUL. Everything else (emoji, right-to-left marks) stays as it is.
    """
    if not text:
        return None
    if "\0" in text:
        text = text.replace("\0", "")
    return text[:limit] or None


def clean_name(text: str | None) -> str | None:
    """Return the name of a repository or workflow, cleaned and cut to what an index takes."""
    name = clean_text(text, limit=NAME)
    if name is None or name.isascii():
        return name
    return name.encode("utf-8", "replace")[:NAME_BYTES].decode("utf-8", "ignore")


def first_line(text: str | None, *, limit: int) -> str | None:
    """Return the first line that says something, cleaned."""
    return clean_text(text.lstrip().partition("\n")[0].rstrip(), limit=limit) if text else None


def web_link(text: str | None) -> str | None:
    """Return the text when it may stand in a link: http or https, nothing that runs."""
    if text is None or len(text) > _LINK or not text.startswith(("https://", "http://")):
        return None
    return clean_text(text, limit=_LINK)


def read_instant(text: str | None) -> int | None:
    """Read ISO 8601 with a zone; None when it cannot be read or lies outside 2000 to 2100."""
    if text is None or len(text) > _INSTANT:
        return None
    instant = parse_instant(text)
    return instant if instant is not None and EARLIEST <= instant < LATEST else None


def is_too_old(text: str | None) -> bool:
    """Say whether a text is a time before all that are believed."""
    instant = None if text is None or len(text) > _INSTANT else parse_instant(text)
    return instant is not None and instant < EARLIEST


# The steps of a job share most of their instants with their neighbours.
@lru_cache(maxsize=4096)
def parse_instant(text: str) -> int | None:
    """Read ISO 8601 with any offset and fraction; None without a zone or when it is no time."""
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return None if moment.tzinfo is None else to_instant(moment)


def natural_number(number: int | None) -> int | None:
    """Return the number when it fits a column of 64 bits and is not negative."""
    return number if number is not None and 0 <= number <= MAX_NUMBER else None
