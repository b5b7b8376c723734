"""What happens while a page is open: rows change in place, Pause holds, a lost line is said."""

import json
import re
from itertools import count

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import running_server, settle

LIVE = "**/api/v1/live"
_numbers = count(1)


@pytest.fixture(scope="module")
def busy_server(tmp_path_factory):
    """A server of its own, that the tests of this module push runs to."""
    with running_server(tmp_path_factory.mktemp("busy")) as address:
        yield address


@pytest.fixture
def push(browser, busy_server):
    """Push a run of a repository of the test's own; its name is `push.repo`."""
    context = browser.new_context(base_url=busy_server)
    repo = f"acme/live{next(_numbers)}"

    def push_(ident, status="success", **fields):
        event = {"id": ident, "workflow": "build", "status": status, "repo": repo, "branch": "main"}
        answer = context.request.post("/api/events", data={**event, **fields})
        assert answer.ok, answer.text()

    push_.repo = repo
    for number in range(3):
        push_(f"old-{number}")
    yield push_
    context.close()


def rows_of(page):
    return page.locator("tr[data-run]")


def chip_of(page):
    return page.get_by_role("button", name=re.compile("^Live updates"))


def say(kind, data, seq=10**15):
    envelope = {"v": 1, "seq": seq, "ts": "2026-01-01T00:00:00Z", "type": kind, "data": data}
    return json.dumps(envelope)


def hello(version="1.0"):
    return say("hello", {"seq": 1, "server_time": "2026-01-01T00:00:00Z", "version": version})


def test_a_new_run_comes_in_at_the_top(open_page, busy_server, push):
    page = open_page(f"/runs?repo={push.repo}", base=busy_server)
    expect(rows_of(page)).to_have_count(3)
    push("new", "failure")
    expect(rows_of(page)).to_have_count(4)
    expect(rows_of(page).first).to_contain_text("Failed")


# A line that opens only when the test lets it.
LATE = """(() => {
  const Real = window.WebSocket;
  window.WebSocket = function (address) {
    const late = {readyState: 0, send: text => late.real.send(text), close: () => undefined};
    window.openLine = () => {
      late.real = new Real(address);
      late.real.onopen = () => { late.readyState = 1; };
      late.real.onmessage = event => late.onmessage(event);
    };
    return late;
  };
  window.WebSocket.OPEN = 1;
})()"""


def test_what_came_before_the_line_was_open_comes_in_too(open_page, busy_server, push):
    page = open_page(
        f"/runs?repo={push.repo}",
        base=busy_server,
        prepare=lambda page: page.add_init_script(LATE),
    )
    expect(rows_of(page)).to_have_count(3)
    push("early", "failure")
    page.evaluate("openLine()")
    expect(rows_of(page)).to_have_count(4)


def test_a_new_run_waits_while_a_row_is_read(open_page, busy_server, push):
    page = open_page(f"/runs?repo={push.repo}", base=busy_server)
    expect(rows_of(page)).to_have_count(3)
    page.keyboard.press("j")
    page.keyboard.press("j")
    focused = rows_of(page).nth(1)
    expect(focused).to_be_focused()
    run = focused.get_attribute("data-run")
    push("new", "failure")
    offer = page.get_by_role("button", name=re.compile("^1 new run"))
    expect(offer).to_be_visible()
    expect(rows_of(page)).to_have_count(3)
    assert page.evaluate("document.activeElement.dataset.run") == run
    offer.click()
    expect(rows_of(page)).to_have_count(4)


def test_a_running_row_is_finished_in_place(open_page, busy_server, push):
    push("slow", "running")
    page = open_page(f"/runs?repo={push.repo}", base=busy_server)
    row = rows_of(page).filter(has_text="Running")
    expect(row).to_have_count(1)
    run = row.get_attribute("data-run")
    page.keyboard.press("j")
    page.evaluate(f"document.querySelector('[data-run=\"{run}\"]').dataset.seen = 'before'")
    push("slow", "failure")
    same = page.locator(f"tr[data-run='{run}']")
    expect(same).to_contain_text("Failed")
    expect(same).to_have_attribute("data-seen", "before")
    assert page.evaluate("document.activeElement.matches('tr[data-run]')")


def test_pause_holds_and_counts_then_lets_in(open_page, busy_server, push):
    page = open_page(f"/runs?repo={push.repo}", base=busy_server)
    expect(chip_of(page)).to_contain_text("Live")
    page.keyboard.press("p")
    expect(chip_of(page)).to_have_attribute("aria-pressed", "true")
    push("one")
    push("two")
    expect(chip_of(page)).to_contain_text("Paused · 2")
    expect(rows_of(page)).to_have_count(3)
    page.keyboard.press("p")
    expect(rows_of(page)).to_have_count(5)
    expect(chip_of(page)).to_have_attribute("aria-pressed", "false")


def test_an_old_change_is_not_asked_about(open_page, busy_server, push):
    lines = []

    def listen(page):
        page.route_web_socket(LIVE, lambda line: (lines.append(line), line.send(hello())))

    page = open_page(f"/runs?repo={push.repo}", base=busy_server, prepare=listen)
    expect(chip_of(page)).to_contain_text("Live")
    first, last = (int(rows_of(page).nth(n).get_attribute("data-run")) for n in (0, 2))
    asked = []
    page.on("request", lambda request: "/runs?" in request.url and asked.append(request.url))
    change = {"attempt": 1, "status": "completed", "conclusion": "success"}
    # The first is long known; the second stands for one that is newer than what is shown.
    with page.expect_request(lambda request: f"id={last}" in request.url):
        lines[0].send(say("run.upserted", {"id": first, "rev": 0, **change}))
        lines[0].send(say("run.upserted", {"id": last, "rev": 10**9, **change}))
    assert [url for url in asked if f"id={first}" in url] == []


