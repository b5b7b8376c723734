"""kill -9 while logs are fetched, stored and indexed: nothing half, no orphan, index as the text."""

import os
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import zstandard
from sqlalchemy import select

from pulseboard import clock
from pulseboard.config import load_settings
from pulseboard.logs import frames, grams, index, retention
from pulseboard.logs.keeping import Keeper
from pulseboard.logs.reading import read_text
from pulseboard.model import Log, LogBlock, LogUnit
from tests.chaos.log_worker import LARGE, POINTS, SMALL, text_of
from tests.logs.test_index import add_jobs

# By hand, for hours: PULSEBOARD_TEST_KILLS=500 make test
KILLS = int(os.environ.get("PULSEBOARD_TEST_KILLS", "2"))
SHOWN = ("after the commit", "within the blocks", "after the blocks")


@pytest.fixture
def keeper(database, tmp_path, monkeypatch):
    """What keeps logs in a folder of the test's own, in blocks that a few logs fill."""
    monkeypatch.setattr(index, "SMALL", SMALL)
    monkeypatch.setattr(index, "LARGE", LARGE)
    return Keeper.from_settings(database, load_settings(data=tmp_path))


def command(address, folder, point, jobs, edition):
    module = [sys.executable, "-m", "tests.chaos.log_worker"]
    return [*module, address, str(folder), point, str(jobs), str(edition)]


def kept_texts(database, store):
    """Every log that shows, read in full."""
    with database.reading() as session:
        return {
            log.job_id: read_text(store, log)
            for log in session.scalars(select(Log).where(Log.state == "stored"))
        }


def signatures(session):
    """The bits of every unit of the index, from wherever they lie."""
    found = {}
    loose = select(LogUnit.id, LogUnit.signature).where(LogUnit.block_id.is_(None))
    for unit_id, bits in session.execute(loose):
        found[unit_id] = zstandard.decompress(bits)
    for block in session.scalars(select(LogBlock)):
        rows = np.frombuffer(index._bits_of(session, block.id), np.uint8).reshape(grams.ROWS, -1)
        columns = np.packbits(np.unpackbits(rows, axis=1), axis=0)
        members = np.frombuffer(block.members, "<i8").reshape(-1, 2)[:, 0].tolist()
        found |= {unit: columns[:, place].tobytes() for place, unit in enumerate(members)}
    return found


def assert_index_is_that_of_the_texts(database, texts):
    """Rebuild the index of every log from its text and compare it, bit by bit."""
    with database.reading() as session:
        known = signatures(session)
        units = session.scalars(select(LogUnit).order_by(LogUnit.id)).all()
        tables = dict(session.execute(select(Log.job_id, Log.frames)).all())
        instants = dict(session.execute(select(Log.job_id, Log.at)).all())
    found = [(u.job_id, u.at, u.first_frame, u.frames, known[u.id]) for u in units]
    rebuilt = [
        (job_id, instants[job_id], unit.first_frame, unit.frames, zstandard.decompress(unit.signature))
        for job_id, text in texts.items()
        for unit in index.units_of(text, frames.read_table(tables[job_id]))
    ]  # fmt: skip
    assert sorted(found) == sorted(rebuilt)


def assert_sweep_leaves_no_orphan(database, store, folder):
    retention.sweep(database, store=store, at=clock.now() + 2 * clock.HOUR)
    with database.reading() as session:
        named = set(session.scalars(select(Log.storage_key)))
        blocks = set(session.scalars(select(LogBlock.id)))
        used = set(session.scalars(select(LogUnit.block_id).where(LogUnit.block_id.is_not(None))))
    files = (folder / "logs").rglob("*")
    assert {str(p.relative_to(folder / "logs")) for p in files if p.is_file()} == named
    assert blocks == used


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("job_id", [3, 16], ids=["in the place of another", "new"])
def test_killed_at_a_named_point_and_started_again(
    database, database_address, keeper, tmp_path, point, job_id
):
    with database.writing() as session:
        add_jobs(session, range(1, 17))
    for number in range(1, 16):
        keeper.keep(text_of(number, 1), job_id=number)
    texts = {number: text_of(number, 1) for number in range(1, 16)}

    ended = subprocess.run(command(database_address, tmp_path, point, job_id, 2), timeout=60)
    assert ended.returncode == -signal.SIGKILL
    if point in SHOWN:
        texts[job_id] = text_of(job_id, 2)
    assert kept_texts(database, keeper.store) == texts
    assert_index_is_that_of_the_texts(database, texts)

    keeper.keep(text_of(job_id, 2), job_id=job_id)
    texts[job_id] = text_of(job_id, 2)
    assert kept_texts(database, keeper.store) == texts
    assert_index_is_that_of_the_texts(database, texts)
    assert_sweep_leaves_no_orphan(database, keeper.store, tmp_path)


def test_killed_at_any_time(database, database_address, keeper, tmp_path):
    dice = random.Random(KILLS)
    with database.writing() as session:
        add_jobs(session, range(1, 41))
    for edition in range(1, KILLS + 1):
        job_ids = (f"{first}-{first + 9}" for first in (1, 11, 21, 31))
        workers = [
            subprocess.Popen(
                command(database_address, tmp_path, "some time", jobs, edition),
                stdout=subprocess.PIPE,
            )
            for jobs in job_ids
        ]
        for worker in workers:
            assert worker.stdout.readline() == b"kept\n"
        time.sleep(dice.random() * 0.5)
        for worker in workers:
            worker.kill()
            worker.communicate()

        texts = kept_texts(database, keeper.store)
        for job_id, text in texts.items():
            assert text in {text_of(job_id, one) for one in range(1, edition + 1)}
        assert_index_is_that_of_the_texts(database, texts)
    assert texts
    assert_sweep_leaves_no_orphan(database, keeper.store, tmp_path)
    sys.stdout.write(f"{KILLS * 4} kills, {len(texts)} logs kept whole, indexed as they read\n")
