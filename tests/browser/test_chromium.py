"""A Chromium is found, and the one that is named comes first."""

from tests.browser import chromium


def test_the_named_browser_comes_before_all_others(monkeypatch, tmp_path):
    named = tmp_path / "mine"
    named.write_text("#!/bin/sh\n")
    named.chmod(0o700)
    monkeypatch.setenv("CHROMIUM", str(named))
    assert chromium.find_chromium() == str(named)


def test_a_name_that_leads_nowhere_is_passed_over(monkeypatch, tmp_path):
    monkeypatch.setenv("CHROMIUM", str(tmp_path / "gone"))
    assert chromium.find_chromium() != str(tmp_path / "gone")
