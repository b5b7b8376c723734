"""The index never leaves out what is there: rebuilt from the text it is the same."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from pulseboard.config import load_settings
from pulseboard.logs import grams, index
from pulseboard.logs.keeping import Keeper
from pulseboard.model import Job, Log, LogBlock, LogPage, LogUnit

WORDS = ["alpha", "Beta", "gamma", "délta", "error", "Übung", "0x7f", "::", "needle", "hay"]


def add_jobs(session, ids):
    for number in ids:
        session.add(Job(id=number, repository_id=1, run_id=number, attempt=1, name="test",
                        provider_job_id=str(number), status="completed", conclusion="failure",
                        clock=b"", completed_at=number * 1000, rev=1))  # fmt: skip


@pytest.fixture
def keeper(database, tmp_path) -> Iterator[Keeper]:
    """What keeps logs in a folder of the test's own."""
    return Keeper.from_settings(database, load_settings(data=tmp_path))


@pytest.fixture
def small(monkeypatch):
    """Blocks so small that a few logs make a large one."""
    monkeypatch.setattr(index, "SMALL", 8)
    monkeypatch.setattr(index, "LARGE", 32)


def texts_of(number):
    dice = random.Random(number)
    rows = (" ".join(dice.choices(WORDS, k=5)) for _ in range(dice.randrange(1, 5)))
    return ("\n".join(rows) + f"\nunique-{number}x\n").encode()


def test_candidates_hold_every_log_with_the_term(database, keeper, small):
    with database.writing() as session:
        add_jobs(session, range(1, 51))
    texts = {number: texts_of(number) for number in range(1, 51)}
    for number, text in texts.items():
        keeper.keep(text, job_id=number)

    with database.reading() as session:
        sizes = sorted(session.scalars(select(LogBlock.units)))
        job_of = dict(session.execute(select(LogUnit.id, LogUnit.job_id)).all())
        for term in ["needle", "unique-7x", "UNIQUE-33X", "délta alpha", "nothing", "rr"]:
            found = index.find_candidates(session, rows=grams.rows_of(term.encode()))
            jobs = [job_of[unit] for _, unit in found]
            having = [n for n, text in texts.items() if term.lower().encode() in text.lower()]
            assert set(having) <= set(jobs)
            assert jobs == sorted(jobs, reverse=True)
            if term.lower().startswith("unique"):
                assert len(jobs) < 5
    assert sizes == [8, 8, 32]


def test_index_rebuilt_from_the_text_is_the_same(database, keeper, small):
    with database.writing() as session:
        add_jobs(session, range(1, 41))
    for number in range(1, 41):
        keeper.keep(texts_of(number), job_id=number)
    rows = [grams.rows_of(word.encode()) for word in WORDS]

    def answers():
        with database.reading() as session:
            job_of = dict(session.execute(select(LogUnit.id, LogUnit.job_id)).all())
            return [[job_of[u] for _, u in index.find_candidates(session, rows=r)] for r in rows]

    before = answers()
    with database.writing() as session:
        for table in (LogPage, LogBlock, LogUnit):
            session.execute(delete(table))
    for number in range(1, 41):
        keeper.keep(texts_of(number), job_id=number)

    assert answers() == before


def test_log_that_is_replaced_leaves_nothing_of_the_old_one(database, keeper, tmp_path, small):
    with database.writing() as session:
        add_jobs(session, [1])
    keeper.keep(b"old needle\n", job_id=1)
    keeper.keep(b"new hay\n", job_id=1)

    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(LogUnit)) == 1
        assert not len(index.find_candidates(session, rows=grams.rows_of(b"needle")))
        (kept,) = session.scalars(select(Log.storage_key))
    assert [p.relative_to(tmp_path / "logs") for p in (tmp_path / "logs").rglob("*.zst")] == [
        Path(kept)
    ]


def test_blocks_without_a_unit_are_dropped(database, keeper, small):
    with database.writing() as session:
        add_jobs(session, range(1, 9))
    for number in range(1, 9):
        keeper.keep(b"text\n", job_id=number)
    with database.writing() as session:
        index.leave(session, job_ids=list(range(1, 9)))
        assert index.drop_empty_blocks(session) == 1
        assert session.scalar(select(func.count()).select_from(LogPage)) == 0


def test_short_terms_have_no_rows_and_long_ones_few():
    assert grams.rows_of(b"ab") == []
    assert len(grams.rows_of(b"abc")) == 1
    assert grams.rows_of(b"ABC") == grams.rows_of(b"abc")
    assert len(grams.rows_of(bytes(range(32, 126)))) == grams.MAX_ASKED
