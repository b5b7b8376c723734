"""Addresses that hold odd names, and those that lead nowhere."""

import json
import re
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle
from tests.browser.log_page import ask

ODD = "a/b c?d#e%2F"


@pytest.fixture(scope="module")
def odd_server(log_server):
    """A server with a workflow whose name holds what an address gives a meaning to."""
    for repo in ("big/mono", "lonely"):
        event = {"workflow": ODD, "status": "success", "repo": repo, "branch": "main"}
        ask(log_server, "POST", "/api/events", json.dumps({"id": repo, **event}).encode())
    return log_server


@pytest.mark.parametrize("name", [quote(ODD, safe=""), quote(ODD, safe="/")])
def test_workflow_named_with_a_slash_has_a_page(open_page, odd_server, name):
    page = open_page(f"/w/big/mono/{name}", base=odd_server)
    expect(page.locator("h1")).to_contain_text(ODD)
    page.reload()
    expect(page.locator("h1")).to_contain_text(ODD)


def test_link_to_a_workflow_named_with_a_slash_survives_a_reload(open_page, odd_server):
    page = open_page("/grid?repo=big/mono", base=odd_server)
    page.get_by_role("link", name=ODD).first.click()
    expect(page.locator("h1")).to_contain_text(ODD)
    settle(page)
    page.reload()
    expect(page.locator("h1")).to_contain_text(ODD)


@pytest.mark.parametrize("repo", ["big/mono", "lonely"])
def test_badge_leads_to_the_page_of_its_workflow(open_page, odd_server, repo):
    page = open_page("/settings/badges", base=odd_server)
    page.get_by_role("combobox", name="Repository").select_option(repo)
    page.get_by_role("combobox", name="Workflow").select_option(ODD)
    text = page.get_by_text(re.compile(r"^\[!\["))
    expect(text).to_contain_text(f"/badge/{repo}/")
    (link,) = re.findall(r"\]\(([^()\s]+/w/[^()\s]+)\)$", text.inner_text().strip())
    page.goto(link)
    expect(page.locator("h1")).to_contain_text(ODD)
    expect(page.locator("main")).not_to_contain_text("never run here")


def test_address_that_leads_nowhere_keeps_everything_around(open_page):
    page = open_page("/no/such/page", may_fail=True)
    expect(page.get_by_role("heading", name="There is no page here")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Runs").first.click()
    expect(page.locator("tr[data-run]").first).to_be_visible()
    assert page.goto("/no/such/page").status == 404


def test_window_of_a_hundred_years_is_drawn(open_page):
    page = open_page("/?from=1999-01-01T00:00:00Z&to=2099-01-01T00:00:00Z")
    expect(page.get_by_role("heading", name="Recent runs")).to_be_visible()
    expect(page.get_by_role("group", name=re.compile("^Could not load"))).to_have_count(0)
