"""Puts the house together: which parts exist in one process, and how they hear of each other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.responses import HTMLResponse
from starlette.types import ASGIApp

from pulseboard import __version__
from pulseboard.alerts.trying import Trial
from pulseboard.alerts.watch import Watch
from pulseboard.api import compat, health, ingest, live, problems, prometheus, run_logs, v1
from pulseboard.api.access import Access, Gate
from pulseboard.api.door import WebhookDoor
from pulseboard.api.etag import EntityTags
from pulseboard.api.frame import Frame
from pulseboard.api.hook_secrets import hook_secrets
from pulseboard.api.lingering import Lingering
from pulseboard.api.refused import RefusedDeliveries
from pulseboard.api.summary import live_message
from pulseboard.api.v1 import channels
from pulseboard.api.v1.boot import read_boot
from pulseboard.collect.garbage import spare_collector
from pulseboard.collect.groupcommit import Intake
from pulseboard.collect.stage import Stage
from pulseboard.config import Settings, load_settings
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database
from pulseboard.jobs.background import Background
from pulseboard.live.broker import Broker
from pulseboard.live.summary import SummaryFeed
from pulseboard.logs.keeping import Keeper
from pulseboard.screen import pages as screen
from pulseboard.screen.trouble import ForPeople
from pulseboard.spelling import FrontPage
from pulseboard.wall import badges, reference, status, views
from pulseboard.work import make_catalogue

DESCRIPTION = """\
Everything Pulseboard knows about your CI runs, as JSON. Times are ISO 8601 UTC with `Z`, rates are
fractions between 0 and 1, and every error is `application/problem+json`.
"""


def create_app(settings: Settings) -> ASGIApp:
    """Make the application of one server process; it opens the database when it is started."""
    database = Database(make_engine(database_url(settings.database_url_or_default)))
    inner = _routes(settings, database)
    access = inner.state.access
    gated = Frame(Gate(_cross_origin(EntityTags(inner), settings), access=access))
    door = WebhookDoor(
        ForPeople(gated, title=settings.title, dashboard=_dashboard(inner, settings)),
        intake=inner.state.intake,
        secrets=inner.state.hook_secrets,
        takes_unsigned=access.takes_unsigned,
        refused=inner.state.refused,
    )
    return Lingering(door)


def _dashboard(inner: FastAPI, settings: Settings) -> Callable[[str], HTMLResponse] | None:
    """Return what makes the dashboard's page for a path that is nobody's."""
    page = screen.read_page(screen.BUILT)
    if page is None:
        return None
    return lambda path: screen.answer_page(page, title=settings.title, boot=_boot_text(inner, path))


def _cross_origin(app: ASGIApp, settings: Settings) -> ASGIApp:
    compressed: Any = GZipMiddleware(app, minimum_size=1000)
    if not settings.allowed_origins:
        return compressed  # type: ignore[no-any-return]
    crossing: Any = CORSMiddleware(
        compressed,
        allow_origins=list(settings.allowed_origins),
        allow_methods=["*"],
        allow_headers=["*"],
    )
    return crossing  # type: ignore[no-any-return]


def _routes(settings: Settings, database: Database) -> FastAPI:
    app = FastAPI(
        title="Pulseboard",
        version=__version__,
        description=DESCRIPTION,
        lifespan=_lifespan,
        responses={422: {"model": problems.Problem, "description": "A field is wrong."}},
        docs_url=None,
        redoc_url=None,
    )
    broker = Broker(version=__version__)
    feed = SummaryFeed(lambda: _summary_text(database))
    app.state.settings = settings
    app.state.database = database
    app.state.access = Access.from_settings(settings)
    app.state.refused = RefusedDeliveries()
    app.state.hook_secrets = hook_secrets(settings, database)
    app.state.broker = broker
    app.state.keeper = Keeper.from_settings(database, settings, tell=broker.tell_log)
    app.state.summary_feed = feed
    on_commit = (broker.publish, feed.publish)
    app.state.trial = Trial(settings)
    watch = Watch(settings)
    watch.on_change = broker.tell_alerts
    catalogue = make_catalogue(
        settings,
        watch=watch,
        on_commit=on_commit,
        on_backfill=broker.tell_backfill,
        on_log=broker.tell_log,
    )
    app.state.jobs = watch.jobs = Background(database, catalogue)
    app.state.watch = watch
    app.state.intake = Intake(database, reactions=(watch,), on_commit=on_commit)
    app.state.stage = Stage(app.state.intake)
    problems.install(app)
    for routes in (health, compat, run_logs, ingest, v1, prometheus, live):
        app.include_router(routes.router)
    app.include_router(channels.test_router)
    if settings.front_page is FrontPage.WALL:
        app.include_router(status.front)
    # The plain front page stands in where the dashboard was not built.
    dashboard = screen.make_router(screen.BUILT, boot=partial(_boot_text, app))
    if dashboard is not None:
        app.include_router(dashboard)
    for drawn in (badges, status, views, reference):
        app.include_router(drawn.router)
    views.mount_static(app)
    return app


def _summary_text(database: Database) -> str:
    with database.reading() as session:
        return live_message(session)


def _boot_text(app: FastAPI, path: str) -> str:
    state = app.state
    # The number is read before the answers are: what happens in between is told once more.
    seq = state.broker.seq
    brought = read_boot(state.database, state.settings, state.stage, path=path, seq=seq)
    return brought.model_dump_json()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Start what runs beside the requests; at the end finish what was accepted."""
    state = app.state
    spare_collector()
    await state.broker.start()
    await state.summary_feed.start()
    if state.settings.demo:
        state.stage.play()
    if state.settings.background:
        state.jobs.start()
    try:
        yield
    finally:
        await state.stage.stop()
        await asyncio.to_thread(state.jobs.stop)
        await state.summary_feed.close()
        await state.broker.close()
        await state.intake.drain()
        await asyncio.to_thread(state.database.close)


def describe() -> dict[str, Any]:
    """Return the OpenAPI description of the HTTP API."""
    settings = load_settings(database_url="sqlite:////dev/null")
    database = Database(make_engine(database_url(settings.database_url_or_default)))
    return _routes(settings, database).openapi()
