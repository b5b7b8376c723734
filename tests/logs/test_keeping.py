"""A log that is kept stays whole, whatever else becomes of it at the same moment."""

import pytest

from pulseboard import clock
from pulseboard.config import load_settings
from pulseboard.logs import retention
from pulseboard.logs.keeping import Keeper
from pulseboard.logs.reading import get_log, read_text
from pulseboard.model import Job


@pytest.fixture
def open_keeper(database, tmp_path):
    """Return a function that makes a keeper of the same store; there is one job."""
    with database.writing() as session:
        session.add(Job(id=1, repository_id=1, run_id=1, attempt=1, name="test", clock=b"",
                        provider_job_id="9", status="completed", rev=1, created_at=1))  # fmt: skip
    return lambda: Keeper.from_settings(database, load_settings(data=tmp_path))


def kept_text(database, keeper):
    with database.reading() as session:
        return read_text(keeper.store, get_log(session, job_id=1))


def before_each_deletion(monkeypatch, store, act):
    """Have something done once, in the moment before a file is deleted."""
    delete, acts = store.delete, iter([act])

    def delete_later(keys):
        next(acts, lambda: None)()
        delete(keys)

    monkeypatch.setattr(store, "delete", delete_later)


def test_log_that_comes_back_while_it_is_replaced_has_its_file(database, open_keeper, monkeypatch):
    first, second = open_keeper(), open_keeper()
    first.keep(b"one\n", job_id=1)
    before_each_deletion(monkeypatch, first.store, lambda: second.keep(b"one\n", job_id=1))

    first.keep(b"another\n", job_id=1)

    assert kept_text(database, first) == b"one\n"


def test_log_that_comes_back_while_retention_takes_it_has_its_file(
    database, open_keeper, monkeypatch
):
    keeper = open_keeper()
    keeper.keep(b"one\n", job_id=1)
    before_each_deletion(monkeypatch, keeper.store, lambda: keeper.keep(b"one\n", job_id=1))

    erased = retention.erase(
        database, store=keeper.store, settings=load_settings(), at=clock.now(), failed=False
    )

    assert sum(erased) == 1
    assert kept_text(database, keeper) == b"one\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_log_in_utf16_is_kept_in_utf8_without_its_secrets(database, open_keeper, encoding):
    keeper = open_keeper()
    text = "\ufeffbuilding\r\nValueError: Größe ghp_" + "a1B2" * 9 + "\r\n"

    kept = keeper.keep(text.encode(encoding), job_id=1)

    assert kept_text(database, keeper) == "building\r\nValueError: Größe ***\r\n".encode()
    assert (kept.lines, kept.redacted, kept.first_error_line) == (2, {"github": 1}, 2)
