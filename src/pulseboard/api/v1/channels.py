"""Channels: where alerts are told, and trying one out."""

from typing import Annotated, Final

from fastapi import APIRouter, Path, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, StrictInt
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts import directory
from pulseboard.alerts.directory import NewChannel
from pulseboard.alerts.listing import standing_of
from pulseboard.alerts.trying import Trial
from pulseboard.api.deps import (
    Reading,
    database_of,
    described_body,
    read_body,
    read_model,
    settings_of,
)
from pulseboard.api.problems import REFUSALS, Refusals, refusal
from pulseboard.api.v1.alert_shapes import StoredChannel, StoredChannels, TestResult
from pulseboard.model import Channel
from pulseboard.outgoing import Outgoing
from pulseboard.vault import Vault

router = APIRouter(prefix="/channels", tags=["alerts"])
# The path of an older system.
test_router = APIRouter(prefix="/api/alerts", tags=["alerts"])
_MAX_BODY: Final = 64 * 1024
ChannelId = Annotated[int, Path(ge=1, le=2**62, description="Number of a channel.")]
_TEST_REFUSALS: Final[Refusals] = {
    400: refusal("The body is not JSON."),
    404: REFUSALS[404],
    409: refusal("There is no channel; the detail says what to configure."),
    429: refusal("The channel was tested less than ten seconds ago."),
}


class TestAsked(BaseModel):
    """Which channel to try, and with which words."""

    # pytest would take a class of this name for tests.
    __test__ = False
    model_config = ConfigDict(
        str_strip_whitespace=True,
        json_schema_extra={"example": {"channel": "slack", "message": "Hello from Pulseboard"}},
    )

    # True would otherwise be taken for channel 1.
    channel: StrictInt | str | None = Field(
        default=None,
        description="Number or name of a channel, or slack, email, teams, webhook; else the first.",
    )
    message: str | None = Field(default=None, max_length=500)


class Words(BaseModel):
    """With which words to try a channel."""

    model_config = ConfigDict(
        str_strip_whitespace=True, json_schema_extra={"example": {"message": "Hello"}}
    )

    message: str | None = Field(default=None, max_length=500)


class Switch(BaseModel):
    """Whether a channel is on."""

    model_config = ConfigDict(json_schema_extra={"example": {"enabled": False}})

    enabled: bool


def _shape(session: Session, row: Channel) -> StoredChannel:
    return StoredChannel.of(row, standing_of(session, row.id))


@router.get("")
def show_channels(session: Reading) -> StoredChannels:
    """List the channels; secrets are never shown."""
    return StoredChannels(items=[_shape(session, row) for row in directory.list_channels(session)])


@router.post(
    "",
    status_code=201,
    response_model=StoredChannel,
    responses={400: refusal("The body is not JSON."), 409: refusal("The name is taken.")},
    openapi_extra=described_body(NewChannel),
)
async def add_channel(request: Request) -> Response:
    """Add a channel. Its secrets are kept encrypted and never shown again."""
    wanted = read_model(NewChannel, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_add, request, wanted)


def _add(request: Request, wanted: NewChannel) -> Response:
    settings = settings_of(request)
    directory.refuse_addresses(Outgoing.of(settings), wanted)
    vault = Vault.of(settings)
    with database_of(request).writing() as session:
        row = directory.add_channel(session, wanted, vault=vault, at=clock.now())
        shape = _shape(session, row)
    headers = {"Location": f"/api/v1/channels/{shape.id}"}
    return Response(shape.model_dump_json(), 201, headers=headers, media_type="application/json")


@router.get("/{channel_id}", responses={404: REFUSALS[404]})
def show_channel(channel_id: ChannelId, session: Reading) -> StoredChannel:
    """Show one channel."""
    return _shape(session, directory.require_channel(session, channel_id))


@router.put(
    "/{channel_id}",
    response_model=StoredChannel,
    responses={400: refusal("The body is not JSON."), 404: REFUSALS[404]},
    openapi_extra=described_body(Switch),
)
async def switch_channel(channel_id: ChannelId, request: Request) -> StoredChannel:
    """Switch a channel on or off; to change its address, delete it and add it anew."""
    wanted = read_model(Switch, await read_body(request, limit=_MAX_BODY))
    return await run_in_threadpool(_switch, request, channel_id, wanted)


def _switch(request: Request, channel_id: int, wanted: Switch) -> StoredChannel:
    with database_of(request).writing() as session:
        row = directory.require_channel(session, channel_id)
        row.enabled, row.updated_at = wanted.enabled, clock.now()
        session.flush()
        return _shape(session, row)


@router.delete(
    "/{channel_id}",
    status_code=204,
    responses={404: REFUSALS[404], 409: refusal("It comes from the environment.")},
)
def remove_channel(channel_id: ChannelId, request: Request) -> None:
    """Delete a channel with its secrets and its log."""
    vault = Vault.of(settings_of(request))
    with database_of(request).writing() as session:
        row = directory.require_channel(session, channel_id)
        directory.remove_channel(session, row, vault=vault)


@router.post(
    "/{channel_id}/test",
    responses=_TEST_REFUSALS,
    openapi_extra=described_body(Words, required=False),
)
async def test_channel(channel_id: ChannelId, request: Request) -> TestResult:
    """Send a test message to a channel and show what it answered. The body may be left out."""
    body = await read_body(request, limit=_MAX_BODY)
    words = read_model(Words, body) if body.strip() else Words()
    asked = TestAsked(channel=channel_id, message=words.message)
    return await run_in_threadpool(_try, request, asked)


@test_router.post(
    "/test", responses=_TEST_REFUSALS, openapi_extra=described_body(TestAsked, required=False)
)
async def test_alerting(request: Request) -> TestResult:
    """Send a test message to a channel and show what it answered. The body may be left out."""
    body = await read_body(request, limit=_MAX_BODY)
    asked = read_model(TestAsked, body) if body.strip() else TestAsked()
    return await run_in_threadpool(_try, request, asked)


def _try(request: Request, asked: TestAsked) -> TestResult:
    trial: Trial = request.app.state.trial
    tried = trial.send(database_of(request), channel=asked.channel, message=asked.message)
    return TestResult(**tried._asdict())
