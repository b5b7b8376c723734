"""The webhook door: a bare ASGI function in front of the application.

Behind FastAPI a delivery costs three times as much (docs/decisions/0003), and this is the one
route whose load somebody else decides. Everything that is not a delivery falls through.
"""

import asyncio
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, Protocol
from uuid import uuid4

import msgspec
import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from pulseboard import clock
from pulseboard.api.hook_secrets import HookSecrets
from pulseboard.api.patience import READ_SECONDS, HungUp, Patience
from pulseboard.api.problems import MEDIA_TYPE, problem_body, stopping
from pulseboard.api.refused import RefusedDeliveries
from pulseboard.collect.github.webhook import PING_EVENT, Opened, open_delivery, verify
from pulseboard.collect.records import Receipt
from pulseboard.errors import (
    PulseboardError,
    TooLarge,
    Unauthorised,
    Unavailable,
    UnsupportedEncoding,
)
from pulseboard.vocabulary import DeliveryResult

PATHS: Final = frozenset({"/webhook/github", "/api/v1/webhooks/github"})
# GitHub does not send more.
MAX_BODY: Final = 25 * 1024 * 1024
# Of all bodies together that are still arriving, whoever sends them.
_MAX_HELD: Final = 10 * MAX_BODY
_KEPT_HEADERS: Final = (b"x-github-event", b"x-github-hook-id", b"user-agent", b"content-type")
_log = structlog.get_logger("pulseboard.door")


class Submits(Protocol):
    """Whatever answers after the commit (collect.groupcommit.Intake)."""

    async def submit(self, submitted: Opened) -> Receipt:
        """Return the receipt of a delivery once it is committed."""
        ...


