"""What a guilty line has in common with the same failure of another day."""

import re
from typing import Final

_MASKS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), mask)
    for pattern, mask in (
        (r"https?://[^\s'\"<>)\]]+", "<url>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uuid>"),
        (
            (
                r"\b\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?"
                r"(?:Z|[ ]?UTC|[+-]\d\d:?\d\d)?)?\b"
            ),
            "<time>",
        ),
        (r"\b\d\d?:\d\d:\d\d(?:[.,]\d+)?\b", "<time>"),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b", "<ip>"),
        (r"(?<![0-9a-f:])(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}(?![0-9a-f:])", "<ip>"),
        (r"\b0x[0-9a-f]+\b", "<hex>"),
        (r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,64}\b", "<hex>"),
        (r"\b\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|h)\b", "<n>"),
        (r"(?:[A-Za-z]:)?(?:[\w.@+~-]*[/\\]){2,}(?=[\w.@+-])", "<path>/"),
        (r"(?<=[\w\])]):\d+(?::\d+)?\b", ":<n>"),
        (r"\bline \d+\b", "line <n>"),
        (r"\d+", "<n>"),
    )
)
MAX_LENGTH: Final = 500


def signature_of(text: str) -> str:
    """Mask whatever changes from run to run: times, hex, UUIDs, IPs, ports, paths, numbers.

    >>> signature_of("/home/a/b/test_x.py:12: AssertionError: 0x7f3a took 1.5s")
    '<path>/test_x.py:<n>: AssertionError: <hex> took <n>'
    """
    for pattern, mask in _MASKS:
        text = pattern.sub(mask, text)
    return " ".join(text.split())[:MAX_LENGTH]
