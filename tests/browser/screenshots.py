"""`make screenshots`: pictures of the pages on the golden data, into docs/images."""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.conftest import DESK, PHONE, import_runs, running_server, settle
from tests.browser.golden import make_golden
from tests.browser.log_page import ask, put

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
    Shot("log", "/runs/{run}/jobs/{job}"),
    Shot("log-dark", "/runs/{run}/jobs/{job}", theme="dark"),
    Shot("log-phone", "/runs/{run}/jobs/{job}", view=PHONE),
    Shot("search", "/search?q=protobuf"),
    Shot("grid", "/grid"),
    Shot("grid-dark", "/grid", theme="dark"),
    Shot("grid-phone", "/grid", view=PHONE),
    Shot("workflow", "/w/acme/api/CI"),
    Shot("welcome", "/welcome", empty=True),
    Shot("alerts", "/alerts"),
    Shot("settings", "/settings/system"),
    Shot("wall", "/wall", view=TV),
)


def find_failed(base: str) -> tuple[int, int]:
    """Return the ids of a failed run and its failed job; of none on an empty server."""
    runs = ask(base, "GET", "/api/v1/runs?q=protobuf&repo=acme/api")["items"]
    if not runs:
        return 0, 0
    jobs = ask(base, "GET", f"/api/v1/runs/{runs[0]['id']}")["jobs"]
    return runs[0]["id"], next(job["id"] for job in jobs if job["status"] == "failure")


def make_log() -> str:
    """Return the log of a job whose tests do not even begin."""
    head = ["Current runner version: '2.330.0'", "##[group]Operating System", "Ubuntu", "24.04.3",
            "LTS", "##[endgroup]", "##[group]Run actions/checkout@v6", "with:", "  fetch-depth: 1",
            "##[endgroup]", "Syncing repository: acme/api", "##[group]Run make setup",
            "\x1b[36;1mmake setup\x1b[0m", "##[endgroup]"]  # fmt: skip
    packages = ("grpcio 1.78", "httpx 0.29", "protobuf 5.1", "pydantic 2.13", "pytest 9.1")
    fetched = [f"Downloading {name} ({number + 1}.3 MB)" for number, name in enumerate(packages)]
    tests = ["##[group]Run make test", "\x1b[36;1mmake test\x1b[0m", "##[endgroup]",
             "\x1b[1m============ test session starts ============\x1b[0m",
             "platform linux -- Python 3.12.12, pytest-9.1.0", "collected 412 items / 1 error", "",
             "\x1b[31m\x1b[1m____ ERROR collecting tests/test_messages.py ____\x1b[0m",
             "tests/test_messages.py:4: in <module>", "    from acme.messages import Envelope",
             "src/acme/messages.py:9: in <module>", "    from google.protobuf.internal import builder",
             "\x1b[31mE   ImportError: cannot import name 'builder' from 'google.protobuf'\x1b[0m",
             "\x1b[31mERROR\x1b[0m tests/test_messages.py - ImportError: cannot import name",
             "\x1b[31m============== \x1b[1m1 error\x1b[0m\x1b[31m in 2.31s ==============\x1b[0m",
             "##[error]Process completed with exit code 2.", "Post job cleanup.",
             "Cleaning up orphan processes"]  # fmt: skip
    rows = [*head, *fetched, *tests]
    return "".join(f"2026-01-01T12:00:{at:02}.0000000Z {row}\n" for at, row in enumerate(rows))


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
    # The ids of a run with jobs are only known to the server.
    run, job = find_failed(base)
    page.goto(shot.path.format(run=run, job=job))
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
            put(base, find_failed(base)[1], make_log())
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            for shot in wanted:
                take(browser, shot, base=bare if shot.empty else base, folder=IMAGES)
            browser.close()


if __name__ == "__main__":
    main()
