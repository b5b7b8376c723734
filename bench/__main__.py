"""`make bench`: every figure, or those named; BENCH_RUNS cuts it short, --full is 10 M runs."""

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path

from bench import (
    alerting,
    databases,
    door,
    fanout,
    github,
    idle,
    importing,
    logs,
    overview,
    pages,
)
from bench.figures import Figures


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument(
        "only",
        nargs="*",
        help="door, import, overview, pages, alerts, fanout, idle, memory, logs, github",
    )
    parser.add_argument("--runs", type=int, default=int(os.environ.get("BENCH_RUNS", "1000000")))
    parser.add_argument("--megabytes", type=int, default=1000, help="of logs")
    parser.add_argument("--full", action="store_true", help="10 M runs as well: half an hour")
    chosen = parser.parse_args()
    wanted = set(chosen.only) or {
        "door",
        "import",
        "overview",
        "pages",
        "alerts",
        "fanout",
        "idle",
        "memory",
        "logs",
        "github",
    }
    figures = Figures()
    with tempfile.TemporaryDirectory(prefix="pulseboard-bench-") as name:
        folder = Path(name)
        with databases.postgresql() as address:
            if "door" in wanted:
                door.measure(
                    figures,
                    {
                        "sqlite": partial(databases.sqlite_file, folder),
                        "postgresql": partial(databases.create, address),
                    },
                )
            if "import" in wanted:
                importing.measure(
                    figures,
                    {
                        "sqlite": partial(databases.sqlite_file, folder),
                        "postgresql": partial(databases.create, address),
                    },
                    folder,
                    number=min(chosen.runs, 60_000),
                )
            if "logs" in wanted:
                made = {
                    "sqlite": partial(databases.sqlite_file, folder),
                    "postgresql": partial(databases.create, address),
                }
                logs.measure(figures, made, folder, megabytes=chosen.megabytes)
            if "github" in wanted:
                homes_of = {
                    "sqlite": partial(databases.sqlite_file, folder),
                    "postgresql": partial(databases.create, address),
                }
                github.measure(figures, homes_of, folder, runs=min(chosen.runs, 10_000))
            if "overview" in wanted:
                sizes = ("100k", "1m", "10m") if chosen.full else ("100k", "1m")
                urls = {
                    (size, "sqlite"): databases.sqlite_file(folder, f"o{size}") for size in sizes
                }
                if chosen.full:
                    urls["10m", "postgresql"] = databases.create(address, "o10m")
                overview.measure(figures, urls, folder)
            if "alerts" in wanted:
                made = {
                    "sqlite": partial(databases.sqlite_file, folder),
                    "postgresql": partial(databases.create, address),
                }
                alerting.measure(figures, made, folder)
            if "pages" in wanted:
                homes = {
                    "sqlite": databases.sqlite_file(folder, "pages"),
                    "postgresql": databases.create(address, "pages"),
                }
                pages.measure(figures, homes, runs=chosen.runs)
        if "fanout" in wanted:
            fanout.measure(figures)
        if "idle" in wanted:
            idle.measure(figures, folder)
        if "memory" in wanted:
            importing.measure_memory(figures, folder, number=chosen.runs)
    print(f"Saved {figures.save()}")


if __name__ == "__main__":
    main()
