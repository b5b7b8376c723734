"""What GitHub is asked: for a repository an hour, and for history, of the least there is to ask.

python -m bench.github RUNS serves a stand-in with a repository of so many runs.
"""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any, NamedTuple
from unittest import mock

import httpx
from sqlalchemy import text
from tests.github_fake.hub import FakeGitHub

from bench.figures import Figures
from pulseboard import clock
from pulseboard.collect.github import backfill, tracking
from pulseboard.collect.github.answers import Purpose
from pulseboard.collect.github.budget import Budget, Rules
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.connecting import connect
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.history import run_backfill
from pulseboard.collect.github.poll import poll_repository
from pulseboard.collect.github.webhook import open_delivery
from pulseboard.collect.groupcommit import commit
from pulseboard.config import load_settings
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database
from pulseboard.model import Feed

TOKEN = "ghp_bench"
NAME = "acme/api"
DAYS = 90
JOBS = 3
HOURS = 48
INTERVAL = clock.MINUTE
RUNS_AN_HOUR = 12
# As many requests at once as a backfill has.
CONNECTIONS = 4
_NO_LIMIT = 1 << 30


class Counting(FakeGitHub):
    """A stand-in that counts what GitHub would count, and answers twice what it was asked twice."""

    def __init__(self, *, remembers: bool = False) -> None:
        super().__init__()
        self.counted = 0
        self._told: dict[str, Any] | None = {} if remembers else None

    def _serve_in_turn(self, asked: Any) -> Any:
        if self._told is not None and asked.target in self._told:
            self.asked.append(asked.target)
            return self._told[asked.target]
        reply = super()._serve_in_turn(asked)
        self.counted += reply.status != 304
        if self._told is not None:
            self._told[asked.target] = reply
        return reply


def serve(runs: int) -> None:
    """Serve a repository with history until standard input ends; say its address first."""
    with Counting(remembers=True) as hub:
        hub.token(TOKEN, limit=_NO_LIMIT, points=_NO_LIMIT)
        _fill(hub.repository(NAME), runs, days=DAYS)
        print(hub.url, flush=True)
        for _ in sys.stdin:
            print(len(hub.asked), flush=True)
            hub.asked.clear()


def _fill(home: Any, runs: int, *, days: int) -> None:
    """Let runs have been, evenly over the days."""
    now, chance = clock.now(), Random(7)
    for number in range(runs):
        began = now - (runs - number) * days * clock.DAY // (runs + 1)
        home.now = lambda at=began: at
        run = home.run(created=began)
        for job in range(JOBS):
            run.job(f"job {job}")
        run.start()
        ended = began + chance.randint(1, 20) * clock.MINUTE
        home.now = lambda at=ended: at
        run.finish("failure" if chance.random() < 0.1 else "success")
    home.now = clock.now


class StandIn(NamedTuple):
    """A stand-in in a process of its own; `asked()` says how often it was asked since last time."""

    url: str
    asked: Callable[[], int]


