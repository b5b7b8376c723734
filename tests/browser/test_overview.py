"""The overview answers its questions: is main green, since when, which commit, what first."""

import json
import re

from playwright.sync_api import expect

from tests.browser.log_page import ask


def test_the_verdict_names_state_time_and_commit(open_page):
    page = open_page("/")
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict.get_by_role("heading")).to_have_text("main is red — 2 of 14 workflows failing")
    expect(verdict).to_contain_text("Since ")
    expect(verdict).to_contain_text("a1b2c3d")
    expect(verdict).to_contain_text("Bump protobuf to 5.1")
    expect(verdict.get_by_role("listitem")).to_have_count(2)


def test_what_failed_is_one_click_from_the_verdict(open_page):
    page = open_page("/")
    page.get_by_role("link", name="What failed").click()
    panel = page.get_by_role("complementary", name=re.compile("^Run "))
    expect(panel.get_by_role("region", name="What failed")).to_contain_text("test (3.12)")
    expect(panel.get_by_role("region", name="What failed")).to_contain_text("step 2: Run tests")


def test_key_figures_show_what_they_count(open_page):
    page = open_page("/")
    figures = page.get_by_role("region", name="Key figures")
    expect(figures).to_contain_text("94.2\u202f%")
    expect(figures).to_contain_text("1\u202f284 of 1\u202f363 finished")
    expect(figures).to_contain_text("1\u202f402")
    expect(
        figures.get_by_role("link", name=re.compile("^Success rate 94.2 percent, "))
    ).to_be_visible()


def test_figures_lead_to_the_runs_they_count(open_page):
    page = open_page("/")
    page.get_by_role("link", name=re.compile("^Success rate")).click()
    expect(page).to_have_url(re.compile(r"/runs\?status=failure$"))
    expect(page.locator("h1")).to_contain_text("79 runs")


def test_too_little_before_means_no_comparison(open_page):
    page = open_page("/?repo=acme/api&workflow=CI&range=30d")
    expect(page.get_by_role("region", name="Key figures")).to_contain_text(
        "no comparison (0 runs before)"
    )


def test_bucket_size_changes_address_and_bars(open_page):
    page = open_page("/")
    bars = page.get_by_role("group", name=re.compile("^Outcomes by time")).get_by_role("button")
    expect(bars).to_have_count(8)
    page.get_by_role("group", name="Bucket size").get_by_role("button", name="Hour").click()
    expect(bars).to_have_count(169)
    assert "gran=hour" in page.url


def test_the_table_has_the_sums_of_the_bars(open_page):
    page = open_page("/")
    page.get_by_role("button", name="Show as a table").click()
    table = page.get_by_role("table", name="Outcomes and duration by time")
    table.wait_for()
    cells = table.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert sum(int(text) for text in cells) == 79


def test_a_stretch_is_chosen_by_keys(open_page):
    page = open_page("/")
    bars = page.get_by_role("group", name=re.compile("^Outcomes by time"))
    bars.get_by_role("button").last.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"from=.*&to="))
    expect(bars.get_by_role("button")).to_have_count(3)


def test_a_stretch_is_chosen_by_dragging(open_page):
    page = open_page("/")
    bars = page.get_by_role("group", name=re.compile("^Outcomes by time"))
    box = bars.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=.*&to="))


def test_strips_are_walked_with_arrows_and_open_runs(open_page):
    page = open_page("/")
    strip = page.get_by_role("list", name="Newest runs of acme/api · CI")
    strip.get_by_role("link").last.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.get_by_role("complementary", name=re.compile("^Run CI"))).to_be_visible()


def test_an_empty_server_leads_to_the_first_run(open_page, empty_server):
    page = open_page("/", base=empty_server)
    expect(page.locator("h1")).to_have_text("No run has arrived yet")
    page.get_by_role("link", name="Connect a repository").click()
    expect(page.locator("h1")).to_have_text("How should runs arrive?")
    page.get_by_text("Push from any CI", exact=True).first.click()
    page.request.post(
        f"{empty_server}/api/events/run",
        data={"pipeline": "web", "status": "success", "duration_sec": 7, "branch": "main"},
    )
    expect(page.get_by_text(re.compile("push received"))).to_be_visible()
    page.get_by_role("link", name="Overview").first.click()
    expect(page.locator("h1")).to_have_text("main is green — its workflow passed")
    # The server ends before the page would: a lost connection is no fault of the page.
    page.context.close()


def test_time_of_a_running_build_goes_on(open_page, log_server):
    event = {"id": "ticking", "workflow": "build", "status": "running", "repo": "acme/ticking"}
    ask(log_server, "POST", "/api/events", json.dumps({**event, "branch": "main"}).encode())

    page = open_page(
        "/?repo=acme/ticking", base=log_server, prepare=lambda page: page.clock.install()
    )
    length = page.get_by_role("region", name="Key figures").get_by_text(re.compile("so far$"))
    before = seconds(length.inner_text())
    # After a minute the page would ask for the server's time, which has not been hurried on.
    page.clock.run_for(20_000)
    after = seconds(length.inner_text())
    assert after >= before + 19  # Both were up to a second old.


def seconds(text):
    minutes, rest = re.match(r"(\d+):(\d\d) so far", text).groups()
    return int(minutes) * 60 + int(rest)


def test_a_stretch_of_durations_is_chosen_by_keys_and_left_again(open_page):
    page = open_page("/?gran=day")
    chart = page.get_by_role("group", name=re.compile("^Average duration by time"))
    zoom_out = page.get_by_role("button", name="Zoom out")
    expect(zoom_out).to_have_count(0)
    chart.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    expect(chart.locator("[data-stretch]")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("from=.*to="))
    chosen = page.url
    expect(zoom_out).to_contain_text("t z")
    zoom_out.click()
    expect(page).not_to_have_url(chosen)
    expect(page).to_have_url(re.compile("from=.*to="))


def test_charts_are_drawn_in_the_colours_that_are_forced(open_page):
    page = open_page("/")
    page.emulate_media(forced_colors="active")
    line = "getComputedStyle(document.documentElement).getPropertyValue('--series-1').trim()"
    page.wait_for_function(f"{line} === 'CanvasText'")
    chart = page.get_by_role("group", name=re.compile("^Average duration by time"))
    chart.focus()
    page.keyboard.press("Shift+ArrowLeft")
    edge = chart.locator("[data-stretch]").evaluate("one => getComputedStyle(one).borderTopStyle")
    assert edge == "solid"
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Show as a table").click()
    cell = page.get_by_role("region", name=re.compile("^Table: Outcomes")).get_by_role("cell").first
    expect(cell).to_be_visible()
    colours = cell.evaluate(
        "one => [getComputedStyle(one).color, getComputedStyle(one.closest('table')"
        ".querySelector('thead')).backgroundColor]"
    )
    assert colours[0] != colours[1]
