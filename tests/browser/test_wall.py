"""The wall on a screen: letters, order, no JavaScript, and the server's death."""

import re

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running_server, settle

TV = {"width": 1920, "height": 1080}


@pytest.fixture
def open_wall(browser):
    """Open a wall as a TV does; nothing may go wrong on it, nor be fetched from elsewhere."""
    contexts = []

    def open_(address, **options):
        context = browser.new_context(viewport=TV, locale="en-US", **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(address)
        return page

    yield open_
    for context in contexts:
        context.close()


def sizes(page, selector):
    script = "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    return page.locator(selector).evaluate_all(script)


def test_wall_is_readable_from_five_metres(server, open_wall):
    page = open_wall(f"{server}/wall")

    expect(page.locator("h1")).to_have_text("2 of 14 red")
    large = 0.065 * TV["height"]
    assert min(sizes(page, "h1, .name, .state")) >= large
    assert min(sizes(page, ".more, footer")) >= 0.046 * TV["height"]
    assert page.locator(".tile svg").first.bounding_box()["height"] >= 0.15 * TV["height"] - 1
    # Nothing lies outside the screen.
    for box in (tile.bounding_box() for tile in page.locator(".tile").all()):
        assert box["x"] >= -5
        assert box["x"] + box["width"] <= TV["width"] + 5
        assert box["y"] + box["height"] <= TV["height"] + 5


@pytest.mark.parametrize("scale", [0.8, 1.0, 1.4])
def test_three_columns_have_room_for_what_has_happened(server, open_wall, scale):
    page = open_wall(f"{server}/wall?cols=3&scale={scale}")

    for icon in page.locator(".page.now .tile svg").all():
        assert icon.bounding_box()["height"] >= 0.15 * TV["height"] * min(scale, 1) - 1
    reaches = """all => all.map(one => {
        const word = document.createRange();
        word.setStart(one.firstChild, 0);
        word.setEnd(one.firstChild, one.textContent.split(' ')[0].length);
        return one.getBoundingClientRect().right - word.getBoundingClientRect().right;
    })"""
    assert min(page.locator(".page.now .state").evaluate_all(reaches)) >= 0
    inside = """all => all.every(one => {
        const [tile, text] = [one, one.querySelector('div')].map(o => o.getBoundingClientRect());
        return text.top >= tile.top && text.bottom <= tile.bottom;
    })"""
    assert page.locator(".page.now .tile").evaluate_all(inside)


def test_name_from_right_to_left_is_cut_at_its_own_end(tmp_path, open_wall):
    name = " ".join(["فحص الجودة والنشر على الخادم"] * 6)
    with running_server(tmp_path) as address:
        event = {"id": "1", "workflow": name, "status": "failure", "repo": "acme/api"}
        httpx.post(f"{address}/api/events", json={**event, "branch": "main"}, timeout=60)
        page = open_wall(f"{address}/wall?cols=3")
        # The first letter stands at the right, within what is seen of the name.
        first = """one => {
            const letter = document.createRange();
            letter.setStart(one.firstChild, 0);
            letter.setEnd(one.firstChild, 1);
            const [at, all] = [letter.getBoundingClientRect(), one.getBoundingClientRect()];
            return at.left >= all.left && at.right <= all.right + 1;
        }"""
        assert page.locator(".name").first.evaluate(first)
        assert page.goto(f"{address}/grid").ok
        settle(page)
        link = page.get_by_role("link", name=re.compile("فحص")).first
        assert link.locator("span").last.evaluate(first)


def test_red_tiles_come_before_the_one_of_all_greens(server, open_wall):
    page = open_wall(f"{server}/wall")

    families = page.locator(".tile").evaluate_all("all => all.map(one => one.classList[1])")
    assert families == ["fail", "fail", "ok"]
    expect(page.locator(".tile").last).to_contain_text("12 workflows")


def test_wall_says_all_of_it_without_javascript(server, open_wall):
    page = open_wall(f"{server}/wall", java_script_enabled=False)

    expect(page.locator("h1")).to_have_text("2 of 14 red")
    expect(page.locator(".tile").first).to_be_visible()
    refresh = page.locator("noscript meta[http-equiv=refresh], meta[http-equiv=refresh]")
    assert refresh.count() == 1


def test_wall_keeps_its_picture_and_says_so_when_the_server_dies(tmp_path, browser, open_wall):
    with running_server(tmp_path, "--demo") as address:
        page = open_wall(f"{address}/wall")
        page.clock.install()
        page.reload()
        expect(page.locator("#band")).to_be_hidden()
        headline = page.locator("h1").inner_text()
    page.clock.run_for(120_000)

    expect(page.locator("#band")).to_be_visible()
    expect(page.locator("#band")).to_have_text("NO DATA FOR 2 min")
    assert page.locator("h1").inner_text() == headline
    expect(page.locator("#age")).to_have_text("Updated 2 min ago")


def test_fresh_picture_replaces_the_old_one_without_loading_the_page(server, open_wall):
    page = open_wall(f"{server}/wall")
    page.clock.install()
    page.reload()
    page.evaluate("document.querySelector('h1').textContent = 'old'; window.kept = true")

    with page.expect_response(f"{server}/wall"):
        page.clock.run_for(31_000)

    expect(page.locator("h1")).to_have_text("2 of 14 red")
    assert page.evaluate("window.kept") is True


def test_wall_with_a_token_asks_again_with_it(tmp_path, open_wall):
    with running_server(tmp_path, "--demo") as address:
        made = httpx.post(f"{address}/api/v1/walls", json={"name": "Hall"}, timeout=60).json()
        token = httpx.put(f"{address}/api/v1/walls/{made['id']}/token", timeout=60).json()["token"]
        own = f"{address}/wall/hall?t={token}"
        page = open_wall(own)
        expect(page).to_have_title(re.compile("Hall"))
        expect(page.locator(".tile").first).to_be_visible()
        page.clock.install()
        page.reload()

        with page.expect_response(own) as fresh:
            page.clock.run_for(31_000)

        assert fresh.value.ok
        expect(page.locator(".tile").first).to_be_visible()


def test_dashboard_beside_a_wall_survives_a_reload(tmp_path, open_wall):
    settings = {"PULSEBOARD_FRONT_PAGE": "wall"}
    with running_server(tmp_path, "--demo", settings=settings) as address:
        page = open_wall(f"{address}/runs")
        overview = page.get_by_role("link", name="Overview").first
        assert overview.get_attribute("href") == "/overview"
        overview.click()
        headline = page.get_by_role("heading", name="Recent runs")
        expect(headline).to_be_visible()
        assert page.url == f"{address}/overview"

        page.reload()
        expect(headline).to_be_visible()
        expect(overview).to_have_attribute("aria-current", "page")
        assert page.url == f"{address}/overview"


def test_other_address_of_the_overview_leads_to_the_first(server, open_wall):
    page = open_wall(f"{server}/overview?range=30d")

    expect(page.get_by_role("heading", name="Recent runs")).to_be_visible()
    assert page.url == f"{server}/?range=30d"


@pytest.mark.parametrize("screen", [TV, {"width": 1440, "height": 900}], ids=["tv", "desk"])
@pytest.mark.parametrize("options", ["", "?scale=1.4"])
def test_four_tiles_say_all_of_what_has_happened(tmp_path, open_wall, screen, options):
    with running_server(tmp_path) as address:
        event = {"repo": "acme/api", "branch": "main"}
        for workflow in ("Deploy", "Lint", "Nightly", "Release"):
            for status in ("success", "failure", "running"):
                sent = {**event, "id": workflow + status, "workflow": workflow, "status": status}
                assert httpx.post(f"{address}/api/events", json=sent, timeout=60).is_success
        page = open_wall(f"{address}/wall{options}")
        page.set_viewport_size(screen)
        states = page.locator(".page.now .state")
        expect(states).to_have_count(4)
        expect(states.first).to_have_text("FIX RUNNING")
        # As it reads where the runs have numbers.
        whole = """all => all.every(one => {
            one.textContent += " #90212";
            const [text, tile] = [one.closest('div'), one.closest('.tile')];
            const [inner, outer] = [text, tile].map(box => box.getBoundingClientRect());
            return one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight + 4
                && inner.top >= outer.top && inner.bottom <= outer.bottom;
        })"""
        assert states.evaluate_all(whole)
