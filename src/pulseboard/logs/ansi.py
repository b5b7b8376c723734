"""Colours and other codes for a terminal: taken out of a line where only its words count."""

import re
from typing import Final

# An OSC without an end takes the rest of its line along, as a terminal would.
_CODES: Final = re.compile(
    "\x1b\\[[0-?]*[ -/]*[@-~]"
    "|\x1b[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\|$)"
    "|\x1b\\[[0-?]*[ -/]*$"
    "|\x1b[ -/]*[0-~]?"
    "|\x9b[0-?]*[ -/]*[@-~]"
)
_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# They would let a line read otherwise than it is written.
_DIRECTIONS: Final = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def strip(line: str) -> str:
    """Return what a line says: no escape sequence, no control character but the tab.

    A sign that turns the direction of writing is shown by its number instead of obeyed.
    """
    if "\x1b" in line or "\x9b" in line:
        line = _CODES.sub("", line)
    line = _CONTROLS.sub("", line)
    return _DIRECTIONS.sub(lambda found: f"<U+{ord(found[0]):04X}>", line)


CODES_IN_BYTES: Final = (
    rb"\x1b\[[0-?]*[ -/]*[@-~]"
    rb"|\x1b[\]PX^_][^\x07\x1b\n\r]*(?:\x07|\x1b\\)?"
    rb"|\x1b\[[0-?]*[ -/]*"
    rb"|\x1b[ -/]*[0-~]?"
)
# Python's own engine replaces many of them ten times as quickly as RE2 does.
CODE: Final = re.compile(CODES_IN_BYTES)


def show_controls(text: str) -> str:
    """Put U+FFFD in the place of each sign that would not be shown, so that places stay."""
    return _DIRECTIONS.sub("\ufffd", _CONTROLS.sub("\ufffd", text))


def strip_codes(data: bytes) -> bytes:
    """Return a text of many lines without escape sequences: what a search looks at."""
    return CODE.sub(b"", data) if b"\x1b" in data else data
