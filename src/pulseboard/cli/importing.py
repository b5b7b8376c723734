"""`pulseboard import`: history out of files, into the database."""

import sys
from collections import Counter
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path
from typing import Annotated, Final, cast

import typer

from pulseboard import clock
from pulseboard.cli.console import Meter, err, metering, out
from pulseboard.cli.settings import DataFolder, read_settings
from pulseboard.cli.writing import Target, open_target
from pulseboard.collect.files import Refusal, read_file, read_stream
from pulseboard.collect.records import Envelope
from pulseboard.vocabulary import DeliveryResult

STANDARD_INPUT: Final = "-"
_BATCH: Final = 1000
# More of them would not be read by anybody.
_REASONS_SHOWN: Final = 10


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…", help="JSON, JSON lines, CSV, any of them gzipped; - is stdin."
        ),
    ],
    data: DataFolder = None,
) -> None:
    """Import run and job objects of GitHub's API, or a CSV of runs.

    What was stored stays stored when it is interrupted; running it again adds only what is missing.
    """
    settings = read_settings(data=data)
    tally = _Tally()
    with (
        open_target(settings, command="import") as target,
        metering("Importing", total=_size_of(files), unit="objects") as meter,
    ):
        done = 0
        for file in files:
            _import_file(file, target, meter, tally, done)
            done += _size_of([file]) or 0
    tally.report()
    if tally.refusals:
        raise typer.Exit(1)


def _size_of(files: list[Path]) -> int | None:
    if Path(STANDARD_INPUT) in files:
        return None
    return sum(file.stat().st_size for file in files if file.is_file()) or None


class _Tally:
    """What became of the objects."""

    def __init__(self) -> None:
        self.results: Counter[DeliveryResult] = Counter()
        self.refusals = 0
        self.reasons: list[str] = []

    def refuse(self, reason: str) -> None:
        """Note something that could not be read or understood."""
        self.refusals += 1
        if len(self.reasons) < _REASONS_SHOWN:
            self.reasons.append(reason)

    def report(self) -> None:
        """Print what became of everything."""
        results = self.results
        out.print(
            f"Stored {results[DeliveryResult.STORED]:,}, known already"
            f" {results[DeliveryResult.DUPLICATE]:,}, ignored {results[DeliveryResult.IGNORED]:,},"
            f" not understood {self.refusals:,}."
        )
        for reason in self.reasons:
            err.print(f"  {reason}")
        if self.refusals > len(self.reasons):
            err.print(f"  … and {self.refusals - len(self.reasons):,} more")


def _import_file(file: Path, target: Target, meter: Meter, tally: _Tally, done: int) -> None:
    batch: list[Envelope] = []
    for found in _read(file, at=clock.now()):
        if isinstance(found, Refusal):
            tally.refuse(str(found))
            continue
        batch.append(found)
        if len(batch) == _BATCH:
            _store(file, batch, target, tally)
            # How far a compressed file has been read is not known: its rows tell the progress.
            meter.advance(done=done, rows=tally.results.total())
            batch = []
    if batch:
        _store(file, batch, target, tally)
    meter.advance(done=done, rows=tally.results.total())


def _read(file: Path, *, at: int) -> Iterator[Envelope | Refusal]:
    if str(file) == STANDARD_INPUT:
        return read_stream(
            "standard input", cast("BufferedReader", sys.stdin.buffer), received_at=at
        )
    return read_file(file, received_at=at)


def _store(file: Path, batch: list[Envelope], target: Target, tally: _Tally) -> None:
    for envelope, receipt in zip(batch, target.commit(batch), strict=True):
        if receipt.result is DeliveryResult.UNPARSABLE:
            tally.refuse(f"{file}: {receipt.reason or envelope.reason}")
        else:
            tally.results[receipt.result] += 1
