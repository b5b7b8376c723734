"""`pulseboard backfill`: the history of a repository, fetched from GitHub."""

import time
from typing import Annotated, Final

import typer

from pulseboard import clock
from pulseboard.cli.console import Meter, err, metering, out
from pulseboard.cli.settings import DataFolder, read_settings
from pulseboard.cli.tracking import check_names
from pulseboard.cli.writing import Target, open_target
from pulseboard.collect.github.backfill import DONE, UNFINISHED, WAITING, Progress
from pulseboard.errors import InvalidInput, PulseboardError

_GLANCE_SECONDS: Final = 0.5


def backfill(
    name: Annotated[str, typer.Argument(metavar="OWNER/NAME", help="The repository.")],
    days: Annotated[int, typer.Option(min=1, max=400, help="Days back from now.")] = 90,
    data: DataFolder = None,
) -> None:
    """Fetch the runs and jobs of the last days from GitHub, newest first, and show how far it is.

    Interrupted, the same command goes on where it stopped. A running server does the work itself,
    and goes on with it when this command is interrupted.
    """
    settings = read_settings(data=data)
    check_names([name])
    if name.endswith("/*"):
        raise InvalidInput("A backfill takes one repository at a time: name it as owner/name.")
    with (
        open_target(settings, command="backfill") as target,
        metering("Fetching", total=100, unit="runs") as meter,
    ):
        last = _follow(target, target.ask_for_backfill(name, days=days), meter)
    row = last.row
    if row.state != DONE:
        raise PulseboardError(row.words or "It failed.")
    out.print(f"{last.full_name}: {row.runs:,} runs listed, jobs of {row.checked:,} fetched.")
    if row.words:
        out.print(row.words)


def _follow(target: Target, backfill_id: int, meter: Meter) -> Progress:
    said = ""
    for progress in target.follow_backfill(backfill_id):
        meter.advance(done=_percent(progress), rows=progress.row.checked)
        said = _say(progress, said)
        if progress.row.state not in UNFINISHED:
            return progress
        time.sleep(_GLANCE_SECONDS)
    raise PulseboardError("The backfill ended without a word.")


def _percent(progress: Progress) -> float:
    """Listing is a tenth of the work; the rest is the jobs of every run."""
    row = progress.row
    listed = (row.until - row.reached) / max(1, row.until - row.since)
    known = row.checked + row.unchecked
    return 10 * listed + (90 * row.checked / known if known and listed >= 1 else 0)


def _say(progress: Progress, said: str) -> str:
    """Print what is new about limits and about when it will be done."""
    row = progress.row
    words = row.words or "" if row.state == WAITING else ""
    if words and words != said:
        err.print(words)
    if progress.eta is not None and not said:
        left = "" if progress.left is None else f", {progress.left:,} calls left at GitHub"
        words = words or "told"
        err.print(
            f"About {progress.rate or 0:,.1f} runs/s{left};"
            f" probably done at {clock.to_iso(progress.eta)[:19]}Z."
        )
    return words or said
