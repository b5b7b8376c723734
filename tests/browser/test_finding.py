"""Ways to what one looks for: the palette, the filters and their sheet, views."""

import re

import httpx
from playwright.sync_api import expect


def test_palette_finds_a_run_by_number_and_by_commit(open_page, server):
    (run,) = httpx.get(
        f"{server}/api/v1/runs", params={"q": "protobuf", "workflow": "CI", "limit": 1}
    ).json()["items"]
    page = open_page("/grid")
    for asked in (f"#{run['run_number']}", run["head_sha"][:7]):
        page.keyboard.press("Control+k")
        page.get_by_role("combobox").fill(asked)
        expect(
            page.get_by_role("option").filter(has_text=f"#{run['run_number']}").first
        ).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_role("combobox")).to_have_count(0)


def test_palette_acts_and_gives_the_focus_back(open_page):
    page = open_page("/runs")
    search = page.get_by_role("button", name=re.compile("^Search or jump"))
    search.click()
    page.get_by_role("combobox").fill("> dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(search).to_be_focused()


def test_window_that_ends_before_it_begins_is_refused_in_its_place(open_page):
    page = open_page("/runs")
    page.get_by_role("button", name="Choose a time window").or_(
        page.get_by_role("button", name="Custom")
    ).first.click()
    page.get_by_label("From").fill("2026-11-20T10:00")
    page.get_by_label("To", exact=True).fill("2026-11-20T09:00")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("The end has to be after the beginning.")).to_be_visible()
    expect(page.get_by_label("To", exact=True)).to_have_attribute("aria-invalid", "true")
    assert "from=" not in page.url


def test_sheet_of_a_phone_filters(open_page):
    page = open_page("/runs", phone=True)
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("button", name="30d").click()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile("range=30d"))
    expect(page.get_by_role("button", name="Filters (1)")).to_be_visible()
