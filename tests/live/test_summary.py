"""The summary feed: computed once for all, shared by a burst, current for who joins."""

import asyncio
import json
import threading
import time

import pytest

from pulseboard.errors import Unavailable
from pulseboard.live.summary import SummaryFeed
from tests.live.listeners import Change, Listener


class Numbers:
    """Counts how often the answer is computed, and never lets two at it at a time."""

    def __init__(self, *, takes=0.0):
        self.times = 0
        self.takes = takes
        self.fails: Exception | None = None
        self.failed = threading.Event()
        self._lock = threading.Lock()

    def __call__(self):
        assert self._lock.acquire(blocking=False), "computed twice at a time"
        try:
            if self.fails:
                self.failed.set()
                raise self.fails
            self.times += 1
            time.sleep(self.takes)
            return json.dumps({"type": "metrics_update", "payload": {"n": self.times}})
        finally:
            self._lock.release()


def play(check, numbers):
    async def run():
        feed = SummaryFeed(numbers)
        await feed.start()
        try:
            await check(feed)
        finally:
            await feed.close()

    asyncio.run(run())


def test_joining_client_gets_the_answer_at_once():
    async def check(feed):
        listener = Listener()
        await feed.join(listener.client)
        assert listener.messages == [{"type": "metrics_update", "payload": {"n": 1}}]

    play(check, Numbers())


def test_many_who_join_together_share_one_computation():
    numbers = Numbers(takes=0.02)

    async def check(feed):
        listeners = [Listener() for _ in range(50)]
        await asyncio.gather(*(feed.join(listener.client) for listener in listeners))
        assert numbers.times == 1
        assert all(len(listener.messages) == 1 for listener in listeners)

    play(check, numbers)


def test_burst_of_ingests_shares_one_message():
    numbers = Numbers()

    async def check(feed):
        listeners = [Listener(), Listener()]
        for listener in listeners:
            await feed.join(listener.client)
        for number in range(20):
            feed.publish([Change(number)])
        for listener in listeners:
            await listener.until(2)
        # A second message of the burst would come before that of a later ingest.
        feed.publish([Change(20)])
        await listeners[0].until(3)
        assert numbers.times == 3
        assert [m["payload"]["n"] for m in listeners[0].messages] == [1, 2, 3]
        assert listeners[0].events[1]["text"] is listeners[1].events[1]["text"]

    play(check, numbers)


def test_later_ingest_sends_another_message():
    async def check(feed):
        listener = Listener()
        await feed.join(listener.client)
        for number in range(2, 4):
            feed.publish([Change(number)])
            await listener.until(number)
        assert [m["payload"]["n"] for m in listener.messages] == [1, 2, 3]

    play(check, Numbers())


def test_what_changed_without_an_ingest_sends_another_message():
    async def check(feed):
        listener = Listener()
        await feed.join(listener.client)
        feed.tell_anew()
        await listener.until(2)
        assert [m["payload"]["n"] for m in listener.messages] == [1, 2]

    play(check, Numbers())


def test_nothing_is_computed_while_nobody_listens():
    numbers = Numbers()

    async def check(feed):
        feed.publish([Change(1)])
        await asyncio.sleep(0.2)
        assert numbers.times == 0

    play(check, numbers)


def test_who_joins_after_an_ingest_does_not_get_the_answer_from_before():
    async def check(feed):
        first, second = Listener(), Listener()
        await feed.join(first.client)
        feed.publish([Change(1)])
        await asyncio.sleep(0)
        await feed.join(second.client)
        assert second.messages[0]["payload"]["n"] == 2

    play(check, Numbers())


@pytest.mark.parametrize("error", [Unavailable("The database does not answer"), KeyError("n")])
def test_failing_database_closes_who_joins_and_spares_who_is_there(error):
    numbers = Numbers()

    async def check(feed):
        listener, late = Listener(), Listener()
        await feed.join(listener.client)
        numbers.fails = error
        feed.publish([Change(1)])
        assert await asyncio.to_thread(numbers.failed.wait, 5)
        assert len(listener.messages) == 1
        assert listener.client.is_open
        await feed.join(late.client)
        assert not late.client.is_open
        await late.client.serve(late.incoming.get, heard=lambda _: None)
        assert late.closing["code"] == 1011
        numbers.fails = None
        feed.publish([Change(2)])
        await listener.until(2)

    play(check, numbers)
