"""db/lock.py: one server a folder, found by commands, released by the kernel."""

import signal
import stat
import subprocess
import sys

import pytest

from pulseboard.db.engine import database_url
from pulseboard.db.lock import LOCK_NAME, Holder, Lock, Locked, get_holder, lock_paths
from pulseboard.errors import ConfigurationError

_HOLD = """
import sys, time
from pathlib import Path
from pulseboard.db.lock import Lock
with Lock(Path(sys.argv[1]), command="serve") as lock:
    lock.publish(url="http://127.0.0.1:1", key="k")
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / LOCK_NAME


@pytest.fixture
def other(path):
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_second_process_is_refused_with_folder_and_pid(path, other):
    with pytest.raises(Locked) as refused, Lock(path, command="serve"):
        pass
    assert str(path.parent) in refused.value.detail
    assert f"process {other.pid} (pulseboard serve)" in refused.value.detail
    assert refused.value.holder == Holder(other.pid, "serve", "http://127.0.0.1:1", "k")


def test_holder_is_found_without_taking_the_lock(path, other):
    assert get_holder(path) == Holder(other.pid, "serve", "http://127.0.0.1:1", "k")


def test_kill_releases_the_lock_although_the_file_still_names_the_dead(path, other):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert str(other.pid) in path.read_text()
    assert get_holder(path) is None
    with Lock(path, command="serve") as lock:
        lock.publish(url="http://x", key="k")
    assert path.read_text() == ""
    assert get_holder(path) is None


def test_lock_file_is_for_its_owner_only_and_makes_the_folder(path):
    with Lock(path, command="serve"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_shorter_entry_leaves_nothing_of_a_longer_one(path):
    path.parent.mkdir()
    path.write_text("x" * 500)
    with Lock(path, command="import"):
        assert get_holder(path).command == "import"


def test_holder_that_has_not_written_yet_counts_as_a_holder(path, other):
    path.write_text("")
    assert get_holder(path).pid == 0
    with pytest.raises(Locked, match="in use by another process"), Lock(path, command="serve"):
        pass


def test_nobody_holds_a_folder_that_does_not_exist(tmp_path):
    assert get_holder(tmp_path / "none" / LOCK_NAME) is None


def test_folder_that_cannot_be_made_is_one_clear_line(tmp_path):
    (tmp_path / "file").write_text("")
    lock = Lock(tmp_path / "file" / "data" / LOCK_NAME, command="serve")
    with pytest.raises(ConfigurationError, match=r"data folder .*file/data cannot be used"):
        lock.__enter__()


def test_file_in_the_data_folder_needs_one_lock_and_elsewhere_a_second(tmp_path):
    data = tmp_path / "data"
    inside = database_url(f"sqlite:///{data}/ci_observer.db")
    outside = database_url(f"sqlite:///{tmp_path}/a.db")
    assert lock_paths(inside, data=data) == [data / LOCK_NAME]
    assert lock_paths(outside, data=data) == [data / LOCK_NAME, tmp_path / "a.db.lock"]
    assert lock_paths(database_url("postgresql://u@h/n"), data=data) == []


def test_lock_on_a_file_elsewhere_names_the_database(tmp_path):
    path = tmp_path / "a.db.lock"
    with (
        Lock(path, command="serve"),
        pytest.raises(Locked, match=rf"The database {tmp_path}/a\.db is in use"),
        Lock(path, command="serve"),
    ):
        pass
