"""The one shape of every error, and the id that ties an answer to the line in the journal."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final
from uuid import uuid4

import msgspec
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.routing import Match

from pulseboard.api.described import describe_parameters, give_examples
from pulseboard.errors import (
    NO_SUCH_ADDRESS,
    FieldError,
    InvalidInput,
    MalformedBody,
    PulseboardError,
    Unavailable,
)

MEDIA_TYPE: Final = "application/problem+json"
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,100}", re.ASCII)
_log = structlog.get_logger("pulseboard.api")
_METHODS: Final = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_DETAILS: Final = {
    404: NO_SUCH_ADDRESS,
    405: "This address does not take this method; /docs says which it does",
}


class WrongField(BaseModel):
    """One wrong field and what it should look like."""

    field: str
    message: str


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(default="about:blank", description="Always about:blank: the title says it.")
    title: str
    status: int
    detail: str = Field(description="What is wrong and what to do, for a person.")
    request_id: str = Field(description="The same as in the server's log.")
    errors: list[WrongField] | None = Field(default=None, description="Each wrong field.")
    retry_after: int | None = Field(
        default=None, description="In how many seconds to try again; the header Retry-After too."
    )

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Invalid input",
                "status": 422,
                "detail": "minutes: Input should be greater than or equal to 1",
                "request_id": "0f8fad5bd9cb469fa16570867728950e",
                "errors": [
                    {
                        "field": "minutes",
                        "message": "Input should be greater than or equal to 1",
                    }
                ],
            }
        }
    )


def refusal(description: str) -> dict[str, Any]:
    """Return how OpenAPI describes an answer that is a problem."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


Refusals = dict[int | str, dict[str, Any]]
# What a path that names one thing may answer.
REFUSALS: Final[Refusals] = {
    404: refusal("There is no such thing here."),
    409: refusal("Several repositories have it: say which with repo=."),
    410: refusal("It was here, and was removed."),
}


def problem_body(
    *,
    status: int,
    title: str,
    detail: str,
    request_id: str,
    errors: Sequence[FieldError] = (),
    retry_after: int | None = None,
) -> bytes:
    """Return the JSON of a problem."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": request_id,
    }
    if errors:
        body["errors"] = [{"field": e.field, "message": e.message} for e in errors]
    if retry_after is not None:
        body["retry_after"] = retry_after
    return msgspec.json.encode(body)


def request_id_of(scope: Any) -> str:
    """Return the id of a request: the one its proxy gave it, else a new one."""
    state = scope.setdefault("state", {})
    if "request_id" not in state:
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        state["request_id"] = given if _REQUEST_ID.fullmatch(given) else uuid4().hex
    return str(state["request_id"])


def answer_problem(scope: Any, error: PulseboardError) -> Response:
    """Return the response to one of our errors."""
    return Response(
        problem_body(
            status=error.status,
            title=error.title,
            detail=error.detail,
            request_id=request_id_of(scope),
            errors=error.errors,
            retry_after=error.retry_after,
        ),
        status_code=error.status,
        media_type=MEDIA_TYPE,
        headers=_headers_of(error),
    )


def _headers_of(error: PulseboardError) -> dict[str, str]:
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    return headers


def stopping() -> Unavailable:
    """Return what is said to who still waits for the database when the server ends."""
    return Unavailable("The server is stopping and the database has not answered; send it again")


def plain(wrong: Mapping[str, Any]) -> str:
    """Return the message of one of pydantic's errors as whoever wrote the check put it."""
    return str(wrong["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")


def install(app: FastAPI) -> None:
    """Make every error of an application leave in the one shape."""
    app.add_exception_handler(PulseboardError, _from_ours)
    app.add_exception_handler(RequestValidationError, _from_validation)
    app.add_exception_handler(HTTPException, _from_http)
    app.add_exception_handler(Exception, _from_surprise)
    _describe_problems(app)


def _describe_problems(app: FastAPI) -> None:
    """Let OpenAPI name the media type that refusals really have, and what parameters mean."""
    describe = app.openapi

    def describe_rightly() -> dict[str, Any]:
        found = describe()
        describe_parameters(found)
        give_examples(found)
        for methods in found["paths"].values():
            for operation in methods.values():
                for status, answer in operation["responses"].items():
                    content = answer.get("content", {})
                    if int(status) == InvalidInput.status and "application/json" in content:
                        content[MEDIA_TYPE] = content.pop("application/json")
        return found

    app.openapi = describe_rightly  # type: ignore[method-assign]


def _from_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, PulseboardError)  # noqa: S101  # Narrowed by registration.
    return answer_problem(request.scope, error)


def _from_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # Narrowed by registration.
    found = tuple(
        FieldError(".".join(str(part) for part in e["loc"][1:]) or str(e["loc"][0]), plain(e))
        for e in error.errors()
    )
    detail = "; ".join(f"{e.field}: {e.message}" for e in found)
    if any(e["type"] == "json_invalid" for e in error.errors()):
        return answer_problem(request.scope, MalformedBody("The body is not JSON"))
    return answer_problem(request.scope, InvalidInput(detail, errors=found))


def _from_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # Narrowed by registration.
    status = error.status_code
    body = problem_body(
        status=status,
        title=HTTPStatus(status).phrase.capitalize(),
        detail=_DETAILS.get(status, str(error.detail)),
        request_id=request_id_of(request.scope),
    )
    headers = dict(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _methods_at(request)
    return Response(body, status, headers=headers, media_type=MEDIA_TYPE)


def _methods_at(request: Request) -> str:
    """Name what the address of a request takes; the framework knows one route of several."""
    return ", ".join(method for method in _METHODS if _is_taken(request, method))


def _is_taken(request: Request, method: str) -> bool:
    # HEAD is answered like GET.
    scope = {**request.scope, "method": "GET" if method == "HEAD" else method}
    return any(route.matches(scope)[0] is Match.FULL for route in request.app.routes)


def _from_surprise(request: Request, error: Exception) -> Response:
    request_id = request_id_of(request.scope)
    _log.error("request.failed", request_id=request_id, path=request.url.path, exc_info=error)
    body = problem_body(
        status=500,
        title="Internal error",
        detail="Something went wrong on our side; the server's log has more under this request_id",
        request_id=request_id,
    )
    return Response(body, 500, media_type=MEDIA_TYPE)
