"""Reading the inbox: deliveries, newest first, and their raw bodies."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.model import Delivery, DeliveryBody, Repository
from pulseboard.vocabulary import Source


class DeliveryRow(Struct, frozen=True):
    """One delivery and what became of it."""

    id: int
    guid: str
    source: str
    event: str
    action: str | None
    received_at: int
    result: str
    reason: str | None
    repository: str | None
    run_id: int | None
    headers: str | None
    size: int


class StoredBody(Struct, frozen=True):
    """A body as it is kept: compressed with the dictionary of that version."""

    dictionary: int
    body: bytes


_COLUMNS: tuple[Any, ...] = (
    Delivery.id, Delivery.guid, Delivery.source, Delivery.event, Delivery.action,
    Delivery.received_at, Delivery.result, Delivery.reason, Repository.full_name, Delivery.run_id,
    Delivery.headers, Delivery.size,
)  # fmt: skip


def list_deliveries(
    session: Session,
    *,
    limit: int,
    demo: bool | None = None,
    run_id: int | None = None,
    result: str | None = None,
    before: int | None = None,
) -> list[DeliveryRow]:
    """Return deliveries, the newest first: of one run, with one result, before an id, if asked.

    `demo` leaves out what the simulator sent, or everything else.
    """
    query = select(*_COLUMNS).outerjoin(Repository, Repository.id == Delivery.repository_id)
    if demo is not None:
        made_up = Delivery.source == Source.SIMULATOR
        query = query.where(made_up if demo else ~made_up)
    if run_id is not None:
        query = query.where(Delivery.run_id == run_id)
    if result is not None:
        query = query.where(Delivery.result == result)
    if before is not None:
        query = query.where(Delivery.id < before)
    query = query.order_by(Delivery.id.desc()).limit(limit)
    return [DeliveryRow(*row) for row in session.execute(query)]


def get_delivery(session: Session, *, delivery_id: int) -> DeliveryRow | None:
    """Return one delivery."""
    query = select(*_COLUMNS).outerjoin(Repository, Repository.id == Delivery.repository_id)
    row = session.execute(query.where(Delivery.id == delivery_id)).first()
    return None if row is None else DeliveryRow(*row)


def get_bodies(session: Session, *, delivery_ids: Sequence[int]) -> dict[int, StoredBody]:
    """Return the bodies that are still kept, by delivery."""
    columns = (DeliveryBody.delivery_id, DeliveryBody.dictionary, DeliveryBody.body)
    query = select(*columns).where(DeliveryBody.delivery_id.in_(delivery_ids))
    return {row[0]: StoredBody(row[1], row[2]) for row in session.execute(query)}


def count_by_minute(session: Session, *, since: int) -> dict[int, int]:
    """Return how many deliveries came in since an instant, by whole minutes since 1970."""
    minute = Delivery.received_at // clock.MINUTE
    query = select(minute, func.count()).where(Delivery.received_at >= since).group_by(minute)
    return {int(row[0]): int(row[1]) for row in session.execute(query)}
