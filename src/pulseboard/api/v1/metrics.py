"""The numbers of a window beside those of the window before."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.deps import Reading, ScopeAsked, invalid
from pulseboard.api.shapes import rate, seconds
from pulseboard.metrics import query, stats

router = APIRouter(tags=["metrics"])
_WINDOW: Final = re.compile(r"^([1-9]\d{0,4})([mhdw])$")
_UNITS: Final = {"m": clock.MINUTE, "h": clock.HOUR, "d": clock.DAY, "w": 7 * clock.DAY}
_LONGEST: Final = 5 * 366 * clock.DAY


class PeriodSummary(BaseModel):
    """The numbers of one period."""

    start: str
    end: str
    total_runs: int
    success: int
    failure: int
    cancelled: int
    skipped: int
    running: int = Field(description="Not finished yet, or waiting.")
    success_rate: float | None
    success_rate_interval: tuple[float, float] | None = Field(
        description="Wilson's 95 % interval, given while fewer than 30 runs have finished."
    )
    failure_rate: float | None
    avg_duration_seconds: float | None
    p50_duration_seconds: float | None
    p95_duration_seconds: float | None
    percentiles_exact: bool


class Change(BaseModel):
    """What has changed against the period before; null when that had fewer than 5 runs."""

    absolute: float | None
    share: float | None
    meaning: str = Field(description="better, worse, same or unknown.")


class WindowMetrics(BaseModel):
    """A window, the one before it, and the difference."""

    window: str
    summary: PeriodSummary
    previous: PeriodSummary
    changes: dict[str, Change]
    failed_24h: int
    failed_24h_before: int
    as_of: str


@router.get("/metrics")
def show_window(
    session: Reading,
    scope: ScopeAsked,
    window: Annotated[str, Query(description="Like 90m, 24h, 7d or 4w.")] = "24h",
) -> WindowMetrics:
    """Show the numbers of the last `window` and of the equally long one before it."""
    now = clock.now()
    length = _read_window(window)
    this = query.Window(now - length, now)
    current, totals = _period(session, scope, this)
    previous, totals_before = _period(session, scope, this.before())
    day = query.Window(now - clock.DAY, now)
    return WindowMetrics(
        window=window,
        summary=current,
        previous=previous,
        changes=_changes(current, previous, totals, totals_before),
        failed_24h=query.failed_between(session, scope=scope, window=day),
        failed_24h_before=query.failed_between(session, scope=scope, window=day.before()),
        as_of=clock.to_iso(now),
    )


def _read_window(text: str) -> int:
    match = _WINDOW.match(text)
    length = int(match[1]) * _UNITS[match[2]] if match else 0
    if not 0 < length <= _LONGEST:
        raise invalid("window", "should be a length like 24h, 7d or 4w, up to five years")
    return length


def _period(
    session: Session, scope: query.Scope, window: query.Window
) -> tuple[PeriodSummary, query.Totals]:
    totals = query.totals(session, scope=scope, window=window)
    spread = query.percentiles(session, scope=scope, window=window, counted=totals)
    few = totals.finished < stats.FEW_RUNS
    interval = stats.wilson(totals.success, totals.finished) if few else None
    summary = PeriodSummary(
        start=clock.to_iso(window.start),
        end=clock.to_iso(window.end),
        total_runs=totals.total,
        success=totals.success,
        failure=totals.failure,
        cancelled=totals.cancelled,
        skipped=totals.skipped,
        running=totals.open,
        success_rate=rate(totals.success_rate),
        success_rate_interval=interval and (round(interval.low, 6), round(interval.high, 6)),
        failure_rate=rate(totals.failure_rate),
        avg_duration_seconds=seconds(totals.average),
        p50_duration_seconds=seconds(spread.p50),
        p95_duration_seconds=seconds(spread.p95),
        percentiles_exact=spread.exact,
    )
    return summary, totals


def _changes(
    now: PeriodSummary, before: PeriodSummary, totals: query.Totals, totals_before: query.Totals
) -> dict[str, Change]:
    compared = {
        "success_rate": (now.success_rate, before.success_rate, True, True),
        "total_runs": (totals.total, totals_before.total, None, False),
        "avg_duration_seconds": (
            now.avg_duration_seconds, before.avg_duration_seconds, False, False,
        ),
        "p95_duration_seconds": (
            now.p95_duration_seconds, before.p95_duration_seconds, False, False,
        ),
    }  # fmt: skip
    return {
        name: Change(
            **stats.compare(
                value,
                earlier,
                runs_before=totals_before.total,
                higher_is_better=better,
                is_rate=is_rate,
            )._asdict()
        )
        for name, (value, earlier, better, is_rate) in compared.items()
    }
