"""Frames give back the very text, in full and in part."""

import io

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from pulseboard.logs import frames, lines


@pytest.fixture(autouse=True)
def small_frames(monkeypatch):
    """Cut frames so small that every case at their edges occurs."""
    monkeypatch.setattr(frames, "FRAME", 8)


def unpack(packed):
    return [
        frames.inflate(packed.data[frame.start : frame.start + frame.size], frame)
        for frame in frames.read_table(packed.table)
    ]


texts = st.text("ab\r\n", max_size=60).map(str.encode)


@given(texts)
def test_the_text_comes_back(text):
    packed = frames.pack(text)

    assert b"".join(unpack(packed)) == text
    reader = zstandard.ZstdDecompressor().stream_reader(
        io.BytesIO(packed.data), read_across_frames=True
    )
    assert reader.read() == text


@given(texts)
def test_every_frame_knows_its_first_line(text):
    packed = frames.pack(text)
    here = 0
    for frame, piece in zip(frames.read_table(packed.table), unpack(packed), strict=True):
        before = text[:here]
        assert frame.is_inside == (bool(before) and not before.endswith((b"\n", b"\r")))
        assert frame.first_line == lines.count_ends(before) + 1
        here += len(piece)


@given(texts, st.integers(1, 12), st.integers(0, 6))
def test_covering_frames_hold_the_lines(text, first, more):
    packed = frames.pack(text)
    table = frames.read_table(packed.table)
    pieces = dict(zip(table, unpack(packed), strict=True))
    chosen = frames.covering(table, first=first, last=first + more)
    rows = b"".join(pieces[frame] for frame in chosen).splitlines()
    begins = chosen[0].first_line if chosen else first

    wanted = text.splitlines()[first - 1 : first + more]
    assert rows[first - begins : first + more - begins + 1] == wanted


def test_damage_is_noticed():
    packed = frames.pack(b"hello\n")
    (frame,) = frames.read_table(packed.table)

    with pytest.raises(ValueError, match="cannot be read"):
        frames.inflate(b"\0" * frame.size, frame)
