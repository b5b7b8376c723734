"""The page of one workflow, and each of its cards when the server cannot answer."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle

PATH = "/w/acme/api/CI"
PROBLEM = {"title": "Server error", "status": 500, "detail": "It broke.", "request_id": "r-77"}
# What each card asks, and what it says could not be loaded.
CARDS = {
    "overview/kpis": "the figures",
    "strips": "the newest runs",
    "series/outcomes": "outcomes",
    "series/duration": "durations",
    r"workflows/\d+": "the jobs",
    "runs": "runs",
}


def fail(page, *endpoints):
    page.route(
        re.compile(rf"/api/v1/({'|'.join(endpoints)})\?"),
        lambda way: way.fulfill(status=500, body=json.dumps(PROBLEM)),
    )


def lost(page, what):
    return page.get_by_role("group", name=f"Could not load {what}", exact=True)


def wait_out(page, *shown):
    """Let the clock run until the page has given up asking again by itself."""
    for _ in range(60):
        page.clock.run_for(1_000)
        if all(one.is_visible() for one in shown):
            return
        page.wait_for_timeout(50)
    pytest.fail("a card has not given up")


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_cards_of_a_failing_server_say_so_and_come_back(open_page, phone):
    def prepare(page):
        page.clock.install()
        fail(page, *CARDS)

    page = open_page("/settings/appearance", prepare=prepare, phone=phone, may_fail=True)
    page.goto(PATH)
    # Jobs are asked for by the number of the workflow, which another card has to know first.
    first = [what for what in CARDS.values() if what != "the jobs"]
    wait_out(page, *(lost(page, what) for what in first))
    # Nothing is known, so nothing is said of the workflow but its name.
    expect(page.locator("h1")).to_have_text(re.compile(r"^CI\s*$"))
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    page.unroute_all()
    fail(page, r"workflows/\d+")
    for what in first:
        lost(page, what).get_by_role("button", name="Retry").click()
        expect(lost(page, what)).to_have_count(0)
    wait_out(page, lost(page, "the jobs"))
    page.unroute_all()
    lost(page, "the jobs").get_by_role("button", name="Retry").click()
    expect(page.get_by_role("rowheader", name="test (3.12)")).to_be_visible()
    expect(page.locator("h1")).to_contain_text("CI is red since")


def test_card_that_fails_leaves_the_others_alone(open_page):
    page = open_page(
        "/settings/appearance", prepare=lambda page: page.clock.install(), may_fail=True
    )
    for endpoint, what in CARDS.items():
        fail(page, endpoint)
        page.goto(PATH)
        wait_out(page, lost(page, what))
        others = page.get_by_role("group", name=re.compile("^Could not load"))
        expect(others).to_have_count(1)
        assert page.locator("h1").count() == 1
        page.unroute_all()
    page.goto(PATH)
    page.clock.run_for(2_000)
    settle(page)
    expect(page.get_by_role("group", name=re.compile("^Could not load"))).to_have_count(0)
