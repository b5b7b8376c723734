"""Cursors of pages: where a page ended, as a word that means nothing to anybody else."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Annotated, Final

import msgspec
from fastapi import Query

from pulseboard.api.deps import invalid
from pulseboard.pipelines import Place

_CHECK: Final = 6
_LONGEST: Final = 1000
_LARGEST: Final = 1 << 63
_decode: Final = msgspec.json.Decoder(tuple[str, int | str, int]).decode

Cursor = Annotated[
    str | None, Query(description="next_cursor of the page before, with the same filters.")
]


def make_cursor(kind: str, place: Place | None) -> str | None:
    """Return the cursor of the end of a page; None when it was the last.

    >>> read_cursor("runs", make_cursor("runs", Place(5, 7)))
    Place(key=5, id=7)
    """
    if place is None:
        return None
    said = msgspec.json.encode((kind, place.key, place.id))
    return urlsafe_b64encode(_check(said) + said).decode().rstrip("=")


def read_cursor(kind: str, cursor: str | None) -> Place | None:
    """Return where a page of that kind ended; raises InvalidInput for what we never gave out."""
    if not cursor:
        return None
    try:
        raw = urlsafe_b64decode(cursor[:_LONGEST] + "=" * (-len(cursor) % 4))
        check, said = raw[:_CHECK], raw[_CHECK:]
        found, key, run_id = _decode(said)
    except (ValueError, msgspec.DecodeError):
        check, said, found, key, run_id = b"", b"", "", 0, 0
    is_number = isinstance(key, str) or abs(key) < _LARGEST
    if check != _check(said) or found != kind or not is_number:
        raise invalid("cursor", "should be the next_cursor of the page before, asked the same way")
    return Place(key, run_id)


def _check(said: bytes) -> bytes:
    # No secret: it only tells a cursor of ours from one that was cut or made up.
    return blake2b(said, digest_size=_CHECK, person=b"cursor").digest()
