"""`pulseboard import`: history out of files, into the database."""

import sys
from collections import Counter
from errno import EBADF
from io import BufferedReader
from pathlib import Path
from typing import Annotated, Final, cast

import typer

from pulseboard import clock
from pulseboard.cli.console import Meter, err, metering, out
from pulseboard.cli.settings import DataFolder, read_settings
from pulseboard.cli.writing import Target, open_target
from pulseboard.collect.garbage import spare_collector
from pulseboard.collect.reading import Piece, gather, read_file_pieces, read_pieces
from pulseboard.errors import PulseboardError
from pulseboard.vocabulary import DeliveryResult

STANDARD_INPUT: Final = "-"
# More of them would not be read by anybody.
_REASONS_SHOWN: Final = 10


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="JSON, JSON lines or CSV, any of them gzipped; - is stdin."
        ),
    ],
    data: DataFolder = None,
) -> None:
    """Import run and job objects of GitHub's API, or a CSV of runs.

    What was stored stays stored when it is interrupted; running it again adds only what is missing.
    """
    settings = read_settings(data=data)
    spare_collector(makes_batches=True)
    imported = _Import()
    try:
        with (
            open_target(settings, command="import") as target,
            metering("Importing", total=_size_of(files), unit="objects") as meter,
        ):
            for file in files:
                imported.take(file, target, meter)
    except (PulseboardError, KeyboardInterrupt):
        # Until then it is committed, and the same command goes on from there.
        imported.report()
        raise
    imported.report()
    if imported.refused:
        raise typer.Exit(1)


def _size_of(files: list[Path]) -> int | None:
    if Path(STANDARD_INPUT) in files:
        return None
    return sum(file.stat().st_size for file in files if file.is_file()) or None


def _standard_input() -> BufferedReader:
    """Return the bytes of standard input; OSError where it is closed."""
    # Python has None there when it is started without one.
    if cast("object", sys.stdin) is None:
        raise OSError(EBADF, "it is closed")
    return cast("BufferedReader", sys.stdin.buffer)


class _Import:
    """What has become of the objects so far, and how many bytes of the files are behind us."""

    def __init__(self) -> None:
        self.refused = 0
        self._results: Counter[DeliveryResult] = Counter()
        self._ignored_because: Counter[str] = Counter()
        self._reasons: list[str] = []
        self._bytes_before = 0

    def take(self, file: Path, target: Target, meter: Meter) -> None:
        """Store everything a file holds; what is wrong with it is noted."""
        is_standard = str(file) == STANDARD_INPUT
        name = "standard input" if is_standard else str(file)
        try:
            if is_standard:
                pieces = read_pieces(name, _standard_input(), received_at=clock.now())
            else:
                pieces = read_file_pieces(file, received_at=clock.now())
            for piece in gather(pieces, number=target.batch):
                self._take_piece(name, piece, target)
                done = 0 if is_standard else self._bytes_before + piece.position
                meter.advance(done=done, rows=self._results.total())
            self._bytes_before += 0 if is_standard else file.stat().st_size
        except OSError as error:
            self._refuse(f"{name}: it cannot be read: {error.strerror or error}")

    def _take_piece(self, name: str, piece: Piece, target: Target) -> None:
        for refusal in piece.refusals:
            self._refuse(str(refusal))
        for receipt in target.commit(piece.envelopes) if piece.envelopes else ():
            self._results[receipt.result] += 1
            if receipt.result is DeliveryResult.UNPARSABLE:
                self._refuse(f"{name}: {receipt.reason}")
            elif receipt.result is DeliveryResult.IGNORED and receipt.reason:
                self._ignored_because[receipt.reason] += 1

    def _refuse(self, reason: str) -> None:
        self.refused += 1
        if len(self._reasons) < _REASONS_SHOWN:
            self._reasons.append(reason)

    def report(self) -> None:
        """Print what became of everything."""
        results = self._results
        out.print(
            f"Stored {results[DeliveryResult.STORED]:,}, known already"
            f" {results[DeliveryResult.DUPLICATE]:,}, ignored {results[DeliveryResult.IGNORED]:,},"
            f" not understood {self.refused:,}."
        )
        for reason, number in self._ignored_because.most_common(_REASONS_SHOWN):
            err.print(f"  ignored {number:,}: {reason}")
        for reason in self._reasons:
            err.print(f"  {reason}")
        if self.refused > len(self._reasons):
            err.print(f"  … and {self.refused - len(self._reasons):,} more")
