"""Columns of values as PostgreSQL takes them fastest: whole arrays in its binary form.

The driver's own arrays take their type from the values that happen to be in them, so that the
same statement is planned again and again, and are quoted value by value. The form is that of
PostgreSQL's array_recv: dimensions, whether there are NULLs, element type, length and lower bound,
then each element's length (-1 for NULL) and its bytes, all in network order.
"""

from collections.abc import Callable, Sequence
from struct import Struct, pack
from typing import Any, Final, NamedTuple

from psycopg import Connection
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEAD: Final = Struct("!iiIii")
_NULL: Final = pack("!i", -1)
_SIZE: Final = Struct("!i")


class _Kind(NamedTuple):
    array_oid: int
    element_oid: int
    # The length and bytes of every element, one after the other.
    encode: Callable[[Sequence[Any]], bytes]


def _whole_numbers(code: str, size: int) -> Callable[[Sequence[Any]], bytes]:
    one = Struct(f"!i{code}")

    def encode(values: Sequence[Any]) -> bytes:
        if None in values:
            return b"".join([_NULL if v is None else one.pack(size, v) for v in values])
        pairs = [size] * (2 * len(values))
        pairs[1::2] = values
        return pack(f"!{f'i{code}' * len(values)}", *pairs)

    return encode


def _encode_texts(values: Sequence[Any]) -> bytes:
    return _encode_bytes([None if value is None else value.encode() for value in values])


def _encode_bytes(values: Sequence[Any]) -> bytes:
    parts: list[bytes] = []
    for value in values:
        if value is None:
            parts.append(_NULL)
        else:
            parts.append(_SIZE.pack(len(value)))
            parts.append(value)
    return b"".join(parts)


# The numbers are PostgreSQL's own for its types (pg_type.dat), which never change.
_KINDS: Final = {
    "bigint": _Kind(1016, 20, _whole_numbers("q", 8)),
    "integer": _Kind(1007, 23, _whole_numbers("i", 4)),
    "boolean": _Kind(1000, 16, _whole_numbers("?", 1)),
    "text": _Kind(1009, 25, _encode_texts),
    "bytea": _Kind(1001, 17, _encode_bytes),
}


class _Array(bytes):
    """An array that is encoded already; its class tells the driver which type it is."""


def _array_class(kind: _Kind) -> tuple[type[_Array], type[Dumper]]:
    wrapper = type(f"Array{kind.array_oid}", (_Array,), {})

    class ArrayDumper(Dumper):
        format = Format.BINARY
        oid = kind.array_oid

        def dump(self, obj: Any) -> bytes:
            return bytes(obj)

    return wrapper, ArrayDumper


_CLASSES: Final = {name: _array_class(kind) for name, kind in _KINDS.items()}


def prepare(connection: Connection[Any]) -> None:
    """Teach a connection to send these arrays."""
    for wrapper, dumper in _CLASSES.values():
        connection.adapters.register_dumper(wrapper, dumper)


def make_array(values: Sequence[Any], *, of: str) -> bytes:
    """Encode one column; `of` is PostgreSQL's name of the elements' type. Stands at %b."""
    kind = _KINDS[of]
    has_null = int(None in values)
    head = _HEAD.pack(1, has_null, kind.element_oid, len(values), 1)
    return _CLASSES[of][0](head + kind.encode(values))
