"""Looks at a page as axe does, and whether it fits the width of the screen."""

from pathlib import Path

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What fades in has too little contrast while it does; what turns for ever is not waited for.
_STILL = """Promise.allSettled(
  document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().endTime !== Infinity)
    .map((one) => one.finished),
)"""


def look(page, what):
    """Check that a page breaks no rule and does not reach over the side; `what` names it."""
    page.evaluate(_STILL)
    # The page lets no foreign script in; the debugger's own door is open.
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)["violations"]
    assert [(one["id"], one["nodes"][0]["html"][:300]) for one in found] == [], what
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"], what
