"""A page of a browser that is watched: what was painted when, what moved, what took long."""

from playwright.sync_api import Browser, Page
from tests.browser.conftest import DESK

from bench.figures import Figures

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
watch('event', (one) => { if (one.interactionId) seen.keys.push([one.startTime, one.duration]); },
  {durationThreshold: 16});
"""


def watched(browser: Browser, base: str) -> Page:
    """Return a page of a context of its own, with an empty cache."""
    context = browser.new_context(base_url=base, viewport=DESK, locale="en-US")
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.add_init_script(_WATCH)
    return page


def add(
    figures: Figures, name: str, value: float, budget: float, unit: str = "", **more: object
) -> None:
    """Note a figure as a share of its budget."""
    figures.add(
        f"web_{name}", value / budget, measured=f"{value:.3g} {unit}".strip(), budget=budget, **more
    )
