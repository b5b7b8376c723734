"""What is typed into the search box is read as the documentation says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulseboard.errors import InvalidInput
from pulseboard.logs.asked import Asked, Term, Word, read_asked
from pulseboard.logs.matching import LineMatcher

LINES = [
    "npm ERR! code ECONNRESET",
    "npm warn retry 1 of 3: ECONNRESET",
    "retry budget spent, timed out after 30 s",
    'unknown field "foo" in job:test',
    "gcc -Wall -o main main.c",
]


def texts(asked):
    return [("~" if term.is_regex else "") + term.text for term in asked.terms]


def without(asked):
    return [("~" if term.is_regex else "") + term.text for term in asked.left_out]


@pytest.mark.parametrize(
    ("typed", "terms", "left_out"),
    [
        ("timed out", ["timed out"], []),
        ("  timed   out ", ["timed   out"], []),
        ('"timed out"', ["timed out"], []),
        ('" timed out "', [" timed out "], []),
        ('error "in a row" twice', ["error", "in a row", "twice"], []),
        ('field "foo"', ["field", "foo"], []),
        ('{"a": "b"}', ['{"a": "b"}'], []),
        ('say "hi', ['say "hi'], []),
        ('""', ['""'], []),
        ("/time[d-]? ?out/", ["~time[d-]? ?out"], []),
        ("/usr/local/bin", ["/usr/local/bin"], []),
        ("a /b c/ d", ["a", "~b c", "d"], []),
        ("//", ["//"], []),
        ("ECONNRESET -retry", ["ECONNRESET"], ["retry"]),
        ('-"of 3" -/[0-9]+ s$/ npm', ["npm"], ["of 3", "~[0-9]+ s$"]),
        ("exit code -1", ["exit code -1"], []),
        ("--no-cache - x", ["--no-cache - x"], []),
        ("a-b -c", ["a-b"], ["c"]),
        ("-É x", ["x"], ["É"]),
        ("error: x", ["error: x"], []),
        ("job: x", ["job: x"], []),
        ('"job:test"', ["job:test"], []),
        ("myjob:test", ["myjob:test"], []),
        ("https://host:80/x", ["https://host:80/x"], []),
    ],
)
def test_texts_are_read_from_what_is_typed(typed, terms, left_out):
    asked = read_asked(typed)

    assert texts(asked) == terms
    assert without(asked) == left_out
    assert asked.words == {}


@pytest.mark.parametrize(
    ("typed", "terms", "words"),
    [
        ("boom job:build", ["boom"], {Word.JOB: ("build",)}),
        ('job:"unit tests" boom', ["boom"], {Word.JOB: ("unit tests",)}),
        ("job:a x job:b", ["x"], {Word.JOB: ("a", "b")}),
        (
            "x repo:acme/api workflow:ci.yml branch:@default status:failure step:Test",
            ["x"],
            {
                Word.REPO: ("acme/api",),
                Word.WORKFLOW: ("ci.yml",),
                Word.BRANCH: ("@default",),
                Word.STATUS: ("failure",),
                Word.STEP: ("Test",),
            },
        ),
        ("one job:a two", ["one", "two"], {Word.JOB: ("a",)}),
    ],
)
def test_words_say_whose_logs_are_searched(typed, terms, words):
    asked = read_asked(typed)

    assert texts(asked) == terms
    assert asked.words == words


@pytest.mark.parametrize(
    ("typed", "advice"),
    [
        ("", "should have a text to look for"),
        ("   ", "should have a text to look for"),
        ("-Werror", 'if it is -Werror, write it in quotes: "-Werror"'),
        ("job:build", 'write it in quotes: "job:build"'),
        (
            "x -job:build",
            'cannot leave out a job; to leave out that text itself, write -"job:build"',
        ),
    ],
)
def test_nothing_to_look_for_says_what_to_do(typed, advice):
    with pytest.raises(InvalidInput) as caught:
        read_asked(typed)

    assert advice in str(caught.value)
    assert [error.field for error in caught.value.errors] == ["q"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("econnreset", [0, 1]),
        ("ECONNRESET -retry", [0]),
        ("/retry [0-9]/ npm", [1]),
        ("retry -/^npm/", [2]),
        ('"code" "npm"', [0]),
        ("npm retry", []),
        ('field "foo"', [3]),
        ('"job:test"', [3]),
        ('"-Wall"', [4]),
        ("gcc -Wall", []),
    ],
)
def test_line_has_all_that_is_asked_and_nothing_left_out(typed, found):
    matcher = LineMatcher(read_asked(typed))

    assert [one.number for one in matcher.find("\n".join(LINES).encode())] == found


@pytest.mark.parametrize(
    ("typed", "spans"),
    [
        ('"timed" "out"', [(20, 25), (26, 29)]),
        ('"med out" "timed"', [(20, 29)]),
        ('/t+/ "retry"', [(0, 5), (11, 12), (17, 18), (20, 21), (28, 29), (32, 33)]),
    ],
)
def test_matches_of_all_texts_are_marked_once(typed, spans):
    (found,) = LineMatcher(read_asked(typed)).find(LINES[2].encode())

    assert [tuple(span) for span in found.spans] == spans


@given(st.text(max_size=40))
def test_anything_typed_is_read_or_refused(typed):
    try:
        asked = read_asked(typed)
    except InvalidInput:
        return
    assert asked.terms
    assert all(term.text in typed for term in (*asked.terms, *asked.left_out))


@given(st.text("abc :./=", min_size=1, max_size=30).filter(str.strip))
def test_what_has_no_signs_of_the_language_is_looked_for_as_it_is(typed):
    if typed.strip().startswith("/") or " /" in typed:
        return
    assert read_asked(typed) == Asked((Term(typed.strip()),))
