"""`make bench-web`: what the dashboard costs in a real browser, each figure against its budget."""

import argparse
import gzip
import re
import subprocess
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.browser.chromium import find_chromium
from tests.browser.conftest import import_runs, running_server, settle
from tests.browser.golden import Golden, make_golden

from bench.figures import Figures
from bench.watched import add, watched
from bench.web_live import measure_live
from bench.web_log import measure_logs

WEB = Path(__file__).parents[1] / "web"
LOADS, KEYS, ROWS, JOBS = 9, 20, 10_000, 500
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage", "--enable-precise-memory-info"]
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
# A change that can be seen, for a few frames.
_BLINK = """() => new Promise((done) => {
  let left = 4;
  const step = () => {
    document.body.style.outline = left % 2 ? '1px solid' : '';
    if (left-- === 0) done(); else requestAnimationFrame(step);
  };
  step();
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
    """Walk ten thousand rows by key, open a panel, sort, set a filter, draw a stretch, scroll."""
    page = watched(browser, base)
    page.goto("/runs?branch=@any&range=30d")
    settle(page)
    slowest = {}
    for name, act in _ACTIONS.items():
        began = page.evaluate("performance.now()")
        act(page)
        # A frame in which nothing changes is never shown, and whatever waits for it is reported
        # with the next one that is.
        page.evaluate(_BLINK)
        settle(page)
        page.wait_for_timeout(200)
        reported = page.evaluate("seen.keys.splice(0)")
        slowest[name] = sorted(length for at, length in reported if at >= began) or [0]
    every = sorted(one for some in slowest.values() for one in some)
    add(figures, "answer_p75", every[int(len(every) * 0.75)], 100, unit="ms", counted=len(every))
    worst = {name: some[-1] for name, some in slowest.items()}
    add(figures, "answer_longest", every[-1], 200, unit="ms", **worst)
    page.goto("/runs?branch=@any&range=30d")
    settle(page)
    add(figures, "scroll_p95", page.evaluate(_SCROLL), 60, unit="ms")
    settle(page)
    add(figures, "rows_nodes", page.evaluate(_NODES), 1500)
    page.context.close()


def _walk(page: Page) -> None:
    for _ in range(KEYS):
        page.keyboard.press("j")


def _open_panel(page: Page) -> None:
    page.keyboard.press("Enter")
    page.get_by_role("complementary").filter(has=page.locator("h2")).first.wait_for()


def _sort(page: Page) -> None:
    page.get_by_role("button", name="Duration").click()


def _filter(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Repository")).click()
    page.get_by_role("option").filter(has_text="acme/part-1").click()
    page.keyboard.press("Escape")


def _range(page: Page) -> None:
    page.keyboard.press("t")
    page.keyboard.press("2")


def _search(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").first.fill("Check 7")
    page.keyboard.press("Escape")


def _drag(page: Page) -> None:
    page.get_by_role("link", name="Overview").first.click()
    settle(page)
    bars = page.get_by_role("group", name=re.compile("^Outcomes by time"))
    bars.scroll_into_view_if_needed()
    box = bars.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] / 2, steps=6)
    page.mouse.up()


_ACTIONS: dict[str, Callable[[Page], None]] = {
    "walk": _walk,
    "panel": _open_panel,
    "close": lambda page: page.keyboard.press("Escape"),
    "sort": _sort,
    "filter": _filter,
    "range": _range,
    "search": _search,
    "drag": _drag,
}


def measure_large_pages(figures: Figures, browser: Browser, base: str) -> None:
    """Open the grid of all workflows, and a run of five hundred jobs."""
    page = watched(browser, base)
    page.goto("/runs?q=Matrix&repo=acme/huge")
    settle(page)
    taken = painted(page, "/grid", "[role=grid], table")
    add(figures, "grid", taken, 450, unit="ms", nodes=page.evaluate(_NODES))
    add(figures, "grid_key", _key_to_paint(page, "ArrowLeft"), 25, unit="ms")
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


def _key_to_paint(page: Page, key: str) -> float:
    """Return the median milliseconds of the page's own work from a key until the next frame."""
    page.locator("[role=grid] button[tabindex='0']").last.focus()
    taken = page.evaluate(
        """async (key) => {
          const taken = [];
          for (let left = 15; left > 0; left--) {
            const began = performance.now();
            const press = new KeyboardEvent('keydown', {key, bubbles: true, cancelable: true});
            document.activeElement.dispatchEvent(press);
            await new Promise((done) => requestAnimationFrame(() => {
              document.body.offsetHeight; done(); }));
            taken.push(performance.now() - began);
          }
          return taken;
        }""",
        key,
    )
    return median(taken)


def measure_slow_machine(figures: Figures, browser: Browser, base: str) -> None:
    """Load the overview cold on a processor four times as slow, over a fast mobile line."""
    taken = []
    for _ in range(3):
        page = watched(browser, base)
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        line = {"latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 90_000}
        session.send("Network.emulateNetworkConditions", {"offline": False, **line})
        page.goto("/")
        settle(page)
        taken.append(page.evaluate("seen.lcp"))
        page.context.close()
    add(figures, "lcp_slow", median(taken), 2500, unit="ms")


def measure_wall(figures: Figures, base: str) -> None:
    """Ask for the wall as a TV does."""
    taken = []
    with httpx.Client(base_url=base) as client:
        for _ in range(20):
            began = time.perf_counter()
            body = client.get("/wall").content
            taken.append((time.perf_counter() - began) * 1000)
    add(figures, "wall_answer", sorted(taken)[18], 150, unit="ms")
    add(figures, "wall_size", len(gzip.compress(body, 9)) / 1024, 30, unit="KB")


def _names(figures: Figures, fits: bool) -> str:
    return ", ".join([*figures.missed, *([] if fits else ["the size of the files"])])


def measure_sizes() -> bool:
    """Weigh the built files; say whether all fit."""
    return subprocess.run(["node", "scripts/sizes.js"], cwd=WEB, check=False).returncode == 0


def main() -> None:
    """Measure and save; end with 1 when a budget is missed, and say which."""
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
                measure_slow_machine(figures, browser, base)
                measure_wall(figures, base)
                measure_live(figures, browser, base, seconds=chosen.seconds)
            measure_logs(figures, browser, base, watched=watched, add=add)
            browser.close()
    print(f"Saved {figures.save()}")
    raise SystemExit(0 if fits and not figures.missed else f"Over budget: {_names(figures, fits)}")


if __name__ == "__main__":
    main()
