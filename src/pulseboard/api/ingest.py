"""The doors through which runs come in: pushed by any CI, made up, or (described) GitHub's."""

import asyncio
import secrets
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from pulseboard import clock
from pulseboard.api.deps import (
    AppSettings,
    Writer,
    database_of,
    described_body,
    invalid,
    read_body,
    read_model,
)
from pulseboard.api.problems import refusal
from pulseboard.api.shapes import PipelineRun, Run, Simulated, runs_of
from pulseboard.api.v1.logs import keeper_of
from pulseboard.collect import simulator
from pulseboard.collect.push import pushed_job_id, read_event, read_pipeline_event
from pulseboard.collect.records import Envelope, Receipt
from pulseboard.errors import Conflict, Forbidden, Unavailable
from pulseboard.pipelines import RunRow, get_run
from pulseboard.pipelines.logs import require_job
from pulseboard.spelling import Environment
from pulseboard.vocabulary import DeliveryResult

router = APIRouter(tags=["ingest"])

# A log of 10 MB and its JSON escapes.
MAX_PUSH: Final = 32 * 1024 * 1024
_MAX_SIMULATE: Final = 64 * 1024
_MOST_PIPELINES: Final = 100
_LONGEST_NAME: Final = 200
_REFUSALS: Final[dict[int | str, dict[str, Any]]] = {
    400: refusal("The body is not JSON."),
    401: refusal("The credential is missing or wrong."),
    409: refusal("The run is older than what retention has deleted."),
    413: refusal("The body is too large."),
    503: refusal("The database does not answer: send it again."),
}


class Event(BaseModel):
    """A run of any CI; what is left out, null or an empty text is not known."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "run_20260131_001",
                "workflow": "build",
                "status": "success",
                "repo": "acme/api",
                "branch": "main",
                "started_at": "2026-01-31T10:00:00Z",
                "duration_seconds": 123,
                "triggered_by": "kim",
                "commit": "4d6ee57193c29fc3b23723c386f462287b60bf87",
                "meta": {"runner": "ubuntu-latest"},
            }
        }
    )

    id: str | int = Field(description="The run's id at your CI: the same again is the same run.")
    workflow: str
    status: str = Field(description="success, failure, cancelled, running or queued.")
    repo: str
    branch: str | None = None
    duration_seconds: float | None = None
    started_at: str | None = None
    finished_at: str | None = None
    triggered_by: str | None = None
    commit: str | None = None
    meta: Any = Field(default=None, description="Any JSON worth keeping.")
    log: str | None = Field(default=None, description="Text of the run's one job.")


class PipelineEvent(BaseModel):
    """A run of a pipeline; what is left out, null or an empty text is not known."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "pipeline": "web",
                "status": "failure",
                "started_at": "2026-01-31T10:00:00Z",
                "duration_sec": 7,
                "branch": "main",
                "commit": "5184f9c",
                "triggered_by": "kim",
            }
        }
    )

    pipeline: str
    status: str = Field(description="success, failure or running.")
    started_at: str | None = Field(default=None, description="Now, when missing.")
    finished_at: str | None = None
    duration_sec: float | None = Field(default=None, description="Completes finished_at.")
    branch: str | None = None
    commit: str | None = None
    triggered_by: str | None = None
    id: str | int | None = Field(default=None, description="A later post with it is the same run.")
    repo: str | None = Field(default=None, description="`push`, when missing.")


class Wanted(BaseModel):
    """Which pipelines to make runs of."""

    model_config = ConfigDict(json_schema_extra={"example": {"pipelines": ["web", "api"]}})

    pipelines: list[str] = ["web", "api"]


class Delivered(BaseModel):
    """What became of a delivery, told after the commit."""

    delivery: int
    result: DeliveryResult
    reason: str | None = Field(default=None, description="Why it was not stored as a run.")


@router.post(
    "/api/events",
    status_code=201,
    response_model=Run,
    responses={
        **_REFUSALS,
        200: {"model": Run, "description": "The run was known; what is new was taken in."},
    },
    openapi_extra=described_body(Event),
)
async def push_event(request: Request, intake: Writer) -> Response:
    """Store a run of any CI.

    The same (repo, id) again is merged and answers 200. Send `Authorization: Bearer` with
    PULSEBOARD_INGEST_TOKEN, or `X-Signature-256: sha256=<HMAC of the body>` with
    PULSEBOARD_INGEST_SECRET, where the server asks for one; `Idempotency-Key` makes a retry safe.
    """
    row, receipt = await _take(request, intake, read_event)
    return Response(
        Run.of(row, at=clock.now()).model_dump_json(),
        201 if receipt.created else 200,
        headers={"Location": f"/api/v1/runs/{row.id}"},
        media_type="application/json",
    )


