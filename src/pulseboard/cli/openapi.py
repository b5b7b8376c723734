"""`pulseboard openapi`: the description of the API as JSON."""

import json

import typer


def openapi() -> None:
    """Print the OpenAPI description of the HTTP API as JSON."""
    from pulseboard.app import describe

    typer.echo(json.dumps(describe(), indent=2, sort_keys=True, ensure_ascii=False))
