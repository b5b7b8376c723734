"""Refuses text that no database takes, wherever in a JSON body or an address it stands."""

import json
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import unquote_plus

from pulseboard.errors import FieldError, InvalidInput

NUL: Final = "\0"
_MESSAGE: Final = "should not hold a NUL or half a surrogate pair"
_ADDRESS_MESSAGE: Final = "should not hold a NUL"


def refuse_unstorable(body: bytes) -> None:
    r"""Raise InvalidInput naming each field of a JSON body with `\u0000` or half a surrogate pair.

    PostgreSQL stores no NUL, and half a pair has no spelling in UTF-8. What is no JSON is let
    through: whoever reads it says so better.
    """
    if rb"\u0000" not in body and rb"\ud" not in body.lower():
        return
    try:
        said = json.loads(body.decode())
    except (ValueError, RecursionError):
        return
    found = dict.fromkeys(_places(said))
    if found:
        raise to_correct([FieldError(".".join(place) or "body", _MESSAGE) for place in found])


def _places(said: object) -> Iterator[tuple[str, ...]]:
    """Yield where unstorable text stands; a name that is unstorable itself counts for its owner."""
    waiting: list[tuple[tuple[str, ...], object]] = [((), said)]
    while waiting:
        place, value = waiting.pop()
        if isinstance(value, str):
            if not _is_storable(value):
                yield place
        elif isinstance(value, dict):
            if not all(map(_is_storable, value)):
                yield place
            inner = [(name, part) for name, part in value.items() if _is_storable(name)]
            waiting += [((*place, name), part) for name, part in reversed(inner)]
        elif isinstance(value, list):
            numbered = reversed([*enumerate(value)])
            waiting += [((*place, str(number)), part) for number, part in numbered]


def _is_storable(text: str) -> bool:
    return NUL not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def nul_in_address(path: str, query: bytes) -> InvalidInput | None:
    """Return the error of an address that holds a NUL, naming each place; None when it has none."""
    found = ["path"] if NUL in path else []
    for part in query.split(b"&") if b"%00" in query else ():
        if b"%00" in part:
            name = unquote_plus(part.partition(b"=")[0].decode("latin-1"))
            found.append(name.replace(NUL, "") or "query")
    return to_correct([FieldError(name, _ADDRESS_MESSAGE) for name in found]) if found else None


def to_correct(found: Sequence[FieldError]) -> InvalidInput:
    """Return the error of several wrong fields."""
    names = ", ".join(error.field for error in found)
    return InvalidInput(f"Please correct: {names}", errors=tuple(found))
