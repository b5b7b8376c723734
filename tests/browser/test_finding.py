"""Ways to what one looks for: the palette, the filters and their sheet, views."""

import re

import httpx
import pytest
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


def open_sheet(page):
    page.get_by_role("button", name=re.compile("^Filters")).click()
    return page.get_by_role("dialog", name="Filters")


def test_sheet_of_a_phone_gathers_filters_and_applies_them_as_one_step(open_page):
    page = open_page("/runs", phone=True)
    before = page.url
    sheet = open_sheet(page)
    sheet.get_by_role("button", name="30d").click()
    sheet.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("menuitem", name="Status").click()
    page.get_by_role("option", name="Failed").click()
    page.keyboard.press("Escape")
    chip = sheet.get_by_role("button", name="Remove the filter Status: Failed")
    expect(chip).to_be_visible()
    assert page.url == before
    shown = sheet.get_by_role("button", name=re.compile(r"^Show \d+ runs$"))
    number = re.sub(r"\D", "", shown.inner_text())
    shown.click()

    expect(sheet).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/runs\?range=30d&status=failure$"))
    expect(page.locator("h1")).to_contain_text(f"{number} runs")
    expect(page.get_by_role("button", name="Filters (2)")).to_be_visible()
    page.go_back()
    expect(page).to_have_url(before)


@pytest.mark.parametrize("way", ["the key", "the cross", "back"])
def test_sheet_applies_however_it_is_closed(open_page, way):
    page = open_page("/grid", phone=True)
    sheet = open_sheet(page)
    sheet.get_by_role("button", name="24h").click()
    expect(sheet.get_by_role("button", name="24h")).to_have_attribute("aria-pressed", "true")
    if way == "the key":
        page.keyboard.press("Escape")
    elif way == "the cross":
        sheet.get_by_role("button", name="Close").click()
    else:
        page.go_back()
    expect(sheet).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/grid\?range=24h$"))
    expect(page.get_by_role("button", name="Filters (1)")).to_be_focused()


def test_sheet_in_which_nothing_is_chosen_changes_nothing(open_page):
    page = open_page("/runs?repo=acme/api", phone=True)
    sheet = open_sheet(page)
    page.go_back()
    expect(sheet).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/runs\?repo=acme/api$"))
    sheet = open_sheet(page)
    sheet.get_by_role("button", name="Clear").click()
    sheet.get_by_role("button", name=re.compile("^Show")).click()
    expect(page).to_have_url(re.compile("/runs$"))


def choose(page, *names):
    page.get_by_role("button", name="Filter", exact=True).click()
    for name in names[:-1]:
        page.get_by_role("menuitem", name=name).click()
    page.get_by_role("option", name=names[-1]).click()
    page.keyboard.press("Escape")


def test_runner_labels_are_chosen_from_those_there_are(open_page):
    page = open_page("/runs")
    choose(page, "Runner label", "ubuntu-latest")
    expect(page).to_have_url(re.compile("label=ubuntu-latest"))
    expect(page.locator("h1")).to_contain_text("11 runs")


def test_a_chip_takes_its_own_filter_off(open_page):
    page = open_page("/runs?status=failure&status=cancelled&event=push&actor=kim")
    chips = page.get_by_role("list", name="Filters of this list").get_by_role("listitem")
    expect(chips).to_have_count(4)
    page.get_by_role("button", name="Remove the filter Status: Cancelled").click()
    expect(chips).to_have_count(3)
    expect(page).to_have_url(re.compile(r"/runs\?status=failure&event=push&actor=kim$"))
    expect(page.locator("h1")).to_contain_text("79 runs")


def test_log_search_is_narrowed_by_the_end_of_a_job(open_page):
    page = open_page("/search?q=error")
    choose(page, "Failed")
    expect(page).to_have_url(re.compile(r"/search\?q=error&status=failure$"))
    page.get_by_role("button", name="Remove the filter Status: Failed").click()
    expect(page).to_have_url(re.compile(r"/search\?q=error$"))


def test_two_choices_in_one_frame_both_count(open_page):
    page = open_page("/runs")
    page.get_by_role("button", name=re.compile("^Repository")).click()
    page.get_by_role("option").nth(1).wait_for()
    # The page has no time to draw what the first click has changed.
    page.evaluate("document.querySelectorAll('[role=option]').forEach(one => one.click())")
    expect(page).to_have_url(re.compile(r"repo=acme/\w+&repo=acme/\w+"))


