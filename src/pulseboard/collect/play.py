"""Playing the demo: its past before the server starts, its traffic while it runs."""

import asyncio
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Final, Protocol

import structlog
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect import simulator
from pulseboard.collect.records import Envelope, Receipt
from pulseboard.errors import Unavailable
from pulseboard.model import IS_LATEST, Repository, Run

DEMO_DAYS: Final = 30
# The past and the present must be told with the same dice.
_SEED: Final = 1
_BATCH: Final = 1000
# How long a database that is out is left alone.
_PAUSE_SECONDS: Final = 5.0
_log = structlog.get_logger("pulseboard.demo")

Commit = Callable[[Sequence[Envelope]], list[Receipt]]


class Submits(Protocol):
    """Whatever answers after the commit (collect.groupcommit.Intake)."""

    async def submit(self, envelope: Envelope) -> Receipt:
        """Return the receipt of an envelope once it is committed."""
        ...


def has_real(session: Session) -> bool:
    """Say whether anything is stored that is not demo."""
    return bool(session.scalar(select(exists().where(Repository.demo.is_(False)))))


def missing_days(session: Session, *, at: int) -> int:
    """Return how many days before `at` the demo has no past yet, 0 to DEMO_DAYS."""
    newest = session.scalar(select(func.max(Run.created_at)).where(Run.demo, IS_LATEST))
    if newest is None:
        return DEMO_DAYS
    return min(max(at - newest, 0) // clock.DAY, DEMO_DAYS)


def load_past(commit: Commit, *, at: int, days: int, report: Callable[[int, int], None]) -> int:
    """Store the demo's last days in batches; return how many attempts they hold.

    `report` is told after each batch the instant it has come to and how many attempts are stored.
    What is stored already stays as it is.
    """
    stream = simulator.history(seed=_SEED, until=at, days=days)
    stored = 0
    while batch := list(islice(stream, _BATCH)):
        commit(batch)
        stored += len(batch)
        report(batch[-1].received_at, stored)
    return stored


async def tell_past(
    intake: Submits, *, at: int, days: int, report: Callable[[int, int], None]
) -> None:
    """Store the demo's last days through a server's own intake; `report` as for load_past."""
    stream = simulator.history(seed=_SEED, until=at, days=days)
    stored = 0
    # Making a batch takes a while of CPU that the loop is better without.
    while batch := await asyncio.to_thread(lambda: list(islice(stream, _BATCH))):
        await _land(asyncio.gather(*(intake.submit(envelope) for envelope in batch)))
        stored += len(batch)
        report(batch[-1].received_at, stored)


async def play(intake: Submits, *, start: int) -> None:
    """Tell the demo's traffic from `start` on as it happens, until cancelled."""
    stream = simulator.traffic(seed=_SEED, start=start)
    while True:
        # Planning a run takes a moment of CPU that the loop is better without.
        due, envelope = await asyncio.to_thread(next, stream)
        await asyncio.sleep(max(due - clock.now(), 0) / clock.SECOND)
        try:
            await _land(asyncio.ensure_future(intake.submit(envelope)))
        except Unavailable as error:
            _log.warning("demo.skipped", reason=error.detail)
            await asyncio.sleep(_PAUSE_SECONDS)


async def _land(writing: asyncio.Future[Any]) -> None:
    """Wait until what the writer was given is committed, even when told to stop meanwhile.

    Whoever removes the demo afterwards must not find more of it a moment later.
    """
    try:
        await asyncio.shield(writing)
    finally:
        await writing
