"""What came in, and its raw payloads: masked for the screen, or the very bytes."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Final
from urllib.parse import unquote_plus

import msgspec
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from pulseboard import clock
from pulseboard.api.cursor import Cursor, make_cursor, read_cursor
from pulseboard.api.deps import Demo, Reading, RepoAsked, RunName
from pulseboard.api.problems import REFUSALS, refusal
from pulseboard.api.refused import RefusedDeliveries
from pulseboard.api.v1.shapes import Page
from pulseboard.collect.payloads import decompress, read_masked
from pulseboard.errors import NotFound
from pulseboard.pipelines import Place, has_real_runs, require_run
from pulseboard.pipelines.deliveries import (
    DeliveryRow,
    StoredBody,
    get_bodies,
    get_delivery,
    list_deliveries,
)
from pulseboard.vocabulary import DeliveryResult

router = APIRouter(tags=["deliveries"])
_MOST_OF_A_RUN: Final = 200
# What a screen can still show of one run's payloads, together.
_MOST_BYTES: Final = 8 * 1024 * 1024
_FORM: Final = "payload="


class DeliveryItem(BaseModel):
    """One delivery and what became of it."""

    id: int
    guid: str
    source: str = Field(description="webhook, push, import or simulator.")
    event: str
    action: str | None
    received_at: str
    result: DeliveryResult = Field(description="stored, ignored or unparsable.")
    reason: str | None = Field(description="Why it was not stored as a run.")
    repo: str | None
    run_id: int | None = Field(description="Our id of the run it speaks of.")
    size: int = Field(description="Bytes.")


class RefusedItem(BaseModel):
    """A delivery that was turned away, of which nothing is stored."""

    received_at: str
    status: int = Field(description="What it was answered: 401 for a wrong signature.")
    reason: str
    event: str | None
    guid: str | None


class DeliveryPage(Page):
    """A page of deliveries, the newest first."""

    items: list[DeliveryItem]
    refused: list[RefusedItem] = Field(
        description="On the first page of all results: what the webhook's door turned away since"
        " the server was started, 100 at most, the newest first."
    )


class RawDelivery(BaseModel):
    """One payload of a run for the screen, its secrets masked."""

    id: int
    event: str
    action: str | None
    received_at: str
    headers: dict[str, str]
    size: int = Field(description="Bytes.")
    body: Any = Field(description="The JSON, or text; null when it is not shown.")
    reason: str | None = Field(default=None, description="Why the body is not shown.")


class RawDeliveries(BaseModel):
    """The payloads that say something about a run, the newest first, 200 at most."""

    deliveries: list[RawDelivery]


@router.get("/ingest/events")
def show_deliveries(
    request: Request,
    session: Reading,
    demo: Demo,
    result: Annotated[DeliveryResult | None, Query(description="Only of this result.")] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> DeliveryPage:
    """List deliveries and what became of each, newest first, to see why something is missing."""
    place = read_cursor("deliveries", cursor)
    rows = list_deliveries(
        session,
        limit=limit + 1,
        # While no real run is stored, a delivery that failed to become one is what people look for.
        demo=demo if has_real_runs(session) else None,
        result=result,
        before=place.id if place else None,
    )
    end = Place(0, rows[limit - 1].id) if len(rows) > limit else None
    return DeliveryPage(
        items=[_shape(row) for row in rows[:limit]],
        refused=_list_refused(request) if place is None and result is None else [],
        next_cursor=make_cursor("deliveries", end),
        as_of=clock.to_iso(clock.now()),
    )


def _list_refused(request: Request) -> list[RefusedItem]:
    refused: RefusedDeliveries = request.app.state.refused
    return [
        RefusedItem(
            received_at=clock.to_iso(one.received_at),
            status=one.status,
            reason=one.reason,
            event=one.event,
            guid=one.guid,
        )
        for one in refused.newest_first()
    ]


def _shape(row: DeliveryRow) -> DeliveryItem:
    return DeliveryItem(
        id=row.id,
        guid=row.guid,
        source=row.source,
        event=row.event,
        action=row.action,
        received_at=clock.to_iso(row.received_at),
        result=DeliveryResult(row.result),
        reason=row.reason,
        repo=row.repository,
        run_id=row.run_id,
        size=row.size,
    )


@router.get("/runs/{run_id}/raw", tags=["runs"], responses=REFUSALS)
def show_raw_of_run(run_id: RunName, session: Reading, repo: RepoAsked = None) -> RawDeliveries:
    """Show the raw payloads of a run, with secrets masked."""
    run = require_run(session, name=run_id, repository=repo)
    rows = list_deliveries(session, limit=_MOST_OF_A_RUN, run_id=run.id)
    shown = list(_within_reach(rows))
    bodies = get_bodies(session, delivery_ids=shown)
    return RawDeliveries(
        deliveries=[_mask(row, bodies.get(row.id), is_shown=row.id in shown) for row in rows]
    )


def _within_reach(rows: Iterable[DeliveryRow]) -> Iterator[int]:
    """Yield the ids of the newest deliveries that a screen can hold together."""
    left = _MOST_BYTES
    for row in rows:
        left -= row.size
        if left < 0:
            return
        yield row.id


def _mask(row: DeliveryRow, stored: StoredBody | None, *, is_shown: bool) -> RawDelivery:
    body = None if stored is None else _read_body(decompress(stored.dictionary, stored.body))
    reason = None
    if body is None:
        too_much = f"It is too much to show; GET /api/v1/deliveries/{row.id}/raw has it"
        reason = "Its age has removed it" if is_shown else too_much
    return RawDelivery(
        id=row.id,
        event=row.event,
        action=row.action,
        received_at=clock.to_iso(row.received_at),
        headers=msgspec.json.decode(row.headers, type=dict[str, str]) if row.headers else {},
        size=row.size,
        body=body,
        reason=reason,
    )


def _read_body(body: bytes) -> Any:
    text = body.decode("utf-8", "replace")
    if text.startswith(_FORM):
        text = unquote_plus(text.removeprefix(_FORM).partition("&")[0])
    return read_masked(text)


@router.get(
    "/deliveries/{delivery_id}/raw",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The bytes."},
        404: refusal("There is no such delivery, or its body is not kept."),
    },
)
def show_raw(delivery_id: Annotated[int, Path(ge=0, lt=1 << 63)], session: Reading) -> Response:
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
