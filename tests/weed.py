"""A real S3 of the tests' own: SeaweedFS, where its program is at hand."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulseboard.config import load_settings
from pulseboard.logs.store import StoreUnavailable, open_store
from tests.chaos.servers import free_port

WEED = shutil.which("weed")
# SeaweedFS adds 10,000 to a port for its own calls.
_HIGHEST = 50_000
_START_SECONDS = 60


@contextmanager
def running_weed(folder: Path) -> Iterator[dict[str, str]]:
    """Run SeaweedFS in a folder; yield the settings of its bucket."""
    keys = {"accessKey": "AK", "secretKey": "SK"}
    identity = {"name": "tests", "credentials": [keys], "actions": ["Admin"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    port = _port()
    command = [str(WEED), "server", f"-dir={folder}", "-s3", f"-s3.port={port}",
               f"-s3.config={folder / 's3.json'}", f"-master.port={_port()}", "-ip=127.0.0.1",
               f"-volume.port={_port()}", f"-filer.port={_port()}"]  # fmt: skip
    settings = {"log_store": "s3://logs/ci", "s3_endpoint": f"http://127.0.0.1:{port}",
                "s3_access_key_id": "AK", "s3_secret_access_key": "SK"}  # fmt: skip
    with (folder / "weed.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(port, settings)
            yield settings
        finally:
            process.terminate()
            process.wait()


def _port() -> int:
    while (port := free_port()) > _HIGHEST:
        pass
    return port


def _wait_for(port: int, settings: dict[str, str]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            open_store(load_settings(**settings)).put("ready", b"x")
        except (OSError, StoreUnavailable):
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("SeaweedFS did not start")
