"""What `doctor` asks GitHub itself: whether it lets us in, how often, and what its clock says."""

from collections.abc import Iterator
from typing import Final

import httpx

from pulseboard import clock
from pulseboard.cli.apps import find_app_key
from pulseboard.cli.checks import Finding, Mark
from pulseboard.collect.github import checkup
from pulseboard.collect.github.checkup import Checked
from pulseboard.collect.github.wire import Wire
from pulseboard.config import Settings
from pulseboard.vault import UnreadableSecret

# Somebody is waiting.
_SECONDS: Final = 5.0
# More would make a long list, and cost as many requests.
_REPOSITORIES: Final = 20
_TOLERATED_SKEW: Final = clock.MINUTE


def check_github_online(settings: Settings) -> Iterator[Finding]:
    """Ask GitHub once with every token, as the App, and for the repositories to poll.

    Without a token and an App nothing is asked.
    """
    base = settings.github_api_url
    secrets = [token.get_secret_value() for token in settings.all_github_tokens]
    dates: list[int] = []
    try:
        key = find_app_key(settings)
    except UnreadableSecret as error:
        key = None
        yield Finding(Mark.FAILS, "GitHub App", error.detail)
    with Wire(seconds=_SECONDS, timeout=httpx.Timeout(_SECONDS)) as wire:
        if secrets:
            for checked in checkup.check_tokens(base, secrets, wire=wire):
                dates += [] if checked.date is None else [checked.date - clock.now()]
                yield _finding("GitHub", checked)
        if key is not None:
            checked = checkup.check_app(base, key, wire=wire)
            dates += [] if checked.date is None else [checked.date - clock.now()]
            yield _finding("GitHub", checked)
        # Where nobody answers, every repository would only say so again.
        if secrets and dates:
            names = settings.repos[:_REPOSITORIES]
            for checked in checkup.check_repositories(base, secrets, names, wire=wire):
                yield _finding("Repository", checked)
    if dates:
        yield _clock(max(dates, key=abs))


def _finding(subject: str, checked: Checked) -> Finding:
    if checked.is_fine:
        return Finding(Mark.FINE, subject, f"{checked.name} {checked.words}")
    mark = Mark.FAILS if checked.is_refused else Mark.LOOK
    return Finding(mark, subject, f"{checked.name}: {checked.words}")


def _clock(skew: int) -> Finding:
    if abs(skew) <= _TOLERATED_SKEW:
        return Finding(Mark.FINE, "GitHub's clock", "agrees with this one.")
    seconds = abs(skew) // clock.SECOND
    side = "ahead of" if skew > 0 else "behind"
    return Finding(
        Mark.LOOK,
        "GitHub's clock",
        f"is {seconds:,} s {side} this one. Check the time service of this machine.",
    )