def test_a_gap_is_filled_by_asking_again(open_page, busy_server, push):
    lines = []

    def listen(page):
        page.route_web_socket(LIVE, lambda line: (lines.append(line), line.send(hello())))

    page = open_page(f"/runs?repo={push.repo}", base=busy_server, prepare=listen)
    expect(chip_of(page)).to_contain_text("Live")
    push("missed", "failure")
    lines[0].send(say("resync_required", {"message": "Too long ago"}))
    expect(rows_of(page)).to_have_count(4)


def test_a_blocked_line_is_said_and_polled_around(open_page, busy_server, push):
    def block(page):
        page.clock.install()
        page.route_web_socket(LIVE, lambda line: line.close())

    page = open_page(f"/runs?repo={push.repo}", base=busy_server, prepare=block)
    expect(chip_of(page)).to_contain_text("Reconnecting")
    for _ in range(3):
        page.clock.run_for(3_000)
    expect(chip_of(page)).to_contain_text("Polling every 30 s")
    push("missed", "failure")
    page.clock.run_for(31_000)
    expect(rows_of(page)).to_have_count(4)


def test_a_lost_line_comes_back_and_nothing_is_missed(open_page, busy_server, push):
    lines = []

    def listen(page):
        page.clock.install()
        page.route_web_socket(LIVE, lambda line: (lines.append(line), line.connect_to_server()))

    page = open_page(f"/runs?repo={push.repo}", base=busy_server, prepare=listen)
    expect(chip_of(page)).to_contain_text("Live")
    push("seen")
    page.clock.run_for(1_000)
    expect(rows_of(page)).to_have_count(4)
    lines[0].close(code=1012)
    expect(chip_of(page)).to_contain_text("Reconnecting")
    push("missed", "failure")
    page.clock.run_for(2_000)
    expect(chip_of(page)).to_contain_text("Live")
    page.clock.run_for(1_000)
    expect(rows_of(page)).to_have_count(5)


HIDE = """hidden => {
  Object.defineProperty(document, 'visibilityState', {configurable: true, get: () => hidden ? 'hidden' : 'visible'});
  Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
  document.dispatchEvent(new Event('visibilitychange', {bubbles: true}));
}"""
WATCH = """() => {
  window.drawn = [];
  const watch = new MutationObserver(found => {
    window.drawn.push(...found.map(one => `${one.type} of ${one.target.nodeName}`));
  });
  watch.observe(document, {subtree: true, childList: true, characterData: true});
}"""


def test_a_hidden_tab_rests_and_catches_up_when_it_is_seen_again(open_page, busy_server, push):
    lines = []

    def listen(page):
        page.clock.install()
        page.route_web_socket(LIVE, lambda line: (lines.append(line), line.send(hello())))

    push("slow", "running")
    page = open_page(f"/runs?repo={push.repo}", base=busy_server, prepare=listen)
    expect(chip_of(page)).to_contain_text("Live")
    run = rows_of(page).filter(has_text="Running").get_attribute("data-run")
    # What a page fetches for later, once it has nothing else to do, is here.
    page.clock.run_for(10_000)
    settle(page)
    page.evaluate(HIDE, True)
    page.evaluate(WATCH)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    push("slow", "failure")
    push("new")
    change = {"attempt": 1, "status": "completed", "conclusion": "failure"}
    lines[0].send(say("run.upserted", {"id": int(run), "rev": 10**9, **change}))
    lines[0].send(say("metrics.invalidated", {}, seq=10**15 + 1))
    # Longer than anything that is asked for again and again takes to be asked for.
    for _ in range(8):
        page.clock.run_for(7_000)
        lines[0].send(say("heartbeat", {}))
    assert asked == []
    assert page.evaluate("window.drawn") == []

    page.evaluate(HIDE, False)
    expect(rows_of(page)).to_have_count(5)
    expect(page.locator(f"tr[data-run='{run}']")).to_contain_text("Failed")


def test_a_job_that_ended_unseen_is_caught_up_with(open_page, busy_server, push):
    lines = []

    def listen(page):
        page.route_web_socket(LIVE, lambda line: (lines.append(line), line.send(hello())))

    page = open_page(f"/runs?repo={push.repo}", base=busy_server, prepare=listen)
    expect(chip_of(page)).to_contain_text("Live")
    run = int(rows_of(page).first.get_attribute("data-run"))
    page.keyboard.press("p")
    expect(chip_of(page)).to_have_attribute("aria-pressed", "true")
    lines[0].send(say("job.upserted", {"id": 1, "run_id": run, "attempt": 1, "rev": 10**9}))
    page.evaluate("0")
    with page.expect_request(lambda request: "/runs?" in request.url):
        page.keyboard.press("p")


def test_a_new_version_is_offered_never_forced(open_page, busy_server, push):
    def listen(page):
        page.route_web_socket(LIVE, lambda line: line.send(hello("99.0")))

    page = open_page(f"/runs?repo={push.repo}", base=busy_server, prepare=listen)
    notices = page.get_by_role("complementary", name="Notices")
    expect(notices).to_contain_text("A new version is ready")
    notices.get_by_role("button", name="Reload").click()
    settle(page)
    expect(rows_of(page)).to_have_count(3)
