"""Whatever a job wrote is kept as it is, numbered right, found, and never takes all memory."""

import subprocess
import sys

import pytest

from pulseboard.config import load_settings
from pulseboard.logs import lines
from pulseboard.logs.asked import read_asked
from pulseboard.logs.keeping import Keeper
from pulseboard.logs.matching import LineMatcher
from pulseboard.logs.reading import read_text, read_window
from pulseboard.metrics.scope import Scope
from pulseboard.model import Job, Log, Repository, Run, Workflow
from pulseboard.pipelines.log_filter import LogFilter
from pulseboard.pipelines.log_search import search

NOON = 1_790_000_000_000_000
ODD = {
    "no newline": (b"one\nneedle", 2, "needle"),
    "lone carriage returns": (b"10%\r50%\rneedle\rdone\r\nend", 3, "needle"),
    "no text at all": (bytes(range(256)) * 40 + b"\nneedle\n", 82, "needle"),
    "not UTF-8": (b"ok\n\xff\xfe\xc3( needle \xf0\x28\n", 2, "\ufffd\ufffd\ufffd( needle \ufffd("),
    "title of a terminal": (b"\x1b]0;rm -rf\x07needle\x1b[31m red\x1b[0m\n", 1, "needle red"),
    "title without an end": (b"needle\x1b]0;and more\nnext\n", 1, "needle"),
    "directions": ("a\u202eneedle\u2066b\n".encode(), 1, "a\ufffdneedle\ufffdb"),
    "a script": (b"<script>alert('needle')</script>\n", 1, "<script>alert('needle')</script>"),
    "zeros": (b"\0\0needle\0\n", 1, "\ufffd\ufffdneedle\ufffd"),
    "a byte order mark": (b"\xef\xbb\xbfneedle\n", 1, "needle"),
    "signs of several bytes": ("✗ 🚀 needle é\n".encode(), 1, "✗ 🚀 needle é"),
    "separators that end no line": ("a\u2028needle\x0b\x0cb\x85c\n".encode(), 1, None),
}


@pytest.fixture
def keeper(database, tmp_path):
    """What keeps the log of the one job there is."""
    base = {"repository_id": 1, "attempt": 1, "clock": b"", "rev": 1, "status": "completed",
            "conclusion": "failure"}  # fmt: skip
    with database.writing() as session:
        session.add(Repository(id=1, full_name="acme/api", name_key="acme/api", provider="generic",
                               last_event_at=NOON, demo=False, created_at=NOON))  # fmt: skip
        session.add(Workflow(id=1, repository_id=1, name="CI"))
        session.add(Run(**base, id=1, workflow_id=1, provider_run_id="51", latest=True, demo=False,
                        on_default=True, source="push", created_at=NOON, updated_at=NOON))  # fmt: skip
        session.add(
            Job(**base, id=1, run_id=1, name="test", provider_job_id="9", completed_at=NOON)
        )
    return Keeper.from_settings(database, load_settings(data=tmp_path))


def find(database, keeper, typed):
    with database.reading() as session:
        found = search(session, keeper.store, matcher=LineMatcher(read_asked(typed)),
                       wanted=LogFilter(Scope()), limit=50, seconds=60)  # fmt: skip
    return [(hit.line, hit.text) for hit in found.hits]


@pytest.mark.parametrize("odd", ODD)
def test_odd_log_is_kept_as_it_is_and_its_line_is_found(database, keeper, odd):
    data, number, shown = ODD[odd]
    kept = keeper.keep(data, job_id=1)

    with database.reading() as session:
        log = session.get(Log, 1)
        assert read_text(keeper.store, log) == data
        window = read_window(keeper.store, log, first=number, last=number)
    assert (kept.size_bytes, kept.lines) == (len(data), len(lines.split(data)))
    assert (window.first_line, len(window.lines)) == (number, 1)
    ((line, text),) = find(database, keeper, "needle")
    assert line == number
    if shown is not None:
        assert text == shown


@pytest.mark.parametrize("data", [b"", b"\n" * 5000, b"\r" * 5000, b"\x1b]0;" * 5000])
def test_log_that_says_nothing_is_kept(database, keeper, data):
    kept = keeper.keep(data, job_id=1)

    assert (kept.lines, kept.first_error) == (len(lines.split(data)), None)
    assert find(database, keeper, "needle") == []


def test_line_that_matches_a_million_times_takes_no_time(database, keeper):
    keeper.keep("é ".encode() * 1_000_000 + b"needle " * 1_000_000, job_id=1)

    with database.reading() as session:
        found = search(session, keeper.store, matcher=LineMatcher(read_asked('needle "dle "')),
                       wanted=LogFilter(Scope()), limit=50, seconds=60)  # fmt: skip

    (hit,) = found.hits
    assert hit.text == "é " * 60 + "needle " * 54 + "ne"
    assert hit.ranges == [(120 + 7 * n, min(127 + 7 * n, 500)) for n in range(55)]


def test_long_line_is_found_beyond_its_first_frames_and_shown_in_part(database, keeper):
    row = b"x" * 700_000 + b" needle " + b"y" * 700_000
    keeper.keep(b"before\n" + row + b"\nafter\n", job_id=1)

    ((line, text),) = find(database, keeper, "needle")
    assert line == 2
    assert " needle " in text
    assert len(text) == 500


def test_large_log_is_numbered_to_its_end(database, keeper):
    rows = b"".join(b"2026-01-01T00:00:00.0000000Z line no. %d\n" % n for n in range(1, 1_000_001))
    kept = keeper.keep(rows + b"needle\n", job_id=1)

    assert kept.size_bytes > 41_000_000
    assert find(database, keeper, "needle") == [(1_000_001, "needle")]


_KEEP = """
import resource, sys
from pulseboard.config import load_settings
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database
from pulseboard.logs.keeping import Keeper

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000

keeper = Keeper.from_settings(
    Database(make_engine(database_url(sys.argv[1]))), load_settings(data=sys.argv[2], log_max_mb=200)
)
keeper.keep(b"warm up", job_id=1)
data = (b"one line, however long; " * 5_000_000)[:100_000_000]
before = peak()
kept = keeper.keep(data, job_id=1)
print(kept.size_bytes, kept.lines, peak() - before)
"""


def test_line_of_100_mb_takes_little_more_memory_than_it_is_long(
    database, database_address, keeper, tmp_path
):
    command = [sys.executable, "-c", _KEEP, database_address, str(tmp_path)]
    ended = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)

    size, number, more = (int(part) for part in ended.stdout.split())
    assert (size, number) == (100_000_000, 1)
    assert more < 350
