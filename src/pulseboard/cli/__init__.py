"""The command line: `pulseboard` and its commands, one module each."""

from errno import EPIPE
from typing import Annotated, Any

import typer
from sqlalchemy.exc import DataError
from typer.core import TyperGroup

from pulseboard import __version__
from pulseboard.cli import (
    alerts,
    backfill,
    database,
    demo,
    doctor,
    importing,
    openapi,
    retention,
    searching,
    serve,
    simulate,
    tracking,
    worker,
)
from pulseboard.cli.console import complain, explain, leave_what_cannot_be_printed, spell_out
from pulseboard.errors import ConfigurationError, InvalidInput, PulseboardError

_WRONG_USAGE = (ConfigurationError, InvalidInput)


class _Commands(TyperGroup):
    """Turns every error of ours into one line on stderr and an exit code; never a traceback.

    So does it with numbers and texts that no database can hold, and with a disk that is full.
    """

    def invoke(self, ctx: typer.Context) -> Any:  # type: ignore[override]  # Typer bundles it.
        spell_out()
        try:
            return super().invoke(ctx)
        except PulseboardError as error:
            complain(error.detail)
            # 2 is what a wrong option gives too: nothing was tried.
            raise typer.Exit(2 if isinstance(error, _WRONG_USAGE) else 1) from None
        except (OverflowError, DataError):
            complain("A number is greater than any that can be stored: give a smaller one.")
            raise typer.Exit(2) from None
        except UnicodeEncodeError:
            complain("A text holds bytes that are not UTF-8: write it without them.")
            raise typer.Exit(2) from None
        except OSError as error:
            if error.errno == EPIPE:
                # Whoever read what we print has enough; Typer ends in silence.
                raise
            complain(explain(error))
            leave_what_cannot_be_printed()
            raise typer.Exit(1) from None


app = typer.Typer(
    cls=_Commands,
    name="pulseboard",
    help="Pulseboard shows how healthy your CI is. Start with `pulseboard serve`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pulseboard {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    pass


for _name, _function, _short in (
    ("serve", serve.serve, "Run the server."),
    ("worker", worker.worker, "Do background work only."),
    ("track", tracking.track, "Ask GitHub for repositories."),
    ("untrack", tracking.untrack, "Ask GitHub no more for repositories."),
    ("backfill", backfill.backfill, "Fetch history from GitHub."),
    ("migrate", database.migrate, "Set up or update the database."),
    ("import", importing.import_files, "Take in history out of files."),
    ("simulate", simulate.simulate, "Make a few demo runs."),
    ("search", searching.search_logs, "Find a text in all logs."),
    ("openapi", openapi.openapi, "Describe the HTTP API as JSON."),
    ("doctor", doctor.doctor, "Find out what is wrong, and what to do."),
):
    app.command(_name, short_help=_short)(_function)
app.add_typer(alerts.app, name="alerts", short_help="List, take and mute alerts; try a channel.")
app.add_typer(demo.app, name="demo", short_help="Load or remove demo data.")
app.add_typer(retention.app, name="retention", short_help="See or delete what is too old.")
