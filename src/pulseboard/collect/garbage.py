"""Python's garbage collector, told to look seldom while batches are made."""

import gc
from typing import Final

# How many more objects than before make it look, and how much seldomer it looks at older ones.
_THRESHOLDS: Final = (20_000, 20, 50)
# The same where one batch after the other is made and nothing else: more than a batch leaves.
_MAKES_BATCHES: Final = (200_000, 20, 50)


def spare_collector(*, makes_batches: bool = False) -> None:
    """Let Python's garbage collector look seldom, and never at what is there already.

    A batch makes thousands of short-lived objects: by default the collector would look through all
    of the application again for every few hundred of them.
    """
    gc.freeze()
    gc.set_threshold(*(_MAKES_BATCHES if makes_batches else _THRESHOLDS))
