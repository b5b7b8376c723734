"""The first sentence of the overview in each of its states; red and empty are in test_overview."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import import_runs, running_server
from tests.browser.golden import Golden
from tests.browser.log_page import ask


@pytest.fixture
def push(log_server):
    """Push a run of a repository that no other test has, so many minutes ago."""

    def push_(repo, status, *, minutes, **fields):
        at = datetime.now(UTC) - timedelta(minutes=minutes)
        event = {"id": f"{repo}-{minutes}", "workflow": "build", "repo": repo, "branch": "main"}
        event |= {"status": status, "started_at": at.isoformat(), **fields}
        ask(log_server, "POST", "/api/events", json.dumps(event).encode())

    return push_


def verdict_of(page):
    return page.get_by_role("region", name="Verdict")


def test_green_says_how_long_ago_it_was_not(open_page, log_server, push):
    push("acme/calm", "failure", minutes=150, duration_seconds=60)
    push("acme/calm", "success", minutes=10, duration_seconds=60)
    page = open_page("/?repo=acme/calm", base=log_server)
    expect(page.locator("h1")).to_have_text("main is green — its workflow passed")
    expect(verdict_of(page)).to_contain_text("Last failure 2 h ago")
    expect(verdict_of(page).get_by_role("link")).to_have_count(0)


def test_red_with_a_newer_run_under_way_says_that_a_fix_is_running(open_page, log_server, push):
    push("acme/mend", "failure", minutes=90, duration_seconds=60)
    push("acme/mend", "running", minutes=1)
    page = open_page("/?repo=acme/mend", base=log_server)
    title = "main is red — 1 of 1 workflow failing, a fix is running"
    expect(page.locator("h1")).to_have_text(title)
    expect(verdict_of(page)).to_contain_text(re.compile("trying now: build"))
    beside = open_page("/w/acme/mend/build", base=log_server)
    title = re.compile("^build is red since .*, a fix is running$")
    expect(beside.locator("h1")).to_have_text(title)
    push("acme/mend", "success", minutes=1, duration_seconds=30)
    expect(page.locator("h1")).to_have_text("main is green — its workflow passed")


def test_several_branches_are_counted(open_page, log_server, push):
    for minutes, branch, status in (
        (50, "one", "failure"),
        (40, "two", "failure"),
        (30, "three", "success"),
    ):
        push("acme/tree", status, minutes=minutes, branch=branch, duration_seconds=60)
    chosen = "&".join(f"branch={name}" for name in ("one", "two", "three"))
    page = open_page(f"/?repo=acme/tree&{chosen}", base=log_server)
    title = "2 of 3 branches are red — 2 of 3 workflows failing"
    expect(page.locator("h1")).to_have_text(title)


def test_what_happens_while_the_first_answer_is_on_its_way_is_not_missed(
    open_page, log_server, push
):
    push("acme/early", "failure", minutes=5)
    page = open_page("/runs", base=log_server)
    delayed = []

    def delay(route):
        answer = route.fetch()
        if not delayed:
            push("acme/early", "success", minutes=1, duration_seconds=30)
            # The live line tells of it well before the old answer arrives.
            page.wait_for_timeout(1500)
        delayed.append(answer)
        route.fulfill(response=answer)

    page.route("**/overview/verdict?*", delay)
    page.goto(f"{log_server}/?repo=acme/early")
    expect(page.locator("h1")).to_have_text("main is green — its workflow passed")
    assert len(delayed) > 1


def test_after_days_of_silence_nothing_is_called_green(open_page, tmp_path):
    golden = Golden(datetime.now(UTC).replace(microsecond=0))
    golden.run("acme/api", "CI", "success", at=golden.now - timedelta(hours=1))
    import_runs(tmp_path, golden)
    long_ago = int((golden.now - timedelta(days=6)).timestamp() * 1e6)
    with closing(sqlite3.connect(tmp_path / "pulseboard.db")) as kept, kept:
        kept.execute("UPDATE repositories SET last_event_at = ?", (long_ago,))
    with running_server(tmp_path) as address:
        page = open_page("/", base=address)
        expect(page.locator("h1")).to_have_text("Nothing heard about main")
        expect(verdict_of(page)).to_contain_text("The last event came 6 days ago")
        page.goto(f"{address}/w/acme/api/CI")
        expect(page.locator("h1")).to_contain_text("CI was green; nothing heard since")
        page.context.close()
