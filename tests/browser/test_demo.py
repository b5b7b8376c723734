"""An empty server offers demo data, labels it everywhere, and gives it back at a click."""

import re

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import settle

_LOADED_MS = 120_000


def test_demo_is_loaded_from_the_welcome_page_and_removed_again(empty_server, open_page):
    page = open_page("/welcome", base=empty_server)
    looking = page.get_by_role("region", name="Just look around")
    looking.get_by_role("button", name="Look around with demo data").click()
    expect(looking.get_by_role("progressbar", name="Demo data loaded")).to_be_visible()
    looking.get_by_role("link", name="To the overview").click(timeout=_LOADED_MS)

    expect(page.locator("h1")).to_have_text(re.compile(r"main is|A fix is"))
    expect(page.get_by_role("banner").get_by_text("DEMO", exact=True)).to_be_visible()
    notices = page.get_by_role("complementary", name="Notices")
    expect(notices).to_contain_text("Demo data — these are not your pipelines")
    page.goto("/welcome")
    expect(page.locator("main")).to_contain_text("You are looking at the demo data")

    notices.get_by_role("button", name="Remove demo data").click()

    expect(notices.get_by_text("Demo data")).to_have_count(0)
    expect(looking.get_by_role("button", name="Look around with demo data")).to_be_visible()
    page.goto("/")
    expect(page.locator("h1")).to_have_text("No run has arrived yet")


def test_demo_steps_aside_for_the_first_real_run(empty_server, open_page):
    page = open_page("/", base=empty_server)
    page.get_by_role("button", name="Look around with demo data").click()
    notices = page.get_by_role("complementary", name="Notices")
    expect(notices).to_contain_text("Demo data")
    while httpx.get(f"{empty_server}/api/v1/demo").json()["state"] == "loading":
        page.wait_for_timeout(200)
    event = {"pipeline": "web", "status": "success", "branch": "main", "repo": "real/app"}
    httpx.post(f"{empty_server}/api/events/run", json=event).raise_for_status()

    page.goto("/runs")
    settle(page)
    expect(notices).to_contain_text("Real runs are arriving, and the demo data has stepped aside")
    expect(page.get_by_role("table", name="Runs")).not_to_contain_text("acme/")
    notices.get_by_role("button", name="Remove demo data").click()
    expect(notices.get_by_text("Real runs are arriving")).to_have_count(0)
    expect(page.get_by_role("table", name="Runs")).to_contain_text("real/app")
