"""Lets `python -m pulseboard` do what `pulseboard` does."""

from pulseboard.cli import app

app()
