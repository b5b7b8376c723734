"""Keys that every page knows."""

import re

import pytest
from playwright.sync_api import expect

# Presses keys of which the page has no time to draw anything in between.
AT_ONCE = """keys => { for (const key of keys) document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); }"""


@pytest.mark.parametrize(
    ("path", "phone", "place"),
    [
        ("/", False, "#filters"), ("/", True, "#filters"), ("/grid", False, "#filters"),
        ("/w/acme/api/CI", False, "#filters"), ("/runs", False, "[data-hotspot=find]"),
        ("/search", False, "#content [role=search] input[type=search]"),
        ("/alerts", False, "#content [role=search]"), ("/alerts", True, "#content [role=search]"),
    ],
)  # fmt: skip
def test_slash_goes_to_the_search_of_the_page(open_page, path, phone, place):
    page = open_page(path, phone=phone)
    page.keyboard.press("/")
    assert page.evaluate("place => document.activeElement.closest(place) !== null", place)
    assert page.evaluate("document.activeElement.matches('input, button, select')")


def test_two_steps_in_one_frame_lead_two_windows_back(open_page):
    page = open_page("/grid?from=2026-01-07T00:00:00Z&to=2026-01-08T00:00:00Z")
    page.evaluate(AT_ONCE, ["t", "ArrowLeft", "t", "ArrowLeft"])
    expect(page).to_have_url(re.compile("from=2026-01-05"))


def test_a_row_opened_and_left_in_one_frame_is_followed(open_page):
    page = open_page("/runs?status=failure")
    rows = page.locator("tr[data-run]")
    page.evaluate(AT_ONCE, ["j", "Enter", "j"])
    second = rows.nth(1).get_attribute("data-run")
    expect(page).to_have_url(re.compile(f"peek={second}"))
