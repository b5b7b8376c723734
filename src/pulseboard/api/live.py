"""The two live WebSockets: `/api/v1/live` for the screen and `/ws/metrics` for older clients.

They are bare ASGI applications behind a route: a socket holds no database session, and at a
thousand of them every object that a framework keeps for each counts.
"""

from collections.abc import Collection
from typing import Final, TypeVar
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter
from msgspec import Struct
from starlette.routing import WebSocketRoute

from pulseboard.live.broker import Broker
from pulseboard.live.filter import Filter
from pulseboard.live.messages import METRICS, RUNS, Trouble
from pulseboard.live.stream import Client, Event, Receive, Send
from pulseboard.live.summary import SummaryFeed
from pulseboard.pipelines.names import ANY_BRANCH, DEFAULT_BRANCH, own_ids

Scope = Event

# A subscription is a few names; more is not meant for us.
_MAX_MESSAGE: Final = 16_384
_MAX_TOPICS: Final = 100
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_FOREIGN_PAGE: Final = 4403
_T = TypeVar("_T", str, str | int)


class WantedFilter(Struct, forbid_unknown_fields=True, frozen=True):
    """`filter` of a subscription: names, or our ids as numbers; what is left out is not asked.

    A branch is its name, @default for each repository's default branch, or @any. One value may
    stand without a list. What a page filters its time by is taken too and says nothing of now.
    """

    repo: list[str | int] | str | int = []
    workflow: list[str | int] | str | int = []
    branch: list[str] | str = []
    demo: bool | None = None
    range: object = None
    start: object = msgspec.field(name="from", default=None)
    end: object = msgspec.field(name="to", default=None)
    gran: object = None
    tz: object = None


class Subscribe(Struct):
    """`{op: "subscribe", topics, filter, since}`: what to hear of, and from where on."""

    op: str
    topics: list[str] = msgspec.field(default_factory=lambda: [RUNS, METRICS])
    filter: WantedFilter = WantedFilter()
    since: int | None = None


class LiveSocket:
    """`WS /api/v1/live`: everything that changes, as it changes.

    Messages are `{v: 1, seq, prev, ts, type, data}`; the first is `hello {seq, server_time,
    version}`. Send `{"op": "subscribe", "topics": ["runs", "metrics", "run:17"], "filter": {"repo":
    ["acme/api"], "branch": ["@default"]}, "since": 1795235041123}`; then follow `run.upserted`,
    `job.upserted` and `metrics.invalidated`; for the topic `log:<job id>`, `log.appended` with the
    new lines. `alert.changed {ids, demo, open, unacknowledged}` comes to everybody. Numbers rise,
    and those that you do not see are of what you did not ask for: `prev` is the `seq` of what you
    were told before, so something was missed when it is above the last you saw. Then pass that one
    as `since`: what you missed is sent again, or `resync_required` when it is too long ago.
    `ping` comes every 20 seconds. A message that cannot be understood is answered with `error`; a
    reader that stays behind is closed with 1013.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        state = scope["app"].state
        if not await _open(scope, receive, send):
            return
        broker: Broker = state.broker
        client = Client(send)
        talk = _Conversation(client, broker)
        broker.join(client)
        try:
            await client.serve(receive, heard=talk.hear)
        finally:
            broker.leave(client)


class MetricsSocket:
    """`WS /ws/metrics`: the summary of the last 1,440 minutes, at once and after each ingest.

    Every message is `{"type": "metrics_update", "payload": …}` with the answer of
    `GET /api/metrics/summary`. Updates within 100 ms share one message.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends."""
        feed: SummaryFeed = scope["app"].state.summary_feed
        if not await _open(scope, receive, send):
            return
        client = Client(send)
        try:
            await feed.join(client)
            await client.serve(receive, heard=_ignore)
        finally:
            feed.leave(client)


router = APIRouter(
    routes=[
        WebSocketRoute("/api/v1/live", LiveSocket(), name="live"),
        WebSocketRoute("/ws/metrics", MetricsSocket(), name="live_metrics"),
    ]
)


async def _open(scope: Scope, receive: Receive, send: Send) -> bool:
    """Accept a socket of our own pages and of programs; refuse (403) one of a foreign page."""
    await receive()
    allowed: Collection[str] = scope["app"].state.settings.allowed_origins
    if not comes_from_here(scope, allowed=allowed):
        await send({"type": "websocket.close", "code": _FOREIGN_PAGE, "reason": "foreign origin"})
        return False
    await send({"type": "websocket.accept"})
    return True


def comes_from_here(scope: Scope, *, allowed: Collection[str]) -> bool:
    """Say whether a socket was opened by a page of ours, an allowed one, or no page at all."""
    headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
    origin = headers.get(b"origin")
    if origin is None or origin in allowed:
        return True
    # A proxy that ends TLS leaves ws behind an https page: only host and port are compared.
    ours = _host_and_port(f"{scope.get('scheme', 'ws')}://{headers.get(b'host', '')}")
    theirs = _host_and_port(origin)
    return theirs is not None and ours is not None and _is_same(theirs, ours)


def _is_same(theirs: tuple[str, int | None], ours: tuple[str, int | None]) -> bool:
    default_ports = {None, *_DEFAULT_PORTS.values()}
    same_port = theirs[1] == ours[1] or {theirs[1], ours[1]} <= default_ports
    return theirs[0] == ours[0] and same_port


def _host_and_port(address: str) -> tuple[str, int | None] | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    return (parts.hostname, port) if parts.hostname else None


def _ignore(_message: str | bytes) -> None:
    """Nothing that a client says on this socket means anything."""


def _filter_of(wanted: WantedFilter) -> Filter:
    """Return what a subscription asks for, by names and ids."""
    repositories = _listed(wanted.repo)
    branches = _listed(wanted.branch)
    # A workflow may be called 17; only a number is meant as an id.
    by_id = own_ids([name for name in repositories if isinstance(name, str)])
    named = () if ANY_BRANCH in branches else branches
    return Filter(
        repositories=frozenset(
            (*by_id, *(name.lower() if isinstance(name, str) else name for name in repositories))
        ),
        workflows=frozenset(_listed(wanted.workflow)),
        branches=frozenset(named) - {DEFAULT_BRANCH},
        default_branch=DEFAULT_BRANCH in named,
        demo=wanted.demo,
    )


def _listed(given: list[_T] | _T) -> list[_T]:
    return given if isinstance(given, list) else [given]


class _Conversation:
    """What one client asks for."""

    __slots__ = ("_broker", "_client")

    def __init__(self, client: Client, broker: Broker) -> None:
        self._client = client
        self._broker = broker

    def hear(self, message: str | bytes) -> None:
        """Take one message; what it cannot mean is answered, never raised."""
        if len(message) > _MAX_MESSAGE:
            self._complain(f"A message may have {_MAX_MESSAGE} characters at most.")
            return
        try:
            wanted = msgspec.json.decode(message, type=Subscribe)
        except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
            self._complain(f"This is not a message that can be understood: {error}")
            return
        if wanted.op != "subscribe":
            self._complain("op should be 'subscribe'")
        elif len(wanted.topics) > _MAX_TOPICS:
            self._complain(f"topics may name {_MAX_TOPICS} topics at most")
        else:
            self._broker.subscribe(
                self._client,
                topics=frozenset(wanted.topics),
                wanted=_filter_of(wanted.filter),
                since=wanted.since,
            )

    def _complain(self, detail: str) -> None:
        self._broker.answer(self._client, "error", Trouble(detail))
