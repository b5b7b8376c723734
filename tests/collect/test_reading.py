"""A large file is read by a process of its own, and nobody can tell from what comes out."""

import json
import subprocess

import pytest

from pulseboard.collect import reading
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.payloads import CURRENT, decompress
from pulseboard.collect.reading import gather, read_file_pieces
from pulseboard.errors import PulseboardError
from tests.collect.github.objects import RECEIVED, a_run
from tests.collect.stored import empty, stored_counts, stored_rows


@pytest.fixture
def apart(monkeypatch):
    monkeypatch.setattr(reading, "_WORTH_A_PROCESS", 1)


def run_lines(path, *, number=1200, spoilt=700):
    with path.open("wb") as file:
        for count in range(number):
            line = json.dumps(a_run(id=count + 1)).encode()
            file.write((b'{"id": 1}' if count == spoilt else line) + b"\n")
    return path


def read(path):
    return list(read_file_pieces(path, received_at=RECEIVED))


def test_large_file_comes_in_the_same_pieces(tmp_path, monkeypatch):
    path = run_lines(tmp_path / "runs.jsonl")
    here = read(path)
    monkeypatch.setattr(reading, "_WORTH_A_PROCESS", 1)

    there = read(path)

    assert [len(piece.envelopes) for piece in there] == [1000, 199]
    for one, other in zip(here, there, strict=True):
        assert (one.refusals, one.position) == (other.refusals, other.position)
        for mine, packed in zip(one.envelopes, other.envelopes, strict=True):
            assert decompress(CURRENT, packed.packed) == mine.body
            assert (packed.size, packed.guid) == (len(mine.body), mine.guid)
            assert packed.runs == mine.runs


@pytest.mark.parametrize(
    ("number", "lengths"),
    [(1, [1000] * 4 + [999]), (1001, [1000, 2000, 1999]), (4000, [1000, 2000, 1999])],
)
def test_pieces_are_joined_more_and_more_until_they_hold_enough(tmp_path, apart, number, lengths):
    path = run_lines(tmp_path / "runs.jsonl", number=5000)
    pieces = read(path)

    joined = list(gather(iter(pieces), number=number))

    assert [len(piece.envelopes) for piece in joined] == lengths
    assert [e.guid for piece in joined for e in piece.envelopes] == [
        e.guid for piece in read(path) for e in piece.envelopes
    ]
    assert [refusal.line for piece in joined for refusal in piece.refusals] == [701]
    assert joined[-1].position == path.stat().st_size


def test_refusals_behind_the_last_envelope_are_told(tmp_path):
    path = run_lines(tmp_path / "runs.jsonl", number=1, spoilt=0)
    ((piece,), nothing) = (list(gather(read(path), number=5)), list(gather([], number=5)))
    assert (piece.envelopes, len(piece.refusals), nothing) == ([], 1, [])


def test_what_was_read_apart_is_stored_like_anything_else(database, tmp_path, apart, monkeypatch):
    path = run_lines(tmp_path / "runs.jsonl", number=40, spoilt=None)
    commit(database, [e for piece in read(path) for e in piece.envelopes])
    with database.reading() as session:
        expected = stored_rows(session), stored_counts(session)["rollup_fleet"]
    assert len(expected[0]["runs"]) == 40

    with database.writing() as session:
        empty(session)
    monkeypatch.setattr(reading, "_WORTH_A_PROCESS", 1 << 40)
    commit(database, [e for piece in read(path) for e in piece.envelopes])

    with database.reading() as session:
        assert (stored_rows(session), stored_counts(session)["rollup_fleet"]) == expected


def note_readers(monkeypatch):
    """Return a list in which every reading process stands once it was started."""
    started = []
    popen = subprocess.Popen

    def note(*args, **named):
        started.append(popen(*args, **named))
        return started[-1]

    monkeypatch.setattr(reading.subprocess, "Popen", note)
    return started


def test_reader_that_dies_is_told_of_and_what_came_before_stays(tmp_path, apart, monkeypatch):
    # More than the pipe and the queue hold, so that it has not ended yet.
    path = run_lines(tmp_path / "runs.jsonl", number=8000)
    started = note_readers(monkeypatch)
    pieces = read_file_pieces(path, received_at=RECEIVED)

    assert len(next(pieces).envelopes) == 1000
    started[0].kill()
    with pytest.raises(PulseboardError, match="was not read to its end"):
        list(pieces)


def test_reader_ends_when_nobody_wants_more(tmp_path, apart, monkeypatch):
    path = run_lines(tmp_path / "runs.jsonl", number=8000)
    started = note_readers(monkeypatch)
    pieces = read_file_pieces(path, received_at=RECEIVED)
    next(pieces)
    assert started[0].poll() is None

    pieces.close()

    assert started[0].returncode is not None


def test_modules_of_the_folder_one_stands_in_are_not_run(tmp_path, apart, monkeypatch):
    path = run_lines(tmp_path / "runs.jsonl")
    (tmp_path / "msgspec.py").write_text("raise SystemExit('not ours')")
    monkeypatch.chdir(tmp_path)

    assert sum(len(piece.envelopes) for piece in read(path)) > 0


def test_file_that_is_not_there_is_an_error_of_the_system(tmp_path, apart):
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "nothing.jsonl")
