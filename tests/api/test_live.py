"""The live WebSockets over a real server: protocol, bad messages, origins, shutdown."""

import json
import threading
from contextlib import ExitStack, asynccontextmanager
from types import SimpleNamespace

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from pulseboard import clock
from pulseboard.api import live
from pulseboard.api.live import comes_from_here
from pulseboard.api.shapes import Run
from pulseboard.api.summary import live_message
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.simulator import simulate
from pulseboard.live.broker import Broker
from pulseboard.live.summary import SummaryFeed
from pulseboard.model import Workflow
from pulseboard.pipelines import get_run

NOW = 1_795_186_800 * clock.SECOND
FRIEND = "http://localhost:5173"


class Server:
    """The live routes on a real socket, beside a database."""

    def __init__(self, database):
        self.database = database
        self.broker = Broker(version="9.9")
        self.feed = SummaryFeed(self._summary)
        self._uvicorn = uvicorn.Server(
            uvicorn.Config(self._app(), port=0, ws="websockets-sansio", log_level="error",
                           lifespan="on", ws_per_message_deflate=False)
        )  # fmt: skip
        self._thread = threading.Thread(target=self._uvicorn.run, daemon=True)
        self._ready = threading.Event()

    def _app(self):
        @asynccontextmanager
        async def lifespan(app):
            await self.broker.start()
            await self.feed.start()
            yield
            await self.broker.close()
            await self.feed.close()

        app = FastAPI(lifespan=lifespan)
        app.include_router(live.router)
        app.state.settings = SimpleNamespace(allowed_origins=(FRIEND,))
        app.state.database = self.database
        app.state.broker = self.broker
        app.state.summary_feed = self.feed
        return app

    def _summary(self):
        with self.database.reading() as session:
            return live_message(session)

    def start(self):
        startup = self._uvicorn.startup

        async def startup_then_tell(**options):
            await startup(**options)
            self._ready.set()

        self._uvicorn.startup = startup_then_tell
        self._thread.start()
        assert self._ready.wait(10)
        self.port = self._uvicorn.servers[0].sockets[0].getsockname()[1]

    def stop(self):
        self._uvicorn.should_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()

    def connect(self, path="/api/v1/live", **options):
        return connect(f"ws://127.0.0.1:{self.port}{path}", **options)

    def ingest(self, *, count=1, pipelines=("web",), seed=1, tell=True):
        """Store simulated runs and tell everybody, as the writer does."""
        made = simulate(count=count, fail_rate=0, pipelines=list(pipelines), seed=seed, at=NOW)
        told = (self.broker.publish, self.feed.publish) if tell else ()
        return commit(self.database, made, on_commit=told)


@pytest.fixture
def server(database):
    server = Server(database)
    server.start()
    yield server
    server.stop()


def hear(socket):
    return json.loads(socket.recv(timeout=10))


def subscribe(socket, **wanted):
    socket.send(json.dumps({"op": "subscribe", **wanted}))
    # The answer to nonsense shows that what was sent before it has been taken in.
    socket.send("?")
    told = []
    while (message := hear(socket))["type"] != "error":
        told.append(message)
    return told


def test_subscriber_hears_of_a_stored_run(server):
    with server.connect() as socket:
        hello = hear(socket)
        assert hello["type"] == "hello"
        assert hello["data"]["version"] == "9.9"
        assert subscribe(socket) == []
        (receipt,) = server.ingest()
        run = hear(socket)
        assert (run["type"], run["v"]) == ("run.upserted", 1)
        assert run["data"]["id"] == receipt.run_id
        assert run["data"]["status"] == "success"
        assert run["data"]["demo"] is True
        assert run["seq"] > hello["seq"]
        assert hear(socket)["type"] == "metrics.invalidated"


