"""A sender that stops in the middle of a body is let go, and nobody else waits for it."""

import asyncio

import pytest

from pulseboard.api import patience
from pulseboard.api.patience import HungUp, Patience, RequestTimeout


async def never():
    await asyncio.Event().wait()


async def part():
    return {"type": "http.request", "body": b"{}"}


async def gone():
    return {"type": "http.disconnect"}


@pytest.fixture
def hurried(monkeypatch):
    monkeypatch.setattr(patience, "READ_SECONDS", 0)
    monkeypatch.setattr(patience, "_LOOK_EVERY_SECONDS", 0.01)


def test_what_comes_in_time_is_handed_on():
    assert asyncio.run(Patience().wait_for(part)) == {"type": "http.request", "body": b"{}"}


def test_who_sends_nothing_is_told_so(hurried):
    with pytest.raises(RequestTimeout, match="did not arrive within 0 s"):
        asyncio.run(Patience().wait_for(never))


def test_all_parts_of_a_body_have_one_time_together(monkeypatch):
    monkeypatch.setattr(patience, "_LOOK_EVERY_SECONDS", 0.01)

    async def drip():
        waits, until = Patience(), asyncio.get_running_loop().time() + 0.05
        while True:
            await waits.wait_for(lambda: asyncio.sleep(0.02, {"type": "http.request"}), until=until)

    with pytest.raises(RequestTimeout):
        asyncio.run(drip())


def test_one_who_is_late_does_not_take_the_others_along(hurried, monkeypatch):
    async def both():
        waits = Patience()
        late = asyncio.create_task(waits.wait_for(never))
        with pytest.raises(RequestTimeout):
            await late
        monkeypatch.setattr(patience, "READ_SECONDS", 60)
        other = asyncio.create_task(waits.wait_for(never))
        await asyncio.sleep(0.05)
        is_waiting = not other.done()
        other.cancel()
        with pytest.raises(asyncio.CancelledError):
            await other
        return is_waiting

    assert asyncio.run(both())


def test_sender_who_hangs_up_is_no_timeout():
    with pytest.raises(HungUp):
        asyncio.run(Patience().wait_for(gone))
