"""A synthetic year of runs, loaded as fast as a database takes rows, as the writer would leave it.

`attempts` makes the observations, `load` puts them into an empty database: repositories and
workflows through the writer's own look-up, runs in bulk with their indexes built afterwards, the
counts by `rollup.recount`. What it leaves out is what no number is read from: deliveries and jobs.
`envelopes` gives the same observations to the writer, so that a test can hold the two equal.

    python bench/dataset.py sqlite:////tmp/year.db --runs 1000000
"""

import argparse
import time
from collections.abc import Callable, Iterator
from itertools import accumulate, islice
from operator import attrgetter
from random import Random
from typing import Any, Final, NamedTuple

from sqlalchemy import Engine, Table, text
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.counters import Numbers
from pulseboard.collect.merge import pack_clock
from pulseboard.collect.merge_sql import MERGE_RUNS
from pulseboard.collect.records import Envelope, RepositorySeen, RunSeen, WorkflowSeen
from pulseboard.collect.sources import Home, Repositories, Workflows, take_default_branch
from pulseboard.db.engine import database_url, lock_writer, make_engine
from pulseboard.db.migrate import migrate
from pulseboard.db.session import Database
from pulseboard.metrics import rollup
from pulseboard.model import Run
from pulseboard.vocabulary import Phase, Provider, Source

# 2026-01-01T00:00:00Z: the end of the year of history, the same in every run of the bench.
END: Final = 1_767_225_600 * clock.SECOND
_ROWS_A_BATCH: Final = 20_000
# Beyond this many runs at the very end are still going.
_OPEN_RUNS: Final = 20
# What becomes of a run that does not fail, in thousandths.
_EXCLUDED: Final = ((30, "cancelled"), (60, "skipped"), (65, "neutral"))
_FACTS: Final = tuple(c for c in MERGE_RUNS.columns if c in RunSeen.__struct_fields__)
# What the writer adds to the facts of an observation.
_PLACED: Final = (
    "id", "repository_id", "workflow_id", "workflow_known", "provider_run_id", "latest", "demo",
    "on_default", "rev",
)  # fmt: skip


class Shape(NamedTuple):
    """How much history to make, and of how many repositories and workflows."""

    runs: int
    workflows: int = 5_000
    repositories: int = 500
    days: int = 365
    end: int = END
    seed: int = 1


class _Pipeline(NamedTuple):
    """One workflow: what its runs say about it, how often they fail, how long they take."""

    repository: RepositorySeen
    workflow: WorkflowSeen
    failing: float
    median: float


