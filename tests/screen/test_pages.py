"""The dashboard's page and files, from a folder like the one the build makes."""

import re

import pytest

from pulseboard.screen import pages

PAGE = """<!doctype html><html><head><title>Pulseboard</title><!--pulseboard:boot-->
<script type="module" src="/assets/index-1a2b.js"></script></head><body></body></html>"""


@pytest.fixture
def built(tmp_path, monkeypatch):
    """A built dashboard, in place of the one that may or may not have been built here."""
    folder = tmp_path / "built"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "favicon.svg").write_text("<svg/>")
    (folder / "assets" / "index-1a2b.js").write_text("plain")
    (folder / "assets" / "index-1a2b.js.br").write_text("brotli")
    (folder / "assets" / "index-1a2b.js.map").write_text("{}")
    monkeypatch.setattr(pages, "BUILT", folder)
    return folder


@pytest.fixture
def browser(built, open_shop):
    with open_shop(title="CI of <Acme>") as shop:
        yield shop


ADDRESSES = [
    "/", "/runs", "/runs/17", "/runs/17/jobs/3", "/grid", "/w/acme/api/CI", "/v/mine",
    "/settings/repositories",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_of_the_dashboard_is_its_page(browser, address):
    answer = browser.get(address)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<title>CI of &lt;Acme&gt;</title>" in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("address", ["/nowhere", "/runs/1/2", "/api/nowhere", "/assets/none.js"])
def test_any_other_address_is_nobodys(browser, address):
    assert browser.refused(404, "GET", address)["title"] == "Not found"


def test_policy_lets_in_no_script_but_ours_and_one_style_element(browser):
    first, second = browser.get("/"), browser.get("/")

    (nonce,) = re.findall(r'<meta name="csp-nonce" content="([^"]+)" />', first.text)
    policy = first.headers["content-security-policy"]
    assert f"style-src 'self' 'nonce-{nonce}'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert nonce not in second.text


def test_files_are_sent_compressed_and_kept_for_ever(browser):
    packed = browser.get("/assets/index-1a2b.js", headers={"Accept-Encoding": "zstd"})
    assert (packed.text, packed.headers["cache-control"]) == (
        "plain",
        "public, max-age=31536000, immutable",
    )
    answer = browser.request(
        "HEAD", "/assets/index-1a2b.js", headers={"Accept-Encoding": "gzip, br"}
    )
    assert answer.headers["content-encoding"] == "br"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert browser.get("/favicon.svg").headers["content-type"] == "image/svg+xml"


def test_only_what_a_browser_needs_is_sent(browser):
    browser.refused(404, "GET", "/assets/index-1a2b.js.map")
    browser.refused(404, "GET", "/assets/..%2Findex.html")


def test_without_a_build_the_plain_page_stands_in(shop):
    assert "text/html" in shop.get("/").headers["content-type"]
    shop.refused(404, "GET", "/runs")
