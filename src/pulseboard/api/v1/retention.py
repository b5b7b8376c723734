"""What retention would delete now."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from pulseboard import clock
from pulseboard.api.deps import AppSettings, Reading
from pulseboard.collect import retention

router = APIRouter(prefix="/settings/retention", tags=["settings"])


class RetentionClass(BaseModel):
    """One class of data, how long it is kept, and what of it is too old now."""

    kind: retention.Kind = Field(
        description="payloads, deliveries, other_logs (of jobs that did not fail), logs (of failed"
        " jobs), jobs (with steps), runs, hours (aggregates finer than a day) or days (aggregates"
        " of a day and more)."
    )
    keep_days: int | None = Field(description="Days it is kept; null is for ever.")
    before: str | None = Field(description="What is older than this would be deleted.")
    count: int = Field(description="How many rows would be deleted.")
    bytes: int = Field(
        description="Bytes they take: exact for payloads and logs, else an estimate."
    )
    oldest: str | None = Field(description="The oldest of the class that is stored now.")


class RetentionPreview(BaseModel):
    """What the daily clean-up would delete if it ran now."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "at": "2026-03-01T12:00:00Z",
                "classes": [
                    {
                        "kind": "payloads",
                        "keep_days": 90,
                        "before": "2025-12-01T12:00:00Z",
                        "count": 12340,
                        "bytes": 9812331,
                        "oldest": "2025-11-20T08:15:00Z",
                    }
                ],
            }
        }
    )

    at: str
    classes: list[RetentionClass]


@router.get("/preview")
def preview_retention(session: Reading, settings: AppSettings) -> RetentionPreview:
    """Say what the daily clean-up would delete if it ran now; nothing is changed.

    The periods are settings of the server (PULSEBOARD_RETENTION_…). Deleting runs leaves the
    aggregates as they are, so totals of whole days stay true.
    """
    at = clock.now()
    found = retention.preview(session, settings=settings, at=at)
    return RetentionPreview(at=clock.to_iso(at), classes=[_shape(forecast) for forecast in found])


def _shape(forecast: retention.Forecast) -> RetentionClass:
    return RetentionClass(
        kind=forecast.kind,
        keep_days=forecast.days,
        before=None if forecast.before is None else clock.to_iso(forecast.before),
        count=forecast.number,
        bytes=forecast.size,
        oldest=None if forecast.oldest is None else clock.to_iso(forecast.oldest),
    )
