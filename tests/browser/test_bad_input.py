"""What should break the page and does not: odd names, odd links, odd clocks, odd browsers."""

import json
import re
from datetime import datetime, timedelta

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import import_runs, running_server, settle
from tests.browser.hostile import ARABIC, BRANCH, LONG, MARKUP, PLENTY, REPO, SKEWED, make_hostile

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def odd_server(tmp_path_factory):
    """The address of a server whose data tries to break the page."""
    folder = tmp_path_factory.mktemp("odd")
    import_runs(folder, make_hostile())
    with running_server(folder) as address:
        yield address


@pytest.fixture(scope="module")
def odd_runs(odd_server):
    """The id of the newest run of each odd workflow."""
    found = httpx.get(f"{odd_server}/api/v1/runs", params={"repo": REPO, "branch": "main"})
    return {run["workflow"]: run["id"] for run in found.json()["items"]}


def width_of(page):
    return page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_odd_names_are_text_and_stay_inside(open_page, odd_server, odd_runs, phone):
    assert set(odd_runs) == {MARKUP, LONG, ARABIC, SKEWED}
    page = open_page(f"/?repo={REPO}", base=odd_server, phone=phone)
    paths = [f"/?repo={REPO}", f"/runs?branch=@any&repo={REPO}", f"/grid?repo={REPO}"]
    for run in odd_runs.values():
        paths += [f"/runs?repo={REPO}&peek={run}"]
        paths += [f"/runs/{run}?tab={tab}" for tab in ("jobs", "waterfall", "raw", "history")]
    for path in paths:
        page.goto(path)
        settle(page)
        assert page.evaluate("window.hit") is None, path
        assert width_of(page) <= page.viewport_size["width"], path


def test_markup_is_shown_as_it_was_written(open_page, odd_server, odd_runs):
    page = open_page(f"/runs/{odd_runs[MARKUP]}", base=odd_server)
    expect(page.locator("h1")).to_contain_text(MARKUP)
    expect(page.locator("main")).to_contain_text("Run tests " + MARKUP)
    page.goto(f"/runs?branch=@any&q=&repo={REPO}")
    expect(page.get_by_role("table", name="Runs")).to_contain_text(BRANCH)


def test_odd_names_filter_and_have_a_page_of_their_own(open_page, odd_server):
    for name in (MARKUP, ARABIC, LONG):
        page = open_page(f"/runs?repo={REPO}", base=odd_server)
        page.locator("tr[data-run]", has_text=name).first.wait_for()
        page.goto("/grid?repo=" + REPO)
        page.get_by_role("rowheader").get_by_role("link", name=name, exact=True).click()
        expect(page.locator("h1")).to_contain_text(name)
        page.context.close()


def test_five_hundred_workflows_are_counted_and_the_worst_are_shown(open_page, odd_server):
    page = open_page("/grid?repo=acme/plenty", base=odd_server)
    expect(page.locator("h1")).to_contain_text(f"10 of {PLENTY} workflows are red")
    expect(page.locator("main")).to_contain_text(f"of {PLENTY} workflows")
    expect(page.get_by_role("rowheader").nth(1)).to_contain_text("Package")
    cells = page.locator("[role=grid] button[data-column]")
    page.goto("/grid?repo=acme/plenty&gran=hour")
    settle(page)
    shown = cells.count()
    assert 1000 < shown <= 5000
    page.get_by_role("button", name="Show more").click()
    expect(cells).to_have_count(2 * shown)
    page.goto("/?repo=acme/plenty")
    expect(page.locator("h1")).to_have_text(f"main is red — 10 of {PLENTY} workflows failing")
    expect(page.get_by_role("link", name="6 more")).to_be_visible()


def test_machine_ahead_of_time_is_said_and_its_bars_are_left_out(open_page, odd_server, odd_runs):
    page = open_page(f"/runs/{odd_runs[SKEWED]}?tab=waterfall", base=odd_server)
    tree = page.get_by_role("treegrid")
    expect(tree.get_by_role("row", name=re.compile("backwards"))).to_contain_text("no timing")
    expect(tree.get_by_role("row", name=re.compile("ahead"))).to_contain_text(
        "runner clock differs"
    )
    assert "NaN" not in page.locator("main").inner_text()
    assert not re.search(r"-\d+ ?(s|m|h)\b", page.locator("main").inner_text())


