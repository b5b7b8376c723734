"""What came in, and its raw payloads: masked for the screen, or the very bytes."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field

from pulseboard import clock
from pulseboard.api.deps import Reading
from pulseboard.collect.payloads import decompress, mask
from pulseboard.pipelines.deliveries import (
    DeliveryRow,
    StoredBody,
    get_bodies,
    get_delivery,
    list_deliveries,
)
from pulseboard.errors import NotFound
from pulseboard.pipelines import require_run

router = APIRouter(tags=["deliveries"])
_MOST_OF_A_RUN = 200


class DeliveryShape(BaseModel):
    """One delivery and what became of it."""

    id: int
    guid: str
    source: str
    event: str
    action: str | None
    received_at: str
    result: str = Field(description="stored, ignored or unparsable.")
    reason: str | None
    repository: str | None
    run_id: int | None
    size: int


class DeliveryPage(BaseModel):
    """The newest deliveries."""

    items: list[DeliveryShape]
    next_cursor: str | None = None
    total: int | None = None
    as_of: str


class RawDelivery(BaseModel):
    """One payload of a run for the screen, its secrets masked."""

    id: int
    event: str
    action: str | None
    received_at: str
    headers: dict[str, str]
    body: Any = Field(description="The JSON, or text; null once its age has removed it.")


class RawDeliveries(BaseModel):
    """Every payload that says something about a run, the newest first."""

    deliveries: list[RawDelivery]


@router.get("/ingest/events")
def show_deliveries(
    session: Reading,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    result: Annotated[str | None, Query(description="stored, ignored or unparsable.")] = None,
) -> DeliveryPage:
    """List the newest deliveries with what became of each, to see why something is missing."""
    rows = list_deliveries(session, limit=limit, result=result)
    return DeliveryPage(items=[_shape_of(row) for row in rows], as_of=clock.to_iso(clock.now()))


def _shape_of(row: DeliveryRow) -> DeliveryShape:
    known = {name: getattr(row, name) for name in DeliveryShape.model_fields}
    return DeliveryShape(**{**known, "received_at": clock.to_iso(row.received_at)})


@router.get("/runs/{run_id}/raw")
def show_raw_of_run(run_id: str, session: Reading, repo: str | None = None) -> RawDeliveries:
    """Show the raw payloads of a run, with secrets masked."""
    run = require_run(session, name=run_id, repository=repo)
    rows = list_deliveries(session, limit=_MOST_OF_A_RUN, run_id=run.id)
    bodies = get_bodies(session, delivery_ids=[row.id for row in rows])
    return RawDeliveries(deliveries=[_masked(row, bodies.get(row.id)) for row in rows])


def _masked(row: DeliveryRow, stored: StoredBody | None) -> RawDelivery:
    body: Any = None
    if stored is not None:
        text = mask(decompress(stored.dictionary, stored.body).decode("utf-8", "replace"))
        try:
            body = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            body = text
    headers = msgspec.json.decode(row.headers, type=dict[str, str]) if row.headers else {}
    return RawDelivery(
        id=row.id,
        event=row.event,
        action=row.action,
        received_at=clock.to_iso(row.received_at),
        headers=headers,
        body=body,
    )


@router.get("/deliveries/{delivery_id}/raw", response_class=Response)
def show_raw(
    delivery_id: Annotated[int, Path(ge=0, lt=1 << 63)], session: Reading
) -> Response:
    """Show the very bytes of a delivery as they were received. For administrators: not masked."""
    row = get_delivery(session, delivery_id=delivery_id)
    if row is None:
        raise NotFound(f"There is no delivery {delivery_id}; it may have been removed by age")
    stored = get_bodies(session, delivery_ids=[delivery_id]).get(delivery_id)
    if stored is None:
        why = "its kind says nothing about runs" if row.result == "ignored" else "of its age"
        raise NotFound(f"The body of delivery {delivery_id} is not kept, because {why}")
    # A body is somebody else's text: it is to be saved, never shown as a page.
    return Response(
        decompress(stored.dictionary, stored.body),
        media_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="delivery-{delivery_id}.json"'},
    )
