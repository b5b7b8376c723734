"""The first page of an empty server hears the first event, by each door, without being asked."""

import json
import re
import subprocess
from datetime import UTC, datetime
from shutil import which

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running_server
from tests.chaos.servers import SECRET, delivery, headers_of


@pytest.fixture
def listening(tmp_path, open_page):
    """The first page of a server that knows a webhook's secret; left before the server ends."""
    with running_server(tmp_path, settings={"GITHUB_WEBHOOK_SECRET": SECRET}) as address:
        page = open_page("/welcome", base=address)
        yield page, address
        page.context.close()


def listener_of(page):
    return page.get_by_role("region", name="Listening").get_by_role("status")


def deliver(address, body, headers):
    return httpx.post(f"{address}/webhook/github", content=body, headers=headers).status_code


def test_signed_webhook_is_heard_and_one_with_another_secret_explained(listening):
    page, address = listening
    expect(page.get_by_role("region", name="Webhook", exact=True)).to_contain_text(
        "A webhook secret is set here already."
    )
    heard = listener_of(page)
    expect(heard).to_contain_text("Waiting for the first event")
    today = datetime.now(UTC).strftime("%Y-%m-%d").encode()
    body = delivery(1).replace(b"2026-03-01", today)
    wrong = {**headers_of("one", body), "X-Hub-Signature-256": "sha256=" + "0" * 64}
    assert deliver(address, body, wrong) == 401
    expect(heard).to_contain_text("A webhook was turned away with 401")
    expect(heard).to_contain_text("secret")

    assert deliver(address, body, headers_of("two", body)) == 202
    expect(heard).to_contain_text("acme/api received by webhook")
    heard.get_by_role("link", name="To the overview").click()
    expect(page.locator("h1")).to_have_text("main is green — its workflow passed")


@pytest.mark.skipif(which("curl") is None, reason="there is no curl")
def test_command_on_the_page_is_heard_as_it_stands_there(listening):
    page, _ = listening
    page.get_by_role("radio", name=re.compile("^Push from any CI")).check()
    command = page.get_by_role("region", name="Push command").inner_text()
    done = subprocess.run(["bash", "-c", command], check=True, capture_output=True, timeout=60)
    assert json.loads(done.stdout)["pipeline"] == "web"
    expect(listener_of(page)).to_contain_text("received by push")
    listener_of(page).get_by_role("link", name="Its runs").click()
    expect(page.locator("h1")).to_contain_text("1 run, none failed")


def test_text_in_a_box_ends_before_the_button_that_copies_it(open_page):
    page = open_page("/welcome", phone=True)
    page.get_by_role("radio", name=re.compile("^Polling")).check()
    text = page.get_by_role("region", name="Start with polling")
    assert text.evaluate("one => one.scrollWidth > one.clientWidth + 20")
    box = text.bounding_box()
    button = page.get_by_role("button", name="Copy start with polling").bounding_box()
    assert box["x"] + box["width"] <= button["x"]
    assert button["x"] + button["width"] <= 390
