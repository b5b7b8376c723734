"""An archive is read without trusting it, and its files find their jobs."""

import io
import stat
import zipfile
from contextlib import suppress

import pytest

from pulseboard.clock import MINUTE
from pulseboard.logs import archive
from pulseboard.logs.archive import BadArchive, JobName, read_archive
from tests.realdata import real_folder


def zipped(files, *, compression=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, data in files:
            made.writestr(name, data)
    file.seek(0)
    return file


def read(files, *names, limit=10_000_000):
    jobs = [JobName(number, name, None) for number, name in enumerate(names, 1)]
    return read_archive(zipped(files), jobs, limit=limit)


def test_files_find_their_jobs_in_spite_of_what_names_lose():
    found = read(
        [
            ("0_build.txt", "a"),
            ("2_test (3.12, ubuntulatest).txt", "b"),
            ("10_deploy 🚀.txt", "c"),
            ("build/", ""),
            ("build/1_Set up job.txt", "step"),
            ("-1_reusable _ call.txt", "d"),
        ],
        "build", "test (3.12, ubuntu/latest)", "deploy 🚀", "reusable / call",
    )  # fmt: skip

    assert found == {1: b"a", 2: b"b", 3: b"c", 4: b"d"}


def test_names_that_differ_only_in_their_signs_are_told_apart():
    files = [("0_test 🚀.txt", "a"), ("1_test 🔥.txt", "bb"), ("2_🦀.txt", "c"), ("3_🐍.txt", "dd"),
             ("4_c++ debug.txt", "e"), ("5_c debug.txt", "ff")]  # fmt: skip

    found = read(files, "test 🔥", "test 🚀", "🐍", "🦀", "c: debug", "c++: debug")

    assert found == {1: b"bb", 2: b"a", 3: b"dd", 4: b"c", 5: b"ff", 6: b"e"}


def test_names_that_were_cut_are_enough():
    name = "a very long name of a job that goes on and on and on until nobody reads it any more"

    assert read([(f"1_{name[:60]}.txt", "x")], name) == {1: b"x"}
    assert read([("1_a very.txt", "x")], name) == {}


def test_of_two_files_of_one_name_the_one_that_begins_with_the_job_is_its_own():
    start = 1_767_225_600_000_000
    files = [
        ("1_build.txt", b"2026-01-01T00:30:00.0000000Z second"),
        ("1_build (1).txt", b"2026-01-01T00:00:05.0000000Z first"),
    ]
    jobs = [JobName(1, "build", start), JobName(2, "build", start + 30 * MINUTE)]

    found = read_archive(zipped(files), jobs, limit=1000)

    assert found == {1: files[1][1], 2: files[0][1]}


def test_hostile_names_are_names_of_nothing():
    files = [("../1_build.txt", "x"), ("/2_build.txt", "x"), ("..\\3_build.txt", "x"),
             ("4_build.zip", "PK"), ("C:\\5_build.txt", "x")]  # fmt: skip

    assert read(files, "build") == {}


def test_bomb_is_stopped_while_it_is_read():
    with pytest.raises(BadArchive, match="unpacks"):
        read([("1_build.txt", b"\0" * 20_000_000)], "build", limit=100_000_000)


@pytest.mark.parametrize("way", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_damaged_archive_is_refused_wherever_the_damage_lies(way):
    text = "".join(f"{number * number} lines\n" for number in range(500))
    whole = zipped([("1_build.txt", text)], compression=way).getvalue()
    for place in range(0, len(whole), 7):
        damaged = whole[:place] + b"\xff" * 30 + whole[place + 30 :]
        with suppress(BadArchive):
            read_archive(io.BytesIO(damaged), [JobName(1, "build", None)], limit=10_000_000)


def test_too_many_entries_are_refused():
    with pytest.raises(BadArchive, match="2001"):
        read([(f"{n}_x.txt", "") for n in range(2001)])


def test_total_is_counted(monkeypatch):
    monkeypatch.setattr(archive, "MAX_TOTAL", 10)
    with pytest.raises(BadArchive, match="more than 10"):
        read([("1_a.txt", "x" * 6), ("2_b.txt", "x" * 6)], "a")


def test_links_and_encryption_are_refused():
    link = zipfile.ZipInfo("1_build.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(BadArchive, match="link"):
        read([(link, "/etc/passwd")], "build")
    file = bytearray(zipped([("1_build.txt", "x")]).getvalue())
    at = file.index(b"PK\x01\x02")
    file[at + 8] |= 1
    with pytest.raises(BadArchive, match="encrypted"):
        read_archive(io.BytesIO(file), [], limit=10)


def test_archive_within_the_archive_is_refused():
    inner = zipped([("1_build.txt", "x")]).getvalue()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as outer:
        outer.writestr("1_build.txt", inner)

    with pytest.raises(BadArchive, match="another archive"):
        read_archive(file, [JobName(1, "build", None)], limit=10_000)


@pytest.mark.parametrize("data", [b"", b"no zip at all", b"PK\x03\x04" + b"\0" * 40])
def test_what_is_no_archive_is_refused(data):
    with pytest.raises(BadArchive):
        read_archive(io.BytesIO(data), [JobName(1, "build", None)], limit=10)


@pytest.mark.parametrize(
    "compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, zipfile.ZIP_STORED]
)
def test_damaged_archive_is_refused(compression):
    text = "".join(f"line {number}\n" for number in range(2000))
    whole = zipped([("0_build.txt", text)], compression=compression).getvalue()
    jobs = [JobName(1, "build", None)]
    # Behind the head of the entry lies what is compressed.
    for place in range(60, len(whole) - 120, 97):
        damaged = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        with pytest.raises(BadArchive):
            read_archive(io.BytesIO(damaged), jobs, limit=1_000_000)


def test_log_beyond_the_limit_is_left_out():
    assert read([("1_a.txt", "x" * 50), ("2_b.txt", "y")], "a", "b", limit=10) == {2: b"y"}


def test_log_beyond_the_limit_is_not_even_unpacked():
    whole = zipped([("1_a.txt", "many lines\n" * 50), ("2_b.txt", "y")]).getvalue()
    # Behind the head of the first entry lies what is compressed: now nobody can unpack it.
    damaged = whole[:37] + b"\xff" * 8 + whole[45:]
    jobs = [JobName(1, "a", None), JobName(2, "b", None)]

    assert read_archive(io.BytesIO(damaged), jobs, limit=100) == {2: b"y"}
    with pytest.raises(BadArchive):
        read_archive(io.BytesIO(damaged), jobs, limit=1000)


@pytest.mark.parametrize("way", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_entry_that_holds_more_than_it_claims_is_refused(way):
    whole = bytearray(zipped([("1_a.txt", "x" * 5000)], compression=way).getvalue())
    # The size stands in the directory at the end, 24 bytes behind its mark.
    at = whole.index(b"PK\x01\x02") + 24
    whole[at : at + 4] = (7).to_bytes(4, "little")

    with pytest.raises(BadArchive):
        read_archive(io.BytesIO(whole), [JobName(1, "a", None)], limit=100)


def test_real_archive_gives_every_job_its_log():
    path = real_folder("03-logs", "ghalogs-pytables-run200", "log-repacked.zip")
    names = ["Build source distribution", "Test 3.10 x64 wheels for macos-latest",
             "Build wheels for win_amd64 on windows-latest", "Twine check",
             "Build ubuntu-latest wheels for aarch64"]  # fmt: skip
    jobs = [JobName(number, name, None) for number, name in enumerate(names)]
    with path.open("rb") as file:
        found = read_archive(file, jobs, limit=10_000_000)

    assert {number: data.count(b"\n") for number, data in found.items()} == {
        0: 6706, 1: 136, 2: 3049, 3: 217, 4: 8701
    }  # fmt: skip
