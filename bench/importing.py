"""Import of run objects, of the same decoded rows written the fastest way the database has."""

import gc
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from itertools import count, islice
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench.databases import migrated
from bench.deliveries import run_deliveries
from bench.door import iso
from bench.figures import Figures
from pulseboard.collect.garbage import spare_collector
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.merge_sql import MERGE_RUNS
from pulseboard.collect.reading import UNWAITED_BATCH, gather, read_file_pieces
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database

_NEWEST = datetime(2026, 3, 2, 9, tzinfo=UTC)
_SPAN = timedelta(days=90)
# What else the machine does falls on the import and its limit alike; the best of each counts.
_TURNS = 3


def write_objects(path: Path, number: int) -> Path:
    """Write run objects as JSON lines: the histories of some repositories, one after the other.

    Each is newest first, as GitHub lists it, and goes back over a quarter of a year.
    """
    shapes = [delivery["workflow_run"] for delivery in run_deliveries(400, seed=5)]
    histories: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for shape in shapes:
        histories[shape["repository"]["full_name"]].append(shape)
    numbers = count()
    with path.open("wb") as file:
        for turn, history in enumerate(histories.values(), start=1):
            end = number * turn // len(histories)
            length = end - number * (turn - 1) // len(histories)
            for place, number_of_run in enumerate(islice(numbers, length)):
                ended = _NEWEST - place * _SPAN / length
                shape = _move(history[place % len(history)], number_of_run, ended=ended)
                file.write(json.dumps(shape, separators=(",", ":")).encode() + b"\n")
    return path


def _move(shape: dict[str, Any], number: int, *, ended: datetime) -> dict[str, Any]:
    """Make a run of its own out of a shape."""
    began = ended - timedelta(seconds=60 + number * 37 % 900)
    shape["id"] = 10_000_000 + number
    shape["head_sha"] = sha1(str(number).encode()).hexdigest()
    shape["created_at"] = shape["run_started_at"] = iso(began)
    shape["updated_at"] = iso(ended)
    return shape


def _import(path: Path, url: str) -> float:
    database = Database(make_engine(database_url(url)))
    # As the command does; what is frozen would look like a leak to DuckDB at the end.
    spare_collector(makes_batches=True)
    began, rows = time.perf_counter(), 0
    pieces = read_file_pieces(path, received_at=1_772_366_400_000_000)
    for piece in gather(pieces, number=UNWAITED_BATCH):
        rows += len(commit(database, piece.envelopes, is_lasting=False))
    database.settle()
    rate = rows / (time.perf_counter() - began)
    gc.unfreeze()
    database.close()
    return rate


def _limit(source: str, url: str) -> float:
    """Write the rows that the import left, with their raw bodies, in one go: rows a second."""
    columns = MERGE_RUNS.columns
    select = ", ".join(f"r.{c}" for c in columns)
    engine = make_engine(database_url(source))
    with engine.connect() as connection:
        rows = [
            tuple(row)
            for row in connection.execute(
                text(
                    f"SELECT {select}, b.body FROM runs r JOIN deliveries d ON d.run_id = r.id"
                    " JOIN delivery_bodies b ON b.delivery_id = d.id"
                )
            )
        ]
    engine.dispose()
    types = {"clock": "bytea", "latest": "boolean", "demo": "boolean", "on_default": "boolean"}
    numbers = {"id", "attempt", "repository_id", "workflow_id", "workflow_known", "run_number",
               "pr_number", "rev"}  # fmt: skip
    shape = ", ".join(
        f"{c} {types.get(c) or ('bigint' if c in numbers or c.endswith('_at') else 'text')}"
        for c in columns
    )
    engine = make_engine(database_url(url))
    try:
        return _copy(engine, shape, rows) if "postgresql" in url else _insert(engine, shape, rows)
    finally:
        engine.dispose()


def _copy(engine, shape, rows):  # noqa: ANN001, ANN202
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE bench_limit ({shape}, body bytea)")
        cursor = connection.connection.cursor()
        began = time.perf_counter()
        with cursor.copy("COPY bench_limit FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    # Now it is committed, as the import was when it was over.
    return len(rows) / (time.perf_counter() - began)


def _insert(engine, shape, rows):  # noqa: ANN001, ANN202
    places = ", ".join("?" * len(rows[0]))
    with engine.execution_options(writing=True).begin() as connection:
        connection.exec_driver_sql(f"CREATE TABLE bench_limit ({shape}, body blob)")
        began = time.perf_counter()
        cursor = connection.connection.cursor()
        cursor.executemany(f"INSERT INTO bench_limit VALUES ({places})", rows)
    # Now it is committed, as the import was when it was over.
    return len(rows) / (time.perf_counter() - began)


def measure(
    figures: Figures, urls: dict[str, Callable[[str], str]], folder: Path, *, number: int
) -> None:
    """Measure the import and its limit on both databases, in turns.

    `urls` make an empty database of each kind.
    """
    path = write_objects(folder / "runs.jsonl", number)
    rates: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for turn in range(_TURNS):
        for name, make in urls.items():
            url = make(f"import{turn}")
            rates[name].append((_import(path, url), _limit(url, url)))
    for name, found in rates.items():
        rate, limit = (max(one) for one in zip(*found, strict=True))
        figures.add(f"import_{name}", rate / limit, per_s=int(rate), limit_per_s=int(limit))


def measure_memory(figures: Figures, folder: Path, *, number: int) -> None:
    """Measure the greatest memory of `pulseboard import` on a million runs."""
    path = write_objects(folder / "million.jsonl", number)
    data = folder / "million"
    migrated(f"sqlite:///{folder}/unused.db")
    command = [sys.executable, "-m", "pulseboard", "import", str(path), "--data", str(data)]
    code = (
        "import resource, subprocess, sys;"
        f"subprocess.run({command!r}, check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    figures.add("import_1m_mb", float(done.stdout.split()[-1]), runs=number)
