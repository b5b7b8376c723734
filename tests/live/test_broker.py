"""The broker: numbers, remembers, tells; a burst is told as a burst."""

import asyncio
import threading

import pytest

from pulseboard.live import broker as module
from pulseboard.live.broker import Broker, Filter
from pulseboard.live.messages import METRICS, RUNS, AlertsChanged, LogAppended
from tests.live.listeners import Change, Listener

EVERYTHING = frozenset({RUNS, METRICS})


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(module, "_PAUSE_AFTER_RESYNC_SECONDS", 0.0)


def play(check, **options):
    async def run():
        broker = Broker(version="1.2.3", **options)
        await broker.start()
        try:
            await check(broker)
        finally:
            await broker.close()

    asyncio.run(run())


def listen(broker, *, topics=EVERYTHING, wanted=None, since=None):
    listener = Listener()
    broker.join(listener.client)
    broker.subscribe(listener.client, topics=topics, wanted=wanted or Filter(), since=since)
    return listener


def test_first_message_is_hello_with_number_and_version():
    async def check(broker):
        listener = Listener()
        broker.join(listener.client)
        (hello,) = listener.messages
        assert hello["v"] == 1
        assert hello["type"] == "hello"
        assert hello["data"]["version"] == "1.2.3"
        assert hello["data"]["seq"] == hello["seq"] == broker.seq
        assert hello["ts"].endswith("Z")

    play(check)


def test_published_run_reaches_every_subscriber_with_the_same_number():
    async def check(broker):
        one, two = listen(broker), listen(broker)
        change = Change(17, rev=4, status="completed", conclusion="timed_out", demo=True)
        broker.publish([change])
        await one.until(3)
        await two.until(3)
        assert one.messages[1:] == two.messages[1:]
        _, run, stale = one.messages
        assert run["type"] == "run.upserted"
        told = run["data"]
        assert (told["run_id"], told["repo"], told["workflow"]) == ("7017", "Acme/API", "CI")
        names = ("id", "attempt", "status", "conclusion", "repository_id", "workflow_id", "demo",
                 "rev")  # fmt: skip
        assert {name: told[name] for name in names} == {
            "id": 17,
            "attempt": 1,
            "status": "failure",
            "conclusion": "timed_out",
            "repository_id": 1,
            "workflow_id": 1,
            "demo": True,
            "rev": 4,
        }
        assert stale["type"] == "metrics.invalidated"
        assert stale["data"] == {"keys": ["overview", "runs"], "repository_ids": [1]}
        assert stale["seq"] == run["seq"] + 1

    play(check)


def test_message_is_encoded_once_for_all():
    async def check(broker):
        listeners = [listen(broker) for _ in range(3)]
        broker.publish([Change(1)])
        for listener in listeners:
            await listener.until(3)
        sent = [listener.events[1]["text"] for listener in listeners]
        assert sent[0] is sent[1] is sent[2]

    play(check)


def test_nothing_is_told_to_who_has_not_subscribed():
    async def check(broker):
        silent = Listener()
        broker.join(silent.client)
        other = listen(broker)
        broker.publish([Change(1)])
        await other.until(3)
        assert silent.types() == ["hello"]

    play(check)


def test_publishing_from_another_thread_is_heard():
    async def check(broker):
        listener = listen(broker)
        thread = threading.Thread(target=broker.publish, args=([Change(1)],))
        thread.start()
        await listener.until(3)
        thread.join()

    play(check)


def test_publishing_without_a_loop_is_harmless():
    Broker().publish([Change(1)])


