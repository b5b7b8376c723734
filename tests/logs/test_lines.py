"""Lines are cut by the one rule that the browser follows too."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulseboard.logs import lines

VECTORS = json.loads(Path(__file__).with_name("lines.json").read_text())


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["why"])
def test_lines_are_those_of_the_shared_vectors(vector):
    data = vector["log"].encode()

    assert [lines.to_text(line) for line in lines.split(data)] == vector["lines"]


@given(st.text("ab\r\n\ufeff").map(str.encode))
def test_counting_agrees_with_splitting(data):
    assert lines.count(data) == len(lines.split(data))


def test_bytes_that_are_no_utf8_show_as_replacement_signs():
    assert lines.to_text(b"caf\xe9 \xff!") == "caf\ufffd \ufffd!"


@pytest.mark.parametrize("data", [b"\xff\xfe no text\n", b"\xff", b"a\0b\0", b"", b"\xef\xbb\xbfa"])
def test_what_is_no_utf16_stays_as_it_is(data):
    assert lines.to_utf8(data) == data


def test_utf16_that_was_cut_off_shows_a_replacement_sign():
    assert lines.to_utf8("\ufeffab".encode("utf-16-le")[:-1]) == "a\ufffd".encode()
