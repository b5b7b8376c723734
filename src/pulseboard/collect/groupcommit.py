"""Group commit: whatever arrived while the last commit ran becomes the next transaction.

There is no fixed waiting time: an idle door commits at once, a busy one in batches, and nobody is
answered before the COMMIT that holds his delivery has returned. Who sends one delivery after the
other is given a moment to send the next before the batch after his begins: otherwise two halves of
the senders would take turns, in twice as many batches.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, NamedTuple, Protocol

import structlog
from msgspec import structs

from pulseboard.collect.records import Envelope, Receipt, RunChange
from pulseboard.collect.writer import Reaction, write
from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from pulseboard.vocabulary import DeliveryResult, Source

# More would make the first of a batch wait longer without making the last any faster.
MAX_BATCH: Final = 1000
# Of the time the last batch took, the share that the next may wait for those just answered.
_PATIENCE: Final = 0.25
# Beyond this many waiting deliveries the door says 503, which GitHub shows and redelivers.
MAX_WAITING: Final = 20_000

OnCommit = Callable[[Sequence[RunChange]], None]
_log = structlog.get_logger("pulseboard.collect")


class CutShort(Unavailable):
    """The database went out when a part of a batch was committed, which `receipts` are of.

    They are those of the first of its envelopes; none of the others is stored.
    """

    def __init__(self, error: Unavailable, receipts: Sequence[Receipt]) -> None:
        super().__init__(error.detail, retry_after=error.retry_after)
        self.receipts = receipts


def commit(
    database: Database,
    envelopes: Sequence[Envelope],
    *,
    reactions: Sequence[Reaction] = (),
    on_commit: Sequence[OnCommit] = (),
    is_lasting: bool = True,
) -> list[Receipt]:
    """Write a batch in one transaction and return its receipts once it is committed.

    Who writes many batches and answers nobody between them may leave the disk for the end
    (`is_lasting`, Database.settle). An envelope that the database refuses is found by halving the
    batch and kept as unparsable; the others land. One that a reaction trips over lands without it.
    Raises Unavailable when the database is out, CutShort when part of the batch is in.
    """
    try:
        with database.writing(is_lasting=is_lasting) as session:
            written = write(session, envelopes=envelopes, reactions=reactions)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001  # Any one bad row must not take the others along.
        return _isolate(database, envelopes, error, reactions=reactions, on_commit=on_commit)
    if written.changes:
        for tell in on_commit:
            tell(written.changes)
    return written.receipts


def _isolate(
    database: Database,
    envelopes: Sequence[Envelope],
    error: Exception,
    *,
    reactions: Sequence[Reaction],
    on_commit: Sequence[OnCommit],
) -> list[Receipt]:
    if len(envelopes) > 1:
        middle = len(envelopes) // 2
        receipts: list[Receipt] = []
        for half in (envelopes[:middle], envelopes[middle:]):
            try:
                receipts += commit(database, half, reactions=reactions, on_commit=on_commit)
            except Unavailable as out:
                receipts += out.receipts if isinstance(out, CutShort) else ()
                # Who is told that it failed sends it again, and not everything has a key by which
                # it would be known again.
                raise CutShort(out, receipts) from out
        return receipts
    (envelope,) = envelopes
    if reactions:
        receipts = commit(database, envelopes, on_commit=on_commit)
        if receipts[0].result is not DeliveryResult.UNPARSABLE:
            _log.error("delivery.not_reacted_to", guid=envelope.guid, exc_info=error)
        return receipts
    if envelope.result is DeliveryResult.UNPARSABLE and envelope.repository is None:
        # Even the bare record of it cannot be stored: this is our fault, not the sender's.
        raise error
    _log.error("delivery.refused", guid=envelope.guid, error=type(error).__name__, exc_info=error)
    bare = structs.replace(
        envelope,
        result=DeliveryResult.UNPARSABLE,
        reason=f"the database refused it: {type(error).__name__}",
        # Its name may be what is wrong.
        repository=envelope.repository if envelope.runs or envelope.jobs else None,
        runs=[],
        jobs=[],
        closes_open_run=False,
    )
    return commit(database, [bare], reactions=reactions, on_commit=on_commit)


class Unread(Protocol):
    """A delivery whose meaning is still to be worked out, on the writer's own thread."""

    source: Source

    def understand(self) -> Envelope:
        """Return the envelope; must not raise for anything the delivery may hold."""
        ...


