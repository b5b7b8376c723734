"""`make bench-web`: what the dashboard costs in a real browser, each figure against its budget."""

import argparse
import subprocess
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.browser.chromium import find_chromium
from tests.browser.conftest import DESK, import_runs, running_server, settle
from tests.browser.golden import Golden, make_golden

from bench.figures import Figures
from bench.web_log import measure_logs

WEB = Path(__file__).parents[1] / "web"
LOADS, KEYS, ROWS, JOBS = 9, 20, 10_000, 500
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--enable-precise-memory-info"]
# Beside what the page itself does: what was painted when, what moved, what took long.
_WATCH = """
window.seen = {lcp: 0, words: '', shift: 0, busy: 0, longest: 0, keys: []};
const watch = (type, take, more) => new PerformanceObserver((list) =>
  list.getEntries().forEach(take)).observe({type, buffered: true, ...more});
watch('largest-contentful-paint', (one) => {
  seen.lcp = one.startTime; seen.words = one.element?.textContent?.slice(0, 60) ?? '';
});
watch('layout-shift', (one) => { if (!one.hadRecentInput) seen.shift += one.value; });
watch('longtask', (one) => {
  seen.busy += Math.max(0, one.duration - 50); seen.longest = Math.max(seen.longest, one.duration);
});
watch('event', (one) => { if (one.interactionId) seen.keys.push(one.duration); },
  {durationThreshold: 16});
"""
# Resolves with the time between frames while a list is scrolled by ten rows a frame.
_SCROLL = """() => new Promise((done) => {
  const gaps = []; let last = performance.now(); let left = 120;
  const step = (now) => {
    gaps.push(now - last); last = now;
    if (left-- === 0) { gaps.sort((a, b) => a - b); done(gaps[Math.floor(gaps.length * 0.95)]); }
    else { scrollBy(0, 360); requestAnimationFrame(step); }
  };
  requestAnimationFrame(step);
})"""
_NODES = "document.querySelectorAll('*').length"


def make_data(*, rows: int = ROWS) -> Golden:
    """Return the golden data with ten thousand more runs, and a run of five hundred jobs."""
    golden = make_golden()
    for index in range(rows):
        repo, name = f"acme/part-{index % 6}", f"Check {index % 40}"
        at = golden.now - timedelta(minutes=3 * index + 10)
        fate = "failure" if index % 23 == 0 else "success"
        golden.run(repo, name, fate, at=at, seconds=100 + index % 300)
    at = golden.now - timedelta(minutes=40)
    run_id = golden.run("acme/huge", "Matrix", "failure", at=at, seconds=1500)
    for index in range(JOBS):
        begun = at + timedelta(seconds=20 + index)
        fate = "failure" if index == 77 else "success"
        golden.job(run_id, f"test (linux, shard {index})", fate, repo="acme/huge", at=begun)
    return golden


def watched(browser: Browser, base: str) -> Page:
    """Return a page of a context of its own, with an empty cache."""
    context = browser.new_context(base_url=base, viewport=DESK, locale="en-US")
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.add_init_script(_WATCH)
    return page


def measure_first_page(figures: Figures, browser: Browser, base: str) -> None:
    """Load the overview cold, again and again."""
    lcp, shifts, busy, words = [], [], [], ""
    for _ in range(LOADS):
        page = watched(browser, base)
        page.goto("/")
        settle(page)
        seen = page.evaluate("seen")
        lcp.append(seen["lcp"])
        shifts.append(seen["shift"])
        busy.append(seen["busy"])
        words = seen["words"]
        page.context.close()
    p75 = sorted(lcp)[int(LOADS * 0.75)]
    add(figures, "lcp", p75, 800, unit="ms", median=round(median(lcp)), words=repr(words))
    add(figures, "shift", max(shifts), 0.02)
    add(figures, "blocked", median(busy), 150, unit="ms")


def measure_answers_to_hands(figures: Figures, browser: Browser, base: str) -> None:
    """Walk ten thousand rows by key, open a panel, set a filter, scroll."""
    page = watched(browser, base)
    page.goto("/runs?branch=@any&range=30d")
    settle(page)
    for _ in range(KEYS):
        page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_role("complementary").filter(has=page.locator("h2")).first.wait_for()
    settle(page)
    page.keyboard.press("Escape")
    page.keyboard.press("t")
    page.keyboard.press("2")
    settle(page)
    page.wait_for_timeout(200)
    keys = sorted(page.evaluate("seen.keys")) or [0]
    add(figures, "answer_p75", keys[int(len(keys) * 0.75)], 100, unit="ms", counted=len(keys))
    add(figures, "answer_longest", keys[-1], 200, unit="ms")
    page.goto("/runs?branch=@any&range=30d")
    settle(page)
    add(figures, "scroll_p95", page.evaluate(_SCROLL), 60, unit="ms")
    settle(page)
    add(figures, "rows_nodes", page.evaluate(_NODES), 1500)
    page.context.close()


