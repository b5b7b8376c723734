"""Many small counters in few bytes (pure): the layout of rollup rows that are read by the hundred.

A tally is SLOTS whole numbers of 32 bits, the lowest first. Reading a row for each counter would
cost a database a microsecond a piece; a whole tally costs about as much, and because the numbers
lie side by side, two tallies are added by adding them as two very long whole numbers.
"""

from collections.abc import Iterable, Mapping, Sequence
from struct import Struct
from typing import Any, Final

SLOTS: Final = 256
_LAYOUT: Final = Struct(f"<{SLOTS}I")
_SLOT: Final = Struct("<I")
_MOST: Final = (1 << 32) - 1
EMPTY: Final = bytes(_LAYOUT.size)


def change(tally: bytes, by: Mapping[int, int]) -> bytes:
    """Return a tally with some slots changed; a slot stays between zero and its most."""
    changed = bytearray(tally)
    for slot, difference in by.items():
        place = slot * _SLOT.size
        (before,) = _SLOT.unpack_from(changed, place)
        # Were a count ever wrong, a wrong number is mended by a recount; a refused run is lost.
        _SLOT.pack_into(changed, place, min(max(before + difference, 0), _MOST))
    return bytes(changed)


class Sums:
    """Tallies added and subtracted part by part, where part p holds the counters from p * SLOTS."""

    def __init__(self) -> None:
        self._added: dict[int, int] = {}
        self._taken: dict[int, int] = {}

    def take(self, rows: Iterable[Sequence[Any]], *, sign: int) -> None:
        """Add (1) or subtract (-1) rows of (part, tally) as a database gives them."""
        sums = self._added if sign > 0 else self._taken
        for part, tally in rows:
            sums[part] = sums.get(part, 0) + int.from_bytes(tally, "little")

    def counts(self) -> dict[int, int]:
        """Return the counters that are not zero."""
        found = {}
        for part, total in self._added.items():
            first = part * SLOTS
            taken = self._taken.get(part)
            slots = _slots_of(total)
            if taken is not None:
                pairs = zip(slots, _slots_of(taken), strict=True)
                slots = tuple(max(more - less, 0) for more, less in pairs)
            found.update({first + slot: n for slot, n in enumerate(slots) if n})
        return found


def _slots_of(total: int) -> tuple[int, ...]:
    slots: tuple[int, ...] = _LAYOUT.unpack(total.to_bytes(_LAYOUT.size, "little"))
    return slots
