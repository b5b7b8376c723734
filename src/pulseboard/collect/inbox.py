"""Deliveries as received, one row each with the raw body beside it, and their receipts."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy.orm import Session

from pulseboard.collect.payloads import CURRENT, compress_all
from pulseboard.collect.records import Envelope, Receipt, RepositorySeen, RunSeen
from pulseboard.collect.rows import Batch
from pulseboard.collect.sources import Home
from pulseboard.db.bulk import Upsert
from pulseboard.model import Delivery, DeliveryBody
from pulseboard.vocabulary import DeliveryResult

# Their columns are in the order of the tuples made below.
_INSERT: Final = Upsert(Delivery, conflict=("guid",), updates=None)
_INSERT_BODY: Final = Upsert(DeliveryBody, conflict=("delivery_id",), updates=None)


def store_bodies(
    session: Session, envelopes: Sequence[Envelope], *, numbers: Sequence[int]
) -> None:
    """Store the raw bodies of new deliveries, whose ids are `numbers`.

    What is ignored by its kind says nothing that anybody will look up, so its body is not kept.
    """
    kept = [
        (number, envelope)
        for number, envelope in zip(numbers, envelopes, strict=True)
        if envelope.result is not DeliveryResult.IGNORED
    ]
    bodies = _packed([envelope for _, envelope in kept])
    rows = [(number, CURRENT, body) for (number, _), body in zip(kept, bodies, strict=True)]
    _INSERT_BODY.insert_tuples(session, rows)


def store_deliveries(
    session: Session, envelopes: Sequence[Envelope], *, numbers: Sequence[int], batch: Batch
) -> dict[str, Receipt]:
    """Store new deliveries and return their receipts by guid. The guids must not be known yet."""
    deliveries, receipts = [], {}
    created = set(batch.new_runs)
    for number, envelope in zip(numbers, envelopes, strict=True):
        run = _run_of(envelope)
        home = _home_of(envelope, run, batch.homes)
        run_id = batch.run_ids.get((home.id, run.run_id)) if run and home else None
        job_id = None
        if home and envelope.jobs:
            job_id = batch.job_ids.get((home.id, envelope.jobs[0].job_id))
        deliveries.append(
            (
                number,
                envelope.guid,
                str(envelope.source),
                envelope.event,
                envelope.action,
                envelope.received_at,
                str(envelope.result),
                envelope.reason,
                home.id if home else None,
                run_id,
                run.attempt if run else None,
                job_id,
                envelope.headers,
                len(envelope.body) or envelope.size,
            )
        )
        receipts[envelope.guid] = Receipt(
            number,
            envelope.result,
            run_id=run_id,
            created=run_id in created,
            reason=envelope.reason,
        )
        # Only the first delivery of a batch that names a new run has created it.
        created.discard(run_id or 0)
    _INSERT.insert_tuples(session, deliveries)
    return receipts


def answers(
    envelopes: Iterable[Envelope], *, stored: Mapping[str, Receipt], known: Mapping[str, Receipt]
) -> list[Receipt]:
    """Return the receipts in the order of the envelopes; of one guid the first is no duplicate."""
    receipts: list[Receipt] = []
    answered = set(known)
    for envelope in envelopes:
        receipt = stored.get(envelope.guid) or known[envelope.guid]
        if envelope.guid in answered:
            receipt = _as_duplicate(receipt)
        answered.add(envelope.guid)
        receipts.append(receipt)
    return receipts


def _as_duplicate(receipt: Receipt) -> Receipt:
    return Receipt(
        receipt.delivery_id, DeliveryResult.DUPLICATE, run_id=receipt.run_id, reason=receipt.reason
    )


def _packed(envelopes: Sequence[Envelope]) -> list[bytes]:
    found = iter(compress_all([e.body for e in envelopes if e.packed is None]))
    return [next(found) if e.packed is None else e.packed for e in envelopes]


def _run_of(envelope: Envelope) -> RunSeen | None:
    if envelope.runs:
        return envelope.runs[0]
    return envelope.jobs[0].run if envelope.jobs else None


def _home_of(
    envelope: Envelope, run: RunSeen | None, homes: Mapping[RepositorySeen, Home]
) -> Home | None:
    if run is not None:
        return homes[run.repository]
    return homes.get(envelope.repository) if envelope.repository else None
