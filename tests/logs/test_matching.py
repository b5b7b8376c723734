"""A search says exactly which lines have what it looks for."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pulseboard.errors import InvalidInput
from pulseboard.logs import grams
from pulseboard.logs.matching import Matcher, lines_around, required_texts

texts = st.text("abAB \r\néÉ", max_size=40)


@given(texts, st.text("abAB éÉ", min_size=1, max_size=3), st.booleans())
def test_substring_is_found_in_every_line_that_has_it(text, term, case):
    matcher = Matcher(term, is_case_sensitive=case)
    found = [(f.number, [tuple(s) for s in f.spans]) for f in matcher.find(text.encode())]

    expected = []
    flags = 0 if case else re.IGNORECASE
    for number, line in enumerate(text.encode().splitlines()):
        row = line.decode()
        places = [m.span() for m in re.finditer(re.escape(term), row, flags)]
        spans = [(len(row[:start].encode()), len(row[:end].encode())) for start, end in places]
        if spans:
            expected.append((number, spans))
    assert found == expected


@given(st.text("ab\r\n", max_size=20))
def test_lines_around_one_that_was_found_are_its_neighbours(text):
    rows = text.encode().splitlines()

    for found in Matcher("a").find(text.encode()):
        before = rows[found.number - 1] if found.number > 0 else None
        after = rows[found.number + 1] if found.number + 1 < len(rows) else None
        assert lines_around(text.encode(), found) == (before, after)


@example("aéb", "a.b")
@given(texts, st.sampled_from(["a", "^a", "a$", "[ab]+", "a.b", "b?a", r"\s", "(?i)A", "x*"]))
def test_pattern_is_found_in_every_line_that_has_it(text, pattern):
    matcher = Matcher(pattern, is_regex=True, is_case_sensitive=True)
    found = [f.number for f in matcher.find(text.encode())]

    # In characters: a dot stands for all the bytes of one.
    lines = [line.decode() for line in text.encode().splitlines()]
    assert found == [n for n, line in enumerate(lines) if re.search(pattern, line)]


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        ("plain text", ["plain text"]),
        (r"a\.b\d+c", ["a.b", "c"]),
        ("colou?r", ["colo", "r"]),
        ("ab+c", ["ab", "c"]),
        ("x{2}yz", ["yz"]),
        ("one|two", []),
        ("(one)two", ["two"]),
        ("[a)b]cd", ["cd"]),
        ("(?i)one", []),
        (r"\bword\b", ["word"]),
        (r"\x41b", ["b"]),
    ],
)
def test_texts_that_a_pattern_needs(pattern, texts):
    assert required_texts(pattern) == texts


@given(st.text("ab.c", min_size=3, max_size=8), texts)
def test_rows_of_a_term_are_in_every_text_that_has_it(term, text):
    signature = grams.signature_of([(text + term + text).encode()])

    assert grams.has_rows(signature, Matcher(term).rows)


@given(st.text("ab.éÉ", min_size=3, max_size=8), texts)
def test_rows_of_a_term_are_in_every_text_that_has_it_in_other_letters(term, text):
    signature = grams.signature_of([(text + term.swapcase() + text).encode()])

    assert grams.has_rows(signature, Matcher(term).rows)


@pytest.mark.parametrize(
    ("term", "line"),
    [
        ("über", "ÜBER alles"),
        ("ПРИВЕТ мир", "привет МИР"),
        ("straße (a+b)*", "STRAßE (A+B)*"),
        ("失敗", "テスト 失敗"),
    ],
)
def test_letters_of_every_alphabet_have_two_cases(term, line):
    text = b"\xff\xfe\n" + line.encode() + b"\n"

    assert [found.number for found in Matcher(term).find(text)] == [1]
    exact = Matcher(term, is_case_sensitive=True)
    assert [found.number for found in exact.find(text)] == [1] * (term in line)


@pytest.mark.parametrize("term", ["", "x" * 1001, "a\nb", "a\0b"])
def test_term_that_is_no_part_of_a_line_is_refused(term):
    with pytest.raises(InvalidInput):
        Matcher(term)


def test_hostile_pattern_takes_no_time():
    text = b"a" * 5000 + b"!"
    assert list(Matcher("(a+)+$", is_regex=True).find(text)) == []


@pytest.mark.parametrize(("term", "is_regex"), [("ab", False), ("a.", True), ("x*", True)])
def test_places_in_an_endless_line_are_told_as_far_as_any_is_shown(term, is_regex):
    row = b"ab " * 200_000

    ((found),) = Matcher(term, is_regex=is_regex).find(row)

    told = [(3 * number, 3 * number + 2) for number in range(500)]
    assert list(found.spans) == ([] if term == "x*" else told)
