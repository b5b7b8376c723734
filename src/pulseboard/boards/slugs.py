"""The short word that an address ends in, made of a name."""

import re
import unicodedata
from collections.abc import Container
from itertools import count
from typing import Final

_LONGEST: Final = 60
_OTHER: Final = re.compile(r"[^a-z0-9]+")


def make_slug(name: str, *, taken: Container[str], otherwise: str) -> str:
    """Return a slug of a name that is not taken; of a name without Latin letters `otherwise`.

    >>> make_slug("Red on main!", taken={"red-on-main"}, otherwise="view")
    'red-on-main-2'
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    base = _OTHER.sub("-", plain).strip("-")[:_LONGEST].strip("-") or otherwise
    if base not in taken:
        return base
    return next(slug for n in count(2) if (slug := f"{base}-{n}") not in taken)