@router.post("/api/events/run", responses=_REFUSALS, openapi_extra=described_body(PipelineEvent))
async def push_pipeline_run(request: Request, intake: Writer) -> PipelineRun:
    """Store a run of a pipeline.

    With `id`, a later post updates the same run. Without, a finished post closes the open run of
    the same pipeline, repo, branch and commit, else it is a new run; an open one turns stale after
    24 hours. Credentials and `Idempotency-Key` are those of `POST /api/events`.
    """
    row, _ = await _take(request, intake, read_pipeline_event)
    return PipelineRun.of(row, at=clock.now())


async def _take(request: Request, intake: Writer, read: Any) -> tuple[RunRow, Receipt]:
    body = await read_body(request, limit=MAX_PUSH)
    request.app.state.access.check_push(headers=request.headers, body=body)
    key = request.headers.get("idempotency-key")
    envelope: Envelope = await asyncio.to_thread(
        read, body, received_at=clock.now(), idempotency_key=key
    )
    if envelope.log is not None:
        # Asked before the run is stored: who is refused has sent nothing.
        keeper_of(request).require_room(envelope.log)
    receipt = await intake.submit(envelope)
    request.state.delivery_id = receipt.delivery_id
    if receipt.result is DeliveryResult.IGNORED:
        # Sending it again would not help.
        raise Conflict(f"This run is not taken in: {receipt.reason}")
    (row,) = await asyncio.to_thread(_read_back, request, [receipt])
    if envelope.log is not None:
        await asyncio.to_thread(_keep_log, request, row, envelope.log)
    return row, receipt


def _keep_log(request: Request, row: RunRow, log: bytes) -> None:
    name = pushed_job_id(row.provider_run_id)
    with database_of(request).reading() as session:
        job_id = require_job(session, name=name, repository=row.repository).id
    keeper_of(request).keep(log, job_id=job_id)


def _read_back(request: Request, receipts: Sequence[Receipt]) -> list[RunRow]:
    with database_of(request).reading() as session:
        found = [get_run(session, run_id=receipt.run_id or 0) for receipt in receipts]
    rows = [row for row in found if row is not None]
    if len(rows) < len(receipts):
        reason = next((receipt.reason for receipt in receipts if receipt.reason), None)
        raise Unavailable(f"The run cannot be read back: {reason or 'it has just been removed'}")
    return rows


@router.post(
    "/api/simulate",
    responses={400: _REFUSALS[400], 403: refusal("This is prod."), 413: _REFUSALS[413]},
    openapi_extra=described_body(Wanted, required=False),
)
async def simulate_runs(
    request: Request,
    settings: AppSettings,
    intake: Writer,
    count: Annotated[int, Query(ge=1, le=1000, description="How many runs to make.")] = 10,
    fail_rate: Annotated[
        float, Query(ge=0, le=1, allow_inf_nan=False, description="Share of them that fails.")
    ] = 0.25,
) -> Simulated:
    """Make finished demo runs of the last hour, the pipelines in turn; refused in prod.

    They are marked as demo and never counted with real runs.
    """
    if settings.environment is Environment.PROD:
        raise Forbidden("Demo data is not made in prod; set PULSEBOARD_ENV to dev or staging")
    body = await read_body(request, limit=_MAX_SIMULATE)
    wanted = read_model(Wanted, body) if body.strip() else Wanted()
    names = [name.strip() for name in wanted.pipelines]
    are_names = all(0 < len(name) <= _LONGEST_NAME and "\0" not in name for name in names)
    if not (are_names and 0 < len(names) <= _MOST_PIPELINES):
        raise invalid("pipelines", "should be a list of 1 to 100 names of 1 to 200 characters")
    now = clock.now()
    made: list[Envelope] = await asyncio.to_thread(
        simulator.simulate,
        count=count,
        fail_rate=fail_rate,
        pipelines=names,
        seed=secrets.randbits(32),
        at=now,
    )
    receipts = await asyncio.gather(*(intake.submit(envelope) for envelope in made))
    rows = await asyncio.to_thread(_read_back, request, receipts)
    return Simulated(created=len(rows), runs=runs_of(rows, at=now))


# Only the description lives here: api/door.py answers both before a request comes this far.
@router.post("/webhook/github", status_code=202, responses=_REFUSALS)
@router.post("/api/v1/webhooks/github", status_code=202, responses=_REFUSALS)
def take_delivery() -> Delivered:
    """Take a delivery of GitHub, as JSON or as a form; answered only after the commit.

    `X-Hub-Signature-256` is checked against GITHUB_WEBHOOK_SECRET (several with commas while
    rotating); without one, unsigned deliveries are taken on loopback only. workflow_run and
    workflow_job are stored in every action, anything else is `ignored`; `ping` answers 200.
    """
    raise Unavailable("The webhook's door is not in place")