def attempts(shape: Shape) -> Iterator[list[RunSeen]]:
    """Yield the attempts of each run, the runs by rising creation; the same for the same shape.

    A few workflows have most of the runs and a few most of the failures; durations are lognormal
    about the workflow's median. Six in ten runs are on the default branch, one in fifty was run
    again after a failure, the last few are still going.
    """
    random = Random(shape.seed)
    pipelines = _pipelines(shape, random)
    weights = list(accumulate(1 / (rank + 10) ** 0.8 for rank in range(len(pipelines))))
    start = shape.end - shape.days * clock.DAY
    step = shape.days * clock.DAY / shape.runs
    for first in range(0, shape.runs, _ROWS_A_BATCH):
        numbers = range(first, min(first + _ROWS_A_BATCH, shape.runs))
        chosen = random.choices(pipelines, cum_weights=weights, k=len(numbers))
        for number, pipeline in zip(numbers, chosen, strict=True):
            created_at = start + int((number + random.random()) * step)
            created_at -= created_at % clock.SECOND
            is_open = number >= shape.runs - min(_OPEN_RUNS, shape.runs // 10)
            yield _run(pipeline, random, number=number, created_at=created_at, is_open=is_open)


def _pipelines(shape: Shape, random: Random) -> list[_Pipeline]:
    found = []
    for number in range(shape.workflows):
        home = number % shape.repositories
        name = f"org{home % 40}/service-{home:03}"
        found.append(
            _Pipeline(
                RepositorySeen(
                    full_name=name,
                    provider=Provider.GITHUB,
                    provider_id=str(700_000 + home),
                    html_url=f"https://github.com/{name}",
                    default_branch="main" if home % 7 else "trunk",
                ),
                WorkflowSeen(
                    name=f"Pipeline {number // shape.repositories}",
                    provider_id=str(90_000 + number),
                    path=f".github/workflows/pipeline-{number // shape.repositories}.yml",
                ),
                # Most fail seldom, a few often.
                failing=0.01 + 0.5 * random.random() ** 4,
                median=random.lognormvariate(5.5, 0.9),
            )
        )
    random.shuffle(found)
    return found


def _run(
    pipeline: _Pipeline, random: Random, *, number: int, created_at: int, is_open: bool
) -> list[RunSeen]:
    on_default = random.random() < 0.6
    branch = pipeline.repository.default_branch if on_default else f"feature/{number % 997}"
    sha = f"{random.getrandbits(160):040x}"
    conclusion = None if is_open else _conclusion(pipeline, random)
    first = _attempt(
        pipeline, random, number=number, attempt=1, created_at=created_at,
        started_at=created_at, conclusion=conclusion, branch=branch, sha=sha,
    )  # fmt: skip
    if conclusion != "failure" or random.random() > 0.2:
        return [first]
    again = _attempt(
        pipeline, random, number=number, attempt=2, created_at=created_at,
        started_at=first.updated_at + 5 * clock.MINUTE, conclusion=_conclusion(pipeline, random),
        branch=branch, sha=sha,
    )  # fmt: skip
    return [first, again]


def _conclusion(pipeline: _Pipeline, random: Random) -> str:
    if random.random() < pipeline.failing:
        return "failure"
    drawn = random.random() * 1000
    return next((word for below, word in _EXCLUDED if drawn < below), "success")


def _attempt(
    pipeline: _Pipeline,
    random: Random,
    *,
    number: int,
    attempt: int,
    created_at: int,
    started_at: int,
    conclusion: str | None,
    branch: str | None,
    sha: str,
) -> RunSeen:
    seconds = int(pipeline.median * random.lognormvariate(0, 0.3)) + 1
    updated_at = started_at if conclusion is None else started_at + seconds * clock.SECOND
    status = Phase.IN_PROGRESS if conclusion is None else Phase.COMPLETED
    run_id = str(8_000_000_000 + number)
    return RunSeen(
        repository=pipeline.repository,
        workflow=pipeline.workflow,
        run_id=run_id,
        attempt=attempt,
        status=status.value,
        conclusion=conclusion,
        clock=pack_clock(status, conclusion, time=updated_at, body=run_id.encode()),
        created_at=created_at,
        updated_at=updated_at,
        run_number=number,
        event="push" if branch == pipeline.repository.default_branch else "pull_request",
        head_branch=branch,
        head_sha=sha,
        title=f"Change {number}",
        actor=f"dev{number % 211}",
        html_url=f"{pipeline.repository.html_url}/actions/runs/{run_id}",
        attempt_started_at=started_at,
        settled_at=None if conclusion is None else updated_at,
    )


def envelopes(shape: Shape) -> Iterator[Envelope]:
    """Yield the same history as deliveries for the writer, one a run."""
    for seen in attempts(shape):
        run_id = seen[0].run_id
        yield Envelope(
            guid=f"bench-{run_id}",
            source=Source.IMPORT,
            event="workflow_run",
            received_at=shape.end,
            body=run_id.encode(),
            runs=seen,
        )


def load(
    database: Database, shape: Shape, *, report: Callable[[str], None] = lambda _line: None
) -> None:
    """Fill an empty, migrated database; `report` is told after each part how long it took."""
    indexes = sorted(Run.metadata.tables["runs"].indexes, key=lambda index: str(index.name))
    with _Timed("rows", report), database.writing() as session:
        lock_writer(session)
        connection = session.connection()
        for index in indexes:
            index.drop(connection)
        _store(session, shape)
    with _Timed("indexes", report), database.writing() as session:
        for index in indexes:
            index.create(session.connection())
    with _Timed("counts", report), database.writing() as session:
        lock_writer(session)
        rollup.recount(session)
    with _Timed("statistics", report):
        _settle(database.engine)


class _Timed:
    """Tell how long a block took."""

    def __init__(self, name: str, report: Callable[[str], None]) -> None:
        self._name, self._report = name, report

    def __enter__(self) -> None:
        self._began = time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._report(f"{self._name}: {time.perf_counter() - self._began:.1f} s")


def _store(session: Session, shape: Shape) -> None:
    repositories = Repositories(session, [], at=shape.end)
    workflows = Workflows(session, [])
    placed = _rows(shape, repositories, workflows)
    table = Run.metadata.tables["runs"]
    last: tuple[Any, ...] | None = None
    while rows := list(islice(placed, _ROWS_A_BATCH)):
        _insert(session, table, rows)
        last = rows[-1]
    repositories.save()
    workflows.save()
    if last is not None:
        numbers = Numbers(session)
        for name, column in (("run", "id"), ("rev", "rev")):
            numbers.take(name, count=last[len(_FACTS) + _PLACED.index(column)])
        numbers.save()


def _rows(
    shape: Shape, repositories: Repositories, workflows: Workflows
) -> Iterator[tuple[Any, ...]]:
    """Yield the rows of runs in the order of _FACTS and _PLACED."""
    facts = attrgetter(*_FACTS)
    rev = 0
    for number, seen in enumerate(attempts(shape), start=1):
        for run in seen:
            home = repositories.find(run.repository, observed_at=run.updated_at)
            home.hear(at=shape.end, source=Source.IMPORT.value)
            take_default_branch(home, [run])
            workflow = workflows.find(
                run.workflow, repository_id=home.id, observed_at=run.updated_at
            )
            rev += 1
            yield (
                *facts(run), number, home.id, workflow.id, 1, run.run_id, run is seen[-1], False,
                _is_on_default(run, home), rev,
            )  # fmt: skip


def _is_on_default(run: RunSeen, home: Home) -> bool:
    return run.head_repository is None and run.head_branch == home.default_branch


def _insert(session: Session, table: Table, rows: list[tuple[Any, ...]]) -> None:
    columns = (*_FACTS, *_PLACED)
    names = ", ".join(columns)
    if session.get_bind().dialect.name == "sqlite":
        marks = ", ".join("?" * len(columns))
        session.connection().exec_driver_sql(
            f"INSERT INTO {table.name} ({names}) VALUES ({marks})", rows
        )
        return
    driver: Any = session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _settle(engine: Engine) -> None:
    """Do what a database does by itself in time: PostgreSQL's autovacuum, SQLite's checkpoint."""
    statement = "PRAGMA wal_checkpoint(TRUNCATE)"
    if engine.dialect.name == "postgresql":
        statement = "VACUUM (ANALYZE)"
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(statement))


def main() -> None:
    """Fill a database from the command line."""
    parser = argparse.ArgumentParser(description="Fill an empty database with synthetic runs.")
    parser.add_argument("url")
    parser.add_argument("--runs", type=int, default=1_000_000)
    given = parser.parse_args()
    engine = make_engine(database_url(given.url))
    migrate(engine)
    load(Database(engine), Shape(given.runs), report=lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
