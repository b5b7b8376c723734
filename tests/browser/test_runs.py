"""The list of runs: sorting, keys, the panel, the page, and names that try to break it."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.log_page import ask


def panel_of(page):
    return page.get_by_role("complementary", name=re.compile("^Run "))


def test_the_heading_counts(open_page):
    page = open_page("/runs")
    expect(page.locator("h1")).to_contain_text("1\u202f402 runs, 79 failed")


def test_sorting_is_said_and_kept_in_the_address(open_page):
    page = open_page("/runs")
    page.get_by_role("button", name="Duration").click()
    head = page.get_by_role("columnheader", name="Duration")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert "sort=-duration" in page.url
    page.get_by_role("button", name="Duration").click()
    expect(head).to_have_attribute("aria-sort", "ascending")


def test_two_clicks_in_one_frame_sort_two_steps(open_page):
    page = open_page("/runs?sort=queue")
    head = page.get_by_role("button", name="Duration")
    head.evaluate("head => { head.click(); head.click(); }")
    expect(page).to_have_url(re.compile("sort=duration$"))


def test_a_long_list_stays_small_in_the_document(open_page):
    page = open_page("/runs?branch=@any&range=30d")
    table = page.get_by_role("table", name="Runs")
    expect(table).to_have_attribute("aria-rowcount", "1863")
    rows = table.locator("tr[data-run]")
    page.mouse.move(700, 500)
    page.mouse.wheel(0, 6_000)
    expect(rows.last).to_have_attribute("data-index", re.compile(r"^(1[6-9]\d|[2-9]\d\d)$"))
    assert page.evaluate("document.querySelectorAll('*').length") <= 2000
    assert rows.count() <= 60


def test_columns_that_have_no_room_leave_theirs_to_the_names(open_page):
    page = open_page("/runs?branch=@any&range=30d")
    page.locator("tr[data-run]").first.press("Enter")
    expect(panel_of(page)).to_be_visible()
    expect(page.get_by_role("columnheader", name="Actions")).to_have_count(0)
    table = page.get_by_role("table", name="Runs").bounding_box()
    heads = [head.bounding_box() for head in page.get_by_role("columnheader").all()]
    assert sum(head["width"] for head in heads) >= table["width"] - 1
    assert page.get_by_role("columnheader", name="Workflow").bounding_box()["width"] >= 120


def test_keys_move_open_follow_and_close(open_page):
    page = open_page("/runs?status=failure")
    page.get_by_role("table", name="Runs").wait_for()
    page.keyboard.press("j")
    rows = page.locator("tr[data-run]")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    second = rows.nth(1).get_attribute("data-run")
    expect(page).to_have_url(re.compile(f"peek={second}"))
    expect(panel_of(page)).to_be_visible()
    expect(rows.nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("j")
    third = rows.nth(2).get_attribute("data-run")
    expect(page).to_have_url(re.compile(f"peek={third}"))
    page.keyboard.press("Escape")
    expect(panel_of(page)).to_have_count(0)
    expect(rows.nth(2)).to_be_focused()


def test_brackets_jump_between_failures(open_page):
    page = open_page("/runs?repo=acme/api")
    page.get_by_role("table", name="Runs").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("]")
    expect(page.locator("tr[data-run]:focus")).to_contain_text("Failed")


def test_first_bracket_comes_to_the_first_row_where_it_failed(open_page):
    page = open_page("/runs?status=failure")
    page.keyboard.press("]")
    expect(page.locator("tr[data-run]:focus")).to_have_attribute("data-index", "0")
    page.keyboard.press("]")
    expect(page.locator("tr[data-run]:focus")).to_have_attribute("data-index", "1")


def test_one_key_leads_to_the_guilty_line(open_page, keep_log, log_server):
    log = "Begin\nError: no space left on device\nEnd\n"
    path, _ = keep_log("guilty", log, branch="guilty")
    page = open_page("/runs?branch=guilty", base=log_server)
    row = page.locator("tr[data-run]")
    expect(row).to_have_count(1)
    line = re.compile(rf"{re.escape(path)}#L2")
    page.keyboard.press("l")
    expect(page).to_have_url(line)
    page.go_back()
    row.focus()
    page.keyboard.press("e")
    expect(panel_of(page)).to_be_visible()
    page.keyboard.press("l")
    expect(page).to_have_url(line)
    page.goto(path.partition("/jobs/")[0])
    page.get_by_role("region", name="What failed").wait_for()
    page.keyboard.press("l")
    expect(page).to_have_url(line)
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Shortcuts and help")
    expect(help_.get_by_text("Log, at the first error").first).to_be_visible()


def test_single_keys_can_be_switched_off(open_page):
    page = open_page("/settings/appearance")
    page.get_by_role("switch", name="Single-key shortcuts").click()
    page.get_by_role("link", name="Runs").first.click()
    page.get_by_role("table", name="Runs").wait_for()
    page.keyboard.press("j")
    expect(page.locator("tr[data-run]:focus")).to_have_count(0)


def test_raw_data_is_one_click_away(open_page):
    page = open_page("/runs?q=protobuf")
    page.get_by_role("link", name="View raw").first.click()
    tree = panel_of(page).get_by_role("tree")
    tree.wait_for()
    panel_of(page).get_by_role("searchbox", name="Search in the payload").fill("conclusion")
    expect(tree.get_by_role("treeitem", name=re.compile("conclusion")).first).to_be_visible()


def test_the_path_of_raw_data_can_be_copied(open_page):
    page = open_page("/runs?status=success&repo=acme/api&workflow=Lint")
    page.get_by_role("link", name="View raw").first.click()
    panel = panel_of(page)
    commit = panel.get_by_role("treeitem", name=re.compile("^head_commit"))
    commit.focus()
    if commit.get_attribute("aria-expanded") == "false":
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("y")
    copied = page.get_by_role("status").filter(has_text="Path copied")
    expect(copied.first).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == ".head_commit.id"
    panel.get_by_role("treeitem", name=re.compile("^display_title")).click()
    panel.get_by_role("button", name="Copy path").click()
    expect(copied).to_have_count(2)
    assert page.evaluate("navigator.clipboard.readText()") == ".display_title"


def test_the_provider_is_where_one_runs_again(open_page):
    page = open_page("/runs?q=protobuf")
    link = page.get_by_role("link", name=re.compile("^Re-run")).first
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    expect(link).to_have_attribute("href", re.compile("^https://github.example/"))


def test_a_flaky_run_opens_at_its_failure(open_page):
    page = open_page("/runs?q=second+attempt")
    page.locator("tr[data-run] [data-row-link]").first.click()
    expect(panel_of(page)).to_contain_text("it passed on attempt 2")
    expect(panel_of(page).get_by_role("button", name="Attempt")).to_contain_text("Attempt 1 of 2")


def test_bars_lie_where_their_times_say(open_page):
    page = open_page("/runs?q=protobuf&repo=acme/api&workflow=CI")
    page.locator("tr[data-run]").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.get_by_role("treegrid").wait_for()
    # Two jobs waited 10 s; one ran 60 s, the other 180 s: the axis is 190 s long.
    row = page.get_by_role("row", name=re.compile("lint"))
    bar = row.locator("[data-bar=run]").evaluate(
        "e => [parseFloat(e.style.left), parseFloat(e.style.width)]"
    )
    assert abs(bar[0] - 100 * 10 / 190) < 1
    assert abs(bar[1] - 100 * 60 / 190) < 1


def test_the_filter_of_the_waterfall_keeps_the_axis(open_page):
    page = open_page("/runs?q=protobuf&repo=acme/api&workflow=CI")
    page.locator("tr[data-run]").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("o")
    row = page.get_by_role("row", name=re.compile("lint"))
    before = row.locator("[data-bar=run]").bounding_box()
    page.get_by_role("searchbox", name="Filter jobs by name").fill("lint")
    expect(page.get_by_role("row", name=re.compile("test"))).to_have_count(0)
    assert row.locator("[data-bar=run]").bounding_box()["x"] == before["x"]


def test_on_a_phone_a_run_is_a_dialog_of_its_own_page(open_page):
    page = open_page("/runs", phone=True)
    page.get_by_role("list", name="Runs").get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/runs/\d+"))
    expect(page.locator("h1")).to_contain_text("#")


def test_an_unknown_run_says_so(open_page):
    page = open_page("/runs/987654321", may_fail=True)
    expect(page.get_by_text("There is no such run")).to_be_visible()


def test_filters_change_address_count_and_requests(open_page):
    page = open_page("/runs")
    page.get_by_role("button", name=re.compile("^Repository")).click()
    page.get_by_role("option").filter(has_text="acme/web").click()
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile("repo=acme/web"))
    expect(page.locator("h1")).to_contain_text("698 runs, 31 failed")
    page.get_by_role("button", name="Clear", exact=True).click()
    expect(page.locator("h1")).to_contain_text("1\u202f402 runs")
    page.go_back()
    expect(page).to_have_url(re.compile("repo=acme/web"))


def test_quick_fingers_open_the_row_they_stepped_to(open_page):
    page = open_page("/runs?q=protobuf&repo=acme/api&workflow=CI")
    # Both keys come before the next frame, and with it the focus of the row.
    page.evaluate(
        """() => { for (const key of ["j", "Enter"]) document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true })); }"""
    )
    first = page.locator("tr[data-run]").first.get_attribute("data-run")
    expect(page).to_have_url(re.compile(f"peek={first}"))


def test_every_chart_can_be_taken_away_as_a_file(open_page):
    page = open_page("/w/acme/api/CI")
    for name, head in (("newest runs", "repo,workflow,"), ("jobs", "name,success,")):
        assert _file_behind(page, f"Export the {name} as CSV").startswith(head)
    page.goto("/runs?q=protobuf&repo=acme/api&workflow=CI")
    page.locator("tr[data-run]").wait_for()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Waterfall").click()
    assert ",test (3.12)," in _file_behind(page, "Export the waterfall as CSV")
    page.get_by_role("tab", name="History").click()
    assert "acme/api" in _file_behind(page, "Export the history as CSV")


def _file_behind(page, name):
    with page.expect_download() as taken:
        page.get_by_role("link", name=name).click()
    return taken.value.path().read_text()


def test_a_panel_begins_with_what_its_row_knows(open_page):
    page = open_page("/runs?q=protobuf&repo=acme/api&workflow=CI")
    held = []

    def hold(asked):
        held.append(asked)

    page.route("**/api/v1/runs/*", hold)
    page.locator("tr[data-run] [data-row-link]").first.click()
    panel = panel_of(page)
    expect(panel.get_by_role("heading", name="CI")).to_be_visible()
    expect(panel).to_contain_text("acme/api")
    expect(panel.get_by_role("tab")).to_have_count(0)
    for asked in held:
        asked.continue_()
    expect(panel.get_by_role("tab", name="Waterfall")).to_be_visible()


def test_rows_are_marked_by_a_key_and_taken_along(open_page):
    page = open_page("/runs?status=failure")
    rows = page.locator("tr[data-run]")
    for _ in range(2):
        page.keyboard.press("j")
        page.keyboard.press("x")
    bar = page.get_by_role("region", name="Marked runs")
    expect(bar).to_contain_text("2 runs marked")
    ids = [row.get_attribute("data-run") for row in rows.all()[:2]]

    bar.get_by_role("button", name="Copy links").click()
    expect(page.get_by_role("region", name="Messages").get_by_text("Links copied")).to_be_visible()
    links = page.evaluate("navigator.clipboard.readText()").splitlines()
    assert [link.rpartition("/runs/")[2] for link in links] == ids
    with page.expect_download() as taken:
        bar.get_by_role("button", name="Export CSV").click()
    head, *lines = taken.value.path().read_text().splitlines()
    assert head.startswith("id,repo,")
    assert [line.split(",")[0].strip('"') for line in lines] == ids

    rows.nth(1).focus()
    page.keyboard.press("x")
    expect(bar).to_contain_text("1 run marked")
    bar.get_by_role("button", name="Clear").click()
    expect(bar).to_have_count(0)


@pytest.mark.parametrize(
    "how", [{"modifiers": ["Control"]}, {"modifiers": ["Meta"]}, {"button": "middle"}]
)
def test_a_row_opens_in_a_tab_of_its_own_when_asked_to(open_page, how):
    page = open_page("/runs?status=failure")
    row = page.locator("tr[data-run]").first
    row.wait_for()
    with page.context.expect_page() as opened:
        row.locator("td").nth(1).click(**how)
    expect(opened.value).to_have_url(re.compile(f"/runs/{row.get_attribute('data-run')}$"))
    expect(page).to_have_url(re.compile(r"/runs\?status=failure$"))


def test_the_right_button_opens_no_row(open_page):
    page = open_page("/runs?status=failure")
    row = page.locator("tr[data-run]").first
    row.locator("td").nth(1).click(button="right")
    row.locator("td").nth(1).click()
    expect(page).to_have_url(re.compile("peek="))


def test_run_in_the_queue_waits_and_does_not_run(open_page, log_server):
    event = {"id": "waits", "workflow": "Waits", "repo": "acme/api", "branch": "main"}
    sent = json.dumps({**event, "status": "queued"}).encode()
    run = ask(log_server, "POST", "/api/events", sent)
    page = open_page(f"/runs/{run['id']}", base=log_server)
    expect(page.get_by_text("Waiting for", exact=True)).to_be_visible()
    expect(page.get_by_text("Queued", exact=True).last).to_be_visible()
    expect(page.get_by_text(re.compile("Running for|Started"))).to_have_count(0)
