"""The push doors of the older systems: runs of any CI, and made-up ones."""

import asyncio
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Body, Query, Request, Response
from pydantic import BaseModel

from pulseboard import clock
from pulseboard.api.deps import AppSettings, Writer, database_of, invalid
from pulseboard.api.shapes import PipelineRun, Run, Simulated, runs_of
from pulseboard.collect import simulator
from pulseboard.collect.push import read_event, read_pipeline_event
from pulseboard.collect.records import Envelope, Receipt
from pulseboard.config import Settings
from pulseboard.errors import Forbidden, TooLarge, Unavailable
from pulseboard.pipelines import RunRow, get_run

router = APIRouter(prefix="/api", tags=["ingest"])

# A log of 10 MB and its JSON escapes.
MAX_PUSH: Final = 32 * 1024 * 1024
_EVENT_EXAMPLE: Final = {
    "id": "run_20260131_001",
    "workflow": "build",
    "status": "success",
    "repo": "acme/api",
    "branch": "main",
    "started_at": "2026-01-31T10:00:00Z",
    "duration_seconds": 123,
    "triggered_by": "kim",
}
_PIPELINE_EXAMPLE: Final = {
    "pipeline": "web",
    "status": "failure",
    "started_at": "2026-01-31T10:00:00Z",
    "duration_sec": 7,
    "branch": "main",
    "commit": "5184f9c",
    "triggered_by": "kim",
}


def _body_example(example: dict[str, Any]) -> dict[str, Any]:
    schema = {"schema": {"type": "object"}, "example": example}
    return {"requestBody": {"required": True, "content": {"application/json": schema}}}


@router.post(
    "/events",
    response_model=Run,
    status_code=201,
    responses={200: {"model": Run, "description": "The same (repo, id) was known and is merged."}},
    openapi_extra=_body_example(_EVENT_EXAMPLE),
)
async def push_event(request: Request, intake: Writer) -> Response:
    """Store a run of any CI: `{id, workflow, status, repo, …}`.

    status is success, failure, cancelled, running or queued. The same (repo, id) again is merged
    and answers 200. Send Authorization: Bearer or X-Signature-256 where the server asks for it,
    and Idempotency-Key to make a retry safe. Answered only after the commit.
    """
    body = await _read_push(request)
    envelope = read_event(
        body,
        received_at=clock.now(),
        idempotency_key=request.headers.get("idempotency-key"),
    )
    receipt = await intake.submit(envelope)
    row = await _stored_run(request, receipt)
    return Response(
        Run.of(row, at=clock.now()).model_dump_json(),
        201 if receipt.created else 200,
        headers={"Location": f"/api/v1/runs/{row.id}"},
        media_type="application/json",
    )


@router.post(
    "/events/run",
    response_model=PipelineRun,
    openapi_extra=_body_example(_PIPELINE_EXAMPLE),
)
async def push_pipeline_run(request: Request, intake: Writer) -> PipelineRun:
    """Store a run of a pipeline: `{pipeline, status, …}` with status success, failure or running.

    A finished post without an id closes the open run of the same pipeline, repo, branch and
    commit, else it is a run of its own. Answered only after the commit.
    """
    body = await _read_push(request)
    envelope = read_pipeline_event(
        body,
        received_at=clock.now(),
        idempotency_key=request.headers.get("idempotency-key"),
    )
    row = await _stored_run(request, await intake.submit(envelope))
    return PipelineRun.of(row, at=clock.now())


async def _read_push(request: Request) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size > MAX_PUSH:
            raise TooLarge(f"A body may have at most {MAX_PUSH} bytes")
    body = b"".join(parts)
    request.app.state.access.check_push(headers=request.headers, body=body)
    return body


async def _stored_run(request: Request, receipt: Receipt) -> RunRow:
    (row,) = await asyncio.to_thread(_read_runs, request, [receipt])
    return row


def _read_runs(request: Request, receipts: list[Receipt]) -> list[RunRow]:
    with database_of(request).reading() as session:
        found = [get_run(session, run_id=receipt.run_id or 0) for receipt in receipts]
    rows = [row for row in found if row is not None]
    if len(rows) < len(receipts):
        raise Unavailable("The run is stored but cannot be read back just now")
    return rows


class SimulateBody(BaseModel):
    """Which pipelines to make runs of."""

    pipelines: list[str] = ["web", "api"]


@router.post("/simulate")
async def simulate_runs(
    request: Request,
    settings: AppSettings,
    intake: Writer,
    count: Annotated[int, Query(ge=1, le=1000)] = 10,
    fail_rate: Annotated[float, Query(ge=0, le=1)] = 0.25,
    wanted: Annotated[SimulateBody | None, Body()] = None,
) -> Simulated:
    """Make demo runs, marked as demo; refused in prod."""
    _refuse_in_production(settings)
    pipelines = (wanted or SimulateBody()).pipelines
    names = [name.strip() for name in pipelines]
    if not names or not all(names) or max(map(len, names)) > 200 or len(names) > 100:
        raise invalid("pipelines", "should be a list of 1 to 100 names of 1 to 200 characters")
    now = clock.now()
    made: list[Envelope] = simulator.simulate(
        count=count, fail_rate=fail_rate, pipelines=names, seed=uuid4().int & 0xFFFFFFFF, at=now
    )
    receipts = await asyncio.gather(*(intake.submit(envelope) for envelope in made))
    rows = await asyncio.to_thread(_read_runs, request, list(receipts))
    return Simulated(created=len(rows), runs=runs_of(rows, at=now))


def _refuse_in_production(settings: Settings) -> None:
    if settings.environment == "prod":
        raise Forbidden("Demo data is not made in prod; set PULSEBOARD_ENV to dev or staging")