class _Waiting(NamedTuple):
    submitted: Envelope | Unread
    answer: asyncio.Future[Receipt]


class Intake:
    """The asynchronous door to the writer; one batch is under way at a time, in its own thread."""

    def __init__(
        self,
        database: Database,
        *,
        reactions: Sequence[Reaction] = (),
        on_commit: Sequence[OnCommit] = (),
    ) -> None:
        self._database = database
        self._reactions = reactions
        self._on_commit = on_commit
        self._waiting: list[_Waiting] = []
        # Goes on while somebody waits.
        self._writing: asyncio.Task[None] | None = None
        # Set as soon as so many wait; nothing is waited for once there is no more to come.
        self._enough = 1
        self._are_enough = asyncio.Event()
        self._is_closing = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self.last_batch = 0
        self.batches = 0
        # Of what was committed since the start, by (source, result).
        self.results: Counter[tuple[Source, DeliveryResult]] = Counter()

    @property
    def waiting(self) -> int:
        """How many deliveries wait for the next commit."""
        return len(self._waiting)

    async def submit(self, submitted: Envelope | Unread) -> Receipt:
        """Return the receipt of an envelope once it is committed.

        Raises Unavailable when the database is out or too much is waiting already.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise Unavailable("Too many deliveries are waiting for the database; send it again")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Receipt] = loop.create_future()
        self._waiting.append(_Waiting(submitted, answer))
        if self._writing is None:
            self._writing = loop.create_task(self._write_all())
        elif len(self._waiting) >= self._enough:
            self._are_enough.set()
        return await answer

    async def _write_all(self) -> None:
        """Write until nobody waits."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
            began = loop.time()
            try:
                receipts = await loop.run_in_executor(self._thread, self._write, batch)
            except CutShort as error:
                stored = len(error.receipts)
                self._answer(batch[:stored], error.receipts)
                _refuse(batch[stored:], error)
            except Exception as error:  # noqa: BLE001  # Whoever waits is told, whatever it was.
                _refuse(batch, error)
            else:
                self._answer(batch, receipts)
                await self._gather(len(batch), patience=(loop.time() - began) * _PATIENCE)
        self._writing = None

    async def _gather(self, answered: int, *, patience: float) -> None:
        """Wait until as many have come as were answered; `patience` is in seconds."""
        if answered == 1 or self._is_closing:
            return
        self._enough = min(len(self._waiting) + answered, MAX_BATCH)
        self._are_enough.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                await self._are_enough.wait()

    def _write(self, batch: list[_Waiting]) -> list[Receipt]:
        submitted = [item.submitted for item in batch]
        envelopes = [
            item if isinstance(item, Envelope) else item.understand() for item in submitted
        ]
        return commit(
            self._database, envelopes, reactions=self._reactions, on_commit=self._on_commit
        )

    def _answer(self, batch: list[_Waiting], receipts: Sequence[Receipt]) -> None:
        self.last_batch = len(batch)
        self.batches += 1
        for item, receipt in zip(batch, receipts, strict=True):
            self.results[item.submitted.source, receipt.result] += 1
            # A client that hung up has cancelled its future; its delivery is stored all the same.
            if not item.answer.done():
                item.answer.set_result(receipt)

    async def drain(self) -> None:
        """Finish what was accepted; nothing may be submitted afterwards."""
        self._is_closing = True
        self._are_enough.set()
        if self._writing is not None:
            await self._writing
        await asyncio.to_thread(self._thread.shutdown, wait=True)


def _refuse(batch: list[_Waiting], error: Exception) -> None:
    for item in batch:
        if not item.answer.done():
            item.answer.set_exception(error)
