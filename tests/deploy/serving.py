"""Programs that take a moment until they answer."""

import subprocess
import time
import urllib.error
import urllib.request

_PATIENCE_SECONDS = 60.0


def wait_until_it_answers(address: str, process: subprocess.Popen) -> None:
    """Return once an address answers with anything but a gateway's error."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, f"the program stopped with {process.returncode}"
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.05)
    raise AssertionError(f"{address} did not answer in time")
