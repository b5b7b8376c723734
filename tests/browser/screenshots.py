"""`make screenshots`: pictures of the pages on the golden data, into docs/images."""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.conftest import DESK, PHONE, import_runs, running_server, settle
from tests.browser.golden import make_golden

IMAGES = Path(__file__).parents[2] / "docs" / "images"
TV = {"width": 1920, "height": 1080}


class Shot(NamedTuple):
    """One picture: its file, its address, and how it is looked at."""

    name: str
    path: str
    theme: str = "light"
    view: dict[str, int] = DESK
    empty: bool = False
    # The part of the API that answers with an error.
    broken: str | None = None


SHOTS = (
    Shot("overview", "/"),
    Shot("overview-dark", "/", theme="dark"),
    Shot("overview-phone", "/", view=PHONE),
    Shot("overview-phone-dark", "/", theme="dark", view=PHONE),
    Shot("overview-empty", "/", empty=True),
    Shot("overview-error", "/", broken="**/api/v1/series/**"),
    Shot("runs", "/runs?branch=@any"),
    Shot("runs-dark", "/runs?branch=@any", theme="dark"),
    Shot("runs-phone", "/runs?branch=@any", view=PHONE),
    Shot("panel", "/?peek={run}"),
    Shot("run", "/runs/{run}"),
    Shot("run-dark", "/runs/{run}", theme="dark"),
    Shot("grid", "/grid"),
    Shot("grid-dark", "/grid", theme="dark"),
    Shot("grid-phone", "/grid", view=PHONE),
    Shot("workflow", "/w/acme/api/CI"),
    Shot("welcome", "/welcome", empty=True),
    Shot("alerts", "/alerts"),
    Shot("settings", "/settings/system"),
    Shot("wall", "/wall", view=TV),
)


def take(browser: Browser, shot: Shot, *, base: str, folder: Path) -> None:
    """Take one picture."""
    context = browser.new_context(
        base_url=base,
        viewport=shot.view,
        locale="en-US",
        timezone_id="Europe/Berlin",
        color_scheme=shot.theme,
        reduced_motion="reduce",
        is_mobile=shot.view is PHONE,
    )
    page = context.new_page()
    if shot.broken is not None:
        answer = (
            '{"title": "Unavailable", "detail": "The database does not answer.", "status": 400}'
        )
        page.route(shot.broken, lambda route: route.fulfill(status=400, body=answer))
    # The id of a run with jobs is only known to the server.
    found = context.request.get("/api/v1/runs?q=protobuf").json()["items"]
    page.goto(shot.path.format(run=found[0]["id"] if found else 0))
    page.locator("h1").wait_for()
    settle(page)
    page.screenshot(path=folder / f"{shot.name}.png")
    context.close()


def main() -> None:
    """Take the pictures that are named on the command line, else all."""
    wanted = [shot for shot in SHOTS if shot.name in sys.argv[1:]] or SHOTS
    IMAGES.mkdir(exist_ok=True)
    expect.set_options(timeout=30_000)
    with tempfile.TemporaryDirectory(prefix="pulseboard-shots-") as name:
        full, empty = Path(name) / "full", Path(name) / "empty"
        full.mkdir()
        empty.mkdir()
        import_runs(full, make_golden())
        with (
            running_server(full) as base,
            running_server(empty) as bare,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            for shot in wanted:
                take(browser, shot, base=bare if shot.empty else base, folder=IMAGES)
            browser.close()


if __name__ == "__main__":
    main()
