"""Who may do what before there are users: the gate in front of everything but signed webhooks.

On a loopback address everything is open, to local Host names only, so that a foreign page cannot
rebind its way in. On any other address nothing is, except reading where anybody may be a viewer.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from msgspec import Struct
from starlette.types import ASGIApp, Receive, Scope, Send

from pulseboard.api.problems import answer_problem
from pulseboard.collect.github.webhook import verify
from pulseboard.config import Settings
from pulseboard.errors import Forbidden, PulseboardError, Unauthorised

LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OPEN_TO_ALL: Final = frozenset({"/health", "/health/live"})
# Each decides further in: a wall by its token, a badge by its repository's switch.
_OPEN_BELOW: Final = ("/wall/", "/badge/")
# Authorised by the body or by a key of their own, further in.
PUSH_DOORS: Final = frozenset({"/api/events", "/api/events/run"})
_LOG_DOOR: Final = re.compile(r"/api/v1/jobs/[^/]+/log")
_OWN_KEY: Final = "/api/v1/internal/"
_ADMIN_READS: Final = ("/api/v1/deliveries/",)


class Misdirected(PulseboardError):
    """The Host is not one of ours."""

    status = 421
    title = "Misdirected request"


class Access(Struct, frozen=True):
    """What the settings allow."""

    is_loopback: bool
    anonymous_may_read: bool
    ingest_token: bytes | None
    ingest_secret: bytes | None
    allowed_origins: tuple[str, ...]

    @classmethod
    def from_settings(cls, settings: Settings) -> "Access":
        """Read what the settings allow."""
        token, secret = settings.ingest_token, settings.ingest_secret
        return cls(
            is_loopback=settings.is_loopback,
            anonymous_may_read=bool(settings.allow_anonymous),
            ingest_token=token.get_secret_value().encode() if token else None,
            ingest_secret=secret.get_secret_value().encode() if secret else None,
            allowed_origins=tuple(settings.allowed_origins),
        )

    def check(self, *, method: str, path: str, headers: Mapping[bytes, bytes]) -> None:
        """Raise unless a request may pass; the push doors check their credential themselves."""
        if self.is_loopback:
            self._check_host(headers)
        if method not in _SAFE:
            self._check_origin(headers)
        if self.is_loopback or path in _OPEN_TO_ALL or path.startswith(_OWN_KEY):
            return
        if path in PUSH_DOORS and method == "POST":
            return
        if method == "PUT" and _LOG_DOOR.fullmatch(path):
            return
        if method in _SAFE and (path == "/wall" or path.startswith(_OPEN_BELOW)):
            return
        is_reading = method in _SAFE and not path.startswith(_ADMIN_READS)
        if not (is_reading and self.anonymous_may_read):
            raise Unauthorised("Sign in first: this server is not open to everybody")

    @property
    def lets_anybody_read(self) -> bool:
        """Whether reading asks for nothing."""
        return self.is_loopback or self.anonymous_may_read

    def _check_host(self, headers: Mapping[bytes, bytes]) -> None:
        host = headers.get(b"host", b"").decode("latin-1")
        if _host_name(f"//{host}") not in LOCAL_NAMES:
            raise Misdirected(
                f"This server answers to localhost only, not to {host[:100]!r}; to open it to"
                " others, listen on another address with --host"
            )

    def _check_origin(self, headers: Mapping[bytes, bytes]) -> None:
        """Refuse what a page of another site sends; programs send neither of these headers."""
        origin = headers.get(b"origin", b"").decode("latin-1")
        if origin in self.allowed_origins and origin:
            return
        host = headers.get(b"host", b"").decode("latin-1")
        if origin and _netloc(origin) != host:
            raise Forbidden("A page of another site may not write here")
        if headers.get(b"sec-fetch-site", b"same-origin") not in (b"same-origin", b"none"):
            raise Forbidden("A page of another site may not write here")

    def check_push(self, *, headers: Mapping[str, str], body: bytes) -> None:
        """Raise Unauthorised unless a push carries what the settings ask for.

        A credential that is given must be right, even on loopback, where none is needed.
        """
        given = [
            is_right
            for is_right in (
                self._is_right_token(headers.get("authorization")),
                self._is_right_signature(headers.get("x-signature-256"), body),
            )
            if is_right is not None
        ]
        if all(given) and (given or self.is_loopback):
            return
        raise Unauthorised(
            "Send Authorization: Bearer with PULSEBOARD_INGEST_TOKEN, or X-Signature-256:"
            " sha256=<HMAC of the body with PULSEBOARD_INGEST_SECRET>"
        )

    def _is_right_token(self, authorization: str | None) -> bool | None:
        """Judge a token; None when there is none, or nothing to hold it against."""
        if authorization is None or self.ingest_token is None:
            return None
        scheme, _, token = authorization.partition(" ")
        is_right = hmac.compare_digest(token.strip().encode(), self.ingest_token)
        return is_right and scheme.lower() == "bearer"

    def _is_right_signature(self, signature: str | None, body: bytes) -> bool | None:
        if signature is None or self.ingest_secret is None:
            return None
        return verify(body, signature, [self.ingest_secret])

    def takes_unsigned(self, headers: dict[bytes, bytes]) -> bool:
        """Say whether a webhook without any configured secret is taken: on loopback only."""
        if not self.is_loopback:
            return False
        try:
            self._check_host(headers)
            self._check_origin(headers)
        except PulseboardError:
            return False
        return True


def _netloc(address: str) -> str | None:
    try:
        return urlsplit(address).netloc
    except ValueError:
        return None


def _host_name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None


class Gate:
    """The ASGI layer that asks Access before anything else sees a request."""

    def __init__(self, app: ASGIApp, *, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer why not."""
        if scope["type"] in ("http", "websocket"):
            method = scope.get("method", "GET")
            headers = dict(scope["headers"])
            try:
                self._access.check(method=method, path=scope["path"], headers=headers)
            except PulseboardError as error:
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 4403, "reason": error.title})
                else:
                    await answer_problem(scope, error)(scope, receive, send)
                return
            scope.setdefault("state", {})["may_read"] = self._access.lets_anybody_read
        await self._app(scope, receive, send)
