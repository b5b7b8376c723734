"""What is JSON, and where one value ends and the next begins (pure)."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Final, NoReturn, TypeVar

import msgspec
from msgspec import Raw

T = TypeVar("T")
_SPACE: Final = re.compile(r"[ \t\r\n]*")
_check_json: Final = msgspec.json.Decoder(Raw).decode


def is_json(text: bytes) -> bool:
    """Say whether a text is one JSON value."""
    try:
        _check_json(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def read_tolerantly(read: Callable[[bytes], T], text: bytes) -> T:
    """Read JSON with `read`; when it is refused, once more as `repair` leaves it.

    Raises what `read` does: msgspec.DecodeError, UnicodeDecodeError or RecursionError.
    """
    try:
        return read(text)
    except msgspec.ValidationError:
        raise
    except (ValueError, RecursionError) as error:
        try:
            repaired = repair(text)
        except (ValueError, RecursionError):
            raise error from None
    return read(repaired)


def repair(text: bytes) -> bytes:
    """Return JSON with half surrogate pairs, and bytes that are no UTF-8, replaced.

    Titles are cut without regard for pairs, and msgspec refuses such a text as a whole. Raises
    ValueError when it is no JSON all the same, and RecursionError when it is nested too deeply.
    """
    values = json.loads(text.decode("utf-8-sig", "replace"), parse_constant=_refuse_constant)
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace")


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON value")


def split_documents(data: bytes) -> Iterator[bytes]:
    """Yield the JSON values that stand behind each other; what is no JSON ends them, as it is."""
    if is_json(data):
        yield data
        return
    text = data.decode("utf-8", "surrogateescape")
    decoder = json.JSONDecoder()
    position = _end_of_space(text, 0)
    while position < len(text):
        try:
            _, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = len(text)
        yield text[position:end].encode("utf-8", "surrogateescape")
        position = _end_of_space(text, end)


def _end_of_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position
