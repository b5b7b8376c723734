"""What holds on every page: one heading, no violation, nothing beside the screen, no error."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle
from tests.browser.senses import look

PATHS = [
    "/",
    "/runs",
    "/runs?q=protobuf&peek={run}",
    "/runs/{run}",
    "/runs/{run}?tab=jobs",
    "/runs/{run}?tab=raw",
    "/runs/{run}?tab=history",
    "/runs/{run}/jobs/{job}",
    "/grid",
    "/w/acme/api/CI",
    "/search",
    "/search?q=error&range=30d&branch=@any",
    "/search?q=no+such+line+anywhere",
    "/alerts",
    "/alerts?state=all&severity=low",
    "/alerts/1",
    "/alerts/rules",
    "/alerts/rules/new",
    "/alerts/rules/3",
    "/alerts/channels",
    "/alerts/messages",
    "/welcome",
    "/settings/repositories",
    "/settings/retention",
    "/settings/appearance",
    "/settings/badges",
    "/settings/system",
    "/settings/users",
]


@pytest.fixture
def fill(server):
    """Put the ids of a failed run and of one of its jobs into a path."""
    import httpx

    found = httpx.get(f"{server}/api/v1/runs", params={"q": "protobuf", "repo": "acme/api"}).json()
    run = found["items"][0]["id"]
    job = httpx.get(f"{server}/api/v1/runs/{run}").json()["jobs"][0]["id"]
    return lambda path: path.format(run=run, job=job)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_pages_have_one_heading_no_violation_and_fit(open_page, fill, theme, phone):
    page = open_page("/", theme=theme, phone=phone)
    for path in PATHS:
        page.goto(fill(path))
        settle(page)
        assert page.locator("h1").count() == 1, path
        look(page, path)


def test_pages_fit_the_narrowest_screen(open_page, fill):
    page = open_page("/", phone=True)
    page.set_viewport_size({"width": 320, "height": 700})
    for path in PATHS:
        page.goto(fill(path))
        settle(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_the_title_names_page_and_environment(open_page):
    page = open_page("/runs?status=failure")
    expect(page).to_have_title(re.compile(r"^\[DEV\] \(2\) Runs · failure — Pulseboard$"))


def test_a_link_gives_the_same_view_again(open_page):
    page = open_page("/runs?repo=acme/api&status=failure&sort=-duration")
    expect(page.locator("h1")).to_contain_text("failed")
    heading = page.locator("h1").inner_text()
    page.reload()
    expect(page.locator("h1")).to_have_text(heading)
    expect(page.get_by_role("columnheader", name="Duration")).to_have_attribute(
        "aria-sort", "descending"
    )


def test_nonsense_in_a_link_is_left_out_and_named(open_page):
    page = open_page("/runs?range=9x&tz=Mars/Phobos&utm=mail&status=zzz&status=failure")
    expect(page.get_by_text("“range”, “tz”, “status”")).to_be_visible()
    assert page.url.endswith("/runs?utm=mail&status=failure")
    expect(page.locator("h1")).to_contain_text("79 runs")
    page.get_by_role("button", name="30d").click()
    expect(page).to_have_url(re.compile("range=30d"))
    page.get_by_role("button", name="7d").click()
    expect(page).to_have_url(re.compile(r"/runs\?utm=mail&status=failure$"))


def test_a_foreign_zone_is_told_and_can_be_left(open_page):
    page = open_page("/?tz=America/New_York")
    notices = page.get_by_role("complementary", name="Notices")
    expect(notices).to_contain_text("Times in America/New York (from the link)")
    notices.get_by_role("button", name="Use mine").click()
    expect(notices).not_to_contain_text("New York")
    assert "tz=" not in page.url


@pytest.mark.parametrize(
    ("endpoint", "what"),
    [
        ("**/api/v1/overview/verdict*", "the verdict"),
        ("**/api/v1/overview/kpis*", "the key figures"),
        ("**/api/v1/series/outcomes*", "outcomes"),
        ("**/api/v1/series/duration*", "durations"),
        ("**/api/v1/strips*", "the workflows"),
        ("**/api/v1/overview/fix-first*", "what to fix first"),
        ("**/api/v1/runs?*", "recent runs"),
    ],
)
def test_a_card_that_fails_says_so_and_recovers(open_page, endpoint, what):
    problem = {"title": "Broken", "detail": "The disk is full.", "status": 400, "request_id": "r1"}

    def fail(page):
        page.route(endpoint, lambda route: route.fulfill(status=400, body=json.dumps(problem)))

    page = open_page("/", prepare=fail, may_fail=True) if what != "the verdict" else None
    if page is None:
        page = open_page("/runs", prepare=fail, may_fail=True)
        page.get_by_role("link", name="Overview").first.click()
    card = page.get_by_role("group", name=f"Could not load {what}")
    expect(card).to_contain_text("The disk is full.")
    expect(card.get_by_role("button", name="Copy request id")).to_be_visible()
    page.unroute(endpoint)
    card.get_by_role("button", name="Retry").click()
    expect(card).to_have_count(0)


def test_a_slow_answer_moves_nothing(open_page):
    def slow(page):
        page.add_init_script(
            "window.shifts = 0; window.moved = []; new PerformanceObserver(list => {"
            " for (const entry of list.getEntries()) {"
            "  window.shifts += entry.value;"
            "  for (const source of entry.sources) window.moved.push([entry.value,"
            "   source.node?.outerHTML?.slice(0, 90), source.previousRect.y, source.currentRect.y]);"
            " }"
            "}).observe({type: 'layout-shift', buffered: true})"
        )
        page.route("**/api/v1/**", lambda route: (page.wait_for_timeout(30), route.continue_()))

    page = open_page("/", prepare=slow)
    settle(page)
    assert page.evaluate("window.shifts") <= 0.02, page.evaluate("window.moved")


def test_what_was_given_up_is_told_and_can_be_tried_again(open_page):
    letter = {"id": 4, "job": "send alerts", "about": "message 12", "tries": 3, "may_retry": True,
              "reason": "Slack answered 404: no_service", "failed_at": "2026-11-20T10:00:00Z"}  # fmt: skip
    schedule = {**letter, "id": 5, "job": "poll", "about": "", "may_retry": False}
    kept = [schedule, letter]

    def answer(route):
        if route.request.method == "POST":
            kept.remove(letter)
            route.fulfill(status=202, json=letter)
        else:
            route.fulfill(json={"total": len(kept), "items": kept})

    def give_up(page):
        page.route("**/api/v1/system/dead-letters**", answer)

    page = open_page("/settings/system", prepare=give_up)
    rows = page.get_by_role("list", name="Given up").get_by_role("listitem")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("tried again at its next time")
    expect(rows.last).to_contain_text("Slack answered 404: no_service")
    rows.last.get_by_role("button", name="Try again: send alerts: message 12").click()
    expect(page.get_by_text("send alerts: message 12 is tried again.")).to_be_visible()
    expect(rows).to_have_count(1)
