"""A real server on the golden data, and Chromium in front of it."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from urllib.error import URLError

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.chromium import find_chromium
from tests.browser.golden import Golden, make_golden
from tests.browser.log_page import ask, put
from tests.chaos.servers import free_port

CHROMIUM = find_chromium()
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
_START_SECONDS = 240.0
# A machine with six other things to do is slow, not broken; who waits for a state does not mind.
_PATIENCE_MS = 60_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what cannot be tried here, and say why; try once more what failed in the browser."""
    reason = None
    if CHROMIUM is None:
        reason = "there is no Chromium: make setup-tests finds or fetches one"
    elif not (files("pulseboard.screen") / "built" / "index.html").is_file():
        reason = "the dashboard is not built: make setup builds it"
    for item in items:
        if "tests/browser" not in str(item.path):
            continue
        if reason is not None:
            item.add_marker(pytest.mark.skip(reason=reason))
        # A browser on a busy machine is the one part whose time nobody holds in his hand. What
        # passed at the second try is listed at the end, for it is a fault still to be found.
        item.add_marker(pytest.mark.flaky(reruns=1))


@contextmanager
def running_server(
    folder: Path, *options: str, port: int | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[str]:
    """Run `pulseboard serve` on a port until the block ends; yields its address."""
    port = port or free_port()
    command = [sys.executable, "-m", "pulseboard", "serve", "--port", str(port)]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PULSEBOARD")}
    kept |= settings or {}
    log = (folder / "serve.log").open("wb")
    process = subprocess.Popen(
        [*command, "--data", str(folder), *options], stdout=log, stderr=log, env=kept, cwd=folder
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(f"{address}/health", process)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server stopped while starting"
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    pytest.fail("the server did not start in time")


def import_runs(folder: Path, golden: Golden) -> None:
    """Put runs and jobs into a data folder with the command a person would use."""
    written = golden.write(folder / "runs.jsonl")
    subprocess.run(
        [sys.executable, "-m", "pulseboard", "import", str(written), "--data", str(folder)],
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with the golden data; tests only read from it."""
    folder = tmp_path_factory.mktemp("golden")
    import_runs(folder, make_golden())
    with running_server(folder) as address:
        yield address


@pytest.fixture
def empty_server(tmp_path: Path) -> Iterator[str]:
    """The address of a server that knows nothing yet."""
    with running_server(tmp_path) as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests; each test opens a context of its own."""
    expect.set_options(timeout=_PATIENCE_MS)
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-dev-shm-usage"]
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        yield opened
        opened.close()


class Watched:
    """A page with what went wrong on it: errors of the console, requests to other places."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self.errors: list[str] = []
        self.foreign: list[str] = []
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda asked: self._look(asked.url, origin))

    def _look(self, url: str, origin: str) -> None:
        own = (origin, origin.replace("http", "ws", 1), "data:", "blob:")
        if not url.startswith(own):
            self.foreign.append(url)


def settle(page: Page) -> None:
    """Wait until nothing is on its way any more."""
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-skeleton]")).to_have_count(0)


@pytest.fixture(scope="session")
def log_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that tests push runs with logs to."""
    with running_server(tmp_path_factory.mktemp("logs")) as address:
        yield address


@pytest.fixture
def keep_log(log_server: str) -> Callable[..., tuple[str, int]]:
    """Push a run with a log; returns the path of its job's page, and the job's id."""

    def keep(
        name: str, log: str | bytes, status: str = "failure", **more: object
    ) -> tuple[str, int]:
        event = {"id": name, "workflow": name, "status": status, "repo": "acme/api"}
        event |= {"branch": "main", "log": "x", **more}
        run = ask(log_server, "POST", "/api/events", json.dumps(event).encode())
        (job,) = ask(log_server, "GET", f"/api/v1/runs/{run['id']}")["jobs"]
        put(log_server, job["id"], log)
        return f"/runs/{run['id']}/jobs/{job['id']}", job["id"]

    return keep


Opener = Callable[..., Page]


@pytest.fixture
def open_page(server: str, browser: Browser) -> Iterator[Opener]:
    """Open a path of the golden server; at the end nothing may have gone wrong on the page."""
    contexts: list[BrowserContext] = []
    watched: list[tuple[Watched, bool]] = []

    def open_(
        path: str = "/",
        *,
        base: str = server,
        theme: str = "light",
        phone: bool = False,
        prepare: Callable[[Page], None] | None = None,
        may_fail: bool = False,
    ) -> Page:
        context = browser.new_context(
            base_url=base,
            viewport=PHONE if phone else DESK,
            locale="en-US",
            timezone_id="Europe/Berlin",
            color_scheme=theme,
            is_mobile=phone,
            has_touch=phone,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(_PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        watched.append((Watched(page, base), may_fail))
        if prepare is not None:
            prepare(page)
        page.goto(path)
        page.locator("h1").wait_for()
        settle(page)
        return page

    yield open_
    for context in contexts:
        context.close()
    for one, may_fail in watched:
        assert one.foreign == []
        if not may_fail:
            assert one.errors == []
