"""Which trigrams a piece of text has, as a set of 65,536 bits that a search can rule it out by.

A trigram is three bytes next to each other, letters A to Z taken as small ones, hashed to 16 bits.
A text without one of a term's bits does not have the term; one with all of them may have it and is
read. So the index can be too generous but never leaves anything out.
"""

from collections.abc import Sequence
from typing import Any, Final

from pulseboard.logs import late_numpy as np

ROWS: Final = 1 << 16
_SIGNATURE_BYTES: Final = ROWS // 8
_FACTOR: Final = 2_654_435_761
_MASK: Final = 0xFFFF_FFFF
_SHIFT: Final = 16
_WIDTH: Final = 3
_PART: Final = 512 * 1024
# So many trigrams of a term are asked for: more hardly rule out anything else.
MAX_ASKED: Final = 6


def signature_of(texts: Sequence[bytes]) -> bytes:
    """Return the bits of all trigrams of the texts: 8,192 bytes, the highest bit first."""
    flags = np.zeros(ROWS, dtype=np.bool_)
    for text in texts:
        # A line without an end is taken in parts that overlap: numbers take up sixteen times as
        # much room as the text does.
        for start in range(0, max(len(text) - _WIDTH + 1, 0), _PART):
            flags[_hashes(text[start : start + _PART + _WIDTH - 1])] = True
    signature: bytes = np.packbits(flags).tobytes()
    return signature


def _hashes(text: bytes) -> Any:
    signs = np.frombuffer(text.lower(), dtype=np.uint8).astype(np.uint32)
    grams = (signs[:-2] << 16) | (signs[1:-1] << 8) | signs[2:]
    return (grams * np.uint32(_FACTOR)) >> np.uint32(_SHIFT)


def rows_of(term: bytes) -> list[int]:
    """Return the rows that a text with this term has bits in, at most six spread over the term.

    A term of fewer than three bytes has none: it may be anywhere.
    """
    folded = term.lower()
    found = [
        ((((folded[i] << 16) | (folded[i + 1] << 8) | folded[i + 2]) * _FACTOR) & _MASK) >> _SHIFT
        for i in range(len(folded) - _WIDTH + 1)
    ]
    rows = list(dict.fromkeys(found))
    if len(rows) <= MAX_ASKED:
        return rows
    step = (len(rows) - 1) / (MAX_ASKED - 1)
    return [rows[round(step * i)] for i in range(MAX_ASKED)]


def has_rows(signature: bytes, rows: Sequence[int]) -> bool:
    """Say whether a signature has the bits of all these rows."""
    return all(signature[row >> 3] & (0x80 >> (row & 7)) for row in rows)


def transpose(signatures: Sequence[bytes]) -> bytes:
    """Turn n signatures (n a multiple of 8) into 65,536 rows of n bits, one after the other."""
    bits = np.frombuffer(b"".join(signatures), dtype=np.uint8).reshape(-1, _SIGNATURE_BYTES)
    columns = [
        np.packbits(np.unpackbits(bits[first : first + 8], axis=1), axis=0)[0]
        for first in range(0, len(signatures), 8)
    ]
    rows: bytes = np.stack(columns, axis=1).tobytes()
    return rows


def join(blocks: Sequence[bytes], *, width: int) -> bytes:
    """Join transposed blocks of `width` bytes a row side by side."""
    parts = [np.frombuffer(block, dtype=np.uint8).reshape(ROWS, width) for block in blocks]
    rows: bytes = np.concatenate(parts, axis=1).tobytes()
    return rows
