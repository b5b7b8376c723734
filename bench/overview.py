"""The overview's numbers over a year, as a share of DuckDB scanning the same runs."""

import os
import time
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

import duckdb
from sqlalchemy import text

from bench.dataset import END, Shape, load
from bench.figures import Figures
from pulseboard import clock
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database
from pulseboard.metrics import query
from pulseboard.pipelines import RunFilter, list_jobs, list_runs, require_run

ZONES = ("UTC", "Asia/Kathmandu")
ROUNDS = 7
# Not on a bucket of any tier: what a reader who looks now would ask for.
WINDOW = query.Window(END - 365 * clock.DAY + 1_234_567, END - 1_234_567)
_WITHIN = "FROM runs WHERE created_at >= {start} AND created_at < {end}"
_OK = "sum(CASE WHEN outcome = 'success' THEN 1 END)"
_BAD = "sum(CASE WHEN outcome = 'failure' THEN 1 END)"
_SPREAD = "quantile_cont(duration, 0.5), quantile_cont(duration, 0.95)"
_DAY = "(created_at + {shift}) // 86400000000"
_SCANS = (
    f"SELECT count(*), {_OK}, {_BAD}, avg(duration), {_SPREAD} {_WITHIN}",
    f"SELECT {_DAY} AS day, count(*), {_OK}, {_BAD}, avg(duration) {_WITHIN} GROUP BY day",
    f"SELECT workflow_id, {_BAD} AS bad, count(*) {_WITHIN} GROUP BY 1 ORDER BY 2 DESC LIMIT 20",
)
_COLUMNS = "created_at BIGINT, workflow_id INTEGER, outcome VARCHAR, duration BIGINT"


def opened(url: str, runs: int) -> Database:
    """Return a database with that many runs, loading them where there are none."""
    database = Database(make_engine(database_url(url)))
    with database.reading() as session:
        stored = session.scalar(text("SELECT 1 FROM runs LIMIT 1"))
    if not stored:
        load(database, Shape(runs), report=lambda line: print(f"  {line}", flush=True))
    return database


def _in_duckdb(database: Database, folder: Path, name: str) -> duckdb.DuckDBPyConnection:
    """Copy the columns a scan needs into a DuckDB file."""
    path = folder / f"{name}.csv"
    with database.reading() as session, path.open("w") as file:
        rows = session.execute(
            text("SELECT created_at, workflow_id, outcome, duration FROM runs WHERE latest"),
            execution_options={"yield_per": 50_000},
        )
        for row in rows:
            file.write(f"{row[0]},{row[1]},{row[2]},{'' if row[3] is None else row[3]}\n")
    connection = duckdb.connect(str(folder / f"{name}.duckdb"))
    connection.execute("SET threads = 2")
    connection.execute(f"CREATE TABLE runs ({_COLUMNS})")
    connection.execute(f"COPY runs FROM '{path}'")
    path.unlink()
    return connection


def _scan_ms(connection: duckdb.DuckDBPyConnection) -> float:
    taken = []
    for _ in range(ROUNDS):
        for zone in ZONES:
            shift = int(ZoneInfo(zone).utcoffset(clock.to_datetime(END)).total_seconds() * 1e6)
            began = time.perf_counter()
            for sql in _SCANS:
                connection.execute(
                    sql.format(start=WINDOW.start, end=WINDOW.end, shift=shift)
                ).fetchall()
            taken.append(time.perf_counter() - began)
    return median(taken) * 1000


def overview_ms(database: Database) -> float:
    """Return the median time of the overview in milliseconds, in both zones."""
    taken = []
    for round_ in range(ROUNDS + 1):
        for zone in ZONES:
            began = time.perf_counter()
            with database.reading() as session:
                query.overview(session, scope=query.Scope(), window=WINDOW, zone=ZoneInfo(zone))
            if round_:
                taken.append(time.perf_counter() - began)
    return median(taken) * 1000


def page_ms(database: Database) -> tuple[float, float]:
    """Return the median times of the latest runs and of one run, in milliseconds."""
    lists, ones = [], []
    for _ in range(20):
        began = time.perf_counter()
        with database.reading() as session:
            rows = list_runs(session, wanted=RunFilter(query.Scope()), limit=50)
        lists.append(time.perf_counter() - began)
        began = time.perf_counter()
        with database.reading() as session:
            run = require_run(session, name=str(rows[-1].id))
            list_jobs(session, run_id=run.id, attempt=run.attempt)
        ones.append(time.perf_counter() - began)
    return median(lists) * 1000, median(ones) * 1000


def measure(figures: Figures, urls: dict[tuple[str, str], str], folder: Path) -> None:
    """Measure every database of {(size, kind): url}; sizes are 100k, 1m and 10m."""
    numbers = {"100k": 100_000, "1m": 1_000_000, "10m": 10_000_000}
    scans: dict[str, float] = {}
    times: dict[tuple[str, str], float] = {}
    pages: dict[str, tuple[float, float]] = {}
    for (size, kind), url in urls.items():
        database = opened(os.environ.get(f"BENCH_{kind}_{size}".upper(), url), numbers[size])
        if size not in scans:
            scans[size] = _scan_ms(_in_duckdb(database, folder, size))
        times[size, kind] = overview_ms(database)
        if kind == "sqlite":
            pages[size] = page_ms(database)
        figures.add(
            f"overview_{size}_{kind}",
            times[size, kind] / scans[size],
            ms=round(times[size, kind], 1),
            scan_ms=round(scans[size], 1),
        )
        database.close()
    if {"1m", "10m"} <= {size for size, kind in times if kind == "sqlite"}:
        figures.add("overview_growth", times["10m", "sqlite"] / times["1m", "sqlite"])
    if {"100k", "10m"} <= set(pages):
        for place, name in enumerate(("runs_page_growth", "run_page_growth")):
            small, large = pages["100k"][place], pages["10m"][place]
            figures.add(name, large / small, ms=round(large, 2))
