"""`pulseboard doctor`: look at all that a server needs, and say what to do about the rest."""

from collections.abc import Callable, Iterator
from typing import Annotated, Final

import typer

from pulseboard.cli import checks
from pulseboard.cli.checks import Finding, Mark
from pulseboard.cli.console import out
from pulseboard.cli.online import check_github_online
from pulseboard.cli.settings import DataFolder, read_settings
from pulseboard.config import Settings
from pulseboard.errors import ConfigurationError

_CHECKS: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    checks.check_folder,
    checks.check_database,
    checks.check_logs,
    checks.check_mail,
    checks.check_server,
    checks.check_access,
    checks.check_github,
    checks.check_webhook,
    checks.check_push,
    checks.check_clock,
)


def doctor(
    data: DataFolder = None,
    offline: Annotated[bool, typer.Option("--offline", help="Do not ask GitHub.")] = False,
) -> None:
    """Check configuration, database, disk, ports, GitHub access and clock; say what to do.

    Each line begins with ✓ (fine), ! (works, but look at it) or ✕ (does not work). The exit code is
    1 when anything does not work. Nothing is changed. GitHub is asked once for every token.
    """
    failed = False
    for finding in _look(data=data, is_offline=offline):
        failed = failed or finding.mark is Mark.FAILS
        out.print(f"{finding.mark} {finding.subject}: {finding.text}")
    raise typer.Exit(1 if failed else 0)


def _look(*, data: DataFolder, is_offline: bool) -> Iterator[Finding]:
    try:
        settings = read_settings(data=data)
    except ConfigurationError as error:
        yield Finding(Mark.FAILS, "Configuration", error.detail)
        return
    yield Finding(Mark.FINE, "Configuration", "every setting can be read.")
    for check in _CHECKS:
        yield from check(settings)
    if not is_offline:
        yield from check_github_online(settings)