def measure_large_pages(figures: Figures, browser: Browser, base: str) -> None:
    """Open the grid of all workflows, and a run of five hundred jobs."""
    page = watched(browser, base)
    page.goto("/runs?q=Matrix&repo=acme/huge")
    settle(page)
    taken = painted(page, "/grid", "[role=grid], table")
    add(figures, "grid", taken, 450, unit="ms", nodes=page.evaluate(_NODES))
    page.goto("/runs?repo=acme/huge")
    settle(page)
    run = page.locator("tr[data-run]").first.get_attribute("data-run")
    taken = painted(page, f"/runs/{run}", "[role=treegrid] [data-bar=run]")
    add(figures, "waterfall", taken, 600, unit="ms", nodes=page.evaluate(_NODES), jobs=JOBS)
    page.context.close()


def painted(page: Page, path: str, selector: str) -> float:
    """Return the milliseconds from asking for a page until that of it is painted, files cached."""
    taken = []
    for _ in range(5):
        page.goto(path)
        page.locator(selector).first.wait_for()
        script = "() => new Promise(done => requestAnimationFrame(() => done(performance.now())))"
        taken.append(page.evaluate(script))
        settle(page)
    return median(taken)


def measure_live(figures: Figures, browser: Browser, base: str, *, seconds: int) -> None:
    """Let fifty events a second come in while the newest runs are on the screen."""
    page = watched(browser, base)
    page.goto("/runs?repo=acme/live")
    settle(page)
    session = page.context.new_cdp_session(page)
    heap = _heap(session)
    page.evaluate("seen.longest = 0; seen.busy = 0")
    pushed = threading.Thread(target=_push, args=(base, seconds * 50))
    pushed.start()
    page.wait_for_timeout(seconds * 1000)
    pushed.join()
    expect(page.locator("tr[data-run]").first).to_be_visible()
    seen = page.evaluate("seen")
    grown = (_heap(session) - heap) / 1e6
    add(figures, "live_longest", seen["longest"], 50, unit="ms", blocked=round(seen["busy"]))
    add(figures, "live_heap", max(grown, 0), 20, unit="MB", seconds=seconds)
    page.context.close()


def _heap(session) -> float:  # noqa: ANN001
    session.send("HeapProfiler.collectGarbage")
    return float(session.send("Runtime.getHeapUsage")["usedSize"])


def _push(base: str, number: int) -> None:
    began = time.monotonic()
    with httpx.Client(base_url=base) as client:
        for index in range(number):
            event = {"id": f"live-{index % 60}", "workflow": "busy", "repo": "acme/live"}
            event |= {"status": ("running", "success", "failure")[index // 60 % 3]}
            client.post("/api/events", json=event | {"branch": "main"}).raise_for_status()
            time.sleep(max(0.0, began + (index + 1) / 50 - time.monotonic()))


def add(
    figures: Figures, name: str, value: float, budget: float, unit: str = "", **more: object
) -> None:
    """Note a figure as a share of its budget."""
    figures.add(
        f"web_{name}", value / budget, measured=f"{value:.3g} {unit}".strip(), budget=budget, **more
    )


def measure_sizes() -> bool:
    """Weigh the built files; say whether all fit."""
    return subprocess.run(["node", "scripts/sizes.js"], cwd=WEB, check=False).returncode == 0


def main() -> None:
    """Measure and save; end with 1 when the files are too heavy."""
    parser = argparse.ArgumentParser(prog="bench.web", description=__doc__)
    parser.add_argument("--seconds", type=int, default=20, help="of live traffic; 60 is the budget")
    parser.add_argument("--only-logs", action="store_true", help="leave the other pages out")
    chosen = parser.parse_args()
    fits = measure_sizes()
    figures = Figures()
    with tempfile.TemporaryDirectory(prefix="pulseboard-bench-") as name:
        folder = Path(name)
        import_runs(folder, make_data(rows=0 if chosen.only_logs else ROWS))
        with running_server(folder) as base, sync_playwright() as playwright:
            expect.set_options(timeout=60_000)
            browser = playwright.chromium.launch(executable_path=find_chromium(), args=OPTIONS)
            if not chosen.only_logs:
                measure_first_page(figures, browser, base)
                measure_answers_to_hands(figures, browser, base)
                measure_large_pages(figures, browser, base)
                measure_live(figures, browser, base, seconds=chosen.seconds)
            measure_logs(figures, browser, base, watched=watched, add=add)
            browser.close()
    print(f"Saved {figures.save()}")
    raise SystemExit(0 if fits else 1)


if __name__ == "__main__":
    main()
