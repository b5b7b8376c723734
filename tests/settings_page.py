"""Writes docs/settings.md and .env.example from the settings themselves (`make docs`)."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from textwrap import wrap

from pydantic.fields import FieldInfo

from pulseboard.config import Settings, variables_of
from pulseboard.spelling import Expected

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "settings.md"
EXAMPLE = ROOT / ".env.example"
# The setting with which each part begins.
PARTS = {
    "host": "The server",
    "database_url": "Where things are kept",
    "logs": "Logs of jobs",
    "github_token": "GitHub",
    "allow_anonymous": "Who may do what",
    "alert_threshold": "Alerts and where they go",
}
INTRODUCTION = """\
# Settings

All of them are environment variables; the same names are read from a file `.env` in the folder the
server is started in ([.env.example](../.env.example) is one to copy). The environment beats the
file, an option on the command line beats both, and an empty variable counts as not set. A list is
separated by commas.

A value that cannot be read stops the start with one line that names the variable, what it holds and
what it should look like. What may be a secret is never repeated, neither there nor in any log or
answer. `pulseboard doctor` checks the settings without starting anything.

Accounts and Redis come with later versions: `PULSEBOARD_ADMIN_PASSWORD` and `REDIS_URL` are read and
checked, and have no effect yet.
"""
EXAMPLE_INTRODUCTION = """\
# Copy this file to .env and take the # away from what you want to set.
# docs/settings.md explains how the settings are read.
"""


def parts() -> list[tuple[str, list[FieldInfo]]]:
    """Return the heading and the settings of each part, in the order of PARTS."""
    return sorted(_parts(), key=lambda part: list(PARTS.values()).index(part[0]))


def _parts() -> Iterator[tuple[str, list[FieldInfo]]]:
    heading, found = "", []
    for name, field in Settings.model_fields.items():
        if name in PARTS:
            if found:
                yield heading, found
            heading, found = PARTS[name], []
        found.append(field)
    yield heading, found


def described(field: FieldInfo) -> str:
    """What a setting means, on one line."""
    return " ".join((field.description or "").split())


def expected(field: FieldInfo) -> str:
    """What a value of the setting looks like."""
    return next(rule.text for rule in field.metadata if isinstance(rule, Expected))


def default(field: FieldInfo) -> str:
    """The default as it would be written in the environment."""
    value = field.default.value if isinstance(field.default, Enum) else field.default
    if value in (None, ()):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def page() -> str:
    """The text of docs/settings.md."""
    lines = [INTRODUCTION]
    for heading, fields in parts():
        lines += [
            f"## {heading}",
            "| variable | default | a value is | meaning |",
            "|---|---|---|---|",
        ]
        for field in fields:
            names = ", else ".join(f"`{name}`" for name in variables_of(field))
            written = f"`{default(field)}`" if default(field) else ""
            lines.append(f"| {names} | {written} | {expected(field)} | {described(field)} |")
        lines.append("")
    return "\n".join(lines)


def example() -> str:
    """The text of .env.example."""
    lines = [EXAMPLE_INTRODUCTION]
    for heading, fields in parts():
        lines += [f"# == {heading} ==", ""]
        for field in fields:
            lines += wrap(described(field), 90, initial_indent="# ", subsequent_indent="# ")
            if expected(field) != "any text":
                lines.append(f"# Write {expected(field)}.")
            lines += [f"#{name}={default(field)}" for name in variables_of(field)[:1]]
            lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    EXAMPLE.write_text(example(), encoding="utf-8")