def test_jobs_go_to_those_who_watch_their_run():
    async def check(broker):
        watching = listen(broker, topics=frozenset({"run:5"}))
        others = listen(broker, topics=frozenset({RUNS}))
        broker.publish([Change(5, job_ids=[9, 8]), Change(6, job_ids=[7])])
        await others.until(3)
        await watching.until(4)
        assert watching.types() == ["hello", "run.upserted", "job.upserted", "job.upserted"]
        assert [m["data"]["id"] for m in watching.messages[2:]] == [8, 9]
        assert others.types() == ["hello", "run.upserted", "run.upserted"]

    play(check)


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (Filter(repositories=frozenset({2})), [3]),
        (Filter(workflows=frozenset({8})), [2]),
        (Filter(demo=True), [4]),
        (Filter(demo=False), [1, 2, 3]),
    ],
)
def test_filter_lets_only_its_runs_through(wanted, ids):
    async def check(broker):
        listener = listen(broker, topics=frozenset({RUNS}), wanted=wanted)
        everything = listen(broker)
        broker.publish([Change(1), Change(2, workflow_id=8), Change(3, repository_id=2),
                        Change(4, demo=True)])  # fmt: skip
        await everything.until(6)
        assert [m["data"]["id"] for m in listener.messages[1:]] == ids

    play(check)


def test_each_message_names_the_one_that_its_client_was_told_before():
    async def check(broker):
        narrow, wide = listen(broker, topics=frozenset({"run:2"})), listen(broker)
        broker.publish([Change(1), Change(2, job_ids=[7]), Change(3)])
        await wide.until(5)
        broker.publish([Change(2)])
        await wide.until(7)
        for listener in (narrow, wide):
            told = listener.messages
            assert [m["prev"] for m in told] == [None, *(m["seq"] for m in told[:-1])]
        assert narrow.types() == ["hello", "run.upserted", "job.upserted", "run.upserted"]
        seqs = [m["seq"] for m in narrow.messages]
        assert seqs[-1] > seqs[-2] + 1

        back = listen(broker, topics=frozenset({"run:2"}), since=seqs[1])
        assert [m["prev"] for m in back.messages] == [None, *seqs[1:-1]]
        uptodate = listen(broker, since=broker.seq)
        broker.publish([Change(4)])
        await uptodate.until(3)
        assert uptodate.messages[1]["prev"] == uptodate.messages[0]["seq"]

    play(check)


def test_same_attempt_in_one_burst_is_told_once_with_its_newest_state():
    async def check(broker):
        listener = listen(broker, topics=frozenset({RUNS, "run:1"}))
        broker.publish([Change(1, rev=1, job_ids=[4])])
        broker.publish([Change(1, rev=3, status="completed", conclusion="success", job_ids=[5])])
        broker.publish([Change(1, rev=2)])
        await listener.until(4)
        assert listener.types()[1:] == ["run.upserted", "job.upserted", "job.upserted"]
        assert listener.messages[1]["data"]["rev"] == 3
        assert listener.messages[1]["data"]["status"] == "success"

    play(check)


def test_more_than_a_screen_can_follow_becomes_one_resync():
    async def check(broker):
        listener = listen(broker)
        broker.publish([Change(number) for number in range(1000)])
        await listener.until(2)
        broker.publish([Change(5000)])
        await listener.until(4)
        assert listener.types() == [
            "hello",
            "resync_required",
            "run.upserted",
            "metrics.invalidated",
        ]

    play(check)


def test_missed_messages_are_sent_again_after_since():
    async def check(broker):
        first = listen(broker)
        broker.publish([Change(1)])
        seen = (await first.until(3))[-1]["seq"]
        broker.publish([Change(2)])
        await first.until(5)
        back = listen(broker, since=seen)
        assert back.messages[1:] == first.messages[3:]

    play(check)


def test_since_the_newest_message_nothing_is_missed():
    async def check(broker):
        back = listen(broker, since=broker.seq)
        assert back.types() == ["hello"]

    play(check)


@pytest.mark.parametrize("behind", [500, 10**12])
def test_too_old_since_asks_for_a_resync(behind):
    async def check(broker):
        first = listen(broker)
        for number in range(5):
            broker.publish([Change(number)])
            await first.until(3 + 2 * number)
        back = listen(broker, since=broker.seq - behind)
        assert back.types() == ["hello", "resync_required"]
        assert back.messages[1]["data"]["detail"]

    play(check, remembered=4)


