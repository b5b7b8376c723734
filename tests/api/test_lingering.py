"""Who sends a body that is refused reads the answer, even when the connection closes behind it."""

import asyncio
import socket
import threading
import urllib.request
from contextlib import contextmanager
from urllib.error import HTTPError

import pytest
import uvicorn

from pulseboard.api import lingering
from pulseboard.api.lingering import Lingering

PART = {"type": "http.request", "body": b"x" * 10, "more_body": True}
LAST = {"type": "http.request", "body": b"x", "more_body": False}
CLOSING = [(b"connection", b"Close")]


def serve(status, parts, *, headers=CLOSING, version="1.1", method="PUT"):
    """Let a request be answered without reading it; return the parts that are left."""
    left = list(parts)
    sent = []

    async def refuse(scope, receive, send):
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"no"})

    async def receive():
        if not left:
            await asyncio.Event().wait()
        return left.pop(0)

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "http_version": version, "headers": headers}
    asyncio.run(Lingering(refuse)(scope, receive, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return left


def test_rest_is_read_before_the_answer_ends():
    assert serve(413, [PART, PART, LAST, "more"]) == ["more"]
    assert serve(401, [PART, {"type": "http.disconnect"}, "more"]) == ["more"]
    assert serve(413, [PART, LAST], version="1.0", headers=[]) == []


@pytest.mark.parametrize(
    ("status", "asked"),
    [
        (200, {}),
        (408, {}),
        (413, {"headers": []}),
        (413, {"headers": [*CLOSING, (b"expect", b"100-continue")]}),
        (413, {"method": "GET"}),
    ],
)
def test_nothing_is_read_where_it_would_only_take_time(status, asked):
    assert serve(status, [PART, LAST], **asked) == [PART, LAST]


def test_sender_without_an_end_is_left(monkeypatch):
    monkeypatch.setattr(lingering, "_MAX_REST", 25)
    assert len(serve(413, [PART] * 10)) == 7

    monkeypatch.setattr(lingering, "_MAX_SECONDS", 0)
    assert serve(413, []) == []


@contextmanager
def served(app):
    """Serve an application on a socket; yield its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, http="httptools", lifespan="off", log_config=None, log_level="error")
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/"
    finally:
        server.should_exit = True
        thread.join()


async def too_large(scope, receive, send):
    await receive()
    await send({"type": "http.response.start", "status": 413, "headers": []})
    await send({"type": "http.response.body", "body": b"at most 3 bytes"})


def test_client_that_sends_all_before_it_reads_gets_the_answer():
    with served(Lingering(too_large)) as address:
        request = urllib.request.Request(address, data=bytes(20_000_000), method="PUT")
        with pytest.raises(HTTPError) as answer:
            urllib.request.urlopen(request, timeout=20)

        assert answer.value.code == 413
        assert answer.value.read() == b"at most 3 bytes"
        answer.value.close()
