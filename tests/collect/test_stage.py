"""The demo on a running server is loaded once, played on, and stopped for good."""

import asyncio

import pytest

from pulseboard import clock
from pulseboard.collect import play
from pulseboard.collect.groupcommit import Intake
from pulseboard.collect.stage import Stage
from pulseboard.model import Run

DAYS = 2
FRIDAY = 1_795_186_800 * clock.SECOND  # 2026-11-20T15:00:00Z


class Held:
    """An intake that keeps every envelope until it is let go."""

    def __init__(self):
        self.told = []
        self.asked = 0
        self.gate = asyncio.Event()

    async def submit(self, envelope):
        self.asked += 1
        await self.gate.wait()
        self.told.append(envelope)


@pytest.fixture(autouse=True)
def _on_a_friday(monkeypatch):
    """At a weekend two days of the demo are a few runs only."""
    monkeypatch.setattr(clock, "now", lambda: FRIDAY)


async def until(condition):
    for _ in range(6000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came to pass")


def test_past_is_loaded_once_and_its_share_grows(monkeypatch):
    monkeypatch.setattr(play, "_BATCH", 50)

    async def scenario():
        intake, seen = Held(), []
        intake.gate.set()
        stage = Stage(intake)
        stage.load(days=DAYS)
        stage.load(days=DAYS)
        while stage.loading is not None:
            seen.append(stage.loading)
            await asyncio.sleep(0.001)
        loaded = len({envelope.guid for envelope in intake.told}), len(intake.told)
        await stage.stop()
        return seen, loaded

    seen, (different, told) = asyncio.run(scenario())

    assert different == told > 100
    shares = [one.share for one in seen]
    assert shares == sorted(shares)
    assert 0 == shares[0] < shares[-1] <= 1
    assert seen[-1].attempts <= told


def test_what_the_writer_has_lands_before_stopping_is_over():
    async def scenario():
        intake = Held()
        stage = Stage(intake)
        stage.load(days=DAYS)
        await until(lambda: intake.asked)
        stopping = asyncio.create_task(stage.stop())
        await asyncio.sleep(0)
        intake.gate.set()
        await stopping
        # Nobody is left who could tell more.
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return stage.loading, intake.asked, len(intake.told)

    loading, asked, told = asyncio.run(scenario())

    assert loading is None
    assert asked == told > 0


@pytest.mark.parametrize("error", [RuntimeError, OSError])
def test_loading_that_fails_is_over(monkeypatch, error):
    monkeypatch.setattr(play, "_BATCH", 5)

    class Broken:
        async def submit(self, _envelope):
            raise error("broken")

    async def scenario():
        stage = Stage(Broken())
        stage.load(days=DAYS)
        await until(lambda: stage.loading is None)
        await stage.stop()

    asyncio.run(scenario())


def test_loaded_past_is_stored_as_demo(database):
    async def scenario():
        intake = Intake(database)
        stage = Stage(intake)
        stage.load(days=DAYS)
        await until(lambda: stage.loading is None)
        await stage.stop()
        await intake.drain()

    asyncio.run(scenario())
    with database.reading() as session:
        runs = session.query(Run).all()
    assert len(runs) > 100
    assert all(run.demo for run in runs)
