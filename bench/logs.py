"""Keeping and searching logs, as ratios to ripgrep over the same text in plain files."""

import random
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from bench.figures import Figures
from pulseboard.config import load_settings
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database
from pulseboard.logs import frames, index
from pulseboard.logs.keeping import Keeper
from pulseboard.logs.matching import Matcher
from pulseboard.metrics.scope import Scope
from pulseboard.model import Job, Log, Repository, Run, Workflow
from pulseboard.pipelines.log_filter import LogFilter
from pulseboard.pipelines.log_search import Answer, search

LOG_BYTES = 200_000
SEEDED = 1_790_000_000_000_000
RARE = "needle-7f3a9c-in-one-log"
ABSENT = "zq-absent-from-every-log-xv"
COMMON = "warning: unused"
# Too short for the index, and nowhere: every log has to be read.
WORST = "~~"
# As often as a server is asked that has its statements prepared and its files at hand; whoever it
# is measured against is asked as often.
_REPEATS = 20
_VERBS = ["Compiling", "Downloading", "Linking", "Checking", "Running", "Collecting", "Unpacking",
          "Installing", "Resolving", "Fetching", "Cached", "Uploading"]  # fmt: skip
_NOUNS = ["serde", "tokio", "numpy", "react-dom", "openssl", "libcurl", "protobuf", "pytest",
          "webpack", "postgres", "kubelet", "grpc", "hyper", "eslint", "vite", "boost"]  # fmt: skip
_SHAPES = [
    "{verb} {noun} v{a}.{b}.{c}",
    "  {verb} {noun}-{hex} ({b}.{c} MB) from https://cdn.example.org/{noun}/{hex}.tar.gz",
    "test tests::{noun}::{verb}_{b} ... ok",
    "tests/{noun}/test_{verb}.py::test_{hex} PASSED [ {c}%]",
    "src/{noun}/{verb}.rs:{b}:{c}: warning: unused variable `x{a}`",
    "[{a}/{b}] Building CXX object {noun}/CMakeFiles/{noun}.dir/{verb}_{hex}.cpp.o",
    "INFO {noun}.{verb}: request {hex} took {b} ms, status 200",
    "remote: Counting objects: {c}% ({a}/{b}), done.",
    "      at {noun}.{verb} (/app/node_modules/{noun}/lib/{hex}.js:{b}:{c})",
    "##[group]Run {verb} {noun}",
    "##[endgroup]",
]


def write_logs(folder: Path, megabytes: int) -> list[Path]:
    """Write job logs of 200 kB each, alike as those of one company are, but never the same."""
    dice = random.Random(7)
    pool = [
        dice.choice(_SHAPES).format(
            verb=dice.choice(_VERBS), noun=dice.choice(_NOUNS), a=dice.randrange(20),
            b=dice.randrange(2000), c=dice.randrange(100), hex=f"{dice.getrandbits(40):010x}",
        )
        for _ in range(60_000)
    ]  # fmt: skip
    folder.mkdir()
    paths = []
    number = megabytes * 1_000_000 // LOG_BYTES
    for count in range(number):
        rows, size = [], 0
        while size < LOG_BYTES:
            row = f"2026-01-01T00:{size // 4000 % 60:02d}:00.0000000Z {dice.choice(pool)}"
            rows.append(row)
            size += len(row) + 1
        rows.append(f"job {count} ended with {dice.getrandbits(64):016x}")
        if count == number // 3:
            rows.append(RARE)
        paths.append(folder / f"{count}.log")
        paths[-1].write_text("\n".join(rows) + "\n")
    return paths


