"""Repositories in the settings: tracked, in trouble, fetched from the beginning, given up."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running_server


@pytest.fixture
def asking_server(hub, tmp_path):
    """The address of a server that asks the stand-in every second."""
    settings = {"GITHUB_API_URL": hub.url, "GITHUB_TOKEN": "ghp_kim", "REFRESH_SECONDS": "1"}
    with running_server(tmp_path, settings=settings) as address:
        yield address


def row_of(page, name):
    return page.get_by_role("region", name="Table of repositories").locator("tbody", has_text=name)


def add(page, name):
    page.get_by_label("owner/name, or owner/* for all of them").fill(name)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_label("owner/name, or owner/* for all of them")).to_have_value("")


@pytest.mark.parametrize("phone", [False, True])
def test_repository_is_added_said_to_be_in_trouble_and_given_up(
    hub, asking_server, open_page, phone
):
    run = hub.repository("acme/api").run()
    run.start()
    run.finish()
    page = open_page("/settings/repositories", base=asking_server, phone=phone)
    add(page, "acme/api")
    expect(row_of(page, "acme/api")).to_contain_text("acme/api")
    add(page, "acme/typo")
    add(page, "ghost/*")
    expect(page.get_by_role("listitem").filter(has_text="ghost/*")).to_be_visible()

    # The list follows the numbers of runs, which come by themselves; trouble comes with a look.
    for _ in range(100):
        page.reload()
        page.locator("h1").wait_for()
        is_typo_told = row_of(page, "acme/typo").get_by_text("not found", exact=True).count()
        if is_typo_told and row_of(page, "acme/api").get_by_text("ok", exact=True).count():
            break
        page.wait_for_timeout(300)
    words = row_of(page, "acme/typo").get_by_text(re.compile("^GitHub knows no acme/typo"))
    expect(words).to_be_in_viewport()
    expect(row_of(page, "acme/api")).to_contain_text("ok")

    page.get_by_role("button", name="Stop tracking acme/typo").click()
    expect(row_of(page, "acme/typo")).to_contain_text("not asked")
    expect(words).to_have_count(0)
    page.get_by_role("button", name="Track acme/typo").click()
    expect(page.get_by_role("button", name="Stop tracking acme/typo")).to_be_visible()
    page.get_by_role("button", name="Stop tracking ghost/*").click()
    expect(page.get_by_text("ghost/*", exact=True)).to_have_count(0)


def test_history_is_fetched_with_its_progress_in_view(hub, asking_server, open_page):
    home = hub.repository("acme/api")
    for _ in range(3):
        run = home.run()
        run.job()
        run.start()
        run.finish()
    page = open_page("/settings/repositories", base=asking_server)
    add(page, "acme/api")
    page.get_by_label("How far back").select_option(label="90 days")
    page.get_by_role("button", name="Fetch history").click()

    expect(page.get_by_text(re.compile("^Done"))).to_be_visible()
