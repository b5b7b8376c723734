"""What is understood of a log once, when it is kept, and read whenever it is shown."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from pulseboard.logs import lines
from pulseboard.logs.errors import FirstError, find_errors
from pulseboard.logs.structure import (
    Group,
    StepTimes,
    find_groups,
    find_updates,
    place_steps,
)

# A log that opens more groups than that is no easier to read by them.
MAX_GROUPS: Final = 5000


class Outline(Struct, frozen=True):
    """Groups as [first, last, title], steps as [number, first, last], numbers of lines.

    Updates are [first, last] of what progress bars wrote over; older outlines have none.
    """

    groups: list[tuple[int, int, str]]
    steps: list[tuple[int, int, int]]
    errors: list[int]
    warnings: list[int]
    redacted: dict[str, int]
    updates: list[tuple[int, int]] = []


NOTHING: Final = Outline([], [], [], [], {})


class Understood(NamedTuple):
    """What a log says: how many lines, its outline, and the guilty line."""

    lines: int
    outline: Outline
    first: FirstError | None


def understand(
    data: bytes,
    *,
    steps: Sequence[StepTimes] = (),
    failed_step: int | None = None,
    redacted: dict[str, int] | None = None,
) -> Understood:
    """Read a log; `steps` are those of its job, `failed_step` is the first that failed."""
    rows = lines.split(data)
    groups = find_groups(rows)
    placed = place_steps(rows, steps) if steps else []
    failed = next((step for step in placed if step.number == failed_step), None)
    is_joined = b"\r" not in data and not data.startswith(lines.BOM)
    found = find_errors(rows, groups=groups, failed_step=failed, joined=data if is_joined else None)
    outline = Outline(
        groups=[_short(group) for group in groups[:MAX_GROUPS]],
        steps=[(step.number, step.first, step.last) for step in placed],
        errors=found.errors,
        warnings=found.warnings,
        redacted=redacted or {},
        updates=find_updates(data)[:MAX_GROUPS],
    )
    return Understood(len(rows), outline, found.first)


def _short(group: Group) -> tuple[int, int, str]:
    return group.first, group.last, group.title[:200]


def write(outline: Outline) -> str:
    """Return an outline as it is stored."""
    return msgspec.json.encode(outline).decode()


def read(text: str) -> Outline:
    """Return a stored outline."""
    return msgspec.json.decode(text, type=Outline)


class _Steps(Struct):
    steps: list[tuple[int, int, int]]


def read_steps(text: str) -> dict[int, tuple[int, int]]:
    """Return the first and last line of each step of a stored outline, and read nothing else."""
    return {
        number: (first, last)
        for number, first, last in msgspec.json.decode(text, type=_Steps).steps
    }