class WebhookDoor:
    """Answers POST on PATHS.

    Where no secret is set for a repository, unsigned deliveries are taken if `takes_unsigned`
    allows the request, which is decided from its headers (only in open loopback mode, see
    api/access.py).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        intake: Submits,
        secrets: HookSecrets,
        takes_unsigned: Callable[[dict[bytes, bytes]], bool],
        refused: RefusedDeliveries,
    ) -> None:
        self._app = app
        self._intake = intake
        self._secrets = secrets
        self._takes_unsigned = takes_unsigned
        self._refused = refused
        self._patience = Patience()
        # Bytes of bodies that are still arriving.
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a delivery, or hand the request on."""
        if scope["type"] != "http" or scope["path"] not in PATHS or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        try:
            status, answer = await self._take(scope, receive)
        except PulseboardError as error:
            self._note(scope, error)
            await _send_problem(send, error)
        except HungUp:
            return
        except asyncio.CancelledError:
            # Nothing but the end of the server does that, while the database keeps it waiting.
            await _send_problem(send, stopping())
        except Exception:  # noqa: BLE001  # The sender gets an answer whatever happens here.
            _log.exception("door.failed")
            await _send_problem(send, PulseboardError("Something went wrong on our side"))
        else:
            await _send(send, status, b"application/json", msgspec.json.encode(answer))

    async def _take(self, scope: Scope, receive: Receive) -> tuple[int, dict[str, Any]]:
        headers = dict(scope["headers"])
        body = await self._read_body(headers, receive)
        content_type = _text(headers.get(b"content-type"))
        await self._check_signature(headers, body, content_type)
        opened = open_delivery(
            body,
            event=_text(headers.get(b"x-github-event")),
            guid=_text(headers.get(b"x-github-delivery")),
            content_type=content_type,
            headers=_kept(*map(headers.get, _KEPT_HEADERS)),
            received_at=clock.now(),
        )
        receipt = await self._intake.submit(opened)
        answer: dict[str, Any] = {"delivery": receipt.delivery_id, "result": receipt.result}
        if opened.event == PING_EVENT:
            return 200, answer
        if receipt.reason and receipt.result is not DeliveryResult.STORED:
            answer["reason"] = receipt.reason
        return 202, answer

    def _note(self, scope: Scope, error: PulseboardError) -> None:
        headers = dict(scope["headers"])
        self._refused.note(
            at=clock.now(),
            status=error.status,
            reason=error.detail,
            event=_text(headers.get(b"x-github-event")),
            guid=_text(headers.get(b"x-github-delivery")),
        )

    async def _read_body(self, headers: dict[bytes, bytes], receive: Receive) -> bytes:
        if headers.get(b"content-encoding", b"identity") != b"identity":
            raise UnsupportedEncoding("Send the body without Content-Encoding")
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) > MAX_BODY:
            raise TooLarge(f"A delivery may have at most {MAX_BODY} bytes")
        message = await self._patience.wait_for(receive)
        body: bytes = message.get("body", b"")
        if not message.get("more_body"):
            return body
        return await self._read_on(body, receive)

    async def _read_on(self, body: bytes, receive: Receive) -> bytes:
        """Read the rest of a body, whose sender nobody knows yet: within one time and one room."""
        until = asyncio.get_running_loop().time() + READ_SECONDS
        parts, size, goes_on = [body], len(body), True
        try:
            self._held += size
            while goes_on:
                message = await self._patience.wait_for(receive, until=until)
                goes_on = message.get("more_body", False)
                parts.append(message.get("body", b""))
                size += len(parts[-1])
                self._held += len(parts[-1])
                if size > MAX_BODY:
                    raise TooLarge(f"A delivery may have at most {MAX_BODY} bytes")
                if self._held > _MAX_HELD:
                    raise Unavailable("Too many large bodies arrive at once; send it again")
        finally:
            self._held -= size
        return b"".join(parts)

    async def _check_signature(
        self, headers: dict[bytes, bytes], body: bytes, content_type: str | None
    ) -> None:
        """Raise Unauthorised unless the body is signed, or need not be."""
        if self._secrets.is_old():
            await self._secrets.refresh()
        signature = _text(headers.get(b"x-hub-signature-256"))
        # Nearly every delivery, and each await more would be a hundredth of its time.
        if self._is_signed(body, signature):
            return
        reason = await self._refuse(headers, body, signature, content_type)
        if reason is not None and self._secrets.is_old(is_doubted=True):
            # The secret may have been set a moment ago.
            await self._secrets.refresh()
            if self._is_signed(body, signature):
                return
            reason = await self._refuse(headers, body, signature, content_type)
        if reason is not None:
            raise Unauthorised(reason)

    def _is_signed(self, body: bytes, signature: str | None) -> bool:
        return signature is not None and verify(body, signature, self._secrets.shared)

    async def _refuse(
        self,
        headers: dict[bytes, bytes],
        body: bytes,
        signature: str | None,
        content_type: str | None,
    ) -> str | None:
        """Say why a body is not taken that no secret for all has signed; None when it may be."""
        event = _text(headers.get(b"x-github-event"))
        speaker = await self._secrets.speaker_of(body, event=event, content_type=content_type)
        if not self._secrets.has_any(speaker):
            if self._takes_unsigned(headers):
                return None
            return "No webhook secret is set: set GITHUB_WEBHOOK_SECRET here and at GitHub"
        if signature is None:
            return (
                "X-Hub-Signature-256 is missing: set the same secret at GitHub as in"
                " GITHUB_WEBHOOK_SECRET"
            )
        if self._secrets.is_own(speaker, body, signature):
            return None
        return (
            "X-Hub-Signature-256 does not match the body: the secret at GitHub differs from"
            " GITHUB_WEBHOOK_SECRET"
        )


# A hook says the same of itself with every delivery.
@lru_cache(maxsize=256)
def _kept(*values: bytes | None) -> Mapping[str, str]:
    """Return the headers worth keeping by name, of their values in the order of _KEPT_HEADERS."""
    pairs = zip(_KEPT_HEADERS, values, strict=True)
    return {name.decode(): value.decode("latin-1") for name, value in pairs if value is not None}


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")


async def _send_problem(send: Send, error: PulseboardError) -> None:
    request_id = uuid4().hex
    _log.info("door.refused", status=error.status, detail=error.detail, request_id=request_id)
    body = problem_body(
        status=error.status,
        title=error.title,
        detail=error.detail,
        request_id=request_id,
        retry_after=error.retry_after,
    )
    headers = [(b"x-request-id", request_id.encode())]
    if error.retry_after is not None:
        headers.append((b"retry-after", str(error.retry_after).encode()))
    await _send(send, error.status, MEDIA_TYPE.encode(), body, tuple(headers))


async def _send(
    send: Send,
    status: int,
    content_type: bytes,
    body: bytes,
    more: tuple[tuple[bytes, bytes], ...] = (),
) -> None:
    length = str(len(body)).encode()
    headers = [(b"content-type", content_type), (b"content-length", length), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
