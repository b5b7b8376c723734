"""The waterfall of a run: its keys, its scale, its small picture, its critical path."""

import json
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import import_runs, running_server
from tests.browser.golden import Golden
from tests.browser.log_page import put
from tests.browser.senses import look
from tests.browser.waterfalls import (
    EMPTY,
    FAILED,
    JOBS,
    LONG,
    LONG_SECONDS,
    MATRIX,
    REPO,
    RUNNING,
    SHORT,
    SKEWED,
    make_waterfalls,
)


@pytest.fixture(scope="module")
def bars(tmp_path_factory):
    """The address of a server with odd waterfalls, and the path of the run of each workflow."""
    folder = tmp_path_factory.mktemp("bars")
    import_runs(folder, make_waterfalls(Golden(datetime.now(UTC).replace(microsecond=0))))
    with running_server(folder) as address:
        found = httpx.get(f"{address}/api/v1/runs", params={"repo": REPO}).json()["items"]
        yield address, {run["workflow"]: f"/runs/{run['id']}" for run in found}


@pytest.fixture
def open_run(open_page, bars):
    """Open the run of a workflow."""
    address, paths = bars

    def open_(workflow, **options):
        return open_page(f"{paths[workflow]}?tab=waterfall", base=address, **options)

    return open_


def row_of(page, name):
    return page.get_by_role("treegrid").get_by_role("row", name=re.compile(re.escape(name)))


def width_of(page, name):
    return row_of(page, name).locator("[data-bar=run]").bounding_box()["width"]


def go_to(page, path):
    """Go to another run as a link does, without loading the page anew."""
    page.evaluate("path => history.pushState({}, '', path)", path)
    page.evaluate("dispatchEvent(new PopStateEvent('popstate'))")


