"""What fifty events a second cost an open page, and how soon one of them is seen."""

import threading
import time

import httpx
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import settle

from bench.figures import Figures
from bench.watched import add, watched

# What moves while the page is used is counted by the frame: one longer than two at 60 a second is
# one that was dropped.
_FRAMES = """
seen.frames = 0; seen.late = 0;
let last = performance.now();
const beat = (now) => {
  seen.frames += 1; seen.late += Math.max(0, Math.round((now - last) / 16.7) - 2); last = now;
  requestAnimationFrame(beat);
};
requestAnimationFrame(beat);
"""


def measure_live(figures: Figures, browser: Browser, base: str, *, seconds: int) -> None:
    """Let fifty events a second come in while the newest runs are on the screen."""
    page = watched(browser, base)
    page.goto("/runs?repo=acme/live")
    settle(page)
    session = page.context.new_cdp_session(page)
    heap = _heap(session)
    page.evaluate("seen.longest = 0; seen.busy = 0;" + _FRAMES)
    pushed = threading.Thread(target=_push, args=(base, seconds * 50))
    pushed.start()
    page.wait_for_timeout(seconds * 1000)
    pushed.join()
    expect(page.locator("tr[data-run]").first).to_be_visible()
    seen = page.evaluate("seen")
    grown = (_heap(session) - heap) / 1e6
    add(figures, "live_longest", seen["longest"], 50, unit="ms", blocked=round(seen["busy"]))
    add(figures, "live_heap", max(grown, 0), 20, unit="MB", seconds=seconds)
    share = seen["late"] / max(1, seen["frames"] + seen["late"])
    add(figures, "live_dropped", share, 0.05, frames=seen["frames"])
    add(figures, "live_seen", _event_to_pixel(page, base), 1000, unit="ms")
    page.context.close()


def _event_to_pixel(page: Page, base: str) -> float:
    """Return the p95 of the milliseconds from pushing an event until its row says so."""
    taken = []
    with httpx.Client(base_url=base) as client:
        for index in range(20):
            status = ("running", "success", "failure")[index % 3]
            word = ("Running", "Success", "Failed")[index % 3]
            event = {"id": f"seen-{index // 3}", "workflow": f"seen {index // 3}"}
            event |= {"repo": "acme/live", "status": status, "branch": "main"}
            began = time.perf_counter()
            client.post("/api/events", json=event).raise_for_status()
            row = page.locator("tr[data-run]", has_text=f"seen {index // 3}")
            row.filter(has_text=word).first.wait_for()
            taken.append((time.perf_counter() - began) * 1000)
    return sorted(taken)[18]


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
