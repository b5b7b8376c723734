"""A part of the server that fails: its card says so and comes back, the rest of the page stays."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle

# Each card that asks for something of its own, and the part of the API it asks.
CARDS = [
    ("/runs", r"/api/v1/runs\?"),
    ("/grid", r"/api/v1/grid/time\?"),
    ("/runs/{run}", r"/api/v1/runs/\d+"),
    ("/w/acme/api/CI", r"/api/v1/series/outcomes\?"),
    ("/settings/repositories", r"/api/v1/repos"),
    ("/settings/system", r"/api/v1/ingest/events"),
    ("/settings/retention", r"/api/v1/settings/retention"),
]


@pytest.fixture
def newest_failure(server):
    """The id of a failed run with jobs."""
    import httpx

    found = httpx.get(f"{server}/api/v1/runs", params={"q": "protobuf", "repo": "acme/api"}).json()
    return found["items"][0]["id"]


@pytest.mark.parametrize(("path", "endpoint"), CARDS, ids=[path for path, _ in CARDS])
def test_card_of_a_failing_server_says_so_and_recovers(open_page, newest_failure, path, endpoint):
    problem = {"title": "Server error", "status": 500, "detail": "It broke.", "request_id": "r-77"}

    def fail(page):
        # The page asks again by itself before it gives up; nobody has to wait for that here.
        page.clock.install()
        page.route(
            re.compile(endpoint), lambda way: way.fulfill(status=500, body=json.dumps(problem))
        )

    context = open_page("/settings/appearance", prepare=fail, may_fail=True)
    context.goto(path.format(run=newest_failure))
    lost = context.get_by_role("group", name=re.compile("^Could not load")).first
    for _ in range(30):
        context.clock.run_for(1_000)
        if lost.is_visible():
            break
        context.wait_for_timeout(100)
    expect(lost).to_contain_text("It broke.")
    expect(lost.get_by_role("button", name="Copy request id")).to_be_visible()
    assert context.locator("h1").count() == 1
    context.unroute_all()
    lost.get_by_role("button", name="Retry").click()
    expect(lost).to_have_count(0)
    settle(context)


def test_refresh_asks_again_for_everything_in_sight(open_page):
    page = open_page("/")
    asked = []
    page.on("request", lambda request: asked.append(re.sub(r"\?.*", "", request.url)))
    with page.expect_response(re.compile("/api/v1/strips")):
        page.get_by_role("button", name=re.compile("^Refresh")).click()
    settle(page)
    paths = {url.partition("/api/v1/")[2] for url in asked}
    assert {
        "overview/verdict", "overview/kpis", "overview/fix-first", "series/outcomes",
        "series/duration", "strips", "runs",
    } <= paths  # fmt: skip


def test_day_of_25_hours_is_one_bar_in_its_zone(open_page):
    # Clocks went back in Berlin on 25 October 2026 at 3:00.
    window = "from=2026-10-24T22:00:00Z&to=2026-10-25T23:00:00Z&gran=day"
    page = open_page(f"/?{window}&repo=acme/api")
    asked = []
    page.on("request", lambda request: "/series/outcomes" in request.url and asked.append(request))
    with page.expect_response(re.compile("/series/outcomes")) as answer:
        page.reload()
    assert "tz=Europe%2FBerlin" in answer.value.url
    (bucket,) = answer.value.json()["buckets"]
    assert (bucket["start"], bucket["end"]) == ("2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")


def test_theme_is_kept_and_there_before_the_first_picture(open_page):
    page = open_page("/settings/appearance")
    page.get_by_role("button", name="Theme: System").click()
    page.get_by_role("menuitemradio", name="Dark").click()
    page.add_init_script(
        "new PerformanceObserver(() => { window.first ??= document.documentElement.dataset.theme; })"
        ".observe({type: 'paint', buffered: true})"
    )
    page.reload()
    settle(page)
    assert page.evaluate("window.first") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
