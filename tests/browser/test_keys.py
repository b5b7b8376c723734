"""Keys that every page knows."""

import pytest


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
