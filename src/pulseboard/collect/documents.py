"""What is JSON, and where one value ends and the next begins (pure)."""

import json
import re
from collections.abc import Iterator
from typing import Final

import msgspec
from msgspec import Raw

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_check_json: Final = msgspec.json.Decoder(Raw).decode


def is_json(text: bytes) -> bool:
    """Say whether a text is one JSON value."""
    try:
        _check_json(text)
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


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
