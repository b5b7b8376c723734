"""Whether the service works."""

import time
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text
from sqlalchemy.orm import Session

from pulseboard import __version__, clock
from pulseboard.api.deps import database_of
from pulseboard.api.shapes import when
from pulseboard.errors import PulseboardError
from pulseboard.pipelines import list_repositories

router = APIRouter(tags=["health"])
_STARTED: Final = time.monotonic()


@router.get("/health/live")
def show_liveness() -> dict[str, Any]:
    """Say that the process answers, without asking the database."""
    return {"status": "ok", "ok": True, "uptime_seconds": _uptime()}


@router.get("/health", responses={503: {"description": "The database does not answer."}})
def show_health(request: Request) -> JSONResponse:
    """Say whether the service works: the database answers and deliveries come in."""
    now = clock.to_iso(clock.now())
    body: dict[str, Any] = {
        "status": "ok",
        "ok": True,
        "uptime_seconds": _uptime(),
        "timestamp": now,
        "time": now,
        "version": __version__,
        "database": "ok",
    }
    try:
        with database_of(request).reading() as session:
            session.execute(text("SELECT 1 FROM repositories LIMIT 1"))
            body["ingest"] = _ingest(request, session)
    except PulseboardError as error:
        body |= {"status": "error", "ok": False, "database": error.detail, "reason": error.detail}
    return JSONResponse(body, 200 if body["ok"] else 503)


def _uptime() -> int:
    return int(time.monotonic() - _STARTED)


def _ingest(request: Request, session: Session) -> dict[str, Any]:
    heard = [
        repository.last_event_at
        for demo in (False, True)
        for repository in list_repositories(session, demo=demo)
        if repository.last_event_at
    ]
    last = max(heard, default=None)
    return {
        "last_event_at": when(last),
        "lag_seconds": None if last is None else max(0, (clock.now() - last) // clock.SECOND),
        "waiting": request.app.state.intake.waiting,
        "repositories": len(heard),
    }
