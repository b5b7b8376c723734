"""The servers that the door is measured on, each in a process of its own.

python -m bench.serving bare|door|durable PORT DATABASE_URL
"""

import gc
import sys

import msgspec
import uvicorn
from fastapi import FastAPI

from pulseboard.api.door import WebhookDoor
from pulseboard.api.hook_secrets import HookSecrets
from pulseboard.api.refused import RefusedDeliveries
from pulseboard.app import create_app
from pulseboard.collect.github.payload import RunDelivery, decode
from pulseboard.collect.github.webhook import verify
from pulseboard.collect.records import Envelope, Receipt
from pulseboard.config import load_settings
from pulseboard.vocabulary import DeliveryResult

SECRET = b"bench"


async def bare(scope, receive, send):  # noqa: ANN001, ANN201
    """The limit: read, verify, decode, answer."""
    if scope["type"] != "http":
        return
    headers = dict(scope["headers"])
    message = await receive()
    body = message["body"]
    while message["more_body"]:
        message = await receive()
        body += message["body"]
    if not verify(body, headers[b"x-hub-signature-256"].decode(), (SECRET,)):
        raise ValueError
    run = decode(body, RunDelivery).workflow_run
    answer = msgspec.json.encode({"delivery": run is not None, "result": "stored"})
    sent = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
    await send({"type": "http.response.start", "status": 202, "headers": sent})
    await send({"type": "http.response.body", "body": answer})


class Nowhere:
    """Takes every delivery and stores none."""

    async def submit(self, envelope: Envelope) -> Receipt:  # noqa: ARG002
        """Answer at once."""
        return Receipt(1, DeliveryResult.STORED)


def main() -> None:
    """Serve one of the kinds until killed."""
    kind, port, url = sys.argv[1:]
    # As the served application does for itself.
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    if kind == "bare":
        app = bare
    elif kind == "door":
        app = WebhookDoor(
            FastAPI(),
            intake=Nowhere(),
            secrets=HookSecrets([SECRET]),
            takes_unsigned=lambda _: False,
            refused=RefusedDeliveries(),
        )
    else:
        app = create_app(
            load_settings(database_url=url, webhook_secrets=SECRET.decode(), port=int(port))
        )
    uvicorn.run(
        app,
        port=int(port),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        access_log=False,
        log_level="error",
    )


if __name__ == "__main__":
    main()