def test_keys_walk_through_jobs_and_steps(open_run):
    page = open_run(SHORT)
    build, verify = row_of(page, "build"), row_of(page, "verify")
    build.focus()
    page.keyboard.press("ArrowDown")
    expect(verify).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(build).to_be_focused()
    expect(build).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    expect(build).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("ArrowRight")
    expect(row_of(page, "Set up job")).to_be_focused()
    page.keyboard.press("End")
    expect(verify).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(row_of(page, "Upload")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(build).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(build).to_have_attribute("aria-expanded", "false")
    expect(row_of(page, "Upload")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Home")
    expect(build).to_be_focused()


def test_enter_opens_the_log_at_that_step(open_run, bars):
    address, paths = bars
    page = open_run(SHORT)
    job = httpx.get(f"{address}/api/v1{paths[SHORT]}").json()["jobs"][0]
    # Three steps, and of each a line at its beginning and one a second later.
    began = [datetime.fromisoformat(step["started_at"]) for step in job["steps"]]
    times = [at + timedelta(seconds=more) for at in began for more in (0, 1)]
    lines = [f"{at:%Y-%m-%dT%H:%M:%S}.0000000Z line {at:%S}" for at in times]
    put(address, job["id"], "\n".join(lines) + "\n")

    row_of(page, job["name"]).focus()
    page.keyboard.press("ArrowRight")
    row_of(page, "Run tests").focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/jobs/{job['id']}#L3$"))
    page.go_back()
    row_of(page, job["name"]).focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/jobs/{job['id']}$"))


def test_locked_scale_is_the_same_on_the_next_run(open_run, bars):
    page = open_run(LONG)
    build = width_of(page, "build")
    scale = page.get_by_role("group", name="Scale")
    expect(scale.get_by_role("button", name="Fit")).to_have_attribute("aria-pressed", "true")
    scale.get_by_role("button", name="Lock scale").click()
    assert abs(width_of(page, "build") - build) <= 1
    go_to(page, bars[1][SHORT])
    expect(page.locator("h1")).to_contain_text(SHORT)
    # Half a minute on the scale of half of twenty minutes.
    assert abs(width_of(page, "build") - build / 20) <= 1
    page.reload()
    assert abs(width_of(page, "build") - build / 20) <= 1
    page.get_by_role("button", name="Fit").click()
    assert abs(width_of(page, "build") - build) <= 1


def test_what_a_locked_scale_cannot_show_is_said(open_run, bars):
    page = open_run(SHORT)
    page.get_by_role("button", name="Lock scale").click()
    go_to(page, bars[1][LONG])
    expect(row_of(page, "build")).to_contain_text("goes on beyond")
    expect(row_of(page, "verify")).to_contain_text("begins beyond")
    said = page.get_by_role("status").filter(has_text="locked scale")
    expect(said).to_have_text(
        f"The locked scale shows the first 1m 00s of {LONG_SECONDS // 60}m 00s; Fit shows all."
    )
    page.get_by_role("button", name="Fit").click()
    expect(said).to_have_count(0)


def test_long_waterfall_has_a_map_that_moves_it(open_run):
    page = open_run(MATRIX)
    rows = page.get_by_role("treegrid").locator("[data-key]")
    expect(rows).to_have_count(JOBS + 3 * len(FAILED))
    sight = page.get_by_role("scrollbar", name="Minimap of the waterfall")
    expect(sight).to_have_attribute("aria-valuetext", re.compile(rf"^Rows 1 to \d+ of {JOBS + 6}$"))
    sight.focus()
    page.keyboard.press("End")
    expect(rows.last).to_be_in_viewport()
    expect(sight).to_have_attribute("aria-valuetext", re.compile(rf"to {JOBS + 6} of {JOBS + 6}$"))
    page.keyboard.press("Home")
    expect(sight).to_have_attribute("aria-valuenow", "1")
    page.keyboard.press("ArrowDown")
    expect(sight).to_have_attribute("aria-valuenow", "2")
    page.keyboard.press("PageDown")
    expect(rows.first).not_to_be_in_viewport()
    sight.click(position={"x": 300, "y": 2})
    expect(sight).to_have_attribute("aria-valuenow", "1")
    box = sight.bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 300, box["y"] + box["height"] - 2, steps=4)
    page.mouse.up()
    expect(rows.last).to_be_in_viewport()
    page.get_by_role("searchbox", name="Filter jobs by name").fill("shard 40")
    expect(sight).to_have_count(0)


def test_names_of_a_matrix_show_where_they_differ(open_run):
    page = open_run(MATRIX)
    name = row_of(page, "shard 63)").get_by_role("rowheader")
    name.scroll_into_view_if_needed()
    end = name.locator("[aria-hidden=true]").last
    expect(end).to_have_text("shard 63)")
    cell, box = name.bounding_box(), end.bounding_box()
    assert box["x"] + box["width"] <= cell["x"] + cell["width"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_no_waterfall_violates_anything_or_leaves_the_screen(open_run, bars, theme, phone):
    page = open_run(MATRIX, theme=theme, phone=phone)
    for workflow in (MATRIX, RUNNING, SKEWED, EMPTY, SHORT):
        go_to(page, f"{bars[1][workflow]}?tab=waterfall")
        expect(page.locator("h1")).to_contain_text(workflow)
        look(page, workflow)


def test_unknown_critical_path_is_said(open_run):
    page = open_run(SHORT)
    page.keyboard.press("c")
    expect(page.get_by_text("The critical path of this run is not known")).to_be_visible()
    expect(page.get_by_role("treegrid").locator("[data-key]")).to_have_count(2)
    expect(page.get_by_role("group", name="Jobs shown")).to_have_count(0)


def test_known_critical_path_can_be_shown_alone(open_run):
    def tell(page):
        page.route(re.compile(r"/api/v1/runs/\d+$"), _with_critical_path)

    page = open_run(SHORT, prepare=tell)
    expect(row_of(page, "verify")).to_contain_text("on the critical path, could save up to 12s")
    page.keyboard.press("c")
    expect(row_of(page, "build")).to_have_count(0)
    expect(row_of(page, "verify")).to_be_visible()
    shown = page.get_by_role("group", name="Jobs shown")
    expect(shown.get_by_role("button", name="Critical path")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.keyboard.press("c")
    expect(row_of(page, "build")).to_be_visible()


def _with_critical_path(route):
    answer = route.fetch()
    details = answer.json()
    for job in details["jobs"]:
        job["on_critical_path"] = job["name"] == "verify"
        job["exclusive_s"] = 12 if job["name"] == "verify" else 0
    route.fulfill(response=answer, body=json.dumps(details))


def test_running_bar_grows_and_a_waiting_one_says_so(open_run):
    page = open_run(RUNNING)
    expect(row_of(page, "deploy")).to_contain_text("waiting for a runner")
    duration = row_of(page, "verify").get_by_role("gridcell").nth(1)
    before = duration.inner_text()
    expect(duration).not_to_have_text(before)
    # All fits, so what grows is the axis: the job that is done takes less and less of it.
    assert width_of(page, "lint") < width_of(page, "verify")


def test_run_without_jobs_says_what_would_bring_them(open_run):
    page = open_run(EMPTY)
    expect(page.get_by_text("No jobs are known")).to_be_visible()
    expect(page.get_by_role("treegrid")).to_have_count(0)


def test_odd_clocks_are_said_in_their_rows(open_run):
    page = open_run(SKEWED)
    expect(row_of(page, "ahead")).to_contain_text("runner clock differs")
    expect(row_of(page, "backwards")).to_contain_text("no timing")
    expect(row_of(page, "usual")).not_to_contain_text("clock")