def test_two_choices_in_one_frame_both_count_in_a_sheet(open_page):
    page = open_page("/runs", phone=True)
    sheet = open_sheet(page)
    sheet.get_by_role("button", name=re.compile("^Repository")).click()
    page.get_by_role("option").nth(1).wait_for()
    page.evaluate("document.querySelectorAll('[role=option]').forEach(one => one.click())")
    page.keyboard.press("Escape")
    sheet.get_by_role("button", name=re.compile("^Show")).click()
    expect(page).to_have_url(re.compile(r"repo=acme/\w+&repo=acme/\w+"))


def test_two_chips_in_one_frame_are_both_taken_off(open_page):
    page = open_page("/runs?status=failure&status=cancelled&event=push")
    chips = page.get_by_role("list", name="Filters of this list").get_by_role("button")
    expect(chips).to_have_count(3)
    chips.evaluate_all("chips => chips.slice(0, 2).forEach(chip => chip.click())")
    expect(page).to_have_url(re.compile(r"/runs\?event=push$"))


@pytest.fixture
def held(open_page):
    """Open a page whose questions that match are answered when the second of the two is called."""

    def open_(path, asked):
        waiting = []
        comes = []

        def hold(route):
            route.continue_() if comes else waiting.append(route)

        def let_come():
            comes.append(True)
            for route in waiting:
                route.continue_()

        return open_page(path, prepare=lambda page: page.route(asked, hold)), let_come

    return open_


def test_enter_waits_for_the_runs_that_the_palette_asks_for(held, server):
    asked = {"q": "protobuf", "workflow": "CI", "limit": 1}
    (run,) = httpx.get(f"{server}/api/v1/runs", params=asked).json()["items"]
    page, let_come = held("/grid", re.compile(r"/api/v1/runs\?.*q="))
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox")
    box.fill("#")
    expect(page.get_by_role("option").first).to_be_visible()
    box.fill(f"#{run['run_number']}")
    page.keyboard.press("Enter")
    let_come()
    expect(page).to_have_url(re.compile(r"/runs/\d+$"))
    expect(page.locator("h1")).to_contain_text(f"#{run['run_number']}")


def test_enter_waits_for_the_list_of_a_filter(held):
    page, let_come = held("/grid", re.compile(r"/api/v1/facets\?.*q=Docs"))
    page.get_by_role("button", name=re.compile("^Workflow")).click()
    page.get_by_role("option").first.wait_for()
    page.get_by_role("combobox").fill("Docs")
    page.keyboard.press("Enter")
    let_come()
    expect(page).to_have_url(re.compile(r"/grid\?workflow=Docs$"))


@pytest.mark.parametrize(
    ("path", "name", "field", "text", "url"),
    [
        ("/grid", "^Workflow", "q=Docs", "Docs", r"/grid\?workflow=Docs$"),
        ("/runs", "^Event", "field=event", "pu", r"/runs\?event=push$"),
    ],
)
def test_choice_made_in_a_list_on_its_way_holds_though_the_list_is_closed(
    held, path, name, field, text, url
):
    page, let_come = held(path, re.compile(rf"/api/v1/facets\?.*{field}"))
    if path == "/runs":
        page.get_by_role("button", name="Filter", exact=True).click()
        page.get_by_role("menuitem", name="Event").click()
    else:
        page.get_by_role("button", name=re.compile(name)).click()
    page.get_by_role("combobox").fill(text)
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox")).to_have_count(0)
    let_come()
    expect(page).to_have_url(re.compile(url))


def test_enter_for_a_text_that_has_changed_since_takes_nothing(held):
    page, let_come = held("/grid", re.compile(r"/api/v1/facets\?.*q=Do"))
    page.get_by_role("button", name=re.compile("^Workflow")).click()
    page.get_by_role("option").first.wait_for()
    page.get_by_role("combobox").fill("Do")
    page.keyboard.press("Enter")
    page.get_by_role("combobox").fill("Docs")
    let_come()
    expect(page.get_by_role("option")).to_have_count(1)
    expect(page).to_have_url(re.compile("/grid$"))
