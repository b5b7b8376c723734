"""The answers the dashboard's pages wait for, at a year of runs: p95 of each against its budget.

Beside it stands what the raw query takes: the plainest SQL over the same rows that knows the same
numbers, without rollups, names, JSON or HTTP. A ratio below 1 says that the page is faster.
"""

import asyncio
import gc
import os
import time
from pathlib import Path
from statistics import median
from typing import Final

import httpx
from sqlalchemy import text

from bench.dataset import Shape, load
from bench.figures import Figures
from pulseboard import clock
from pulseboard.app import create_app
from pulseboard.collect.garbage import spare_collector
from pulseboard.config import load_settings
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database

ROUNDS: Final = 40
RAW_ROUNDS: Final = 5
# Budgets in milliseconds, at 1 M runs: the figure of a page is its p95 as a share of its budget.
_MONTH: Final = "branch=@default&range=30d&gran=day&tz=Europe/Berlin"
_KPIS: Final = "/api/v1/overview/kpis?tz=Europe/Berlin&branch="
PAGES: Final = {
    "verdict": (100, "/api/v1/overview/verdict?branch=@default"),
    "kpis": (100, "/api/v1/overview/kpis?branch=@default&range=7d&tz=Europe/Berlin"),
    "kpis_30d": (100, "/api/v1/overview/kpis?branch=@default&range=30d&tz=Asia/Kathmandu"),
    # A branch by its name, of which no count is kept: half of all runs, and a thousandth.
    "kpis_branch": (200, _KPIS + "main&range=7d"),
    "kpis_branch_30d": (200, _KPIS + "main&range=30d"),
    "kpis_rare_branch": (200, _KPIS + "feature/12&range=30d"),
    "kpis_repo_branch": (200, _KPIS + "main&range=30d&repo=org1/service-001"),
    "kpis_workflow_branch": (200, _KPIS + "main&range=30d&workflow=Pipeline 1"),
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


_COUNTED: Final = "latest AND NOT demo AND created_at >= :since"
_MAIN: Final = f"{_COUNTED} AND on_default"
_SUMS: Final = "count(*), sum(CASE WHEN outcome = 'failure' THEN 1 END), avg(duration)"
_DAY: Final = f"created_at / {clock.DAY}"
_NEWEST: Final = (
    "SELECT workflow_id, outcome FROM (SELECT workflow_id, outcome, row_number() OVER"
    " (PARTITION BY workflow_id ORDER BY run_number DESC) AS place FROM runs"
    f" WHERE {_MAIN} AND outcome IN ('success', 'failure')) AS newest WHERE place = 1"
)
_OUTCOMES: Final = f"SELECT outcome, {_SUMS} FROM runs WHERE {_MAIN} GROUP BY 1"
_NAMED: Final = f"SELECT outcome, {_SUMS} FROM runs WHERE {_COUNTED} AND head_branch"
_BY_REPOSITORY: Final = (
    "SELECT id FROM workflows WHERE repository_id IN (SELECT id FROM repositories"
)
_OF_REPOSITORY: Final = f"{_BY_REPOSITORY} WHERE full_name = 'org1/service-001')"
_OF_NAME: Final = "SELECT id FROM workflows WHERE name = 'Pipeline 1'"
_DURATIONS: Final = f"SELECT {_DAY}, duration FROM runs WHERE {_MAIN} AND duration IS NOT NULL"
_FAILED: Final = f"SELECT * FROM runs WHERE {_COUNTED} AND outcome = 'failure'"
# How many days back, and the query.
RAW: Final = {
    "verdict": (90, _NEWEST),
    "kpis": (7, _OUTCOMES),
    "kpis_30d": (30, _OUTCOMES),
    "kpis_branch": (7, f"{_NAMED} = 'main' GROUP BY 1"),
    "kpis_branch_30d": (30, f"{_NAMED} = 'main' GROUP BY 1"),
    "kpis_rare_branch": (30, f"{_NAMED} = 'feature/12' GROUP BY 1"),
    "kpis_repo_branch": (30, f"{_NAMED} = 'main' AND workflow_id IN ({_OF_REPOSITORY}) GROUP BY 1"),
    "kpis_workflow_branch": (30, f"{_NAMED} = 'main' AND workflow_id IN ({_OF_NAME}) GROUP BY 1"),
    "outcomes": (30, f"SELECT {_DAY}, outcome, count(*) FROM runs WHERE {_MAIN} GROUP BY 1, 2"),
    "durations": (30, f"{_DURATIONS} ORDER BY 1, 2"),
    "strips": (7, f"SELECT workflow_id, {_SUMS} FROM runs WHERE {_MAIN} GROUP BY 1"),
    "grid": (7, f"SELECT workflow_id, {_DAY}, {_SUMS} FROM runs WHERE {_MAIN} GROUP BY 1, 2"),
    "fix_first": (90, _NEWEST),
    "runs": (7, f"SELECT * FROM runs WHERE {_MAIN} ORDER BY started_at DESC LIMIT 100"),
    "runs_failed": (30, f"{_FAILED} ORDER BY started_at DESC LIMIT 100"),
    "runs_slowest": (7, f"SELECT * FROM runs WHERE {_MAIN} ORDER BY duration DESC LIMIT 100"),
    "page": (90, _NEWEST),
}


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
        raw = _ask_raw(given)
        for name, taken in asyncio.run(_ask_all(given)).items():
            budget, _ = PAGES[name]
            p95 = sorted(taken)[int(len(taken) * 0.95) - 1]
            middle = median(taken)
            figures.add(
                f"page_{name}_{kind}",
                p95 / budget,
                p95_ms=round(p95, 1),
                median_ms=round(middle, 1),
                raw_ms=round(raw[name], 1),
                of_raw=round(middle / raw[name], 3),
                budget_ms=budget,
            )


def _ask_raw(url: str) -> dict[str, float]:
    """Return the median of what each raw query takes, in milliseconds."""
    database = Database(make_engine(database_url(url)))
    found = {}
    with database.reading() as session:
        for name, (days, sql) in RAW.items():
            taken = []
            for _ in range(RAW_ROUNDS):
                began = time.perf_counter()
                session.execute(text(sql), {"since": clock.now() - days * clock.DAY}).all()
                taken.append((time.perf_counter() - began) * 1000)
            found[name] = median(taken)
    database.close()
    return found


async def _ask_all(url: str) -> dict[str, list[float]]:
    """Ask the application itself, so that no network and no second process is measured.

    Before each question somebody pushes a run, as on a busy server.
    """
    settings = load_settings(database_url=url, background=False, data=Path("/tmp"))
    app = create_app(settings)
    # As the server does when it starts.
    spare_collector()
    transport = httpx.ASGITransport(app=app)
    taken: dict[str, list[float]] = {name: [] for name in PAGES}
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        for round_ in range(ROUNDS + 2):
            for name, (_, address) in PAGES.items():
                await _disturb(client, sum(map(len, taken.values())))
                began = time.perf_counter()
                answer = await client.get(address)
                if answer.status_code != 200:
                    raise RuntimeError(f"{address}: {answer.status_code} {answer.text[:300]}")
                if round_ >= 2:
                    taken[name].append((time.perf_counter() - began) * 1000)
    gc.unfreeze()
    return taken


async def _disturb(client: httpx.AsyncClient, number: int) -> None:
    home = number % Shape(0).repositories
    event = {"pipeline": "Pushed", "status": "success", "repo": f"org{home % 40}/service-{home:03}"}
    answer = await client.post("/api/events/run", json=event)
    if answer.status_code != 200:
        raise RuntimeError(f"push: {answer.status_code} {answer.text[:300]}")