def measure(
    figures: Figures, databases: Mapping[str, Callable[[str], str]], folder: Path, *, megabytes: int
) -> None:
    """Measure on each database; ripgrep reads warm files."""
    if shutil.which("rg") is None:
        print("logs: ripgrep is missing (Debian: apt-get install ripgrep), nothing measured")
        return
    paths = write_logs(folder / "plain", megabytes)
    text = sum(path.stat().st_size for path in paths)
    _ripgrep(folder / "plain", RARE)
    for kind, make in databases.items():
        database = Database(make_engine(database_url(make("logs"))))
        settings = load_settings(data=folder / kind, log_max_mb=1000)
        keeper = Keeper.from_settings(database, settings)
        _add_jobs(database, len(paths))
        began = time.process_time()
        for job_id, path in enumerate(paths, 1):
            keeper.keep(path.read_bytes(), job_id=job_id)
        speed = text / 1e6 / (time.process_time() - began)
        figures.add(f"logs_in_{kind}", speed, unit="MB/s of one core")
        with database.reading() as session:
            size = index.size_of_index(session)
            stored = sum(row.stored_bytes for row in session.query(Log))
        share = size / text
        figures.add(f"logs_index_{kind}", share, text=text, index=size, files=stored)
        _measure_search(figures, database, keeper, kind, folder / "plain")
        database.close()


def _measure_search(
    figures: Figures, database: Database, keeper: Keeper, kind: str, plain: Path
) -> None:
    for name, term in (("rare", RARE), ("absent", ABSENT), ("first50", COMMON)):
        theirs = _best(lambda term=term: _ripgrep(plain, term))
        ours = _best(lambda term=term: _ask(database, keeper, term))
        figures.add(f"logs_{name}_{kind}", ours / theirs, ms=ours * 1e3, ripgrep_ms=theirs * 1e3)
    scanned = _best(lambda: _scan(database, keeper, WORST), repeats=1)
    ours = _best(lambda: _ask(database, keeper, WORST), repeats=1)
    figures.add(f"logs_worst_{kind}", ours / scanned, s=ours, scan_s=scanned)


def _add_jobs(database: Database, number: int) -> None:
    base = {"repository_id": 1, "attempt": 1, "clock": b"", "rev": 1}
    with database.writing() as session:
        session.add(Repository(id=1, full_name="acme/api", name_key="acme/api", provider="github",
                               demo=False, created_at=SEEDED, last_event_at=SEEDED))  # fmt: skip
        session.add(Workflow(id=1, repository_id=1, name="CI"))
        for one in range(1, number + 1):
            at = SEEDED + one * 1_000_000
            session.add(Run(**base, id=one, workflow_id=1, provider_run_id=f"r{one}", latest=True,
                            demo=False, on_default=True, source="webhook", status="completed",
                            conclusion="failure", created_at=at, updated_at=at))  # fmt: skip
            session.add(Job(**base, id=one, run_id=one, name="test", provider_job_id=f"j{one}",
                            status="completed", conclusion="failure", completed_at=at))  # fmt: skip


def _ask(database: Database, keeper: Keeper, term: str) -> Answer:
    with database.reading() as session:
        return search(session, keeper.store, matcher=Matcher(term), wanted=LogFilter(Scope()),
                      limit=50, seconds=600)  # fmt: skip


def _scan(database: Database, keeper: Keeper, term: str) -> int:
    needle = term.encode()
    with database.reading() as session:
        return sum(
            needle in piece.lower()
            for log in session.query(Log).order_by(Log.at.desc())
            for piece in _pieces(keeper, log)
        )


def _pieces(keeper: Keeper, log: Log) -> list[bytes]:
    data = keeper.store.read(log.storage_key or "", start=0, size=log.stored_bytes)
    table = frames.read_table(log.frames or b"")
    return [frames.inflate(data[f.start : f.start + f.size], f) for f in table]


def _ripgrep(folder: Path, term: str) -> None:
    command = ["rg", "--fixed-strings", "--ignore-case", "--count", "--no-messages", term]
    subprocess.run([*command, folder], stdout=subprocess.DEVNULL, check=False)


def _best(act: Callable[[], object], *, repeats: int = _REPEATS) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)
