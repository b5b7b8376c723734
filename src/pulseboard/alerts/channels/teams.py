"""Microsoft Teams: a Workflows address that takes an Adaptive Card."""

import json
from typing import Any, Final

from pulseboard.alerts.channels.results import Sent, require_success, words_of
from pulseboard.alerts.message import Message, Why, facts_of, links_of, one_line
from pulseboard.outgoing import Outgoing

_SCHEMA: Final = "http://adaptivecards.io/schemas/adaptive-card.json"
_MARKDOWN: Final = str.maketrans({c: f"\\{c}" for c in "\\`*_[]()#>~"})
# Teams refuses more than 28 KB.
_MANY: Final = 5
_COLOURS: Final = {Why.RESOLVED: "good", Why.TEST: "accent", Why.TROUBLE: "warning"}


def escape(text: str) -> str:
    """Keep text from being read as Markdown."""
    return one_line(text).translate(_MARKDOWN)


def card_of(message: Message) -> dict[str, Any]:
    """Write a message as an Adaptive Card 1.4."""
    body: list[dict[str, Any]] = [
        {
            "type": "TextBlock",
            "text": f"{message.mark} {escape(message.title)}",
            "weight": "bolder",
            "size": "medium",
            "wrap": True,
            "color": _COLOURS.get(message.why, "attention"),
        }
    ]
    links = [("Open all alerts", message.all_url)] if message.all_url else []
    for item in message.listed:
        if len(message.items) > 1 or message.why is Why.TROUBLE:
            body.append({"type": "TextBlock", "text": escape(item.headline), "wrap": True})
        facts = facts_of(item, message)
        if facts and len(message.items) <= _MANY:
            pairs = [{"title": label, "value": escape(words)} for label, words in facts]
            body.append({"type": "FactSet", "facts": pairs})
        if len(message.items) == 1:
            links += links_of(item, message)
    body += [
        {"type": "TextBlock", "text": escape(note), "isSubtle": True, "wrap": True}
        for note in message.footnotes
    ]
    card = {"$schema": _SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": body}
    actions = [{"type": "Action.OpenUrl", "title": label, "url": url} for label, url in links]
    return card | ({"actions": actions} if actions else {})


class Teams:
    """Posts to a Workflows address, which cannot be asked what it has posted."""

    repeats_harmlessly = False

    def __init__(self, outgoing: Outgoing, *, url: str) -> None:
        self._outgoing = outgoing
        self._url = url

    def send(self, message: Message) -> Sent:
        """Send a message; raises NotSent."""
        attachment = {
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": None,
            "content": card_of(message),
        }
        body = json.dumps({"type": "message", "attachments": [attachment]}).encode()
        headers = {"Content-Type": "application/json"}
        reply = self._outgoing.send("POST", self._url, headers=headers, body=body)
        require_success(reply, name="Teams")
        return Sent(reply.status, words_of(reply) or "ok")

    def find(self, message: Message, *, since: int) -> Sent | None:  # noqa: ARG002
        """Nobody can be asked here."""
        return None