@pytest.mark.parametrize("hours", [-30, 30])
def test_clock_of_the_reader_may_be_a_day_off(open_page, server, hours):
    now = httpx.get(f"{server}/api/v1/meta").json()["server_time"]

    def skew(page):
        page.clock.install(time=datetime.fromisoformat(now) + timedelta(hours=hours))

    page = open_page("/runs?sort=-started_at", prepare=skew)
    ages = page.locator("tr[data-run] time").all_inner_texts()
    assert all(re.fullmatch(r"(\d+ (s|min|h|days?) ago|now|just now)", age) for age in ages), ages


NONSENSE = (
    "range=9x&from=yesterday&to=&gran=eon&sort=;drop&tz=Mars/Phobos&attempt=-1&tab=no&demo=maybe"
    "&status=%7F&repo=%F0%9F%92%A5&workflow=&branch=..%2F..%2Fetc&commit=zzz&min_attempt=1e9"
    "&peek=%3Cscript%3E&q=%25%5C%22%27&label=%7B%7D&cursor=AAAA&__proto__=x&constructor=y"
)


@pytest.mark.parametrize("path", ["/", "/runs", "/grid", "/w/acme/api/CI", "/runs/1", "/search"])
def test_nonsense_in_the_address_breaks_no_page(open_page, path):
    page = open_page(f"{path}?{NONSENSE}", may_fail=True)
    expect(page.locator("h1")).to_be_visible()
    text = page.locator("body").inner_text()
    assert "This page could not be shown" not in text
    assert "undefined" not in text
    assert "NaN" not in text
    assert page.evaluate("window.hit") is None


def test_vanished_repository_is_named_and_can_be_left(open_page):
    page = open_page("/runs?repo=acme/vanished")
    expect(page.locator("main")).to_contain_text("acme/vanished")
    page.locator("main").get_by_role("button", name="Clear filters").click()
    expect(page.locator("tr[data-run]").first).to_be_visible()


def test_repository_that_nobody_knows_is_said_to_be_unknown(open_page):
    page = open_page("/?repo=nope/nope")
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict).to_contain_text("nope/nope is not known here")
    runs = page.get_by_role("region", name="Recent runs")
    expect(runs).to_contain_text("nope/nope is not known here")


def test_workflow_that_is_no_more_says_so(open_page):
    page = open_page("/w/acme/api/Gone", may_fail=True)
    expect(page.locator("main")).to_contain_text("Gone has never run here")


def test_run_that_was_deleted_says_since_when(open_page):
    gone = {"title": "Gone", "status": 410, "detail": "This run was deleted on 12 May (90 days)."}

    def remove(page):
        answer = json.dumps(gone)
        page.route("**/api/v1/runs/77**", lambda way: way.fulfill(status=410, body=answer))

    page = open_page("/runs/77", prepare=remove, may_fail=True)
    expect(page.locator("main")).to_contain_text("This run is gone")
    expect(page.locator("main")).to_contain_text("deleted on 12 May")


def test_browser_without_sockets_is_polled_for(open_page):
    def forbid(page):
        page.add_init_script("window.WebSocket = class { constructor() { throw Error('no'); } }")
        page.clock.install()

    page = open_page("/", prepare=forbid)
    chip = page.get_by_role("button", name=re.compile("^Live updates"))
    page.clock.run_for(9_000)
    expect(chip).to_contain_text("Polling every 30 s")
    hint = page.get_by_text("The live connection is blocked")
    expect(hint).to_have_count(1)
    page.get_by_role("button", name="Close this message").click()
    page.clock.run_for(40_000)
    expect(hint).to_have_count(0)
    expect(page.locator("h1")).to_contain_text("main is red")


def test_browser_that_keeps_nothing_shows_everything(open_page):
    def forbid(page):
        page.add_init_script(
            "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window,"
            " name, {get() { throw new DOMException('denied', 'SecurityError'); }})"
        )

    page = open_page("/", prepare=forbid)
    expect(page.locator("h1")).to_contain_text("main is red")
    page.get_by_role("link", name="Runs", exact=True).first.click()
    expect(page.locator("tr[data-run]").first).to_be_visible()


