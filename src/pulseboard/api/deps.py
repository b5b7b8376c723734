"""What routes ask for: sessions, the scope of a question, the words of a query read strictly."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeVar
from zoneinfo import ZoneInfo

from fastapi import Depends, Path, Query, Request
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from sqlalchemy.orm import Session
from starlette.requests import ClientDisconnect

from pulseboard import clock
from pulseboard.api.patience import RequestTimeout
from pulseboard.api.problems import plain
from pulseboard.api.texts import refuse_unstorable, to_correct
from pulseboard.clock import Granularity
from pulseboard.collect.groupcommit import Intake
from pulseboard.collect.normalise import MAX_ATTEMPT
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.errors import (
    FieldError,
    InvalidInput,
    MalformedBody,
    TooLarge,
    UnsupportedEncoding,
    WrongField,
)
from pulseboard.jobs.port import Jobs
from pulseboard.metrics.scope import Scope
from pulseboard.metrics.tiers import Window
from pulseboard.pipelines import STATUS_WORDS, find_scope, has_real_runs

M = TypeVar("M", bound=BaseModel)

_READ_SECONDS: Final = 30
_FIRST_YEAR: Final = 1971
_LAST_YEAR: Final = 2200
_LENGTH: Final = re.compile(r"([1-9]\d{0,6})([mhdw])", re.ASCII)
_UNITS: Final = {"m": clock.MINUTE, "h": clock.HOUR, "d": clock.DAY, "w": 7 * clock.DAY}
_LONGEST: Final = 5 * 366 * clock.DAY
_UNESCAPED_OFFSET: Final = re.compile(r" (\d\d:?\d\d)$", re.ASCII)


def database_of(request: Request) -> Database:
    """Return the database of the application."""
    database: Database = request.app.state.database
    return database


def settings_of(request: Request) -> Settings:
    """Return the settings of the application."""
    settings: Settings = request.app.state.settings
    return settings


def intake_of(request: Request) -> Intake:
    """Return the way to the writer."""
    intake: Intake = request.app.state.intake
    return intake


def jobs_of(request: Request) -> Jobs:
    """Return the way to have something done later."""
    jobs: Jobs = request.app.state.jobs
    return jobs


def _reading(request: Request) -> Iterator[Session]:
    with database_of(request).reading() as session:
        yield session


Reading = Annotated[Session, Depends(_reading, scope="function")]
AppSettings = Annotated[Settings, Depends(settings_of)]
Writer = Annotated[Intake, Depends(intake_of)]
Later = Annotated[Jobs, Depends(jobs_of)]
Words = Annotated[list[str] | None, Query()]
RunName = Annotated[str, Path(description="Our id, else the provider's.", max_length=200)]
RepoAsked = Annotated[
    str | None, Query(description="owner/name, where several repositories have a run of that id.")
]
Attempt = Annotated[
    int | None, Query(ge=1, le=MAX_ATTEMPT, description="An earlier attempt than the latest.")
]


def invalid(field: str, message: str) -> InvalidInput:
    """Return the error of one wrong field."""
    return InvalidInput(f"{field}: {message}", errors=(FieldError(field, message),))


async def read_body(request: Request, *, limit: int, advice: str = "") -> bytes:
    """Return the bytes of a body; `advice` says what to do about one that is too large.

    Raises UnsupportedEncoding when it is compressed, TooLarge beyond `limit` bytes, RequestTimeout
    when it does not come, MalformedBody when it was cut off.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise UnsupportedEncoding("Send the body without Content-Encoding")
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(_READ_SECONDS):
            async for part in request.stream():
                parts.append(part)
                size += len(part)
                if size > limit:
                    raise TooLarge(f"The body may have at most {limit} bytes{advice}")
    except TimeoutError:
        raise RequestTimeout(f"The body did not arrive within {_READ_SECONDS} s") from None
    except ClientDisconnect:
        raise MalformedBody("The body was cut off") from None
    return b"".join(parts)


def read_model(model: type[M], body: bytes) -> M:
    """Return what a JSON body says, as a model.

    Raises MalformedBody when it is not JSON and InvalidInput naming each field that is wrong.
    """
    refuse_unstorable(body)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)
        if any(e["type"] == "json_invalid" for e in wrong):
            raise MalformedBody(f"The body is not JSON: {wrong[0]['msg']}") from None
        raise to_correct([_field_error(e) for e in wrong]) from None


def _field_error(wrong: ErrorDetails) -> FieldError:
    cause = wrong.get("ctx", {}).get("error")
    path = [*wrong["loc"], *([cause.field] if isinstance(cause, WrongField) else [])]
    return FieldError(".".join(map(str, path)) or "body", plain(wrong))


