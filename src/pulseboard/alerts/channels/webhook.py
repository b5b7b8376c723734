"""A webhook of anybody's own, signed as Standard Webhooks has it."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any, Final

from pulseboard import clock
from pulseboard.alerts.channels.results import Sent, require_success, words_of
from pulseboard.alerts.message import Item, Message
from pulseboard.outgoing import Outgoing

SECRET_PREFIX: Final = "whsec_"  # noqa: S105  # What every such secret begins with.


def sign(secrets: Sequence[str], *, id: str, timestamp: int, body: bytes) -> str:  # noqa: A002
    """Return the value of webhook-signature: one signature for each secret."""
    content = f"{id}.{timestamp}.".encode() + body
    return " ".join(
        "v1," + base64.b64encode(hmac.digest(key_of(secret), content, hashlib.sha256)).decode()
        for secret in secrets
    )


def key_of(secret: str) -> bytes:
    """Return the key of a secret: base64 behind `whsec_`, else the text itself."""
    if secret.startswith(SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except (binascii.Error, ValueError):
            return secret.encode()
    return secret.encode()


def document_of(message: Message) -> dict[str, Any]:
    """Return what is posted."""
    return {
        "type": f"alert.{message.why}",
        "id": message.id,
        "timestamp": clock.to_iso(message.at),
        "data": {
            "title": message.title,
            "note": message.note,
            "alerts": [_item(item) for item in message.items],
        },
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.alert_id,
        "headline": item.headline,
        "severity": item.severity,
        "rule": item.rule,
        "repository": item.repository,
        "workflow": item.workflow,
        "branch": item.branch,
        "since": None if item.since is None else clock.to_iso(item.since),
        "resolved_at": None if item.resolved_at is None else clock.to_iso(item.resolved_at),
        "resolution": item.resolution,
        "commit": item.commit,
        "author": item.author,
        "run_number": item.run_number,
        "fixed_commit": item.fixed_commit,
        "fixed_author": item.fixed_author,
        "fixed_run_number": item.fixed_number,
        "error": item.error,
        "run_url": item.run_url,
        "log_url": item.log_url,
        "alert_url": item.alert_url,
    }


class Webhook:
    """Posts JSON; the receiver leaves out what it has by webhook-id."""

    repeats_harmlessly = True

    def __init__(self, outgoing: Outgoing, *, url: str, secrets: Sequence[str] = ()) -> None:
        self._outgoing = outgoing
        self._url = url
        self._secrets = tuple(secrets)

    def send(self, message: Message) -> Sent:
        """Send a message; raises NotSent."""
        body = json.dumps(document_of(message), ensure_ascii=False).encode()
        stamp = clock.now() // clock.SECOND
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(stamp),
        }
        if self._secrets:
            headers["webhook-signature"] = sign(
                self._secrets, id=message.id, timestamp=stamp, body=body
            )
        reply = self._outgoing.send("POST", self._url, headers=headers, body=body)
        require_success(reply, name="Webhook")
        return Sent(reply.status, words_of(reply) or "ok")

    def find(self, message: Message, *, since: int) -> Sent | None:  # noqa: ARG002
        """Sending it again by the same id answers the question as well."""
        return None
