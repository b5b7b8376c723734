"""The server itself: how long it runs, what it keeps, how data has come in."""

from typing import Final

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from pulseboard import __version__, clock
from pulseboard.api.deps import AppSettings, Reading
from pulseboard.api.health import uptime
from pulseboard.api.problems import refusal
from pulseboard.db.size import size_of
from pulseboard.pipelines.deliveries import count_by_minute

router = APIRouter(tags=["screen"])
_MINUTES: Final = 60


class DatabaseState(BaseModel):
    """Where everything is kept."""

    kind: str = Field(description="sqlite or postgresql.")
    size_bytes: int | None


class MinuteCount(BaseModel):
    """How many deliveries came in within a minute."""

    t: str
    n: int


class SystemState(BaseModel):
    """The server itself."""

    version: str
    environment: str
    uptime_seconds: int
    server_time: str
    database: DatabaseState
    queue_depth: int = Field(description="Deliveries waiting for the next commit.")
    listeners: int = Field(description="Open live connections.")
    deliveries_per_minute: list[MinuteCount] = Field(description="The last 60 minutes.")


@router.get("/system", responses={401: refusal("Sign in first.")})
def show_system(request: Request, session: Reading, settings: AppSettings) -> SystemState:
    """Show version, uptime, size of the database, and the deliveries of the last hour."""
    state = request.app.state
    now = clock.now()
    first = now // clock.MINUTE - _MINUTES + 1
    counted = count_by_minute(session, since=first * clock.MINUTE)
    return SystemState(
        version=__version__,
        environment=settings.environment,
        uptime_seconds=uptime(),
        server_time=clock.to_iso(now),
        database=DatabaseState(kind=session.get_bind().dialect.name, size_bytes=size_of(session)),
        queue_depth=state.intake.waiting,
        listeners=state.broker.connections,
        deliveries_per_minute=[
            MinuteCount(t=clock.to_iso(minute * clock.MINUTE), n=counted.get(minute, 0))
            for minute in range(first, first + _MINUTES)
        ],
    )
