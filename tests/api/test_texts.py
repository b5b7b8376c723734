"""Text that no database takes: refused in every JSON body, named, and harmless in an address."""

import json
import re

import pytest

from pulseboard.api.texts import refuse_unstorable
from pulseboard.app import describe
from pulseboard.errors import InvalidInput
from tests.api.conftest import ago

UNSTORABLE = ["a\0b", "\ud800", "\udfff.", "\0"]
RULE = {"name": "Red", "kind": "consecutive_failures", "threshold": 3}
BODIES = [
    ("POST", "/api/v1/views", "name", {"path": "/runs"}),
    ("POST", "/api/v1/views", "search", {"name": "Red", "path": "/runs"}),
    ("POST", "/api/v1/walls", "name", {}),
    ("POST", "/api/v1/walls", "repositories.0", {"name": "Lab", "repositories": [""]}),
    ("POST", "/api/v1/alert-rules", "name", RULE),
    ("POST", "/api/v1/alert-rules/preview", "repo", RULE),
    ("POST", "/api/v1/alert-rules/import", "rules.0.name", {"rules": [RULE]}),
    ("POST", "/api/v1/settings/alerts", "rules.1.name", {"rules": [RULE, RULE]}),
    ("PUT", "/api/v1/alert-rules/routing", "routes.0.repo", {"routes": [{}]}),
    ("POST", "/api/v1/alerts/1/ack", "note", {}),
    ("POST", "/api/v1/channels", "name", {"kind": "slack"}),
    ("POST", "/api/alerts/test", "message", {}),
    ("POST", "/api/v1/repos", "full_name", {}),
    ("POST", "/api/v1/poll/run", "repo", {}),
    ("POST", "/api/simulate", "pipelines.0", {"pipelines": [""]}),
]


def put(values, place, text):
    """Return a copy of a JSON value with text at a place such as rules.0.name."""
    name, _, rest = place.partition(".")
    copy = list(values) if isinstance(values, list) else dict(values)
    key = int(name) if isinstance(values, list) else name
    copy[key] = put(values[key], rest, text) if rest else text
    return copy


@pytest.mark.parametrize(("method", "path", "place", "values"), BODIES)
def test_unstorable_text_in_a_body_is_refused_by_the_name_of_its_field(
    shop, method, path, place, values
):
    for text in UNSTORABLE:
        problem = shop.refused(422, method, path, content=json.dumps(put(values, place, text)))

        assert [error["field"] for error in problem["errors"]] == [place]
        assert place in problem["detail"]


def test_no_example_of_the_reference_breaks_with_unstorable_text(shop):
    shop.push(started_at=ago(hours=1), duration_seconds=9)
    for path, methods in describe()["paths"].items():
        for method, operation in methods.items():
            content = operation.get("requestBody", {}).get("content", {})
            example = json.dumps(content.get("application/json", {}).get("example"))
            address = re.sub(r"\{repo\}", "acme/api", re.sub(r"\{\w+\}", "1", path))
            for text in ("\\u0000", "\\ud800"):
                body = re.sub(r'": "[^"]*"', lambda _, t=text: f'": "{t}"', example)
                answer = shop.request(method, address, content=body)
                assert answer.status_code < 500, (method, path, answer.text)


def test_unstorable_text_in_yaml_is_refused_too(shop):
    body = 'rules:\n  - {name: "a\\0b", kind: consecutive_failures}\n'

    problem = shop.refused(
        422, "POST", "/api/v1/alert-rules/import", content=body,
        headers={"Content-Type": "application/yaml"},
    )  # fmt: skip

    assert [error["field"] for error in problem["errors"]] == ["rules.0.name"]


@pytest.mark.parametrize(
    ("body", "places"),
    [(r'"\u0000"', ["body"]), (r'["\u0000", {"a": ["\uD800"]}]', ["0", "1.a.0"]),
     (r'{"a": {"\u0000": 1, "b": "\udc00"}}', ["a", "a.b"])],
)  # fmt: skip
def test_every_place_is_named_once(body, places):
    with pytest.raises(InvalidInput) as caught:
        refuse_unstorable(body.encode())

    assert [error.field for error in caught.value.errors] == places


@pytest.mark.parametrize(
    "body",
    [rb'"\\u0000"', rb'"\ud83d\ude00"', '"\U0001f600"'.encode(), rb'{"a": "\u0000"', b"\xff\\ud800",
     b"[" * 100_000 + rb'"\u0000"'],
)  # fmt: skip
def test_whole_pairs_escaped_backslashes_and_what_is_no_json_pass(body):
    refuse_unstorable(body)


def test_nul_in_the_query_of_the_api_is_refused_by_name(shop):
    problem = shop.refused(422, "GET", "/api/runs?repo=a%00b&branch=main&%00=1")

    assert [error["field"] for error in problem["errors"]] == ["repo", "query"]
    path = shop.refused(422, "GET", "/api/v1/runs/%00")
    assert [error["field"] for error in path["errors"]] == ["path"]


@pytest.mark.parametrize("path", ["/?q=%00", "/?repo=a%00", "/wall?repo=%00&page=%00", "/docs?%00",
                                  "/health?q=%00", "/metrics?q=%00"])  # fmt: skip
def test_nul_in_the_address_of_a_page_changes_nothing(shop, path):
    assert shop.get(path).status_code == 200


def test_badge_with_a_nul_is_unknown(shop):
    shop.push(workflow="build")

    for path in ("acme/api/bui%00ld.svg", "acme/api%00/build.svg", "acme/api/build.svg?metric=%00"):
        answer = shop.get(f"/badge/{path}")
        assert (answer.status_code, "? unknown" in answer.text) == (200, True)