def test_told_run_says_what_the_api_says_of_it(server, database):
    with server.connect() as socket:
        hear(socket)
        subscribe(socket)
        (receipt,) = server.ingest()
        told = hear(socket)["data"]
    with database.reading() as session:
        row = get_run(session, run_id=receipt.run_id)
    shown = {
        **Run.of(row, at=NOW).model_dump(), "title": row.title, "rev": row.rev,
        "created_at": clock.to_iso(row.created_at), "is_default_branch": row.on_default,
        "repository_id": row.repository_id, "workflow_id": row.workflow_id,
    }  # fmt: skip
    assert told == shown


def test_missed_messages_come_again_with_since(server):
    with server.connect() as socket:
        seen = hear(socket)["seq"]
        subscribe(socket)
        server.ingest(count=3)
        told = [hear(socket) for _ in range(4)]
    with server.connect() as socket:
        hear(socket)
        assert subscribe(socket, since=seen) == told
        assert subscribe(socket, since=1) != told


def test_filter_takes_names(server, database):
    server.ingest(count=2, pipelines=["web", "api"], tell=False)
    with database.reading() as session:
        wanted_id = session.scalar(select(Workflow.id).where(Workflow.name == "api"))
    with server.connect() as by_name, server.connect() as nobody:
        hear(by_name)
        hear(nobody)
        wanted = {"repo": ["ACME/Pipelines"], "workflow": "api"}
        assert subscribe(by_name, filter=wanted) == []
        assert subscribe(nobody, filter={"repo": ["no/where"]}) == []
        server.ingest(count=2, pipelines=["web", "api"], seed=3)
        told = hear(by_name)
        assert (told["type"], told["data"]["workflow_id"]) == ("run.upserted", wanted_id)
        assert hear(by_name)["type"] == "metrics.invalidated"
        nobody.send("?")
        assert hear(nobody)["type"] == "error"


def test_filter_on_what_is_not_there_yet_holds_as_soon_as_it_is(server):
    with server.connect() as socket:
        hear(socket)
        wanted = {"repo": ["ACME/Pipelines"], "workflow": ["web"], "range": "7d", "tz": "UTC"}
        assert subscribe(socket, topics=["runs"], filter=wanted) == []

        (receipt,) = server.ingest(pipelines=["web"])

        told = hear(socket)
        assert (told["type"], told["data"]["id"]) == ("run.upserted", receipt.run_id)


@pytest.mark.parametrize(
    ("branch", "is_heard"),
    [
        (["@default"], True),
        ("main", True),
        (["@any", "no such branch"], True),
        (["@default", "no such branch"], True),
        (["no such branch"], False),
    ],
)
def test_filter_takes_branches(server, branch, is_heard):
    with server.connect() as socket, server.connect() as beside:
        hear(socket)
        hear(beside)
        assert subscribe(socket, topics=["runs"], filter={"branch": branch}) == []
        assert subscribe(beside, topics=["metrics"]) == []

        # Of the simulated runs most are on main, the default branch.
        server.ingest(count=5)
        # It comes last: by then everything was told.
        assert hear(beside)["type"] == "metrics.invalidated"
        socket.send("?")

        assert (hear(socket)["type"] == "run.upserted") is is_heard


@pytest.mark.parametrize("beside", [[], ["no such workflow"]])
def test_filter_takes_our_ids(server, database, beside):
    server.ingest(count=2, pipelines=["web", "api"], tell=False)
    with database.reading() as session:
        found = session.scalars(select(Workflow).where(Workflow.name == "api")).one()
        wanted, home = found.id, found.repository_id
    with server.connect() as socket:
        hear(socket)
        chosen = {"repo": [home], "workflow": [wanted, *beside]}
        assert subscribe(socket, filter=chosen) == []
        server.ingest(count=2, pipelines=["web", "api"], seed=3)

        told = hear(socket)

        assert (told["type"], told["data"]["workflow_id"]) == ("run.upserted", wanted)
        assert hear(socket)["type"] == "metrics.invalidated"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "not json",
        "[]",
        "null",
        '{"op": "subscribe", "topics": "runs"}',
        '{"op": "subscribe", "topics": [1]}',
        '{"op": "subscribe", "since": "yesterday"}',
        '{"op": "subscribe", "filter": {"colour": "red"}}',
        '{"op": "delete"}',
        '{"topics": []}',
        json.dumps({"op": "subscribe", "topics": ["x"] * 1000}),
        "[" * 10_000,
        '{"op": "' + "x" * 20_000 + '"}',
        b"\xff\xfe",
        '{"op": "subscribe", "since": 1e999}',
    ],
    ids=lambda message: repr(message[:30]),
)
def test_bad_message_is_answered_and_the_socket_lives(server, message):
    with server.connect() as socket:
        hear(socket)
        socket.send(message)
        answer = hear(socket)
        assert answer["type"] == "error"
        assert answer["data"]["detail"]
        subscribe(socket)
        server.ingest()
        assert hear(socket)["type"] == "run.upserted"


