"""Apprise: some hundred more services, for whoever installs it (`pip install pulseboard[apprise]`).

Apprise makes its own connections, so the guard of outgoing.py does not hold for it.
"""

from collections.abc import Sequence
from importlib import import_module

from pulseboard.alerts.channels.results import NotSent, Sent
from pulseboard.alerts.message import Message, as_text


class Apprise:
    """Hands messages to Apprise."""

    repeats_harmlessly = False

    def __init__(self, *, urls: Sequence[str]) -> None:
        self._urls = list(urls)

    def send(self, message: Message) -> Sent:
        """Send a message; raises NotSent."""
        try:
            apprise = import_module("apprise")
        except ImportError:
            raise NotSent(
                "Apprise is not installed: pip install 'pulseboard[apprise]'", is_final=True
            ) from None
        sender = apprise.Apprise(asset=apprise.AppriseAsset(async_mode=False))
        if not all(sender.add(url) for url in self._urls):
            raise NotSent("Apprise cannot read one of the addresses", is_final=True)
        if not sender.notify(title=f"{message.mark} {message.title}", body=as_text(message)):
            raise NotSent("Apprise could not tell every service")
        return Sent(200, "ok")

    def find(self, message: Message, *, since: int) -> Sent | None:  # noqa: ARG002
        """Nobody can be asked here."""
        return None
