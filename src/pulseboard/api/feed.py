"""When data last came in, by which door, and whether that is long ago."""

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.shapes import when
from pulseboard.pipelines.feeds import list_heard

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
    via: str | None = Field(description="webhook, poll, push, import or simulator.")
    last_event_at: str | None = Field(
        description="When anything was last heard; of a poll also that there is nothing new."
    )


class IngestState(BaseModel):
    """When data last came in."""

    status: Hearing = Field(
        description="late after 12 hours without a delivery, silent after 4 days or without any."
    )
    last_event_at: str | None
    lag_s: int | None
    sources: list[FeedSource]


def read_ingest(session: Session, *, demo: bool) -> IngestState:
    """Return when data last came in, repository by repository."""
    rows = [row for row in list_heard(session, demo=demo) if row[2] is not None]
    last = max((heard or 0 for _, _, heard in rows), default=None)
    lag = None if last is None else max(0, clock.now() - last)
    return IngestState(
        status=judge_lag(lag),
        last_event_at=when(last),
        lag_s=None if lag is None else lag // clock.SECOND,
        sources=[
            FeedSource(repo=name, via=source, last_event_at=when(heard))
            for name, source, heard in rows
        ],
    )


def judge_lag(lag: int | None) -> Hearing:
    """Judge the microseconds since the newest delivery."""
    if lag is None or lag > SILENT_AFTER:
        return Hearing.SILENT
    return Hearing.LATE if lag > LATE_AFTER else Hearing.OK