def test_summary_comes_on_connect_and_after_an_ingest(server):
    with server.connect("/ws/metrics") as socket:
        first = hear(socket)
        assert first["type"] == "metrics_update"
        assert first["payload"]["window_minutes"] == 1440
        server.ingest(count=3)
        second = hear(socket)
        assert second["type"] == "metrics_update"
        socket.send("whatever")
        server.ingest(seed=2)
        assert hear(socket)["type"] == "metrics_update"


@pytest.mark.parametrize("path", ["/api/v1/live", "/ws/metrics"])
@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"]
)
def test_page_of_another_site_is_refused(server, path, origin):
    with pytest.raises(InvalidStatus) as refusal:
        server.connect(path, origin=origin)
    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("path", ["/api/v1/live", "/ws/metrics"])
def test_own_page_and_named_origins_are_served(server, path):
    for origin in (None, f"http://127.0.0.1:{server.port}", FRIEND):
        with server.connect(path, origin=origin) as socket:
            assert hear(socket)


def test_shutdown_closes_every_socket_at_once(database):
    server = Server(database)
    server.start()
    with ExitStack() as stack:
        paths = ["/api/v1/live", "/ws/metrics"] * 5
        sockets = [stack.enter_context(server.connect(path)) for path in paths]
        for socket in sockets:
            hear(socket)
        server.stop()
        for socket in sockets:
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=10)
            assert closed.value.rcvd.code in (1001, 1012)


def test_left_sockets_are_forgotten(server):
    with server.connect() as socket, server.connect("/ws/metrics") as other:
        hear(socket)
        hear(other)
        assert (server.broker.connections, server.feed.connections) == (1, 1)
    for _ in range(200):
        if not (server.broker.connections or server.feed.connections):
            break
        threading.Event().wait(0.02)
    assert (server.broker.connections, server.feed.connections) == (0, 0)


@pytest.mark.parametrize(
    ("origin", "host", "ours"),
    [
        (None, "localhost:8000", True),
        ("http://localhost:8000", "localhost:8000", True),
        ("http://LOCALHOST:8000", "localhost:8000", True),
        ("https://ci.example", "ci.example", True),
        ("https://ci.example", "ci.example:443", True),
        ("http://localhost:8001", "localhost:8000", False),
        ("https://ci.example:8443", "ci.example", False),
        ("https://ci.example.evil", "ci.example", False),
        ("null", "ci.example", False),
        ("", "ci.example", False),
        ("http://[::1]:8000", "[::1]:8000", True),
        ("http://[broken", "ci.example", False),
        ("http://a:b:c", "ci.example", False),
        ("https://ci.example", "", False),
    ],
)
def test_origin_is_compared_by_host_and_port(origin, host, ours):
    headers = [(b"host", host.encode())]
    if origin is not None:
        headers.append((b"Origin", origin.encode()))
    assert comes_from_here({"headers": headers, "scheme": "ws"}, allowed=()) is ours


def test_socket_holds_no_database_session(server, database):
    with server.connect() as one, server.connect("/ws/metrics") as two:
        hear(one)
        hear(two)
        assert database.engine.pool.checkedout() == 0
