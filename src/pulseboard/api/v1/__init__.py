"""The routes under /api/v1, one module per noun."""

from fastapi import APIRouter

from pulseboard.api.v1 import (
    alert_rules,
    alerts,
    backfills,
    badges,
    channels,
    deliveries,
    exports,
    github,
    github_app,
    grid,
    internal,
    log_search,
    logs,
    meta,
    metrics,
    overview,
    repos,
    retention,
    runs,
    system,
    tracking,
    verdict,
    views,
    walls,
    workflows,
)

router = APIRouter(prefix="/api/v1")
for _routes in (
    meta.router,
    # What ends in a name has to come before what would take that name for an id.
    deliveries.router,
    exports.router,
    runs.router,
    log_search.router,
    logs.router,
    badges.router,
    backfills.router,
    tracking.router,
    repos.router,
    metrics.router,
    overview.router,
    verdict.router,
    grid.router,
    workflows.router,
    system.router,
    github.router,
    github_app.router,
    views.router,
    walls.router,
    retention.router,
    alerts.router,
    alert_rules.router,
    alert_rules.settings_router,
    channels.router,
    internal.router,
):
    router.include_router(_routes)
