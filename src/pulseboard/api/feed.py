"""When data last came in, by which door, and whether that is long ago."""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.shapes import when
from pulseboard.pipelines import list_repositories

# A quiet night is no reason to worry, a quiet day is.
LATE_AFTER: Final = 12 * clock.HOUR
SILENT_AFTER: Final = 4 * clock.DAY


class Hearing(StrEnum):
    """Whether the newest delivery is recent; nothing heard is not the same as nothing wrong."""

    OK = "ok"
    LATE = "late"
    SILENT = "silent"


class FeedSource(BaseModel):
    """How one repository is fed."""

    repo: str
    via: str | None = Field(description="webhook, push, import or simulator.")
    last_event_at: str | None


class IngestState(BaseModel):
    """When data last came in."""

    status: Hearing = Field(
        description="late after 12 hours without a delivery, silent after 4 days or without any."
    )
    last_event_at: str | None
    lag_seconds: int | None
    sources: list[FeedSource]


def read_ingest(session: Session, *, demo: bool) -> IngestState:
    """Return when data last came in, repository by repository."""
    rows = [row for row in list_repositories(session, demo=demo) if row.last_event_at is not None]
    last = max((row.last_event_at or 0 for row in rows), default=None)
    lag = None if last is None else max(0, clock.now() - last)
    return IngestState(
        status=judge_lag(lag),
        last_event_at=when(last),
        lag_seconds=None if lag is None else lag // clock.SECOND,
        sources=[
            FeedSource(
                repo=row.full_name, via=row.last_source, last_event_at=when(row.last_event_at)
            )
            for row in rows
        ],
    )


def judge_lag(lag: int | None) -> Hearing:
    """Judge the microseconds since the newest delivery."""
    if lag is None or lag > SILENT_AFTER:
        return Hearing.SILENT
    return Hearing.LATE if lag > LATE_AFTER else Hearing.OK