@contextmanager
def _stand_in(runs: int) -> Iterator[StandIn]:
    command = [sys.executable, "-m", "bench.github", str(runs)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:
        assert process.stdin
        assert process.stdout
        ask, told = process.stdin, process.stdout

        def asked() -> int:
            ask.write("\n")
            return int(told.readline())

        try:
            yield StandIn(told.readline().strip(), asked)
        finally:
            process.terminate()


def measure(
    figures: Figures, homes: dict[str, Callable[[str], str]], folder: Path, *, runs: int
) -> None:
    """Measure backfills on both databases, then what keeping up costs an hour."""
    with _stand_in(runs) as stand_in:
        floor = -(-runs // 100) + runs
        # The first time the stand-in makes its answers, later it has them.
        _ask_barely(stand_in.url, runs)
        limit = _ask_barely(stand_in.url, runs)
        stand_in.asked()
        for name, home in homes.items():
            seconds = _fetch_history(stand_in.url, home("history"), folder, runs=runs)
            asked = stand_in.asked()
            figures.add(
                f"github_backfill_{name}",
                seconds / limit,
                runs_per_s=int(runs / seconds),
                limit_per_s=int(runs / limit),
            )
            figures.add(f"github_requests_{name}", asked / floor, asked=asked, floor=floor)
    for kind in ("quiet", "active", "fed"):
        _measure_hours(figures, kind, homes["sqlite"](kind), folder)


def _ask_barely(base: str, runs: int) -> float:
    """Ask for the pages and the jobs of every run and throw the answers away: seconds."""
    home = f"{base}/repos/{NAME}/actions/runs"
    mine = threading.local()

    def get(client: httpx.Client, url: str) -> httpx.Response:
        return client.get(url).raise_for_status()

    def get_jobs(run: int) -> None:
        if not hasattr(mine, "client"):
            mine.client = _plain_client()
        get(mine.client, f"{home}/{run}/jobs?filter=all&page=1&per_page=100")

    began = time.perf_counter()
    with _plain_client() as client, ThreadPoolExecutor(CONNECTIONS) as pool:
        for page in range(1, -(-runs // 100) + 1):
            listed = get(client, f"{home}?page={page}&per_page=100").json()["workflow_runs"]
            list(pool.map(get_jobs, [run["id"] for run in listed]))
    return time.perf_counter() - began


def _plain_client() -> httpx.Client:
    return httpx.Client(headers={"Authorization": f"Bearer {TOKEN}"}, trust_env=False)


@contextmanager
def _collecting(base: str, url: str, folder: Path) -> Iterator[Collector]:
    """Give the way from a stand-in to a database, without our own limit of a minute."""
    database = Database(make_engine(database_url(url)))
    etags = EtagShelf(database)
    settings = load_settings(github_api_url=base, github_token=TOKEN, data=folder)
    budget = Budget(Rules(per_minute=_NO_LIMIT))
    github = connect(settings, database=database, etags=etags, budget=budget)

    def write(envelopes: Any, *, is_history: bool) -> Any:
        for envelope in envelopes:
            envelope.is_history = is_history
        return commit(database, envelopes)

    try:
        yield Collector(database, github, etags, write, INTERVAL)
    finally:
        github.close()
        database.close()


def _track(database: Database) -> int:
    with database.writing() as session:
        return tracking.track(session, NAME, origin=tracking.Origin.PEOPLE, at=clock.now())


def _fetch_history(base: str, url: str, folder: Path, *, runs: int) -> float:
    """Fetch all of it; return the seconds it took."""
    with _collecting(base, url, folder) as collector:
        repository_id = _track(collector.database)
        with collector.database.writing() as session:
            wanted = backfill.ask_for_backfill(
                session, repository_id, days=DAYS + 1, at=clock.now()
            ).id
        began = time.perf_counter()
        run_backfill(collector, wanted)
        seconds = time.perf_counter() - began
        with collector.database.reading() as session:
            stored = [
                session.scalar(text(f"SELECT count(*) FROM {table}")) for table in ("runs", "jobs")
            ]
        assert stored == [runs, runs * JOBS], stored
    return seconds


def _measure_hours(figures: Figures, kind: str, url: str, folder: Path) -> None:
    """Let two days pass in a repository: what a poll asks, and what of it GitHub counts."""
    now = clock.now() // clock.SECOND * clock.SECOND

    def read() -> int:
        return now

    with (
        mock.patch.object(clock, "now", read),
        Counting() as hub,
        _collecting(hub.url, url, folder) as collector,
    ):
        hub.token(TOKEN, limit=_NO_LIMIT, points=_NO_LIMIT)
        home = hub.repository(NAME)
        _fill(home, 300, days=30)
        home.now = hub.now
        repository_id = _track(collector.database)
        if kind == "fed":
            hub.on_delivery = lambda one: _take(collector.database, one)
        poll_repository(collector, repository_id, purpose=Purpose.POLL)
        hub.asked.clear()
        hub.counted, began, under_way = 0, now, []
        while now < began + HOURS * clock.HOUR:
            if kind != "quiet" and now % (clock.HOUR // RUNS_AN_HOUR) < clock.SECOND * 15:
                under_way.append((now + 8 * clock.MINUTE, _begin(home)))
            for ends, run in [one for one in under_way if one[0] <= now]:
                under_way.remove((ends, run))
                run.finish()
            if _is_due(collector.database, repository_id):
                poll_repository(collector, repository_id, purpose=Purpose.POLL)
            now += 15 * clock.SECOND
        figures.add(
            f"github_hour_{kind}",
            len(hub.asked) / HOURS,
            counted_an_hour=round(hub.counted / HOURS, 1),
            runs_an_hour=0 if kind == "quiet" else RUNS_AN_HOUR,
        )
        if kind == "active":
            figures.add("github_counted_active", hub.counted / HOURS / RUNS_AN_HOUR)


def _begin(home: Any) -> Any:
    run = home.run()
    for job in range(JOBS):
        run.job(f"job {job}")
    run.start()
    return run


def _take(database: Database, one: Any) -> int:
    _, body = one.request("hook")
    opened = open_delivery(
        body, event=one.event, guid=one.guid, content_type="application/json", headers={},
        received_at=clock.now(),
    )  # fmt: skip
    commit(database, [opened.understand()])
    return 202


def _is_due(database: Database, repository_id: int) -> bool:
    with database.reading() as session:
        feed = session.get_one(Feed, repository_id)
        return feed.next_poll_at <= clock.now()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
