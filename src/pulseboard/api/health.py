"""Whether the service works."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import MappingProxyType
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import SQLAlchemyError

from pulseboard import __version__, clock
from pulseboard.api.deps import AppSettings, database_of
from pulseboard.api.feed import Hearing, judge_lag
from pulseboard.api.shapes import Polling, when
from pulseboard.collect.github.budget import CredentialBudget
from pulseboard.collect.github.misses import NO_MISSES, Misses, read_misses
from pulseboard.collect.github.remaining import read_budgets
from pulseboard.db.session import Database
from pulseboard.errors import PulseboardError
from pulseboard.jobs.backlog import NO_BACKLOG, Backlog, read_backlog
from pulseboard.pipelines.feeds import count_states, last_delivery
from pulseboard.vocabulary import FeedState

router = APIRouter(tags=["health"])
_STARTED: Final = time.monotonic()
# Whoever asks gives up soon after.
_PATIENCE_SECONDS: Final = 3.0
# A question that is given up keeps its thread until the database lets go of it: those of everybody
# else are not for that.
_THREADS: Final = ThreadPoolExecutor(2, thread_name_prefix="health")


class Liveness(BaseModel):
    """The process answers."""

    status: str
    ok: bool
    uptime_seconds: int


class IngestHealth(BaseModel):
    """How data comes in."""

    status: Hearing = Field(
        description="late after 12 hours without a delivery, silent after 4 days or without any."
    )
    last_event_at: str | None
    lag_seconds: int | None
    waiting: int = Field(description="Deliveries waiting for the next commit.")
    polling: Polling


class TrackingHealth(BaseModel):
    """How well the tracked repositories are known."""

    tracked: int = Field(description="Repositories that GitHub is asked for.")
    ok: int = Field(description="How many of them it could be asked for the last time.")
    troubled: dict[str, int] = Field(
        description="The others, by what is wrong: new, limited, not_found and so on; GET"
        " /api/v1/repos says which and what to do."
    )
    webhook_runs_24h: int = Field(description="Runs of the last day a webhook should tell of.")
    webhook_missed_24h: int = Field(description="How many of them polling had to find.")
    warning: str | None = Field(
        description="Set when more than one in a thousand is missed, with the likely cause."
    )

    @classmethod
    def of(cls, states: Mapping[str, int], missed: Misses) -> "TrackingHealth":
        """Make the shape of what was counted."""
        return cls(
            tracked=sum(states.values()),
            ok=states.get(FeedState.OK, 0),
            troubled={name: n for name, n in sorted(states.items()) if name != FeedState.OK},
            webhook_runs_24h=missed.runs,
            webhook_missed_24h=missed.missed,
            warning=missed.words,
        )


class BackgroundHealth(BaseModel):
    """What is done beside the requests: polling, backfill, retention."""

    here: bool = Field(description="Whether this process does some of it.")
    waiting: int = Field(description="Jobs that could be done now.")
    delayed: int = Field(description="Jobs that wait for a later time.")
    running: int
    failed: int = Field(description="Jobs that were given up after several tries.")
    lag_seconds: int = Field(description="How long the job that waits longest has been waiting.")


class GitHubHealth(BaseModel):
    """What GitHub still lets this server ask, over all its tokens; null is not known yet."""

    limit: int | None = Field(description="Requests an hour.")
    remaining: int | None
    paused_until: str | None = Field(
        description="Set while every token has to wait; polling goes on by itself then."
    )

    @classmethod
    def of(cls, budgets: Sequence[CredentialBudget]) -> "GitHubHealth":
        """Add up; names stay out, as anybody may read this."""
        limits = [one.limit for one in budgets if one.limit is not None]
        left = [one.remaining for one in budgets if one.remaining is not None]
        pauses = [one.paused_until for one in budgets if one.paused_until is not None]
        return cls(
            limit=sum(limits) if limits else None,
            remaining=sum(left) if left else None,
            paused_until=when(min(pauses)) if budgets and len(pauses) == len(budgets) else None,
        )


class Health(Liveness):
    """The service as a whole."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "status": "ok",
                "ok": True,
                "uptime_seconds": 12345,
                "timestamp": "2026-01-31T10:00:00Z",
                "time": "2026-01-31T10:00:00Z",
                "version": "0.1.0",
                "database": "ok",
                "ingest": {
                    "status": "ok",
                    "last_event_at": "2026-01-31T09:59:12Z",
                    "lag_seconds": 48,
                    "waiting": 0,
                    "polling": {"enabled": False, "reason": "GH_REPOS is empty: …"},
                },
                "background": {
                    "here": True,
                    "waiting": 0,
                    "delayed": 2,
                    "running": 1,
                    "failed": 0,
                    "lag_seconds": 0,
                },
                "github": {"limit": 5000, "remaining": 4312, "paused_until": None},
                "tracking": {
                    "tracked": 14,
                    "ok": 13,
                    "troubled": {"limited": 1},
                    "webhook_runs_24h": 1402,
                    "webhook_missed_24h": 0,
                    "warning": None,
                },
            }
        }
    )

    timestamp: str
    time: str = Field(description="The same as timestamp.")
    version: str
    database: str = Field(description="ok, or what is wrong with it.")
    reason: str | None = Field(default=None, description="Why it is not ok.")
    ingest: IngestHealth
    background: BackgroundHealth
    github: GitHubHealth
    tracking: TrackingHealth


