"""A log that is kept anew is told as what it has more, or as another one."""

import pytest

from pulseboard.logs import lines
from pulseboard.logs.growth import MAX_TEXT, Before, digest_of, grown_since


def before(data):
    return Before(digest_of(data), len(data), lines.count(data))


@pytest.mark.parametrize(
    ("kept", "more", "from_line", "text"),
    [
        (b"one\n", b"two\nthree\n", 2, "two\nthree\n"),
        (b"one\ntw", b"o\nthree\n", 2, "two\nthree\n"),
        (b"one\n10 %\r", b"\ntwo", 2, "10 %\r\ntwo"),
        (b"one\n10 %\r", b"20 %\r", 2, "10 %\r20 %\r"),
        (b"one\r\n", b"two", 2, "two"),
        (b"", b"one", 1, "one"),
    ],
)
def test_growth_begins_with_the_line_that_may_have_changed(kept, more, from_line, text):
    data = kept + more
    grown = grown_since(data, before(kept), job_id=7, total=lines.count(data))

    assert (grown.from_line, grown.text) == (from_line, text)
    assert (grown.job_id, grown.lines) == (7, lines.count(data))
    assert (grown.before, grown.etag) == (digest_of(kept), digest_of(data))
    # Who has the lines before and takes these has what the server has.
    assert lines.split(data)[: from_line - 1] + lines.split(text.encode()) == lines.split(data)


def test_another_text_is_no_growth():
    grown = grown_since(b"two\n", before(b"one\n"), job_id=7, total=1)

    assert (grown.from_line, grown.text, grown.before) == (1, None, None)
    assert grown_since(b"two\n", None, job_id=7, total=1).before is None


def test_much_text_is_left_to_be_fetched():
    grown = grown_since(b"one\n" + b"x" * (MAX_TEXT + 1), before(b"one\n"), job_id=7, total=2)

    assert (grown.from_line, grown.text) == (2, None)
