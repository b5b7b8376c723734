"""The page of a log as a test sees it, and how its log gets there."""

import json
import re
import urllib.request


def ask(address, method, path, body=None):
    """Ask a server; returns its answer."""
    request = urllib.request.Request(address + path, data=body, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def put(address, job_id, log):
    """Send the log of a job."""
    body = log if isinstance(log, bytes) else log.encode()
    ask(address, "PUT", f"/api/v1/jobs/{job_id}/log", body)


def line(page, number):
    """Return the row of a line."""
    return page.locator(f'[data-line="{number}"]')


def footer(page):
    """Return what stands below a log that is loaded."""
    return page.locator("[data-foot]").get_by_text(
        re.compile("^(Following, )?[\\d\u202f]+ lines?$")
    )
