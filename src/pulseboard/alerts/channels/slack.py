"""Slack: an incoming webhook, or a bot token that threads, updates and can be asked."""

import json
from collections.abc import Mapping
from typing import Any, Final

from pulseboard import clock
from pulseboard.alerts.channels.results import NotSent, Sent, require_success, words_of
from pulseboard.alerts.message import Item, Message, Why, facts_of, links_of, one_line
from pulseboard.outgoing import Outgoing

API: Final = "https://slack.com/api"
_HEADER: Final = 150
_SECTION: Final = 2900
_MAX_BLOCKS: Final = 50
# Words of Slack's API after which the same request may work later.
_PASSING: Final = frozenset(
    {"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"}
)
_HTML: Final = "<!doctype"
Block = dict[str, Any]


def escape(text: str) -> str:
    """Keep text from being read as a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def blocks_of(message: Message) -> list[Block]:
    """Write a message as Block Kit."""
    title = f"{message.mark} {one_line(message.title)}"[:_HEADER]
    blocks: list[Block] = [
        {"type": "header", "text": {"type": "plain_text", "text": title, "emoji": True}}
    ]
    for item in message.listed:
        blocks += _blocks_of_item(message, item)
    notes = "\n".join(escape(one_line(note)) for note in message.footnotes)
    if message.all_url:
        notes += f"\n<{_address(message.all_url)}|All alerts>"
    if notes:
        blocks.append({"type": "context", "elements": [_mrkdwn(notes)]})
    return blocks[:_MAX_BLOCKS]


def _blocks_of_item(message: Message, item: Item) -> list[Block]:
    lines = []
    if len(message.items) > 1 or message.why is Why.TROUBLE:
        lines.append(f"*{escape(one_line(item.headline))}*")
    for label, words in facts_of(item, message):
        shown = escape(one_line(words))
        lines.append(
            f"{label}: `{shown.replace('`', chr(39))}`" if label == "Error" else f"{label}: {shown}"
        )
    links = links_of(item, message)
    if len(message.items) > 1:
        lines.append(" · ".join(f"<{_address(url)}|{label}>" for label, url in links))
    blocks: list[Block] = []
    text = "\n".join(line for line in lines if line)[:_SECTION]
    if text:
        blocks.append({"type": "section", "text": _mrkdwn(text)})
    if links and len(message.items) == 1:
        buttons = [
            {
                "type": "button",
                "text": {"type": "plain_text", "text": label},
                "url": url,
                "action_id": f"open-{place}",
            }
            for place, (label, url) in enumerate(links)
        ]
        blocks.append({"type": "actions", "elements": buttons})
    return blocks


def _mrkdwn(text: str) -> Block:
    return {"type": "mrkdwn", "text": text}


def _address(url: str) -> str:
    return escape(url).replace("|", "%7C")


def payload_of(message: Message) -> dict[str, Any]:
    """Return what is posted: blocks, and text for notifications."""
    text = f"{message.mark} {escape(one_line(message.title))}"
    if message.is_repeated:
        text += f" (ref #{message.id})"
    return {"text": text, "blocks": blocks_of(message), "unfurl_links": False}


class SlackWebhook:
    """Posts to an incoming webhook, which can neither be asked nor thread."""

    repeats_harmlessly = False

    def __init__(self, outgoing: Outgoing, *, url: str) -> None:
        self._outgoing = outgoing
        self._url = url

    def send(self, message: Message) -> Sent:
        """Send a message; raises NotSent."""
        body = json.dumps(payload_of(message)).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        reply = self._outgoing.send("POST", self._url, headers=headers, body=body)
        require_success(reply, name="Slack")
        said = words_of(reply)
        if said.lower().startswith((_HTML, "<html")):
            raise NotSent(
                "Slack's address answered with a web page: is it an incoming webhook?",
                status=reply.status,
                is_final=True,
            )
        return Sent(reply.status, said or "ok")

    def find(self, message: Message, *, since: int) -> Sent | None:  # noqa: ARG002
        """Nobody can be asked here."""
        return None


class SlackBot:
    """Posts with a bot token; an end updates the first message and answers in its thread."""

    repeats_harmlessly = False

    def __init__(self, outgoing: Outgoing, *, token: str, channel: str, api: str = API) -> None:
        self._outgoing = outgoing
        self._token = token
        self._channel = channel
        self._api = api.rstrip("/")

    def send(self, message: Message) -> Sent:
        """Send a message; raises NotSent."""
        threads = {item.thread for item in message.items if item.thread}
        payload = payload_of(message) | {
            "channel": self._channel,
            "metadata": {"event_type": "pulseboard", "event_payload": {"id": message.id}},
        }
        if len(threads) == 1 and message.why is not Why.OPENED:
            thread = threads.pop()
            channel, _, stamp = thread.partition(" ")
            payload["thread_ts"] = stamp
            payload["channel"] = channel
        answer = self._call("chat.postMessage", payload)
        if message.why is Why.RESOLVED and "thread_ts" in payload:
            self._update(payload)
        return Sent(200, "ok", ref=f"{answer.get('channel', self._channel)} {answer.get('ts', '')}")

    def _update(self, payload: Mapping[str, Any]) -> None:
        """Let the first message say that it is over; the thread has the news already."""
        try:
            self._call(
                "chat.update",
                {
                    "channel": payload["channel"],
                    "ts": payload["thread_ts"],
                    "text": payload["text"],
                    "blocks": payload["blocks"],
                },
            )
        except NotSent:
            # What matters has arrived: trying again would tell it twice.
            return

    def find(self, message: Message, *, since: int) -> Sent | None:
        """Return the message if the channel has it since an instant; raises NotSent."""
        oldest = f"{since / clock.SECOND - 5:.6f}"
        asked = {
            "channel": self._channel, "oldest": oldest, "include_all_metadata": True, "limit": 200,
        }  # fmt: skip
        threads = {item.thread for item in message.items if item.thread}
        method = "conversations.history"
        if len(threads) == 1 and message.why is not Why.OPENED:
            channel, _, stamp = threads.pop().partition(" ")
            asked |= {"channel": channel, "ts": stamp}
            method = "conversations.replies"
        answer = self._call(method, asked)
        for posted in answer.get("messages", []):
            payload = (posted.get("metadata") or {}).get("event_payload") or {}
            if payload.get("id") == message.id:
                return Sent(200, "it had arrived", ref=f"{asked['channel']} {posted.get('ts', '')}")
        return None

    def _call(self, method: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Authorization": f"Bearer {self._token}",
        }
        reply = self._outgoing.send(
            "POST", f"{self._api}/{method}", headers=headers, body=json.dumps(payload).encode(),
            max_bytes=1024 * 1024,
        )  # fmt: skip
        require_success(reply, name="Slack")
        try:
            answer: dict[str, Any] = json.loads(reply.body)
        except ValueError:
            raise NotSent("Slack's answer cannot be read", status=reply.status) from None
        if not answer.get("ok"):
            word = str(answer.get("error", "no reason given"))[:100]
            raise NotSent(f"Slack says {word}", status=reply.status, is_final=word not in _PASSING)
        return answer
