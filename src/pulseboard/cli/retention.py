"""`pulseboard retention`: see what is too old, and delete it."""

from collections import Counter
from typing import Final

import typer
from rich.table import Table

from pulseboard import clock
from pulseboard.cli.console import metering, out, write_size
from pulseboard.cli.settings import DataFolder, read_settings
from pulseboard.cli.writing import open_target, require_stored
from pulseboard.collect.retention import Forecast, Kind, preview

_NAMES: Final = {
    Kind.PAYLOADS: "raw payloads",
    Kind.DELIVERIES: "deliveries",
    Kind.OTHER_LOGS: "other logs",
    Kind.LOGS: "logs of failed jobs",
    Kind.JOBS: "jobs with steps",
    Kind.RUNS: "runs",
    Kind.HOURS: "aggregates by hour",
    Kind.DAYS: "aggregates by day",
}

app = typer.Typer(
    help="See what is older than it is kept, and delete it.",
    no_args_is_help=True,
    add_completion=False,
)


@app.command("preview")
def show(data: DataFolder = None) -> None:
    """Show what would be deleted now, by class; nothing is changed."""
    settings = read_settings(data=data)
    with require_stored(settings) as database, database.reading() as session:
        found = preview(session, settings=settings, at=clock.now())
    table = Table(box=None, pad_edge=False)
    for title in ("class", "kept", "oldest"):
        table.add_column(title, no_wrap=True)
    for title in ("too old", "size"):
        table.add_column(title, no_wrap=True, justify="right")
    for forecast in found:
        table.add_row(*_cells(forecast))
    out.print(table)


def _cells(forecast: Forecast) -> tuple[str, ...]:
    oldest = "-" if forecast.oldest is None else clock.to_iso(forecast.oldest)[:10]
    kept = "for ever" if forecast.days is None else f"{forecast.days} days"
    size = write_size(forecast.size) if forecast.number else "-"
    return (_NAMES[forecast.kind], kept, oldest, f"{forecast.number:,}", size)


@app.command("run")
def delete(data: DataFolder = None) -> None:
    """Delete now what is older than it is kept; a server does the same once a day."""
    settings = read_settings(data=data)
    deleted: Counter[str] = Counter()
    with (
        open_target(settings, command="retention run") as target,
        metering("Deleting", total=None, unit="rows") as meter,
    ):
        for piece in target.retain():
            deleted.update(piece)
            meter.advance(done=0, rows=deleted.total())
    for kind, name in _NAMES.items():
        out.print(f"{name}: {deleted[kind]:,} deleted")
