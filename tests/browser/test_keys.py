"""Keys that every page knows."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle

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


@pytest.fixture
def late(open_page):
    """Open a page of which a file comes only when the second of what is returned is called."""

    def open_(path, file):
        held = []
        comes = []

        def hold(route):
            route.continue_() if comes else held.append(route)

        def let_come():
            comes.append(True)
            for route in held:
                route.continue_()

        address = re.compile(rf"/{file}-[^/]*\.js$")
        page = open_page(path, prepare=lambda page: page.route(address, hold))
        return page, let_come

    return open_


def press_all(page, keys):
    for key in keys:
        page.keyboard.press(key)


def test_what_is_typed_before_the_palette_is_there_is_typed_into_it(late):
    page, let_come = late("/runs", "Palette")
    page.keyboard.press("Control+k")
    press_all(page, [*"jx> dark", "Backspace", "k"])
    expect(page.locator("tr[data-run]:focus")).to_have_count(0)
    let_come()
    expect(page.get_by_role("combobox")).to_have_value("jx> dark")


def test_enter_before_the_palette_is_there_takes_what_was_typed(late):
    page, let_come = late("/runs", "Palette")
    page.keyboard.press("Control+k")
    press_all(page, [*"> dark", "Enter"])
    let_come()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("combobox")).to_have_count(0)


def test_what_is_typed_before_a_list_is_there_is_typed_into_it(late):
    page, let_come = late("/runs", "FloatingPanel")
    press_all(page, "fw" + "docs")
    let_come()
    expect(page.get_by_role("combobox")).to_have_value("docs")
    expect(page).to_have_url(re.compile("/runs$"))


def test_key_on_the_way_to_a_page_is_for_that_page(late):
    page, let_come = late("/", "RunsPage")
    press_all(page, "gr" + "/" + "docs")
    let_come()
    find = page.get_by_role("searchbox", name=re.compile("^Find runs"))
    expect(find).to_have_value("docs")


@pytest.mark.parametrize("path", ["/runs?range=30d", "/runs?status=failure&repo=acme/api", "/"])
def test_back_from_a_run_comes_to_its_row_and_keys_go_on_from_there(open_page, path):
    page = open_page(path)
    rows = page.locator("tr[data-run]")
    for _ in range(6 if path == "/runs?range=30d" else 2):
        page.keyboard.press("]" if "range" in path else "j")
    page.wait_for_function("document.activeElement.dataset.run")
    place = int(page.locator("tr[data-run]:focus").get_attribute("data-index"))
    run = page.locator("tr[data-run]:focus").get_attribute("data-run")
    assert place > 0
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(f"/runs/{run}$|/runs/{run}[?]"))
    settle(page)
    page.go_back()
    back = page.locator(f"tr[data-run='{run}']")
    expect(back).to_be_focused()
    expect(back).to_be_in_viewport()
    page.keyboard.press("j")
    expect(page.locator(f"tr[data-index='{place + 1}']")).to_be_focused()
    expect(rows.first).to_be_attached()


def test_keys_go_on_from_the_row_whose_panel_an_address_opens(open_page):
    page = open_page("/runs")
    run = page.locator("tr[data-index='3']").get_attribute("data-run")
    page.goto(f"/runs?peek={run}")
    settle(page)
    page.keyboard.press("j")
    expect(page.locator("tr[data-index='4']")).to_be_focused()
