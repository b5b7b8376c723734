"""How a log is built: groups that the job opened and closed, and the lines of each step."""

import re
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final, NamedTuple

from pulseboard.clock import SECOND
from pulseboard.logs import ansi, lines
from pulseboard.logs.stamps import unstamp, without_stamp

_MARK: Final = re.compile(r"^(?:##\[(group|endgroup)\]|::(group|endgroup)::)(.*)$")
# What the runner writes when it begins a step.
_STEP_BEGINS: Final = re.compile(r"^(?:##\[group\]Run |Post job cleanup\.|Cleaning up orphan)")
# A mark stands at the head of a line, after its instant and the codes that colour it.
_LOOK_AT: Final = 200


class Group(NamedTuple):
    """A fold: the line of its title and the last line in it (both 1-based), what it is called."""

    first: int
    last: int
    title: str


class StepTimes(NamedTuple):
    """What is known of a step: its number, name and when it ran, in µs."""

    number: int
    name: str
    started_at: int | None
    completed_at: int | None


class StepLines(NamedTuple):
    """The lines of a step, 1-based, both ends included."""

    number: int
    first: int
    last: int


def find_groups(rows: Sequence[bytes]) -> list[Group]:
    """Return the groups of a log in the order of their first lines.

    A group that another begins within is nested. One that is never closed ends with the log.
    """
    open_ones: list[tuple[int, str]] = []
    groups: list[Group] = []
    for number, row in enumerate(rows, 1):
        if b"group" not in row[:_LOOK_AT]:
            continue
        mark = _MARK.match(ansi.strip(without_stamp(lines.to_text(row))).lstrip("\ufeff"))
        if mark is None:
            continue
        if "group" in (mark[1], mark[2]):
            open_ones.append((number, mark[3].strip()))
        elif open_ones:
            first, title = open_ones.pop()
            groups.append(Group(first, number, title))
    groups += [Group(first, len(rows), title) for first, title in open_ones]
    return sorted(groups)


def find_updates(data: bytes) -> list[tuple[int, int]]:
    r"""Return the lines (1-based, both ends included) that a progress bar wrote over.

    A line that ends with a lone `\r` is written over by the next one that is not blank. In a text
    whose lines all end like that nothing is.

    >>> find_updates(b"10 %\r50 %\r100 %\ndone\n")
    [(1, 2)]
    """
    if b"\n" not in data or data.count(b"\r") == data.count(b"\r\n"):
        return []
    updates: list[tuple[int, int]] = []
    first: int | None = None
    written = 0
    for number, row in enumerate(data.removeprefix(lines.BOM).splitlines(keepends=True), 1):
        if first is None:
            if row.endswith(b"\r"):
                first = written = number
            continue
        if row.strip():
            written = number
        if not row.endswith(b"\r"):
            if written > first:
                updates.append((first, written - 1))
            first = None
    if first is not None and written > first:
        updates.append((first, written - 1))
    return updates


def place_steps(rows: Sequence[bytes], steps: Sequence[StepTimes]) -> list[StepLines]:
    """Say which lines each step wrote, by the instants of the lines and of the steps.

    Steps are dated to the second and several may begin in one, so a step begins with the line by
    which the runner announces one, if there is such a line in its first second and before the next
    one begins. Steps that wrote nothing, or ran at no known time, are left out; without instants in
    the log nobody knows.
    """
    began = sorted(
        (step for step in steps if step.started_at is not None),
        key=lambda step: (step.started_at or 0, step.number),
    )
    stamped = [unstamp(lines.to_text(row[:64])) for row in rows]
    edges: list[tuple[int, int]] = []
    here = 0
    for step, later in zip_longest(began, began[1:]):
        second = _second_of(step)
        until = second + SECOND + SECOND // 2
        if later is not None and _second_of(later) > second:
            until = min(until, _second_of(later))
        at = _first_line_of(stamped, here, start=second, until=until)
        if at is None:
            break
        edges.append((step.number, at))
        here = at + 1 if _STEP_BEGINS.match(stamped[at].text) else at
    ends = [*(at for _, at in edges[1:]), len(rows)][: len(edges)]
    return [
        StepLines(number, first + 1, end)
        for (number, first), end in zip(edges, ends, strict=True)
        if end > first
    ]


def _second_of(step: StepTimes) -> int:
    return (step.started_at or 0) // SECOND * SECOND


def _first_line_of(
    stamped: Sequence[tuple[int | None, str]], here: int, *, start: int, until: int
) -> int | None:
    """Return the first line from `start` on, or the one before `until` that announces a step."""
    fallback: int | None = None
    for index in range(here, len(stamped)):
        at, text = stamped[index]
        if at is None or at < start:
            continue
        if fallback is None:
            fallback = index
        if at >= until:
            break
        if _STEP_BEGINS.match(text):
            return index
    return fallback
