"""`pulseboard track` and `untrack`: which repositories GitHub is asked for."""

from typing import Annotated

import typer

from pulseboard.cli.console import out
from pulseboard.cli.settings import DataFolder, read_settings
from pulseboard.cli.writing import open_target
from pulseboard.config import Settings
from pulseboard.errors import InvalidInput
from pulseboard.names import is_trackable

Names = Annotated[
    list[str],
    typer.Argument(help="owner/name, or owner/* for all that an account has and will have."),
]


def track(names: Names, data: DataFolder = None) -> None:
    """Ask GitHub for these repositories from now on, beginning with their last 30 days.

    A running server begins within seconds. GH_REPOS does the same for what it names.
    """
    settings = read_settings(data=data)
    check_names(names)
    with open_target(settings, command="track") as target:
        for name in names:
            target.track(name)
            out.print(f"{name} is tracked.")
    _warn(settings)


def untrack(names: Names, data: DataFolder = None) -> None:
    """Ask GitHub no more for these repositories; what is stored stays."""
    settings = read_settings(data=data)
    check_names(names)
    with open_target(settings, command="untrack") as target:
        for name in names:
            target.untrack(name)
            out.print(f"{name} is no longer tracked.")


def check_names(names: list[str]) -> None:
    """Raise InvalidInput for what is no owner/name and no owner/*."""
    for name in names:
        if not is_trackable(name):
            raise InvalidInput(f"{name!r} is no repository: it should look like owner/name.")


def _warn(settings: Settings) -> None:
    if not settings.has_github_credential:
        out.print(
            "GITHUB_TOKEN is not set: GitHub answers strangers 60 times an hour, and shows them"
            " public repositories only."
        )
