"""The wheel on its own: what is installed serves the page."""

import os
import subprocess
import sys
import urllib.request
import zipfile
from importlib.resources import files

import pytest

from tests.chaos.servers import free_port
from tests.deploy.files import ROOT
from tests.deploy.serving import wait_until_it_answers


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder that pip would install the wheel to; what it depends on is here already."""
    if not (files("pulseboard.screen") / "built" / "index.html").is_file():
        pytest.skip("the dashboard is not built: make setup builds it")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_wheel_carries_what_is_not_python(installed):
    package = installed / "pulseboard"
    for part in (
        "screen/built/index.html",
        "screen/built/.vite/manifest.json",
        "wall/templates/tv.html",
        "collect/dictionaries",
        "db/migrations/versions/0001_first_schema.py",
    ):
        assert (package / part).exists(), part
    assert list((package / "screen/built/assets").glob("*.js.br"))
    assert not (installed / "tests").exists()


def test_what_is_installed_serves_the_page(installed, tmp_path):
    port = free_port()
    program = (
        "import pulseboard, sys; print(pulseboard.__file__); from pulseboard.cli import app; app()"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", program, "serve", "--port", str(port), "--data", "data"],
            cwd=tmp_path,
            env=environment,
            stdout=log,
            stderr=log,
        )
        try:
            address = f"http://127.0.0.1:{port}"
            wait_until_it_answers(f"{address}/health/live", process)
            with urllib.request.urlopen(address, timeout=10) as page:
                assert b'<div id="root">' in page.read()
        finally:
            process.terminate()
            process.wait(timeout=20)
        log.seek(0)
        assert log.readline().startswith(str(installed))
