"""GitHub's own description of its API, as far as it says what a good answer looks like."""

import json
from functools import cache
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

_FOLDER = Path(__file__).parent.parent / "npm/node_modules/@octokit/openapi/generated"


@cache
def _description(name):
    path = _FOLDER / f"{name}.json"
    if not path.exists():
        pytest.skip("the npm package @octokit/openapi is not installed in tests/npm")
    return json.loads(path.read_text(encoding="utf-8"))


def complaints(path, data, *, method="get", status=200, edition="api.github.com"):
    """Return in words where an answer does not fit what GitHub says of it."""
    schema = _schema_of(path, method, status, edition)
    errors = Draft202012Validator(schema).iter_errors(data)
    return [f"{error.json_path}: {error.message[:200]}" for error in errors]


@cache
def _schema_of(path, method, status, edition):
    document = _description(edition)
    answer = document["paths"][path][method]["responses"][str(status)]
    if "$ref" in answer:
        answer = _find(document, answer["$ref"])
    content = answer.get("content", {})
    if "application/json" not in content:
        return {}
    definitions = {}
    schema = _converted(content["application/json"]["schema"], document, definitions)
    return {**schema, "$defs": definitions}


def _find(document, reference):
    found = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def _converted(schema, document, definitions):
    """Return a schema of OpenAPI 3.0 as JSON Schema: there null is a type like any other."""
    if isinstance(schema, list):
        return [_converted(part, document, definitions) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = _converted(_find(document, schema["$ref"]), document, definitions)
        return {"$ref": f"#/$defs/{name}"}
    plain = {key: _converted(value, document, definitions) for key, value in schema.items()
             if key not in ("nullable", "example", "examples", "format")}  # fmt: skip
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain
