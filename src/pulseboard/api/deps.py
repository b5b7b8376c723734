"""What routes ask for: sessions, the scope of a question, the words of a query read strictly."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.clock import Granularity
from pulseboard.collect.groupcommit import Intake
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.errors import FieldError, InvalidInput
from pulseboard.metrics.scope import Scope
from pulseboard.metrics.tiers import Window
from pulseboard.pipelines import find_scope, has_real_runs

_FIRST_YEAR: Final = 1971
_LAST_YEAR: Final = 2200


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


def _reading(request: Request) -> Iterator[Session]:
    with database_of(request).reading() as session:
        yield session


Reading = Annotated[Session, Depends(_reading, scope="function")]
AppSettings = Annotated[Settings, Depends(settings_of)]
Writer = Annotated[Intake, Depends(intake_of)]
Words = Annotated[list[str] | None, Query()]


def invalid(field: str, message: str) -> InvalidInput:
    """Return the error of one wrong field."""
    return InvalidInput(f"{field}: {message}", errors=(FieldError(field, message),))


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
    session: Reading, demo: Demo, repo: Words = None, workflow: Words = None, branch: Words = None
) -> Scope:
    return find_scope(
        session,
        demo=demo,
        repositories=_words(repo),
        workflows=_words(workflow),
        branches=_words(branch),
    )


def _words(values: list[str] | None) -> list[str]:
    return [value for value in values or () if value]


ScopeAsked = Annotated[Scope, Depends(_scope)]


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
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise invalid("to", "should be later than from")

    def window(self, *, days: int) -> Window:
        """Return the window; without `to` it ends now, without `from` it is `days` long."""
        end = self.end if self.end is not None else clock.now()
        start = self.start if self.start is not None else end - days * clock.DAY
        if start >= end:
            raise invalid("from", "should be earlier than now")
        return Window(start, end)


EndsAsked = Annotated[Ends, Depends()]


def _instant(field: str, value: str | None) -> int | None:
    if not value:
        return None
    try:
        # A + in a query that nobody escaped arrives as a space.
        moment = datetime.fromisoformat(value.strip().replace(" ", "+") if "T" in value else value)
    except ValueError:
        raise invalid(field, "should be a time like 2026-01-31T10:00:00Z") from None
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
