"""What the log viewer costs in a real browser: the rows for logs of the dashboard's budgets."""

import json
import random
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Browser, Page
from tests.browser.conftest import settle

from bench.figures import Figures

SHORT, LARGE, HUGE = 100, 100_000, 1_000_000
_TURNS = 5
# How long the page waits for the next letter (useSearchInLog.ts).
_PAUSE_MS = 80
_WORDS = (
    "collecting", "building wheel for", "cached", "downloading", "resolved", "test_integration",
    "PASSED", "src/acme/api/routes.py", "using", "copying", "linking", "node_modules/.bin", "ok",
    "npm warn deprecated", "restored from", "https://example.org/simple", "layer", "sha256:",
)  # fmt: skip
# Resolves with what lies between frames while the log is scrolled by nine rows a frame.
_SCROLL = """() => new Promise((done) => {
  const box = document.querySelector('[data-log]');
  const gaps = []; let last = performance.now(); let left = 120;
  const step = (now) => {
    gaps.push(now - last); last = now;
    if (left-- === 0) { gaps.sort((a, b) => a - b); done(gaps[Math.floor(gaps.length * 0.95)]); }
    else { box.scrollTop += 180; requestAnimationFrame(step); }
  };
  requestAnimationFrame(step);
})"""
# Resolves with the milliseconds from an act until a line of that number, with words, is painted.
_UNTIL = """([act, wanted]) => new Promise((done) => {
  const began = performance.now();
  new Function(act)();
  const look = () => {
    const found = document.querySelector(wanted);
    if (found !== null && !found.textContent.endsWith('…')) done(performance.now() - began);
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})"""


