"""numpy, loaded with the first log that is kept: a server without logs saves 16 MB."""

from typing import Any


def __getattr__(name: str) -> Any:
    """Return what numpy has under a name, and remember it."""
    import numpy  # noqa: ICN001, PLC0415  # It is what this module is here to put off.

    globals()[name] = value = getattr(numpy, name)
    return value
