"""Group commit: whatever arrived while the last commit ran becomes the next transaction.

There is no fixed waiting time: an idle door commits at once, a busy one in batches, and nobody is
answered before the COMMIT that holds his delivery has returned.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import structlog
from msgspec import structs
from sqlalchemy.exc import InterfaceError, OperationalError

from pulseboard.collect.records import Envelope, Receipt, RunChange
from pulseboard.collect.writer import Reaction, write
from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from pulseboard.vocabulary import DeliveryResult, Source

# More would make the first of a batch wait longer without making the last any faster.
MAX_BATCH: Final = 1000
# Beyond this many waiting deliveries the door says 503, which GitHub shows and redelivers.
MAX_WAITING: Final = 20_000

OnCommit = Callable[[Sequence[RunChange]], None]
_log = structlog.get_logger("pulseboard.collect")


def commit(
    database: Database,
    envelopes: Sequence[Envelope],
    *,
    reactions: Sequence[Reaction] = (),
    on_commit: Sequence[OnCommit] = (),
) -> list[Receipt]:
    """Write a batch in one transaction and return its receipts once it is committed.

    An envelope that the database refuses is found by halving the batch and kept as unparsable;
    the others land. Raises Unavailable when the database is out: then nothing more is written.
    """
    try:
        with database.writing() as session:
            written = write(session, envelopes=envelopes, reactions=reactions)
    except (Unavailable, OperationalError, InterfaceError):
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
        return [
            receipt
            for half in (envelopes[:middle], envelopes[middle:])
            for receipt in commit(database, half, reactions=reactions, on_commit=on_commit)
        ]
    (envelope,) = envelopes
    if envelope.result is DeliveryResult.UNPARSABLE:
        # Even the bare record of it cannot be stored: this is our fault, not the sender's.
        raise error
    _log.error("delivery.refused", guid=envelope.guid, error=type(error).__name__, exc_info=error)
    bare = structs.replace(
        envelope,
        result=DeliveryResult.UNPARSABLE,
        reason=f"the database refused it: {type(error).__name__}",
        runs=[],
        jobs=[],
        closes_open_run=False,
    )
    return commit(database, [bare], reactions=reactions, on_commit=on_commit)


class Intake:
    """The asynchronous door to the writer; one batch is under way at a time."""

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
        self._waiting: list[tuple[Envelope, asyncio.Future[Receipt]]] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="writer")
        self._running: asyncio.Task[None] | None = None
        self.last_batch = 0
        self.batches = 0
        # Of what was committed since the start, by (source, result).
        self.results: Counter[tuple[Source, DeliveryResult]] = Counter()

    @property
    def waiting(self) -> int:
        """How many deliveries wait for the next commit."""
        return len(self._waiting)

    async def submit(self, envelope: Envelope) -> Receipt:
        """Return the receipt of an envelope once it is committed.

        Raises Unavailable when the database is out or too much is waiting already.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise Unavailable("Too many deliveries are waiting for the database; send it again")
        future: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._waiting.append((envelope, future))
        if self._running is None:
            self._running = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MAX_BATCH], self._waiting[MAX_BATCH:]
                await self._commit(batch)
        finally:
            self._running = None

    async def _commit(self, batch: list[tuple[Envelope, asyncio.Future[Receipt]]]) -> None:
        envelopes = [envelope for envelope, _ in batch]
        loop = asyncio.get_running_loop()
        try:
            receipts = await loop.run_in_executor(self._thread, self._write, envelopes)
        except Exception as error:  # noqa: BLE001  # Whoever waits is told, whatever it was.
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        self.last_batch = len(batch)
        self.batches += 1
        self.results.update(
            (envelope.source, receipt.result)
            for envelope, receipt in zip(envelopes, receipts, strict=True)
        )
        for (_, future), receipt in zip(batch, receipts, strict=True):
            # A client that hung up has cancelled its future; its delivery is stored all the same.
            if not future.done():
                future.set_result(receipt)

    def _write(self, envelopes: list[Envelope]) -> list[Receipt]:
        return commit(
            self._database, envelopes, reactions=self._reactions, on_commit=self._on_commit
        )

    async def drain(self) -> None:
        """Finish what was accepted; nothing may be submitted afterwards."""
        while self._running is not None:
            await asyncio.shield(self._running)
        self._thread.shutdown(wait=True)
