"""New is what the last green log does not say in any form."""

import pytest

from pulseboard.logs.novelty import new_lines

GREEN = b"""2026-01-01T00:00:00.0000000Z Run tests
2026-01-01T00:00:01.0000000Z /srv/checkout/a/b/test_x.py 12 passed in 3.2s
2026-01-01T00:00:02.0000000Z commit 1a2b3c4d5e6f took 120 ms
"""


def test_what_changes_with_every_run_is_not_new():
    again = (
        b"2026-02-03T04:05:06.0000000Z Run tests\n"
        b"2026-02-03T04:05:07.0000000Z \x1b[32m/tmp/other/c/test_x.py 9 passed in 12s\x1b[0m\n"
        b"2026-02-03T04:05:08.0000000Z commit 99ffee001122 took 3.5 s\n"
    )

    assert new_lines(again, baseline=GREEN) == []


@pytest.mark.parametrize("name", [b"cache", b"image", b"sha", b"node", b"step "])
def test_a_hash_behind_a_hyphen_changes_with_every_run(name):
    assert new_lines(name + b"-3f2a9c1b4d5e", baseline=name + b"-99ffee001122") == []


def test_new_lines_are_told_as_ranges_that_blank_ones_do_not_part():
    log = b"Run tests\nImportError: no builder\n\n  at line 3\nRun tests\nexit code 1\n"

    assert new_lines(log, baseline=GREEN) == [(2, 4), (6, 6)]


def test_everything_is_new_beside_nothing():
    assert new_lines(b"one\ntwo\n", baseline=b"") == [(1, 2)]
    assert new_lines(b"", baseline=GREEN) == []


@pytest.mark.parametrize("part", [b"a", b"e-", b"a.", b"0a-", b"C:", b"a/b "])
def test_one_endless_line_is_compared_in_a_single_pass(part):
    line = part * (400_000 // len(part)) + b"z"

    assert new_lines(line, baseline=line) == []
    assert new_lines(line, baseline=GREEN) == [(1, 1)]