def make_log(lines: int, *, stamps: bool) -> bytes:
    """Return a log with groups of 5,000 lines, colours and three errors; with instants or not."""
    chance = random.Random(lines)  # The same log in every run of the bench.
    rows = []
    guilty = {lines // 3 + 11, lines // 2 + 11, lines * 9 // 10 + 11}
    for number in range(1, lines + 1):
        place = number % 5000
        if place == 1:
            text = f"##[group]Run part {number // 5000 + 1}"
        elif place == 4990:
            text = "##[endgroup]"
        elif number in guilty:
            text = f"##[error]ValueError: bad number {number}"
        else:
            text = f"{' '.join(chance.choices(_WORDS, k=4 if stamps else 2))} {number}"
            if number % 17 == 0:
                text = f"\x1b[32m{text}\x1b[0m"
        second = number * 3600 // lines
        at = f"2026-01-01T00:{second // 60 % 60:02}:{second % 60:02}.1234567Z "
        rows.append(at + text if stamps else text)
    return ("\n".join(rows) + "\n").encode()


def push(base: str, name: str, log: bytes) -> str:
    """Push a failed run with a log; return the path of its job's page."""
    event = {"id": name, "workflow": name, "status": "failure", "repo": "acme/logs"}
    with httpx.Client(base_url=base, timeout=300) as client:
        run = client.post("/api/events", json=event | {"branch": "main", "log": "x"}).json()
        (job,) = client.get(f"/api/v1/runs/{run['id']}").json()["jobs"]
        client.put(f"/api/v1/jobs/{job['id']}/log", content=log).raise_for_status()
    return f"/runs/{run['id']}/jobs/{job['id']}"


Add = Callable[..., None]


def measure_logs(
    figures: Figures, browser: Browser, base: str, *, watched: Callable[..., Page], add: Add
) -> None:
    """Open a log of 100,000 lines and one of a million, go through them, search, fold, scroll."""
    # A million lines with instants would be more than a log may have.
    large, huge = make_log(LARGE, stamps=True), make_log(HUGE, stamps=False)
    paths = {LARGE: push(base, "large", large), HUGE: push(base, "huge", huge)}
    page = watched(browser, base)
    shown, ready = zip(*(opened(page, paths[LARGE], LARGE) for _ in range(_TURNS)), strict=True)
    add(figures, "log_shown", median(shown), 300, unit="ms", lines=LARGE)
    add(figures, "log_ready", median(ready), 1200, unit="ms", mb=round(len(large) / 1e6, 1))
    page.evaluate("seen.longest = 0")
    add(figures, "log_jump", jumped(page, LARGE), 100, unit="ms")
    first, later = searched(page, "bad number"), searched(page, "part 1")
    add(figures, "log_search_first", first, 200, unit="ms")
    add(figures, "log_search_later", later, 60, unit="ms", without="80 ms of waiting for more")
    add(figures, "log_fold", folded(page), 100, unit="ms")
    add(figures, "log_scroll_p95", page.evaluate(_SCROLL), 30, unit="ms")
    add(figures, "log_longest", page.evaluate("seen.longest"), 50, unit="ms")
    add(figures, "log_nodes", page.evaluate("document.querySelectorAll('*').length"), 500)
    page.context.close()
    page = watched(browser, base)
    # What the viewer takes for itself, it takes for a short log as well.
    opened(page, push(base, "short", make_log(SHORT, stamps=True)), SHORT)
    before = held(browser, page)
    opened(page, paths[LARGE], LARGE)
    grown = held(browser, page) - before
    add(figures, "log_memory", grown, 4 * len(large) / 1e6, unit="MB", before=round(before))
    page.context.close()
    page = watched(browser, base)
    shown, ready = zip(*(opened(page, paths[HUGE], HUGE) for _ in range(3)), strict=True)
    add(figures, "log_huge_ready", median(ready), 5000, unit="ms",
        shown=round(median(shown)), mb=round(len(huge) / 1e6, 1))  # fmt: skip
    add(figures, "log_huge_jump", jumped(page, HUGE), 150, unit="ms")
    page.context.close()


def opened(page: Page, path: str, lines: int) -> tuple[float, float]:
    """Go to a log from the list of runs; return the ms until its guilty line shows, and all."""
    page.goto(path.split("/jobs", maxsplit=1)[0] + "?tab=jobs")
    settle(page)
    job = path.rsplit("/", maxsplit=1)[-1]
    shown = page.evaluate(
        _UNTIL,
        [f"""window.left = performance.now();
         document.querySelector('a[href$="/jobs/{job}"]').click()""", "[data-mark=error]"],
    )  # fmt: skip
    page.locator(f'[data-log][data-ready="{lines}"]').wait_for(timeout=60_000)
    return shown, page.evaluate("performance.now() - window.left")


def jumped(page: Page, lines: int) -> float:
    """Return the median of jumps by address to lines all over the log."""
    taken = []
    for part in (2, 97, 31, 68, 50):
        line = lines * part // 100 + 7
        act = f"window.location.hash = {json.dumps(f'#L{line}')}"
        taken.append(page.evaluate(_UNTIL, [act, f'[data-line="{line}"]']))
        time.sleep(0.1)
    return median(taken)


def searched(page: Page, words: str) -> float:
    """Return the ms until all matches are counted, without the wait for more letters."""
    page.get_by_role("searchbox", name="Search in this log").fill("")
    page.locator("[data-found]").wait_for(state="detached")
    taken = page.evaluate(
        """(words) => new Promise((done) => {
          const box = document.querySelector('input[placeholder="Search log…"]');
          const began = performance.now();
          Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, words);
          box.dispatchEvent(new Event('input', {bubbles: true}));
          const look = () => document.querySelector('[data-found]')
            ? done(performance.now() - began) : requestAnimationFrame(look);
          requestAnimationFrame(look);
        })""",
        words,
    )
    return float(taken) - _PAUSE_MS


def held(browser: Browser, page: Page) -> float:
    """Return the megabytes that the processes of the pages hold, workers included (Linux only)."""
    _collect_garbage(page)
    found = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
    pages = 0
    for process in found:
        sizes = Path(f"/proc/{process['id']}/statm")
        if process["type"] == "renderer" and sizes.exists():
            pages += int(sizes.read_text().split()[1])
    return pages * 4096 / 1e6


def _collect_garbage(page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")

    def collect(worker: dict[str, str]) -> None:
        call = json.dumps({"id": 1, "method": "HeapProfiler.collectGarbage"})
        asked = {"sessionId": worker["sessionId"], "message": call}
        session.send("Target.sendMessageToTarget", asked)

    session.on("Target.attachedToTarget", collect)
    attach = {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False}
    session.send("Target.setAutoAttach", attach)
    page.wait_for_timeout(1000)
    session.detach()


def folded(page: Page) -> float:
    """Return the ms that folding everything takes."""
    unfold = page.get_by_role("button", name="Unfold all")
    if not unfold.count():
        page.get_by_role("button", name="Fold all").click()
    unfold.click()
    page.get_by_role("button", name="Fold all").wait_for()
    return float(
        page.evaluate(
            """() => new Promise((done) => {
              const began = performance.now();
              document.querySelector('[data-fold-all]').click();
              requestAnimationFrame(() => requestAnimationFrame(() =>
                done(performance.now() - began)));
            })"""
        )
    )
