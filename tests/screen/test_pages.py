"""The dashboard's page and files, from a folder like the one the build makes."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from pulseboard.api.v1 import boot
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
    "/", "/overview", "/runs", "/runs/17", "/runs/17/jobs/3", "/grid", "/w/acme/api/CI", "/v/mine",
    "/settings/repositories", "/alerts", "/alerts/12", "/alerts/rules", "/alerts/rules/new",
    "/alerts/channels", "/alerts/messages", "/w/big/mono/a%2Fb%20c%3Fd%23e%252F", "/w/big/mono/a/b",
]  # fmt: skip


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_address_of_the_dashboard_is_its_page(browser, address):
    answer = browser.get(address)

    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "<title>CI of &lt;Acme&gt;</title>" in answer.text
    assert answer.headers["cache-control"] == "no-store"


def test_server_and_page_know_the_same_addresses():
    router = Path(__file__).parents[2] / "web" / "src" / "routes" / "router.tsx"
    routed = re.findall(r"path: '([^']+)'", router.read_text(encoding="utf-8"))

    shown = {re.sub(r"{\w+(:path)?}", "$", address) for address in pages.ADDRESSES}
    assert {re.sub(r"\$\w*", "$", path) for path in routed} == shown


@pytest.mark.parametrize("address", ["/nowhere", "/runs/1/2", "/api/nowhere", "/assets/none.js"])
def test_any_other_address_is_nobodys(browser, address):
    assert browser.refused(404, "GET", address)["title"] == "Not found"


@pytest.mark.parametrize("address", ["/nowhere", "/runs/1/2", "/w/acme", "/nowhere/%ff%c0"])
def test_any_other_address_shows_a_person_the_dashboard_around_nothing(browser, address):
    answer = browser.get(address, headers={"Accept": "text/html,*/*;q=0.8"})

    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert boot_of(answer)["meta"]["app_title"] == "CI of <Acme>"
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.headers.get_list("content-type")) == 1
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("address", ["/wall/none", "/wall/a/b", "/badge/a", "/health/nowhere"])
def test_what_the_server_draws_itself_is_not_the_dashboards(browser, address):
    answer = browser.get(address, headers={"Accept": "text/html,*/*;q=0.8"})

    assert answer.status_code == 404
    assert "boot" not in answer.text


def test_policy_lets_in_no_script_but_ours_and_one_style_element(browser):
    first, second = browser.get("/"), browser.get("/")

    (nonce,) = re.findall(r'<meta name="csp-nonce" content="([^"]+)" />', first.text)
    policy = first.headers["content-security-policy"]
    assert f"style-src 'self' 'nonce-{nonce}'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert nonce not in second.text


def boot_of(answer):
    (text,) = re.findall(r'<script type="application/json" id="boot">(.*?)</script>', answer.text)
    assert "<" not in text
    return json.loads(text)


def test_page_brings_what_its_first_words_need(browser):
    browser.push(pipeline="web", status="failure", branch="main", commit_message="</script><b>")

    brought = boot_of(browser.get("/"))
    answers = {
        "seq": brought["seq"],
        "home": "/",
        "meta": browser.get("/api/v1/meta").json(),
        "me": browser.get("/api/v1/me").json(),
        "verdict": browser.get("/api/v1/overview/verdict?branch=@default").json(),
    }
    for one in (brought["meta"], answers["meta"]):
        del one["server_time"]
    for one in (brought["verdict"], answers["verdict"]):
        del one["as_of"]
    assert brought == answers


def test_only_the_overview_brings_the_verdict(browser):
    brought = boot_of(browser.get("/runs?q=<b>"))
    assert brought["verdict"] is None
    assert brought["meta"]["app_title"] == "CI of <Acme>"


def test_overview_beside_a_wall_has_an_address_of_its_own(built, open_shop):
    with open_shop(front_page="wall") as browser:
        browser.push(pipeline="web", status="failure", branch="main")

        assert "boot" not in browser.get("/").text
        brought = boot_of(browser.get("/overview"))
        assert brought["home"] == "/overview"
        assert brought["verdict"]["state"] == "red"


def test_page_comes_without_its_beginning_when_the_database_is_away(browser, monkeypatch):
    def fail(*_arguments, **_named):
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(boot.pipelines, "has_real_runs", fail)
    answer = browser.get("/")
    assert answer.status_code == 200
    brought = boot_of(answer)
    assert brought.pop("seq") > 0
    assert brought == {"home": "/", "meta": None, "me": None, "verdict": None}


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
    assert "text/html" in shop.get("/overview").headers["content-type"]
    shop.refused(404, "GET", "/runs")