def test_since_from_the_future_or_another_server_asks_for_a_resync():
    async def check(broker):
        back = listen(broker, since=broker.seq + 1)
        assert back.types() == ["hello", "resync_required"]

    play(check)


def test_number_of_an_earlier_process_is_too_old():
    async def check(broker):
        first = listen(broker)
        broker.publish([Change(1)])
        await first.until(3)
        earlier = broker.seq - 5000
        assert listen(broker, since=earlier).types() == ["hello", "resync_required"]

    play(check)


def test_heartbeat_reaches_everybody_and_takes_no_number(monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT_SECONDS", 0.01)

    async def check(broker):
        silent = Listener()
        broker.join(silent.client)
        before = broker.seq
        messages = await silent.until(3)
        assert [m["type"] for m in messages[1:3]] == ["ping", "ping"]
        assert broker.seq == before

    play(check)


def test_closing_ends_every_connection_with_restarting():
    async def run():
        broker = Broker()
        await broker.start()
        listeners = [Listener() for _ in range(3)]
        serving = []
        for listener in listeners:
            broker.join(listener.client)
            serving.append(
                asyncio.create_task(
                    listener.client.serve(listener.incoming.get, heard=lambda _: None)
                )
            )
        await asyncio.sleep(0)
        await broker.close()
        await asyncio.wait_for(asyncio.gather(*serving), 5)
        assert [listener.closing["code"] for listener in listeners] == [1012] * 3

    asyncio.run(run())


def test_left_client_is_forgotten():
    async def check(broker):
        listener = listen(broker)
        assert broker.connections == 1
        broker.leave(listener.client)
        broker.leave(listener.client)
        assert broker.connections == 0

    play(check)


def test_changed_alerts_are_told_to_everybody_in_one_message_a_burst():
    async def check(broker):
        everybody, real = Listener(), listen(broker, wanted=Filter(demo=False))
        broker.join(everybody.client)
        broker.tell_alerts(AlertsChanged((4,), demo=False, open=1, unacknowledged=1))
        broker.tell_alerts(AlertsChanged((2, 4), demo=False, open=2, unacknowledged=1))
        broker.tell_alerts(AlertsChanged((9,), demo=True, open=1, unacknowledged=0))
        await everybody.until(3)
        told = [(m["type"], m["data"]) for m in everybody.messages[1:]]
        assert told == [
            ("alert.changed", {"ids": [2, 4], "demo": False, "open": 2, "unacknowledged": 1}),
            ("alert.changed", {"ids": [9], "demo": True, "open": 1, "unacknowledged": 0}),
        ]
        assert [m["data"] for m in real.messages[1:]] == [told[0][1]]

    play(check)


def test_growing_log_is_told_to_who_watches_it():
    async def check(broker):
        watching = listen(broker, topics=frozenset({"log:7"}))
        other = listen(broker, topics=frozenset({"log:8", RUNS}))
        grown = LogAppended(7, from_line=3, text="three\n", lines=3, bytes=14, etag="b", before="a")
        broker.tell_log(grown)
        _, told = await watching.until(2)
        assert told["type"] == "log.appended"
        assert told["data"] == {
            "job_id": 7, "from_line": 3, "text": "three\n", "lines": 3, "bytes": 14, "etag": "b",
            "before": "a",
        }  # fmt: skip
        assert other.types() == ["hello"]

    play(check)


def test_everybody_is_asked_to_load_again_whatever_they_subscribed_to():
    async def check(broker):
        all_of_it = listen(broker)
        little = listen(broker, topics=frozenset(), wanted=Filter(demo=False))
        broker.tell_anew("Something was taken away.")
        for listener in (all_of_it, little):
            _, anew = await listener.until(2)
            assert (anew["type"], anew["data"]) == (
                "resync_required", {"detail": "Something was taken away."}
            )  # fmt: skip
            assert anew["seq"] == broker.seq

    play(check)
