"""One client: written to at once, queued for when it lags, dropped when it stays behind."""

import asyncio

import pytest

from pulseboard.live.stream import MAX_QUEUED, RESTARTING, TOO_SLOW, Client
from tests.live.listeners import Listener


def texts(listener):
    return [e["text"] for e in listener.events if e["type"] == "websocket.send"]


def test_message_is_written_at_once_while_the_client_keeps_up():
    async def check():
        listener = Listener()
        listener.client.offer("one")
        # Nothing has been awaited yet: no task and no queue was needed.
        assert texts(listener) == ["one"]
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(check())


def test_lagging_client_gets_everything_in_order_later():
    async def check():
        listener = Listener(stuck=True)
        for number in range(10):
            listener.client.offer(str(number))
        await asyncio.sleep(0.01)
        assert texts(listener) == []
        listener.writable.set()
        await asyncio.sleep(0.01)
        assert texts(listener) == [str(number) for number in range(10)]
        listener.client.offer("direct again")
        assert texts(listener)[-1] == "direct again"

    asyncio.run(check())


def test_client_that_stays_behind_is_closed_with_code_and_reason():
    async def check():
        listener = Listener(stuck=True)
        serving = asyncio.create_task(
            listener.client.serve(listener.incoming.get, heard=lambda _: None)
        )
        await asyncio.sleep(0)
        for number in range(MAX_QUEUED + 2):
            listener.client.offer(str(number))
        assert not listener.client.is_open
        listener.writable.set()
        await serving
        assert listener.closing["code"] == TOO_SLOW
        assert "too slow" in listener.closing["reason"]

    asyncio.run(check())


def test_client_that_takes_not_even_the_goodbye_is_left(monkeypatch):
    monkeypatch.setattr("pulseboard.live.stream._FAREWELL_SECONDS", 0.01)

    async def check():
        listener = Listener(stuck=True)
        serving = asyncio.create_task(
            listener.client.serve(listener.incoming.get, heard=lambda _: None)
        )
        await asyncio.sleep(0)
        listener.client.drop(RESTARTING, "bye")
        await asyncio.wait_for(serving, 5)
        assert listener.events == []

    asyncio.run(check())


def test_one_broken_socket_does_not_reach_the_caller():
    async def check():
        async def send(_event):
            raise ConnectionResetError

        client = Client(send)
        client.offer("lost")
        assert not client.is_open
        client.offer("ignored")

    asyncio.run(check())


def test_socket_that_breaks_while_it_lags_ends_the_client():
    async def check():
        gate = asyncio.Event()

        async def send(_event):
            await gate.wait()
            raise ConnectionResetError

        client = Client(send)
        client.offer("lost")
        gate.set()
        await asyncio.sleep(0.01)
        assert not client.is_open

    asyncio.run(check())


def test_serving_hands_over_what_is_said_and_ends_when_the_client_leaves():
    async def check():
        listener = Listener()
        heard = []
        listener.incoming.put_nowait({"type": "websocket.receive", "text": "hello"})
        listener.incoming.put_nowait({"type": "websocket.receive", "bytes": b"raw"})
        listener.leave()
        await listener.client.serve(listener.incoming.get, heard=heard.append)
        assert heard == ["hello", b"raw"]
        assert listener.closing is None

    asyncio.run(check())


def test_cancelling_the_server_is_not_swallowed():
    async def check():
        listener = Listener()
        serving = asyncio.create_task(
            listener.client.serve(listener.incoming.get, heard=lambda _: None)
        )
        await asyncio.sleep(0)
        serving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await serving

    asyncio.run(check())
