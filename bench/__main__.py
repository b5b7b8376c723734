"""`make bench`: every figure, or those named; BENCH_SECONDS cuts the long ones short."""

import argparse
import os
import tempfile
from pathlib import Path

from bench import databases, door, importing
from bench.figures import Figures


def main() -> None:
    """Measure and save."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("only", nargs="*", help="door, import, overview, pages, fanout, memory")
    parser.add_argument("--runs", type=int, default=int(os.environ.get("BENCH_RUNS", "1000000")))
    chosen = parser.parse_args()
    wanted = set(chosen.only) or {"door", "import", "overview", "pages", "fanout", "memory"}
    figures = Figures()
    with tempfile.TemporaryDirectory(prefix="pulseboard-bench-") as name:
        folder = Path(name)
        with databases.postgresql() as address:
            if "door" in wanted:
                urls = {
                    "sqlite": databases.sqlite_file(folder, "door"),
                    "postgresql": databases.create(address, "door"),
                }
                door.measure(figures, urls)
            if "import" in wanted:
                urls = {
                    "sqlite": databases.sqlite_file(folder, "import"),
                    "postgresql": databases.create(address, "import"),
                }
                importing.measure(figures, urls, folder, number=min(chosen.runs, 60_000))
        if "memory" in wanted:
            importing.measure_memory(figures, folder, number=chosen.runs)
    print(f"Saved {figures.save()}")


if __name__ == "__main__":
    main()
