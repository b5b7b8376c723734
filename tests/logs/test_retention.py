"""Logs go when they are too old or too much; files that belong to nothing are found."""

import os
import time

import pytest
from sqlalchemy import func, select

from pulseboard import clock
from pulseboard.config import load_settings
from pulseboard.logs import grams, index, retention
from pulseboard.logs.keeping import Keeper
from pulseboard.model import Job, Log

NOW = 1_790_000_000_000_000


@pytest.fixture
def shelf(database, tmp_path):
    """A function that keeps one log of a job that ended so many days ago."""
    keeper = Keeper.from_settings(database, load_settings(data=tmp_path))

    def keep(number, *, days, conclusion="failure", text=b"needle\n"):
        with database.writing() as session:
            session.add(Job(id=number, repository_id=1, run_id=number, attempt=1, name="test",
                            provider_job_id=str(number), status="completed", clock=b"",
                            conclusion=conclusion, completed_at=NOW - days * clock.DAY,
                            rev=1))  # fmt: skip
        keeper.keep(text, job_id=number)

    keep.store = keeper.store
    return keep


def erase(database, store, **options):
    settings = load_settings(**options)
    with database.reading() as session:
        doomed = {
            failed: retention.forecast(session, settings=settings, at=NOW, failed=failed).number
            for failed in (False, True)
        }
    for failed, number in doomed.items():
        gone = retention.erase(database, store=store, settings=settings, at=NOW, failed=failed)
        assert sum(gone) == number
    with database.reading() as session:
        return sorted(session.scalars(select(Log.job_id).where(Log.state == "stored")))


def files(tmp_path):
    return sorted(path.name.split("-")[0] for path in (tmp_path / "logs").rglob("*.zst"))


def test_failed_jobs_keep_their_logs_longer(database, shelf, tmp_path):
    shelf(1, days=100)
    shelf(2, days=80)
    shelf(3, days=40, conclusion="success")
    shelf(4, days=20, conclusion="success")

    assert erase(database, shelf.store) == [2, 4]
    assert files(tmp_path) == ["2", "4"]
    with database.reading() as session:
        assert len(index.find_candidates(session, rows=grams.rows_of(b"needle"))) == 2
        assert session.get(Log, 1).state == "removed"


def test_each_class_of_logs_is_told_by_itself(database, shelf):
    shelf(1, days=10)
    shelf(2, days=4)
    shelf(3, days=4, conclusion="success")
    shelf(4, days=3, conclusion="skipped")
    shelf(5, days=1, conclusion="success")
    settings = load_settings(retention_log_days=5, retention_other_log_days=2)

    with database.reading() as session:
        told = [
            retention.forecast(session, settings=settings, at=NOW, failed=failed)
            for failed in (True, False)
        ]

    assert [(one.number, one.oldest) for one in told] == [
        (1, NOW - 10 * clock.DAY),
        (2, NOW - 4 * clock.DAY),
    ]


def test_zero_days_keep_for_ever(database, shelf):
    shelf(1, days=1000)

    assert erase(database, shelf.store, retention_log_days=0) == [1]


def test_beyond_the_room_the_oldest_go_and_failed_jobs_last(database, shelf):
    for number, conclusion in [(1, "failure"), (2, "success"), (3, "success"), (4, "failure")]:
        shelf(number, days=10 - number, conclusion=conclusion, text=os.urandom(1000))

    assert erase(database, shelf.store, retention_log_gb=0.0000035) == [1, 3, 4]
    assert erase(database, shelf.store, retention_log_gb=0.0000012) == [4]


def test_guilty_line_outlives_its_log(database, shelf):
    shelf(1, days=100, text=b"ValueError: kept\n")
    erase(database, shelf.store)

    with database.reading() as session:
        assert session.get(Log, 1).first_error == "ValueError: kept"


def test_sweep_takes_files_without_a_log_and_leaves_young_ones(database, shelf, tmp_path):
    shelf(1, days=1)
    for name in ("0/7-old.zst", "0/8-young.zst"):
        shelf.store.put(name, b"x")
    old = time.time() - 7200
    for path in (tmp_path / "logs").rglob("*.zst"):
        if "young" not in path.name:
            os.utime(path, (old, old))

    assert retention.sweep(database, store=shelf.store, at=clock.now()) == 1
    assert files(tmp_path) == ["1", "8"]


def test_sweep_leaves_files_that_are_nobodys_log(database, shelf, tmp_path):
    names = ["release.tar", "0/notes.txt", "backup/1-data.zst", f"{'0' * 32}.zst"]
    for name in names:
        shelf.store.put(name, b"x")

    assert retention.sweep(database, store=shelf.store, at=clock.now() + 2 * clock.HOUR) == 0
    assert all((tmp_path / "logs" / name).exists() for name in names)


def test_log_of_a_deleted_job_leaves_only_a_file_for_the_sweep(database, shelf, tmp_path):
    shelf(1, days=1)
    with database.writing() as session:
        session.delete(session.get(Job, 1))
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Log)) == 0
    assert retention.sweep(database, store=shelf.store, at=clock.now() + 2 * clock.HOUR) == 1
    assert files(tmp_path) == []
