"""The instant at the head of a line is read where there is one."""

import pytest

from pulseboard.logs.stamps import unstamp


@pytest.mark.parametrize(
    ("line", "at", "text"),
    [
        ("1970-01-01T00:00:01.2345678Z said", 1_234_567, "said"),
        ("1970-01-01T01:00:00+01:00 said", 0, "said"),
        ("\ufeff1970-01-01T00:00:00Z said", 0, "said"),
        ("1970-01-01T00:00:00Z", 0, ""),
        ("1970-01-01T00:00:00 no zone", None, "1970-01-01T00:00:00 no zone"),
        ("1970-13-41T00:00:00Z no day", None, "1970-13-41T00:00:00Z no day"),
        ("said 1970-01-01T00:00:00Z", None, "said 1970-01-01T00:00:00Z"),
    ],
)
def test_a_line_is_parted_from_its_instant(line, at, text):
    assert unstamp(line) == (at, text)