def test_blocked_part_of_the_page_says_so_in_its_own_place(open_page):
    def block(page):
        page.route(re.compile("DurationLines"), lambda way: way.abort("blockedbyclient"))

    page = open_page("/", prepare=block, may_fail=True)
    lost = page.get_by_role("group", name="Could not load Average duration")
    expect(lost).to_contain_text("A content blocker may hold it back")
    expect(page.get_by_role("group", name=re.compile("^Outcomes by time"))).to_be_visible()
    expect(page.locator("h1")).to_contain_text("main is red")


def test_browser_whose_language_is_none_draws_every_chart(open_page):
    def speak_none(page):
        page.add_init_script(
            "Object.defineProperty(Navigator.prototype, 'language', {get: () => 'en-US@posix'})"
        )

    page = open_page("/", prepare=speak_none)
    expect(page.locator(".uplot canvas")).to_be_visible()


def test_page_replaced_by_an_update_is_loaded_again_by_itself(open_page):
    page = open_page("/", may_fail=True)
    page.evaluate("window.old = true")
    loads = []
    page.on("load", lambda _: loads.append(True))
    page.route(
        re.compile("GridPage"),
        lambda way: way.continue_() if loads else way.fulfill(status=404),
    )
    page.get_by_role("link", name="Grid", exact=True).first.click()
    expect(page.get_by_role("grid")).to_be_visible()
    assert page.evaluate("window.old") is None


def test_server_that_restarts_is_waited_for(open_page, tmp_path):
    with running_server(tmp_path, "--demo") as address:
        page = open_page("/", base=address, may_fail=True)
        heading = page.locator("h1").inner_text()
        port = int(address.rpartition(":")[2])
    chip = page.get_by_role("button", name=re.compile("^Live updates"))
    expect(chip).to_contain_text(re.compile("Reconnecting|Polling|No answer"))
    expect(page.locator("h1")).to_have_text(heading)
    with running_server(tmp_path, port=port):
        expect(chip).to_contain_text("Live")
        expect(page.locator("h1")).to_have_text(heading)
        settle(page)
    page.context.close()


def test_server_that_is_away_leaves_the_dashboard_where_it_is(open_page, tmp_path):
    with running_server(tmp_path, "--demo") as address:
        page = open_page("/", base=address, may_fail=True)
        port = int(address.rpartition(":")[2])
    page.keyboard.press("Control+k")
    message = page.get_by_text("The search could not be loaded. The server does not answer.")
    expect(message).to_be_visible()
    page.get_by_role("link", name="Grid", exact=True).first.click()
    expect(page.locator("h1")).to_have_text("This page could not be shown")
    expect(page.get_by_text("The server does not answer, and this page")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Try again").click()
    expect(page.get_by_text("The server still does not answer.")).to_be_visible()
    with running_server(tmp_path, port=port):
        page.get_by_role("main").get_by_role("button", name="Try again").click()
        expect(page.get_by_role("grid")).to_be_visible()
        settle(page)
    page.context.close()


def test_chip_tells_a_server_that_is_away_and_a_computer_without_network(open_page):
    page = open_page("/", may_fail=True)
    chip = page.get_by_role("button", name=re.compile("^Live updates"))
    expect(chip).to_contain_text("Live")
    page.context.set_offline(True)
    expect(chip).to_contain_text("Offline")
    page.context.set_offline(False)
    expect(chip).not_to_contain_text("Offline")


def test_chip_says_that_nobody_answers(open_page, tmp_path):
    with running_server(tmp_path, "--demo") as address:
        page = open_page("/", base=address, may_fail=True)
    chip = page.get_by_role("button", name=re.compile("^Live updates"))
    expect(chip).to_have_accessible_name(re.compile("No answer. The server does not answer"))
    page.context.close()


@pytest.mark.parametrize("path", ["/w/acme/api", "/w/acme/api/"])
def test_workflow_without_a_name_leads_to_the_grid_of_its_repository(open_page, path):
    page = open_page(path)
    expect(page).to_have_url(re.compile("/grid[?]repo=acme/api$"))
    expect(page.get_by_role("grid")).to_be_visible()


def test_empty_list_names_its_statuses_as_the_filters_do(open_page):
    page = open_page("/runs?status=timed_out&status=startup_failure&range=24h&repo=acme/none")
    told = page.get_by_text(re.compile("^No timed out or did not start runs in"))
    expect(told).to_be_visible()
