"""docs/cli.md describes every command and every option, and none that does not exist."""

import re
from pathlib import Path

import pytest
import typer

from pulseboard.cli import app

PAGE = (Path(__file__).parent.parent / "docs" / "cli.md").read_text(encoding="utf-8")


def _leaves(command, name=""):
    if hasattr(command, "commands"):
        for child, sub in command.commands.items():
            yield from _leaves(sub, f"{name} {child}".strip())
    else:
        yield name, command


COMMANDS = dict(_leaves(typer.main.get_command(app)))


def _section(name):
    found = re.search(rf"^## {re.escape(name)}\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE)
    assert found, f"docs/cli.md has no section '## {name}'"
    return found[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_described(name):
    section = _section(name)
    described = set(re.findall(r"^\| `(--[a-z-]+)`", section, re.MULTILINE))
    options = {
        option
        for parameter in COMMANDS[name].params
        if parameter.param_type_name == "option"
        for option in parameter.opts
        if option.startswith("--") and option != "--help"
    }
    assert described == options


def test_no_command_is_described_that_does_not_exist():
    titles = set(re.findall(r"^## (.+)$", PAGE, re.MULTILINE)) - {"Beside a running server"}
    assert titles == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_has_a_help_text(name):
    command = COMMANDS[name]
    assert command.help
    for parameter in command.params:
        if parameter.param_type_name == "option":
            assert parameter.help, f"{name} {parameter.opts}"
