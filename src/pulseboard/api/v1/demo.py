"""Looking around with demo data: loading it, how far that is, and taking all of it away."""

import asyncio
from enum import StrEnum
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from pulseboard import pipelines
from pulseboard.api.deps import AppSettings, Reading, database_of
from pulseboard.api.problems import refusal
from pulseboard.collect.demo import has_demo, remove_demo
from pulseboard.collect.stage import Stage
from pulseboard.errors import Conflict, Forbidden
from pulseboard.spelling import Environment

router = APIRouter(prefix="/demo", tags=["screen"])
_REMOVED: Final = "The demo data was removed; load again what you show."


class DemoState(StrEnum):
    """Whether there is demo data."""

    NONE = "none"
    LOADING = "loading"
    LOADED = "loaded"


class Demo(BaseModel):
    """Whether there is demo data, and whether it may be loaded."""

    state: DemoState
    refused: str | None = Field(description="Why it cannot be loaded here; null where it can.")
    share: float | None = Field(description="How much is loaded, 0 to 1; null unless loading.")
    attempts: int | None = Field(description="How many attempts that is; null unless loading.")


class Removed(BaseModel):
    """What was removed."""

    runs: int


def stage_of(request: Request) -> Stage:
    """Return the one demo of this server."""
    stage: Stage = request.app.state.stage
    return stage


def state_of(session: Session, stage: Stage) -> DemoState:
    """Say whether demo data is stored, be it shown or not."""
    if stage.loading is not None:
        return DemoState.LOADING
    return DemoState.LOADED if has_demo(session) else DemoState.NONE


AppStage = Annotated[Stage, Depends(stage_of)]


@router.get("")
def show_demo(session: Reading, settings: AppSettings, stage: AppStage) -> Demo:
    """Say whether demo data is stored or being loaded, and whether it may be."""
    loading = stage.loading
    refused = None
    if settings.environment is Environment.PROD:
        refused = "This is prod: demo data is loaded in dev and staging only."
    elif pipelines.has_real_runs(session):
        refused = "Real runs are stored already, and demo data is never shown among them."
    return Demo(
        state=state_of(session, stage),
        refused=refused,
        share=round(loading.share, 3) if loading is not None else None,
        attempts=loading.attempts if loading is not None else None,
    )


@router.post(
    "",
    status_code=202,
    responses={403: refusal("This is prod."), 409: refusal("Real runs are stored already.")},
)
async def load_demo(request: Request, settings: AppSettings, stage: AppStage) -> Demo:
    """Begin to load 30 days of made-up runs, and keep them moving while the server runs.

    They are marked as demo, never counted with real ones and never told to any channel; what is
    loaded already stays. GET says how far it is.
    """
    before = await asyncio.to_thread(_look, request, settings, stage)
    if before.refused is not None:
        is_prod = settings.environment is Environment.PROD
        raise (Forbidden if is_prod else Conflict)(before.refused)
    stage.load()
    return await asyncio.to_thread(_look, request, settings, stage)


@router.delete("")
async def remove_all_demo(request: Request) -> Removed:
    """Remove everything that was only ever made up, and nothing else; also stops its loading."""
    return Removed(runs=await clear_demo(request))


async def clear_demo(request: Request) -> int:
    """Stop the demo, remove all of it and tell who looks on; return how many runs went."""
    await stage_of(request).stop()
    runs = await asyncio.to_thread(_remove, request)
    if runs:
        request.app.state.broker.tell_anew(_REMOVED)
        request.app.state.summary_feed.tell_anew()
    return runs


def _look(request: Request, settings: AppSettings, stage: Stage) -> Demo:
    with database_of(request).reading() as session:
        return show_demo(session, settings, stage)


def _remove(request: Request) -> int:
    with database_of(request).writing() as session:
        return remove_demo(session)
