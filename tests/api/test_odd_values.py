"""Whatever stands in an address: an answer or a problem, never a breakdown."""

import re
from itertools import cycle
from urllib.parse import quote

import pytest

from pulseboard.app import describe
from tests.api.conftest import ago

ODD = [
    "0", "-1", "1e9", "9" * 25, "9" * 4500, "\0", "\U0001f600", "\u202e", "a" * 10_000, "null",
    "2026-02-30", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00+99:99",
    "@default", "../../etc/passwd", "' OR 1=1 --", "%", "_", "\\", "a,b", " ", "\n", "NaN", "inf",
    "{}", "-duration", "failure", "99999999999h",
]  # fmt: skip
ROUTES = [
    (path, [p["name"] for p in methods["get"].get("parameters", ()) if p["in"] == "query"])
    for path, methods in describe()["paths"].items()
    if "get" in methods
]


def check(answer):
    assert answer.status_code < 500, (answer.status_code, answer.url)
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


@pytest.fixture
def stocked(shop):
    """A shop with a little of everything."""
    shop.deliver(id=1)
    shop.deliver_job(run_id=1)
    shop.push(started_at=ago(hours=2), duration_seconds=9)
    shop.simulate(count=1)
    return shop


def test_odd_value_of_any_parameter_is_answered(stocked):
    for path, names in ROUTES:
        address = re.sub(r"\{repo\}", "acme/api", re.sub(r"\{\w+_id\}", "1", path))
        for name in names:
            for value in ODD:
                check(stocked.get(f"{address}?{name}={quote(value)}"))


def test_odd_name_in_any_path_is_answered(stocked):
    for path in {path for path, _ in ROUTES if "{" in path}:
        for value in ODD:
            check(stocked.get(re.sub(r"\{\w+\}", lambda _, v=value: quote(v, safe=""), path)))


def test_odd_values_of_many_parameters_at_once_are_answered(stocked):
    values = cycle(ODD)
    for path, names in ROUTES:
        address = re.sub(r"\{\w+\}", "1", path)
        query = "&".join(f"{name}={quote(next(values))}" for name in names)
        check(stocked.get(f"{address}?{query}"))
        check(stocked.get(f"{address}?{query}&%ff=%ff&&=&{query}"))
