"""The log viewer opens where it matters, folds, searches, links; all logs can be searched."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running_server
from tests.browser.log_page import ask, line, put

GUILTY = (30_011, 60_011, 90_011)


def big_log():
    """100,000 lines in 20 groups with three errors, a script and a lone carriage return."""
    rows = []
    for number in range(1, 100_001):
        text = f"line {number} says something about https://example.org/{number}"
        if number % 5000 == 1:
            text = f"##[group]Part {number}"
        elif number % 5000 == 4000:
            text = "##[endgroup]"
        elif number in GUILTY:
            text = (
                f"\x1b[31mValueError: bad number {number}\x1b[0m <script>window.hacked = 1</script>"
            )
        rows.append(f"2026-01-01T00:00:00.0000000Z {text}")
    # The server and the browser have to count this alike: 100 % is line 50.
    rows[48] += "\r2026-01-01T00:00:00.0000000Z 100 %"
    del rows[50]
    return "\n".join(rows) + "\n"


@pytest.fixture(scope="session")
def logs(tmp_path_factory):
    """The address of a server with one failed run, and the path of its job's log."""
    folder = tmp_path_factory.mktemp("one-log")
    with running_server(folder) as address:
        event = {"id": "r1", "workflow": "CI", "status": "failure", "repo": "acme/api",
                 "branch": "main", "log": "x"}  # fmt: skip
        run = ask(address, "POST", "/api/events", json.dumps(event).encode())
        (job,) = ask(address, "GET", f"/api/v1/runs/{run['id']}")["jobs"]
        put(address, job["id"], big_log())
        yield address, f"/runs/{run['id']}/jobs/{job['id']}"


def open_log(open_page, logs, hash_=""):
    address, path = logs
    page = open_page(path + hash_, base=address)
    expect(
        page.get_by_text("100\u202f000 lines").or_(page.get_by_text("Copy link"))
    ).to_be_visible()
    return page


def test_log_opens_at_the_guilty_line_and_runs_nothing_of_it(open_page, logs):
    page = open_log(open_page, logs)

    guilty = line(page, GUILTY[-1])
    expect(guilty).to_be_in_viewport()
    expect(guilty).to_have_attribute("data-mark", "error")
    expect(guilty).to_contain_text("ValueError: bad number 90011 <script>")
    expect(guilty.locator(".ansi-1")).to_have_text("ValueError: bad number 90011")
    assert page.evaluate("window.hacked") is None
    assert page.evaluate("document.querySelectorAll('*').length") <= 500


def test_search_counts_folded_lines_and_opens_the_fold(open_page, logs):
    page = open_log(open_page, logs)
    expect(page.get_by_text("loading…")).to_have_count(0)

    page.get_by_role("searchbox", name="Search in this log").fill("bad number")
    expect(page.get_by_text("3 matches")).to_be_visible()
    page.keyboard.press("Enter")
    expect(line(page, GUILTY[0])).to_be_in_viewport()
    expect(line(page, GUILTY[0]).locator("mark")).to_have_text("bad number")
    page.keyboard.press("Shift+Enter")
    expect(line(page, GUILTY[-1])).to_be_in_viewport()


def test_pattern_that_is_none_is_said(open_page, logs):
    page = open_log(open_page, logs)

    page.get_by_role("button", name="Regular expression").click()
    page.get_by_role("searchbox", name="Search in this log").fill("(bad")
    expect(page.get_by_text("This is no valid pattern")).to_be_visible()


COLOUR = "row => getComputedStyle(row).backgroundColor"


def test_lines_are_linked_to_and_chosen(open_page, logs):
    page = open_log(open_page, logs, "#L100-L120")

    expect(page.get_by_text("Lines 100–120")).to_be_visible()
    expect(line(page, 100)).to_be_in_viewport()
    colours = [line(page, number).evaluate(COLOUR) for number in (99, 100, 120)]
    assert colours[0] != colours[1] == colours[2]
    line(page, 105).get_by_role("link").first.click()
    expect(page).to_have_url(re.compile("#L105$"))
    line(page, 110).get_by_role("link").first.click(modifiers=["Shift"])
    expect(page).to_have_url(re.compile("#L105-L110$"))


def test_lone_carriage_return_is_counted_as_the_server_does(open_page, logs):
    page = open_log(open_page, logs, "#L50")

    expect(line(page, 50)).to_contain_text("100 %")
    expect(line(page, 51)).to_contain_text("line 50 says")


def test_everything_folds_and_unfolds(open_page, logs):
    page = open_log(open_page, logs)

    page.get_by_role("button", name="Unfold all").or_(
        page.get_by_role("button", name="Fold all")
    ).click()
    page.get_by_role("button", name="Unfold all").click()
    expect(page.get_by_role("button", name="Fold all")).to_be_visible()


def test_what_failed_shows_the_line_and_leads_to_it(open_page, logs):
    address, path = logs
    page = open_page(path.split("/jobs")[0], base=address)

    failed = page.get_by_role("region", name="What failed")
    failed.get_by_role("link", name=re.compile("ValueError: bad number 90011")).click()
    expect(line(page, GUILTY[-1])).to_be_in_viewport()


def test_search_through_all_logs_leads_from_typing_to_the_line(open_page, logs):
    address, _ = logs
    page = open_page("/search", base=address)

    page.get_by_role("searchbox", name="Text to find in all logs").fill(
        '"bad number" -"30011" job:ci'
    )
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="2 lines in 1 of 1 log.")).to_be_visible()
    page.get_by_role("link", name=re.compile("bad number 60011")).click()
    expect(line(page, GUILTY[1])).to_be_in_viewport()


def test_search_shows_fifty_lines_and_counts_them_all(open_page, logs):
    address, _ = logs
    page = open_page("/search?q=says+something", base=address)

    expect(page.get_by_text(re.compile("^99.9\\d\\d lines$"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("says something"))).to_have_count(50)
    page.get_by_role("button", name=re.compile("^Show more")).click()
    expect(page.get_by_role("link", name=re.compile("says something"))).to_have_count(100)


def test_search_says_what_is_wrong_with_what_was_typed(open_page, logs):
    address, _ = logs
    page = open_page("/search?q=-Werror", base=address, may_fail=True)

    expect(page.get_by_text('write it in quotes: "-Werror"')).to_be_visible()


def test_search_by_a_pattern_is_narrowed_by_what_was_found(open_page, log_server, keep_log):
    keep_log("lint", "purple 41\n")
    keep_log("unit", "purple 42\n")
    page = open_page(r"/search?q=purple+\d%2B&regex=1&branch=@any", base=log_server)

    page.get_by_role("button", name="lint 1").first.click()
    expect(page.get_by_role("status").filter(has_text="1 line in 1 of 1 log.")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("purple 41"))).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("purple 42"))).to_have_count(0)


@pytest.mark.parametrize("fetchable", [True, False])
def test_log_is_offered_to_be_fetched_only_where_that_does_something(open_page, server, fetchable):
    (run,) = ask(server, "GET", "/api/v1/runs?q=protobuf&limit=1")["items"]
    (job, *_) = ask(server, "GET", f"/api/v1/runs/{run['id']}")["jobs"]

    def answer(route):
        route.fulfill(json={**route.fetch().json(), "fetchable": fetchable})

    def prepare(page):
        page.route("**/log/meta*", answer)

    page = open_page(f"/runs/{run['id']}/jobs/{job['id']}", prepare=prepare)
    expect(page.get_by_text("that takes a token. Set GITHUB_TOKEN.")).to_be_visible()
    button = page.get_by_role("button", name="Fetch now")
    expect(button).to_have_count(1 if fetchable else 0)
