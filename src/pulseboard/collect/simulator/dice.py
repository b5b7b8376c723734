"""Chance that always falls the same way: every decision has a name, and its name decides it."""

from hashlib import blake2b
from random import Random


def roll(*name: object) -> Random:
    """Return a generator whose numbers depend on the name alone."""
    return Random(":".join(map(str, name)))  # noqa: S311  # Make-believe needs no secrecy.


def digits(*name: object) -> int:
    """Return an id of up to thirteen digits that depends on the name alone."""
    raw = blake2b(":".join(map(str, name)).encode(), digest_size=8).digest()
    return 1_000_000_000_000 + int.from_bytes(raw, "big") % 9_000_000_000_000


def commit_id(*name: object) -> str:
    """Return forty hexadecimal digits that depend on the name alone."""
    return blake2b(":".join(map(str, name)).encode(), digest_size=20).hexdigest()
