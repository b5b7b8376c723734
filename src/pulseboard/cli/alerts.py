"""`pulseboard alerts`: list what is burning, take it, mute it, try a channel."""

from math import isnan
from typing import Annotated, Final

import typer
from rich.table import Table

from pulseboard import clock
from pulseboard.alerts.acting import UNTIL_RESOLVED, Act
from pulseboard.alerts.listing import Shown, list_alerts
from pulseboard.alerts.message import one_line
from pulseboard.alerts.trying import Trial
from pulseboard.cli.console import out
from pulseboard.cli.settings import DataFolder, read_settings
from pulseboard.cli.writing import open_target, require_stored
from pulseboard.errors import PulseboardError
from pulseboard.pipelines import has_real_runs

_MANY: Final = 200
# A year, as the API has it.
_MOST_HOURS: Final = 24 * 366
app = typer.Typer(
    help="List, acknowledge and mute alerts, and try a channel.",
    no_args_is_help=True,
    add_completion=False,
)
Number = Annotated[int, typer.Argument(help="Number of the alert.", min=1)]
By = Annotated[str, typer.Option("--by", help="Who does it.")]
Note = Annotated[str | None, typer.Option("--note", help="A word for the others.")]


@app.command("list")
def show(
    state: Annotated[
        Shown, typer.Option("--state", help="Which alerts; open is what is not resolved.")
    ] = Shown.OPEN,
    data: DataFolder = None,
) -> None:
    """List alerts, the newest first."""
    settings = read_settings(data=data)
    now = clock.now()
    with require_stored(settings) as database, database.reading() as session:
        demo = not has_real_runs(session)
        page = list_alerts(session, shown=state, demo=demo, at=now, limit=_MANY)
        table = Table(box=None, pad_edge=False)
        for title in ("number", "state", "severity", "since", "message"):
            table.add_column(title, no_wrap=title != "message")
        for listed in page.items:
            alert = listed.alert
            words = _state(alert.state, alert.acknowledged_at, alert.muted_until, now)
            since = clock.to_iso(alert.since)[:16]
            table.add_row(str(alert.id), words, alert.severity, since, one_line(alert.message))
    if not page.items:
        out.print("Nothing is burning." if state is Shown.OPEN else "There is none.")
        return
    out.print(table)


def _state(state: str, acknowledged_at: int | None, muted_until: int | None, now: int) -> str:
    if state == "resolved":
        return state
    if (muted_until or 0) > now:
        return "muted"
    return "acknowledged" if acknowledged_at is not None else state


@app.command("ack")
def acknowledge(
    number: Number, note: Note = None, by: By = "somebody", data: DataFolder = None
) -> None:
    """Say that somebody has an alert: reminders stop."""
    settings = read_settings(data=data)
    with open_target(settings, command="alerts ack") as target:
        said = target.act(Act(number, by, note))
    out.print(f"{by} has it: {one_line(said)}")


def _refuse_nan(hours: float | None) -> float | None:
    if hours is not None and isnan(hours):
        raise typer.BadParameter("'nan' is not a valid float.")
    return hours


@app.command("mute")
def mute(
    number: Number,
    hours: Annotated[
        float | None,
        typer.Option(
            "--hours",
            help="For how long; else until it is resolved.",
            min=0.01,
            max=_MOST_HOURS,
            callback=_refuse_nan,
        ),
    ] = None,
    note: Note = None,
    by: By = "somebody",
    data: DataFolder = None,
) -> None:
    """Send nothing of an alert for a while; its state follows the data."""
    settings = read_settings(data=data)
    until = UNTIL_RESOLVED if hours is None else clock.now() + round(hours * clock.HOUR)
    with open_target(settings, command="alerts mute") as target:
        said = target.act(Act(number, by, note, until))
    end = "it is resolved" if hours is None else clock.to_iso(until // clock.SECOND * clock.SECOND)
    out.print(f"Muted until {end}: {one_line(said)}")


@app.command("test")
def try_channel(
    channel: Annotated[
        str | None,
        typer.Option("--channel", help="Number, name or kind of a channel; else the first."),
    ] = None,
    message: Annotated[str | None, typer.Option("--message", help="What it says.")] = None,
    data: DataFolder = None,
) -> None:
    """Send a test message to a channel and print what it answered."""
    settings = read_settings(data=data)
    with require_stored(settings) as database:
        tried = Trial(settings).send(database, channel=channel, message=message)
    if not tried.ok:
        raise PulseboardError(f"{tried.channel}: {tried.detail}")
    out.print(f"{tried.channel} {tried.status} in {tried.latency_ms} ms: {tried.detail}")