def described_body(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """Return how OpenAPI describes a JSON body that is read byte by byte."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})
    schema = _laid_out(schema, parts)
    example = schema.pop("example", None)
    content = {"schema": schema} | ({"example": example} if example else {})
    return {"requestBody": {"required": required, "content": {"application/json": content}}}


def _laid_out(schema: Any, parts: dict[str, Any]) -> Any:
    """Return a schema with its parts in place: their names mean nothing outside of the model."""
    if isinstance(schema, list):
        return [_laid_out(part, parts) for part in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        part = parts[schema["$ref"].rpartition("/")[2]]
        return _laid_out(part, parts) | {k: v for k, v in schema.items() if k != "$ref"}
    return {name: _laid_out(part, parts) for name, part in schema.items()}


def _demo(
    session: Reading,
    demo: Annotated[
        bool | None,
        Query(description="1 shows demo data, 0 real data; by default real once there is any."),
    ] = None,
) -> bool:
    return demo if demo is not None else not has_real_runs(session)


Demo = Annotated[bool, Depends(_demo)]


def _scope(
    session: Reading,
    demo: Demo,
    repo: Annotated[
        list[str] | None, Query(description="owner/name or our id; may be repeated.")
    ] = None,
    workflow: Annotated[
        list[str] | None, Query(description="Name or file of a workflow; may be repeated.")
    ] = None,
    branch: Annotated[
        list[str] | None,
        Query(
            description="Name of a branch, may be repeated; @default is each repository's default"
            " branch, @any all of them, as without."
        ),
    ] = None,
) -> Scope:
    return find_scope(
        session,
        demo=demo,
        repositories=words_of(repo),
        workflows=words_of(workflow),
        branches=words_of(branch),
    )


def words_of(values: list[str] | None) -> tuple[str, ...]:
    """Return the values of a query that say something."""
    return tuple(value for value in values or () if value)


ScopeAsked = Annotated[Scope, Depends(_scope)]


def _statuses(
    status: Annotated[
        list[str] | None,
        Query(
            description="success, failure, cancelled, skipped, neutral, action_required, running,"
            " queued, stale or unknown; or the provider's own word, such as timed_out. May be"
            " repeated, or several with commas."
        ),
    ] = None,
) -> tuple[str, ...]:
    words = tuple(word for value in status or () for word in value.split(",") if word)
    for word in words:
        if word not in STATUS_WORDS:
            raise invalid("status", f"{word[:60]!r} is none of {', '.join(STATUS_WORDS)}")
    return words


StatusesAsked = Annotated[tuple[str, ...], Depends(_statuses)]


class Ends:
    """`from` and `to` of a query; either may be missing."""

    def __init__(
        self,
        start: Annotated[
            str | None, Query(alias="from", description="ISO 8601; without a zone it is UTC.")
        ] = None,
        end: Annotated[str | None, Query(alias="to", description="ISO 8601, exclusive.")] = None,
    ) -> None:
        self.start = _instant("from", start)
        self.end = _instant("to", end)
        if self.start is not None and self.end is not None and self.start > self.end:
            raise invalid("to", "should not lie before from")

    def window(self, *, length: int) -> Window:
        """Return the window; without `to` it ends now, without `from` it is `length` long."""
        end = self.end if self.end is not None else clock.now()
        start = self.start if self.start is not None else end - length
        if start > end:
            raise invalid("from", "should lie before now, or to should be given as well")
        return Window(start, end)


EndsAsked = Annotated[Ends, Depends()]


class Period:
    """`from` and `to`, else the last `window`; with neither `is_given` is False."""

    def __init__(
        self,
        ends: EndsAsked,
        window: Annotated[
            str | None, Query(description="The last 90m, 24h, 7d or 4w; from and to go before it.")
        ] = None,
        last: Annotated[str | None, Query(alias="range", description="The same as window.")] = None,
    ) -> None:
        self._ends = ends
        self._length = _length("window", window) if window else _length("range", last)
        self.is_given = any(end is not None for end in (ends.start, ends.end, self._length))

    def window(self, *, length: int) -> Window:
        """Return the window, the last `length` when nothing else is asked for."""
        return self._ends.window(length=length if self._length is None else self._length)


PeriodAsked = Annotated[Period, Depends()]


def _length(field: str, value: str | None) -> int | None:
    if not value:
        return None
    match = _LENGTH.fullmatch(value)
    length = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < length <= _LONGEST:
        raise invalid(field, "should be a length such as 90m, 24h, 7d or 4w, up to five years")
    return length


def _instant(field: str, value: str | None) -> int | None:
    if not value:
        return None
    # A + in a query that nobody escaped arrives as a space.
    spelling = _UNESCAPED_OFFSET.sub(r"+\1", value.strip()).upper()
    try:
        moment = datetime.fromisoformat(spelling)
    except ValueError:
        raise invalid(field, "should be a time such as 2026-01-31T10:00:00Z") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise invalid(field, f"should lie between the years {_FIRST_YEAR} and {_LAST_YEAR}")
    return clock.to_instant(moment)


def _zone(
    settings: AppSettings,
    tz: Annotated[str | None, Query(description="IANA name, such as Europe/Berlin.")] = None,
) -> ZoneInfo:
    if not tz:
        return settings.zone
    found = clock.zone_named(tz)
    if found is None:
        raise invalid("tz", f"{tz[:60]!r} is no IANA time zone; try Europe/Berlin or UTC")
    return found


Zone = Annotated[ZoneInfo, Depends(_zone)]
GroupBy = Annotated[Granularity, Query(description="Width of the buckets.")]