@router.get("/health/live")
def show_liveness() -> Liveness:
    """Say that the process answers, without asking the database."""
    return Liveness(status="ok", ok=True, uptime_seconds=uptime())


@router.get(
    "/health",
    response_model=Health,
    responses={503: {"model": Health, "description": "The database does not answer."}},
)
async def show_health(request: Request, settings: AppSettings) -> Response:
    """Say whether the service works: 503 with the reason when the database does not answer."""
    reason, (last, backlog, budgets, states, missed) = await _ask(database_of(request))
    lag = None if last is None else max(0, clock.now() - last)
    now = clock.to_iso(clock.now())
    health = Health(
        status="ok" if reason is None else "unavailable",
        ok=reason is None,
        uptime_seconds=uptime(),
        timestamp=now,
        time=now,
        version=__version__,
        database=reason or "ok",
        reason=reason,
        ingest=IngestHealth(
            status=judge_lag(lag),
            last_event_at=when(last),
            lag_seconds=None if lag is None else lag // clock.SECOND,
            waiting=request.app.state.intake.waiting,
            polling=Polling.of(settings),
        ),
        background=BackgroundHealth(
            here=request.app.state.jobs.is_running,
            waiting=backlog.waiting,
            delayed=backlog.delayed,
            running=backlog.running,
            failed=backlog.failed,
            lag_seconds=backlog.lag // clock.SECOND,
        ),
        github=GitHubHealth.of(budgets),
        tracking=TrackingHealth.of(states, missed),
    )
    return Response(
        health.model_dump_json(exclude={"reason"} if reason is None else None),
        200 if reason is None else 503,
        headers={"Cache-Control": "no-store"},
        media_type="application/json",
    )


def uptime() -> int:
    """Return the seconds since the process began."""
    return int(time.monotonic() - _STARTED)


class _Known(NamedTuple):
    """What the database says: the last delivery, what is to do, and how GitHub can be asked."""

    last: int | None = None
    backlog: Backlog = NO_BACKLOG
    budgets: Sequence[CredentialBudget] = ()
    states: Mapping[str, int] = MappingProxyType({})
    missed: Misses = NO_MISSES


async def _ask(database: Database) -> tuple[str | None, _Known]:
    """Return what is wrong with the database, and what it says."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            loop = asyncio.get_running_loop()
            return None, await loop.run_in_executor(_THREADS, _read, database)
    except TimeoutError:
        reason = f"The database does not answer within {_PATIENCE_SECONDS:.0f} s"
    except PulseboardError as error:
        reason = error.detail
    except SQLAlchemyError as error:
        reason = f"The database cannot be read: {type(error).__name__}"
    return reason, _Known()


def _read(database: Database) -> _Known:
    with database.reading() as session:
        return _Known(
            last_delivery(session),
            read_backlog(session),
            read_budgets(session, at=clock.now()),
            count_states(session),
            read_misses(session, at=clock.now()),
        )
