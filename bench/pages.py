"""The answers the dashboard's pages wait for, at a year of runs: p95 of each against its budget."""

import asyncio
import os
import time
from pathlib import Path
from typing import Final

import httpx

from bench.dataset import Shape, load
from bench.figures import Figures
from pulseboard import clock
from pulseboard.app import create_app
from pulseboard.config import load_settings
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database

ROUNDS: Final = 40
# Budgets in milliseconds, at 1 M runs: the figure of a page is its p95 as a share of its budget.
_MONTH: Final = "branch=@default&range=30d&gran=day&tz=Europe/Berlin"
PAGES: Final = {
    "verdict": (100, "/api/v1/overview/verdict?branch=@default"),
    "kpis": (100, "/api/v1/overview/kpis?branch=@default&range=7d&tz=Europe/Berlin"),
    "kpis_30d": (100, "/api/v1/overview/kpis?branch=@default&range=30d&tz=Asia/Kathmandu"),
    "outcomes": (200, "/api/v1/series/outcomes?" + _MONTH),
    "durations": (200, "/api/v1/series/duration?" + _MONTH),
    "strips": (200, "/api/v1/strips?branch=@default&range=7d&limit=8"),
    "grid": (200, "/api/v1/grid/time?branch=@default&range=7d&gran=day&tz=Europe/Berlin"),
    "fix_first": (200, "/api/v1/overview/fix-first?branch=@default"),
    "runs": (150, "/api/v1/runs?branch=@default&range=7d&limit=100"),
    "runs_failed": (150, "/api/v1/runs?status=failure&branch=@any&range=30d&limit=100"),
    "runs_slowest": (150, "/api/v1/runs?branch=@default&range=7d&sort=-duration&limit=100"),
    "page": (150, "/"),
}  # fmt: skip


def opened(url: str, runs: int) -> Database:
    """Return a database with that many runs up to now, loading them where there are none."""
    database = Database(make_engine(database_url(url)))
    with database.reading() as session:
        stored = session.connection().exec_driver_sql("SELECT 1 FROM runs LIMIT 1").first()
    if stored is None:
        end = clock.now() // clock.HOUR * clock.HOUR
        load(database, Shape(runs, end=end), report=lambda line: print(f"  {line}", flush=True))
    return database


def measure(figures: Figures, urls: dict[str, str], *, runs: int) -> None:
    """Measure every page on every database of {kind: url}."""
    for kind, url in urls.items():
        given = os.environ.get(f"BENCH_PAGES_{kind}".upper(), url)
        opened(given, runs).close()
        for name, taken in asyncio.run(_ask_all(given)).items():
            budget, _ = PAGES[name]
            p95 = sorted(taken)[int(len(taken) * 0.95) - 1]
            figures.add(
                f"page_{name}_{kind}",
                p95 / budget,
                p95_ms=round(p95, 1),
                median_ms=round(sorted(taken)[len(taken) // 2], 1),
                budget_ms=budget,
            )


async def _ask_all(url: str) -> dict[str, list[float]]:
    """Ask the application itself, so that no network and no second process is measured."""
    settings = load_settings(database_url=url, background=False, data=Path("/tmp"))
    app = create_app(settings)
    transport = httpx.ASGITransport(app=app)
    taken: dict[str, list[float]] = {name: [] for name in PAGES}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for round_ in range(ROUNDS + 2):
            for name, (_, address) in PAGES.items():
                began = time.perf_counter()
                answer = await client.get(address)
                if answer.status_code != 200:
                    raise RuntimeError(f"{address}: {answer.status_code} {answer.text[:300]}")
                if round_ >= 2:
                    taken[name].append((time.perf_counter() - began) * 1000)
    return taken
