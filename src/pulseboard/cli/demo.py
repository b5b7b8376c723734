"""`pulseboard demo`: load the labelled demo history, and take all demo data away again."""

from typing import Annotated

import typer

from pulseboard import clock
from pulseboard.cli.console import metering, out
from pulseboard.cli.settings import DataFolder, read_settings
from pulseboard.cli.simulate import refuse_in_production
from pulseboard.cli.writing import open_target
from pulseboard.collect.play import DEMO_DAYS, Commit, load_past

app = typer.Typer(
    help="Load labelled demo data, or remove all of it.", no_args_is_help=True, add_completion=False
)


@app.command()
def load(
    days: Annotated[
        int, typer.Option(min=1, max=400, help="How many days back to go.")
    ] = DEMO_DAYS,
    data: DataFolder = None,
) -> None:
    """Load the demo's history; what is there of it already stays.

    Demo runs are labelled and left out of every number as soon as anything real is stored.
    Refused where PULSEBOARD_ENV is prod.
    """
    settings = read_settings(data=data)
    refuse_in_production(settings)
    with open_target(settings, command="demo load") as target:
        stored = load_with_progress(target.commit, days=days)
    out.print(f"Loaded {days} days of demo data: {stored:,} attempts.")


@app.command()
def remove(data: DataFolder = None) -> None:
    """Remove everything that was only ever made up, and nothing else."""
    settings = read_settings(data=data)
    with open_target(settings, command="demo remove") as target:
        runs = target.remove_demo()
    out.print(f"Removed {runs:,} demo runs." if runs else "There was no demo data.")


def load_with_progress(commit: Commit, *, days: int) -> int:
    """Load that many days of the demo's past and show how far it is; return the attempts."""
    at = clock.now()
    since = at - days * clock.DAY
    with metering("Loading demo data", total=days * clock.DAY, unit="attempts") as meter:
        return load_past(
            commit,
            at=at,
            days=days,
            report=lambda reached, rows: meter.advance(done=reached - since, rows=rows),
        )
