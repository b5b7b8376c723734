"""Files are written in full or not at all, on disk and in a real S3 where one is at hand."""

import random
import resource
import socket
import threading
import urllib.request
from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest

import pulseboard.logs.store
from pulseboard import clock
from pulseboard.config import load_settings
from pulseboard.logs import frames
from pulseboard.logs.keeping import Keeper
from pulseboard.logs.store import StoreUnavailable, open_store
from pulseboard.model import Job, Log


@pytest.fixture(params=["disk", "s3"])
def store(request, tmp_path):
    """A store on each of the two."""
    options = {"data": tmp_path} if request.param == "disk" else request.getfixturevalue("s3")
    return open_store(load_settings(**options))


def test_file_is_read_in_parts_listed_and_removed(store):
    store.put("1/a.zst", b"hello world")

    assert store.read("1/a.zst", start=6, size=5) == b"world"
    listed = {file.key: file.size for files in store.files() for file in files}
    assert listed["1/a.zst"] == 11
    store.delete(["1/a.zst", "1/never-there.zst"])
    assert "1/a.zst" not in {file.key for files in store.files() for file in files}


def test_file_that_is_not_there_is_the_stores_trouble(store):
    with pytest.raises(StoreUnavailable, match="store of the logs"):
        store.read("1/none.zst", start=0, size=1)


def test_link_into_s3_gives_the_text(s3):
    store = open_store(load_settings(**s3))
    store.put("2/b.zst", frames.pack(b"plain text\n").data)

    with urllib.request.urlopen(store.link("2/b.zst")) as answer:
        assert answer.headers["content-encoding"] == "zstd"
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.headers["content-disposition"] == 'attachment; filename="b.log"'


@contextmanager
def full_disk():
    """A disk that takes no file of more than 10 kB; so little is felt as no room is."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_full_disk_is_said_and_leaves_no_file(tmp_path):
    store = open_store(load_settings(data=tmp_path))
    store.put("1/small.zst", b"x")
    with full_disk(), pytest.raises(StoreUnavailable, match="store of the logs"):
        store.put("1/large.zst", random.randbytes(20_000))

    assert [file.key for files in store.files() for file in files] == ["1/small.zst"]
    store.drop_unfinished(before=clock.now() + clock.SECOND)
    assert [path.name for path in tmp_path.rglob("*.zst*")] == ["small.zst"]


def test_file_whose_writing_was_cut_off_is_removed_when_it_is_old(tmp_path):
    store = open_store(load_settings(data=tmp_path))
    store.put("1/a.zst", b"x")
    left = tmp_path / "logs" / "1" / "b.zst#1"
    left.write_bytes(b"half of")

    assert store.drop_unfinished(before=clock.now() - clock.HOUR) == 0
    assert store.drop_unfinished(before=clock.now() + clock.SECOND) == 1
    assert [path.name for path in left.parent.iterdir()] == ["a.zst"]


@contextmanager
def answering(answer):
    """The settings of an S3 that gives this answer to everything; None is no answer at all."""

    def serve(connection):
        with connection:
            connection.recv(65_536)
            if answer is None:
                over.wait(30)
            else:
                connection.sendall(answer)

    def accept():
        while not over.is_set():
            with suppress(OSError):
                threading.Thread(target=serve, args=listener.accept()[:1]).start()

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept)
        thread.start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield {"log_store": "s3://logs", "s3_endpoint": address, "s3_access_key_id": "AK",
               "s3_secret_access_key": "SK"}  # fmt: skip
        over.set()
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    "answer",
    [
        None,
        b"HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        b"this is no HTTP\r\n\r\n",
    ],
    ids=["slow", "full", "forbidden", "nonsense"],
)
def test_bucket_in_trouble_is_said_soon_and_nothing_is_kept(database, monkeypatch, answer):
    monkeypatch.setattr(pulseboard.logs.store, "_TIMEOUT", timedelta(seconds=0.5))
    with database.writing() as session:
        session.add(Job(id=1, repository_id=1, run_id=1, attempt=1, name="test", clock=b"",
                        provider_job_id="9", status="completed", rev=1))  # fmt: skip
    with answering(answer) as settings:
        keeper = Keeper.from_settings(database, load_settings(**settings))
        with pytest.raises(StoreUnavailable, match="store of the logs"):
            keeper.keep(b"text\n", job_id=1)
    with database.reading() as session:
        assert session.get(Log, 1) is None


def test_disk_has_no_links(tmp_path):
    assert open_store(load_settings(data=tmp_path)).link("1/a.zst") is None


class Crash(Exception):
    """The process ends here."""


def test_crash_between_file_and_row_leaves_the_log_before(database, tmp_path, monkeypatch):
    keeper = Keeper.from_settings(database, load_settings(data=tmp_path))
    with database.writing() as session:
        session.add(Job(id=1, repository_id=1, run_id=1, attempt=1, name="test", clock=b"",
                        provider_job_id="9", status="completed", rev=1))  # fmt: skip
    keeper.keep(b"the log before\n", job_id=1)

    def crash(*args):
        raise Crash

    monkeypatch.setattr(keeper, "_write", crash)
    with pytest.raises(Crash):
        keeper.keep(b"the log after\n", job_id=1)

    with database.reading() as session:
        log = session.get(Log, 1)
        (frame,) = frames.read_table(log.frames)
        data = keeper.store.read(log.storage_key, start=0, size=log.stored_bytes)
        assert frames.inflate(data, frame) == b"the log before\n"


def test_store_that_is_out_leaves_no_row(database, silent_port):
    address = f"http://127.0.0.1:{silent_port}"
    settings = load_settings(log_store="s3://logs", s3_endpoint=address,
                             s3_access_key_id="AK", s3_secret_access_key="SK")  # fmt: skip
    keeper = Keeper.from_settings(database, settings)
    with database.writing() as session:
        session.add(Job(id=1, repository_id=1, run_id=1, attempt=1, name="test", clock=b"",
                        provider_job_id="9", status="completed", rev=1))  # fmt: skip
    with pytest.raises(StoreUnavailable):
        keeper.keep(b"text\n", job_id=1)
    with database.reading() as session:
        assert session.get(Log, 1) is None
