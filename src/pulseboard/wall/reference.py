"""`/docs`: the HTTP API as a page, made of its OpenAPI description with nothing from outside."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from msgspec import Struct

from pulseboard.wall.views import render

router = APIRouter(include_in_schema=False)
_NAMES: Final = {
    "health": "Health",
    "configuration": "Configuration",
    "runs": "Runs",
    "ingest": "Ingest",
    "metrics": "Metrics",
}


class Parameter(Struct, frozen=True):
    """One parameter of a route."""

    name: str
    place: str
    kind: str
    described: str


class Operation(Struct, frozen=True):
    """One method of one path."""

    method: str
    path: str
    anchor: str
    described: list[str]
    parameters: list[Parameter]
    answers: list[tuple[str, str]]


@router.get("/docs", response_class=HTMLResponse)
def show_reference(request: Request) -> HTMLResponse:
    """Show every route with its parameters and answers."""
    groups: dict[str, list[Operation]] = {}
    for path, methods in request.app.openapi()["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            title = _NAMES.get(tag, tag.capitalize())
            groups.setdefault(title, []).append(_operation(method, path, operation))
    return render("reference.html", request.app.state.settings, {"demo": False, "groups": groups})


def _operation(method: str, path: str, found: dict[str, Any]) -> Operation:
    described = str(found.get("description") or found.get("summary") or "")
    return Operation(
        method=method.upper(),
        path=path,
        anchor=str(found["operationId"]),
        described=[" ".join(part.split()) for part in described.replace("`", "").split("\n\n")],
        parameters=[_parameter(parameter) for parameter in found.get("parameters", ())],
        answers=[(code, str(answer["description"])) for code, answer in found["responses"].items()],
    )


def _parameter(found: dict[str, Any]) -> Parameter:
    schema = found.get("schema", {})
    return Parameter(
        name=str(found["name"]),
        place=str(found["in"]),
        kind=_kind_of(schema),
        described=str(found.get("description") or schema.get("description") or ""),
    )


def _kind_of(schema: dict[str, Any]) -> str:
    """Say in a word what a value should be; what may be left out is no kind of its own."""
    choices = [part for part in schema.get("anyOf", ()) if part.get("type") != "null"]
    chosen = choices[0] if choices else schema
    if chosen.get("type") == "array":
        return f"{_kind_of(chosen.get('items', {}))}, repeatable"
    word = str(chosen.get("type") or str(chosen.get("$ref", "")).rpartition("/")[2].lower())
    return f"{word}, default {schema['default']}" if schema.get("default") is not None else word
