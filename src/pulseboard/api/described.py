"""What OpenAPI says beside the routes: the words of their parameters, examples of their answers."""

import json
from importlib.resources import files
from typing import Any, Final

# Real answers, shortened, by the name of their schema; a test holds each against its schema.
_EXAMPLES: Final = "examples.json"

_REPOSITORY: Final = "owner/name (also owner%2Fname), or our id."
_NUMBER: Final = "Number of the {}."
_BY_NAME: Final = {
    "actor": "Login of who began the run; may be repeated.",
    "backfill_id": _NUMBER.format("backfill"),
    "branch": "Name of a branch, @default or @any; may be repeated.",
    "code": "What GitHub exchanges for the new App's keys.",
    "delivery_id": _NUMBER.format("delivery"),
    "event": "What began the run, such as push or schedule; may be repeated.",
    "field": "Whose values to count.",
    "format": "json, or yaml.",
    "job": "Part of a job's name; may be repeated.",
    "letter_id": "Number of what was given up.",
    "limit": "How many to answer with at most.",
    "min_attempt": "Only runs that were run at least so many times.",
    "minutes": "Length of the window, which ends now.",
    "offset": "How many of the newest to leave out.",
    "poll_id": _NUMBER.format("poll"),
    "repo": _REPOSITORY,
    "state": "What this server gave GitHub along, to know the answer by.",
    "step": "Part of a step's name; may be repeated.",
    "wall_id": _NUMBER.format("wall"),
    "workflow": "Name or file of a workflow; may be repeated.",
}


def describe_parameters(found: dict[str, Any]) -> None:
    """Give the parameters of an OpenAPI description their words, where the route has none."""
    for methods in found["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                words = _BY_NAME.get(parameter["name"])
                if words is not None:
                    parameter.setdefault("description", words)


def give_examples(found: dict[str, Any]) -> None:
    """Give the schemas of an OpenAPI description the examples that lie beside this module."""
    schemas = found["components"]["schemas"]
    text = files(__package__).joinpath(_EXAMPLES).read_text(encoding="utf-8")
    for name, example in json.loads(text).items():
        schemas[name]["example"] = example
    for schema in schemas.values():
        if "example" in schema:
            schema["example"] = _with_nulls(schema["example"], schema, schemas)


def _with_nulls(example: object, schema: dict[str, Any], schemas: dict[str, Any]) -> object:
    """Put back the nulls of an example: FastAPI leaves them out of a whole description."""
    schema = schemas[schema["$ref"].rsplit("/", 1)[1]] if "$ref" in schema else schema
    if isinstance(example, list):
        return [_with_nulls(item, schema.get("items", {}), schemas) for item in example]
    if not isinstance(example, dict):
        return example
    properties = schema.get("properties", {})
    missing = [name for name in schema.get("required", ()) if name not in example]
    given = {
        name: _with_nulls(value, properties.get(name, {}), schemas)
        for name, value in example.items()
    }
    return given | {name: None for name in missing if _may_be_null(properties[name])}


def _may_be_null(schema: dict[str, Any]) -> bool:
    return {"type": "null"} in schema.get("anyOf", ())
