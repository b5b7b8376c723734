"""Finds a Chromium: the one that is named, the machine's own, or the one fetched for the tests."""

import os
import shutil
from pathlib import Path
from typing import Final

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    str(Path(__file__).parent / "npm" / "node_modules" / ".unpacked" / "chromium"),
)


def find_chromium() -> str | None:
    """Return the path of a Chromium; CHROMIUM names one that comes before all others."""
    named = os.environ.get("CHROMIUM")
    found = (named, *(shutil.which(name) for name in _NAMES), *_PLACES)
    return next((path for path in found if path and os.access(path, os.X_OK)), None)


if __name__ == "__main__":
    raise SystemExit(0 if find_chromium() else 1)
