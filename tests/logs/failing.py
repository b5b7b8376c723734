"""Whole logs of jobs that failed, and the lines of each that a person would point at."""

from pathlib import Path
from typing import NamedTuple

_FILE = Path(__file__).parent / "failing_logs.txt"
_NAME = "#### "
_MARK = "» "
# Stands for the sign that begins a terminal's code, which no editor shows.
_ESCAPE = "␛"


class FailingLog(NamedTuple):
    """What a job wrote, and the lines (from 1) any of which says why it failed."""

    rows: list[bytes]
    guilty: set[int]


def read_failing_logs() -> dict[str, FailingLog]:
    found: dict[str, FailingLog] = {}
    for section in _FILE.read_text("utf-8").replace(_ESCAPE, "\x1b").split(_NAME)[1:]:
        name, *said = section.rstrip("\n").split("\n")
        rows = [
            f"2026-03-02T10:11:12.3456789Z {line.removeprefix(_MARK)}".encode() for line in said
        ]
        guilty = {number for number, line in enumerate(said, 1) if line.startswith(_MARK)}
        found[name] = FailingLog(rows, guilty)
    return found
