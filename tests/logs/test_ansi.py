"""Codes for a terminal leave nothing behind but the words."""

import pytest

from pulseboard.logs import ansi


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m and \x1b[38;2;1;2;3mtrue\x1b[m", "red and true"),
        ("\x1b]0;a title\x07text", "text"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;never ends", ""),
        ("\x1b[2K\x1b[1Gdone", "done"),
        ("cut \x1b[", "cut "),
        ("bell\x07 and \x9b31mC1", "bell and C1"),
        ("tab\tstays", "tab\tstays"),
        ("user\u202etxt.exe", "user<U+202E>txt.exe"),
    ],
)
def test_only_the_words_stay(line, words):
    assert ansi.strip(line) == words
