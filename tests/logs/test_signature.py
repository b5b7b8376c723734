"""The same failure of another day has the same signature."""

import pytest

from pulseboard.logs.signature import signature_of


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AssertionError: 12 != 13", "AssertionError: 7 != 9"),
        ("/home/a/x/test_a.py:3: error", "/runner/_work/y/z/test_a.py:99: error"),
        (
            "no answer from 10.0.0.1:5432 after 3.5s",
            "no answer from 192.168.7.20:5433 after 12 s",
        ),
        ("commit 0a1b2c3d4e5f not found", "commit ffe012345678 not found"),
        (
            "job 123e4567-e89b-12d3-a456-426614174000 died at 2026-01-02T03:04:05Z",
            "job 00000000-e89b-12d3-a456-426614174abc died at 2025-12-31 23:59:59",
        ),
        ("GET https://a.example/x?y=1 failed", "GET https://a.example/z failed"),
        ("thread 0x7ffdeadbeef crashed", "thread 0x10 crashed"),
    ],
)
def test_what_changes_from_run_to_run_is_masked(one, other):
    assert signature_of(one) == signature_of(other)


def test_different_failures_keep_different_signatures():
    assert signature_of("ImportError: builder") != signature_of("ImportError: parser")
