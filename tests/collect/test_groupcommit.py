"""Who is in which batch, and who is answered when."""

import asyncio

import pytest
from sqlalchemy import func, select

from pulseboard.collect import groupcommit
from pulseboard.collect.groupcommit import Intake
from pulseboard.collect.records import Envelope
from pulseboard.errors import Unavailable
from pulseboard.model import Delivery
from pulseboard.vocabulary import DeliveryResult, Source


def ping(name):
    return Envelope(
        guid=name, source=Source.WEBHOOK, event="ping", received_at=1_772_366_400_000_000, body=b""
    )


@pytest.fixture
def intake(database):
    return Intake(database)


def stored(database):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Delivery))


def test_a_lone_delivery_is_committed_at_once_and_keeps_nobody_waiting(database, intake):
    async def send():
        receipt = await intake.submit(ping("a"))
        seen = stored(database), intake.waiting
        await intake.drain()
        return receipt, seen

    receipt, seen = asyncio.run(send())

    assert receipt.result is DeliveryResult.STORED
    assert seen == (1, 0)
    assert (intake.batches, intake.last_batch) == (1, 1)


def test_what_arrives_during_a_commit_is_the_next_batch(database, intake):
    async def send():
        receipts = await asyncio.gather(*(intake.submit(ping(f"n{n}")) for n in range(40)))
        await intake.drain()
        return receipts

    receipts = asyncio.run(send())

    assert len({receipt.delivery_id for receipt in receipts}) == 40
    assert (intake.batches, intake.last_batch) == (1, 40)
    assert stored(database) == 40


def test_senders_who_go_on_at_once_share_one_batch_a_round(database, intake, monkeypatch):
    monkeypatch.setattr(groupcommit, "_PATIENCE", 50)

    async def go_on(sender):
        for turn in range(5):
            await intake.submit(ping(f"{sender}-{turn}"))

    async def send():
        first = asyncio.create_task(go_on("first"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await asyncio.gather(first, *(go_on(f"s{n}") for n in range(7)))
        await intake.drain()

    asyncio.run(send())

    # One alone, the seven who came meanwhile, and four times all of them together.
    assert intake.batches == 6
    assert intake.last_batch == 8
    assert stored(database) == 40


def test_who_waits_is_written_when_the_server_ends(database, intake, monkeypatch):
    monkeypatch.setattr(groupcommit, "_PATIENCE", 1_000_000)

    async def send():
        await asyncio.gather(intake.submit(ping("a")), intake.submit(ping("b")))
        late = asyncio.create_task(intake.submit(ping("c")))
        await asyncio.sleep(0.01)
        waiting = intake.waiting
        await intake.drain()
        return waiting, (await late).result

    assert asyncio.run(send()) == (1, DeliveryResult.STORED)
    assert stored(database) == 3


def test_who_comes_after_a_failure_does_not_wait_for_others(database, intake, monkeypatch):
    monkeypatch.setattr(groupcommit, "_PATIENCE", 1_000_000)
    write, refusals = groupcommit.commit, iter([Unavailable("The database is busy")])

    def refuse_once(*args, **named):
        for refusal in refusals:
            raise refusal
        return write(*args, **named)

    monkeypatch.setattr(groupcommit, "commit", refuse_once)

    async def send():
        refused = await asyncio.gather(
            intake.submit(ping("a")), intake.submit(ping("b")), return_exceptions=True
        )
        async with asyncio.timeout(10):
            receipt = await intake.submit(ping("c"))
        await intake.drain()
        return refused, receipt.result

    refused, result = asyncio.run(send())

    assert [type(one) for one in refused] == [Unavailable, Unavailable]
    assert (result, stored(database)) == (DeliveryResult.STORED, 1)


def test_who_is_committed_before_the_database_goes_out_is_not_told_to_send_again(
    database, intake, monkeypatch
):
    write = groupcommit.write

    def trip_and_go_out(session, *, envelopes, reactions=()):
        names = [envelope.guid for envelope in envelopes]
        if names == ["c", "d"]:
            raise Unavailable("The database is gone")
        if "d" in names:
            raise ValueError("one of these is bad")
        return write(session, envelopes=envelopes, reactions=reactions)

    monkeypatch.setattr(groupcommit, "write", trip_and_go_out)

    async def send():
        told = await asyncio.gather(
            *(intake.submit(ping(name)) for name in "abcd"), return_exceptions=True
        )
        await intake.drain()
        return told

    first, second, *refused = asyncio.run(send())

    assert (first.result, second.result) == (DeliveryResult.STORED, DeliveryResult.STORED)
    assert [(one.status, one.detail) for one in refused] == [(503, "The database is gone")] * 2
    assert stored(database) == 2
    assert intake.results.total() == 2


def test_a_sender_who_hung_up_has_his_delivery_stored(database, intake):
    async def send():
        gone = asyncio.create_task(intake.submit(ping("gone")))
        await asyncio.sleep(0)
        gone.cancel()
        kept = await intake.submit(ping("kept"))
        await intake.drain()
        return kept.result

    assert asyncio.run(send()) is DeliveryResult.STORED
    assert stored(database) == 2
