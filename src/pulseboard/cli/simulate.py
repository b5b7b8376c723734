"""`pulseboard simulate`: make believable runs, marked as demo."""

import secrets
from typing import Annotated

import typer

from pulseboard import clock
from pulseboard.cli.console import out
from pulseboard.cli.settings import DataFolder, read_settings
from pulseboard.cli.writing import open_target
from pulseboard.collect import simulator
from pulseboard.collect.reading import cut
from pulseboard.config import Settings
from pulseboard.errors import Forbidden
from pulseboard.spelling import Environment


def simulate(
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many runs.")] = 10,
    fail_rate: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of them that fail.")
    ] = 0.25,
    pipeline: Annotated[
        list[str] | None,
        typer.Option(
            help="Name of a pipeline; may be given several times.", show_default="web, api"
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Makes the same choices again.", show_default="random")
    ] = None,
    data: DataFolder = None,
) -> None:
    """Make a few finished runs of the last hour, marked as demo.

    `pulseboard demo remove` takes them away again. Refused where PULSEBOARD_ENV is prod.
    """
    settings = read_settings(data=data)
    refuse_in_production(settings)
    envelopes = simulator.simulate(
        count=count,
        fail_rate=fail_rate,
        pipelines=pipeline or ["web", "api"],
        seed=secrets.randbits(32) if seed is None else seed,
        at=clock.now(),
    )
    with open_target(settings, command="simulate") as target:
        for batch in cut(envelopes):
            target.commit(batch)
    out.print(f"Made {len(envelopes)} demo runs.")


def refuse_in_production(settings: Settings) -> None:
    """Raise Forbidden where made-up data has no place."""
    if settings.environment is Environment.PROD:
        raise Forbidden("Demo data is refused in production (PULSEBOARD_ENV is prod).")
