"""What the commands print: progress on a terminal, plain lines elsewhere, complaints on stderr."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOSPC
from io import TextIOWrapper
from typing import Final, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

# Seconds between two plain lines where there is no terminal.
_PLAIN_EVERY: Final = 10.0

out: Final = Console(highlight=False, markup=False, soft_wrap=True)
err: Final = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


def complain(sentence: str) -> None:
    """Print one line about what went wrong, whatever the sentence holds."""
    err.print("pulseboard: " + " ".join(sentence.split()))


def spell_out() -> None:
    """Print signs that the terminal does not have as their numbers, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def explain(error: OSError) -> str:
    """Say in a sentence what the system has refused, and what to do where that is known."""
    what = f"{error.filename}: " if error.filename else ""
    if error.errno == ENOSPC:
        return f"{what}The disk is full: make room, then try again."
    return f"{what}{error.strerror or error}."


def leave_what_cannot_be_printed() -> None:
    """Drop what standard output does not take: Python would complain of it again at the end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_size(size: int) -> str:
    """Write a number of bytes for people.

    >>> write_size(1_234_000)
    '1.2 MB'
    """
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:,.0f} {unit}" if unit == "bytes" else f"{amount:,.1f} {unit}"
        amount /= 1000
    return f"{amount:,.1f} TB"


class Meter(Protocol):
    """Where long work says how far it is."""

    def advance(self, *, done: float, rows: int) -> None:
        """Tell how much of the total is done, and how many rows went in so far."""
        ...


@contextmanager
def metering(title: str, *, total: float | None, unit: str = "runs") -> Iterator[Meter]:
    """Show how long work goes on: a bar on a terminal, a line now and then elsewhere.

    `total` is what `done` counts up to (None when unknown); `unit` names the rows.
    """
    if not err.is_terminal:
        yield _Lines(title, total, unit)
        return
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        _Rows(unit),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    ) as progress:
        yield _Bar(progress, title, total)


class _Rows(ProgressColumn):
    def __init__(self, unit: str) -> None:
        super().__init__()
        self._unit = unit

    def render(self, task: Task) -> Text:
        rows = task.fields["rows"]
        rate = rows / task.elapsed if task.elapsed else 0
        return Text(f"{rows:,} {self._unit} ({rate:,.0f}/s)")


class _Bar:
    def __init__(self, progress: Progress, title: str, total: float | None) -> None:
        self._progress = progress
        self._task = progress.add_task(title, total=total, rows=0)

    def advance(self, *, done: float, rows: int) -> None:
        self._progress.update(self._task, completed=done, rows=rows)


class _Lines:
    def __init__(self, title: str, total: float | None, unit: str) -> None:
        self._title, self._total, self._unit = title, total, unit
        self._began = self._last = time.monotonic()

    def advance(self, *, done: float, rows: int) -> None:
        moment = time.monotonic()
        if moment - self._last < _PLAIN_EVERY:
            return
        self._last = moment
        share = f" {100 * done / self._total:.0f} %," if self._total else ""
        rate = rows / (moment - self._began)
        err.print(f"{self._title}:{share} {rows:,} {self._unit} ({rate:,.0f}/s)")
