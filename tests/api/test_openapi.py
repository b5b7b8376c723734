"""The API describes itself, and the docs name all of it."""

import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from pulseboard.app import describe

DOCS = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
FOUND = describe()
SCHEMAS = FOUND["components"]["schemas"]
OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in FOUND["paths"].items()
    for method, operation in methods.items()
]
TEXT = {"/metrics", "/api/logs/{run_id}", "/api/v1/jobs/{job_id}/logs",
        "/api/v1/jobs/{job_id}/log", "/api/v1/jobs/{job_id}/log/download",
        "/api/v1/deliveries/{delivery_id}/raw", "/api/v1/github/app/new"}  # fmt: skip


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_every_parameter_says_what_it_means(method, path, operation):
    for parameter in operation.get("parameters", ()):
        assert parameter.get("description", "").endswith("."), (method, path, parameter["name"])


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_every_route_is_described_with_its_answer_and_its_refusals(method, path, operation):
    assert operation["description"].strip().endswith(".")
    assert operation["tags"]
    answers = operation["responses"]
    good = [
        answer for status, answer in answers.items() if status.startswith("2") and status != "204"
    ]
    if path not in TEXT and not path.endswith(".csv"):
        schemas = [answer["content"]["application/json"]["schema"] for answer in good]
        assert all(schemas)
    refusals = [answer for status, answer in answers.items() if status in ("400", "404", "422")]
    assert refusals
    for answer in refusals:
        assert list(answer["content"]) == ["application/problem+json"]
    if (
        method == "POST"
        and "webhook" not in path
        and not path.endswith(("/fetch", "/demo", "/retry"))
    ):
        (body,) = operation["requestBody"]["content"].values()
        assert body["schema"]["properties"]
        assert body["example"]


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/api/simulate", {"400", "403", "413"}), ("/api/alerts/test", {"400", "404", "409"}),
        ("/api/v1/channels/{channel_id}/test", {"400", "404", "409"}),
        ("/api/v1/alerts/{alert_id}/ack", {"400", "404", "409"}),
        ("/api/v1/alerts/{alert_id}/mute", {"400", "404", "409"}),
        ("/api/v1/alerts/{alert_id}/resolve", {"400", "404", "409"}),
        ("/api/v1/poll/run", {"400", "404"}),
    ],
)  # fmt: skip
def test_route_with_a_body_that_may_be_left_out_names_its_refusals(path, statuses):
    assert statuses <= set(FOUND["paths"][path]["post"]["responses"])


def test_every_answer_has_an_example_somewhere():
    without = [
        (method, path)
        for method, path, operation in OPERATIONS
        for answer in operation["responses"].values()
        for body in answer.get("content", {}).values()
        if "schema" in body and "example" not in body and not has_example(body["schema"])
    ]

    assert without == []


def has_example(schema, *, depth=2):
    """Whether a schema, or what it mainly consists of, shows what it looks like."""
    if "$ref" in schema:
        schema = SCHEMAS[schema["$ref"].rpartition("/")[2]]
    if "example" in schema or schema.get("type") == "string":
        return True
    if "anyOf" in schema:
        return all(has_example(part, depth=depth) for part in schema["anyOf"])
    inner = [schema.get("items", {}), *schema.get("properties", {}).values()]
    return depth > 0 and any(
        has_example(part, depth=depth - 1) for part in inner if "items" in part or "$ref" in part
    )


@pytest.mark.parametrize("name", [name for name, schema in SCHEMAS.items() if "example" in schema])
def test_every_example_is_what_its_schema_says(name):
    schema = {**SCHEMAS[name], "components": FOUND["components"]}

    Draft202012Validator(schema).validate(SCHEMAS[name]["example"])


def test_every_reference_leads_to_a_schema():
    names = set(re.findall(r"#/components/schemas/(\w+)", str(FOUND)))

    assert names <= set(FOUND["components"]["schemas"])
    assert "Problem" in names


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _ in OPERATIONS])
def test_docs_name_every_route(method, path):
    short = path.removeprefix("/api/v1") if path.startswith("/api/v1/") else path

    assert re.search(rf"`{method} {re.escape(short)}[`?]", DOCS), f"{method} {short}"


def test_docs_name_no_route_that_is_not_there():
    named = re.findall(r"^\| `(GET|POST|PUT|PATCH|DELETE|WS) ([^`?]+)", DOCS, re.MULTILINE)
    known = {(method, path) for method, path, _ in OPERATIONS}
    known |= {("WS", "/ws/metrics"), ("WS", "/live")}

    assert named
    for method, path in named:
        assert {(method, path), (method, f"/api/v1{path}")} & known, (method, path)
