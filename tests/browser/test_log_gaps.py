"""A log that grows while the page does not hear of it: nothing is lost, doubled, or moved."""

import json
import re

import pytest
from playwright.sync_api import expect

from tests.browser.log_page import footer, line, put

LIVE = "**/api/v1/live"
FIRST, MORE = 400, 3_000


def rows(first, last):
    return "".join(f"row {number}\n" for number in range(first, last + 1))


class Line:
    """The live socket of a page, in a test's hands."""

    def __init__(self, page):
        self.sockets = []
        self.is_cut = False
        page.route_web_socket(LIVE, self._open)

    def _open(self, socket):
        self.sockets.append(socket)
        if self.is_cut:
            socket.close(code=1012)
        else:
            socket.connect_to_server()

    def cut(self):
        """Lose the socket, and every other that is tried."""
        self.is_cut = True
        self.sockets[-1].close(code=1012)

    def mend(self):
        """Let the next one through."""
        self.is_cut = False


@pytest.fixture
def watch(open_page, log_server, keep_log):
    """Open a log that grows, with its live socket in our hands."""

    def watch_(name):
        held = []
        path, job_id = keep_log(name, rows(1, FIRST), status="running")
        page = open_page(
            path, base=log_server, may_fail=True, prepare=lambda page: held.append(Line(page))
        )
        expect(page.get_by_text(f"Following, {FIRST} lines")).to_be_visible()
        return page, job_id, held[0]

    return watch_


def chip(page):
    return page.get_by_role("button", name=re.compile("^Live updates"))


def all_text(page, last):
    """Return all lines of a log as the viewer has them, by going through it."""
    found = {}
    page.evaluate("document.querySelector('[data-log]').scrollTop = 0")
    expect(line(page, 1)).to_be_in_viewport()
    while last not in found:
        expect(page.locator("[data-text]", has_text=re.compile("^…$"))).to_have_count(0)
        found |= page.evaluate(
            """() => Object.fromEntries([...document.querySelectorAll('[data-line]')].map(
              (one) => [one.dataset.line, one.querySelector('[data-text]').textContent]))"""
        )
        found = {int(number): text for number, text in found.items()}
        page.evaluate("document.querySelector('[data-log]').scrollTop += 500")
        page.wait_for_function("() => new Promise((done) => requestAnimationFrame(() => done(1)))")
    return [found[number] for number in sorted(found)]


def test_what_came_while_the_line_was_lost_is_there_once(watch, log_server):
    page, job_id, live = watch("gap")
    live.cut()
    expect(chip(page)).to_contain_text("Reconnecting")
    put(log_server, job_id, rows(1, FIRST + 3))
    put(log_server, job_id, rows(1, FIRST + 5) + "row 4")
    live.mend()
    put(log_server, job_id, rows(1, FIRST + 9))

    expect(page.get_by_text(f"Following, {FIRST + 9} lines")).to_be_visible()
    expect(line(page, FIRST + 9)).to_be_in_viewport()
    assert all_text(page, FIRST + 9) == [f"row {number}" for number in range(1, FIRST + 10)]


def test_place_is_kept_when_too_much_was_missed(watch, log_server):
    page, job_id, live = watch("resync")
    page.get_by_role("region", name="Log of job").hover()
    page.mouse.wheel(0, -4000)
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")
    read = page.locator("[data-line]").nth(20).get_attribute("data-line")
    live.cut()
    expect(chip(page)).to_contain_text("Reconnecting")
    put(log_server, job_id, rows(1, MORE))
    # A server that began anew remembers nothing of what it has told.
    page.unroute_all()
    page.route_web_socket(LIVE, forget)

    expect(line(page, int(read))).to_be_in_viewport()
    page.get_by_role("button", name="Follow").or_(
        page.get_by_role("button", name=re.compile(r"^\d.* new lines?$"))
    ).click()
    expect(page.get_by_text("Following, 3\u202f000 lines")).to_be_visible()
    expect(line(page, MORE)).to_have_text(f"{MORE}row {MORE}")
    expect(line(page, MORE)).to_be_in_viewport()


def forget(socket):
    """Stand in for a server that cannot say what was missed."""
    hello = {"seq": 1, "server_time": "2026-01-01T00:00:00Z", "version": "1.0"}
    for kind, data in (("hello", hello), ("resync_required", {"message": "Too long ago"})):
        envelope = {"v": 1, "seq": 1, "ts": "2026-01-01T00:00:00Z", "type": kind, "data": data}
        socket.send(json.dumps(envelope))


def test_log_that_ends_unheard_of_is_whole_and_no_longer_followed(watch, log_server, keep_log):
    page, _, live = watch("ends")
    live.cut()
    expect(chip(page)).to_contain_text("Reconnecting")
    keep_log("ends", rows(1, FIRST + 2), status="success")
    live.mend()

    expect(footer(page)).to_have_text(f"{FIRST + 2} lines")
    assert all_text(page, FIRST + 2) == [f"row {number}" for number in range(1, FIRST + 3)]
