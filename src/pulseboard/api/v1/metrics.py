"""The numbers of a window beside those of the window before, and the series of the charts."""

from itertools import zip_longest
from typing import Annotated, Final

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.deps import GroupBy, PeriodAsked, Reading, ScopeAsked, Zone
from pulseboard.api.shapes import Numbers, PartialNames, rate, seconds, summary_fields
from pulseboard.clock import Granularity
from pulseboard.metrics import query, stats
from pulseboard.metrics.series import series
from pulseboard.pipelines.feeds import list_partial

router = APIRouter(tags=["metrics"])
_DEFAULT_SERIES: Final = 7 * clock.DAY
# Percentiles of more buckets take longer than anybody waits.
_MOST_PERCENTILES: Final = 400


class PeriodNumbers(Numbers):
    """The numbers of one period."""

    window_start: str
    window_end: str
    cancelled: int
    skipped: int
    other: int = Field(description="neutral, stale, or a word of the provider we do not know.")
    open: int = Field(description="Not finished yet, or waiting for approval.")
    success_rate_interval: tuple[float, float] | None = Field(
        description="Wilson's 95 % interval, given while fewer than 30 runs have finished."
    )


class Change(BaseModel):
    """What has changed against the period before; unknown when that had fewer than 5 runs."""

    abs: float | None
    pct: float | None = Field(description="Of the number before, as a fraction: 0.08 is 8 %.")
    meaning: str = Field(description="better, worse, same or unknown.")


class WindowMetrics(BaseModel):
    """A window, the one before it, and the difference."""

    summary: PeriodNumbers
    previous: PeriodNumbers
    changes: dict[str, Change]
    failed_24h: int = Field(description="Failures completed in the last 24 h, in any window.")
    failed_24h_before: int
    as_of: str
    partial: PartialNames


class OutcomeBucket(BaseModel):
    """How many of the runs created in a bucket came to which outcome."""

    start: str
    end: str
    complete: bool = Field(description="False while the bucket is not over.")
    total: int
    success: int
    failure: int
    cancelled: int
    other: int = Field(description="Skipped, neutral and stale.")
    open: int


class OutcomeSeries(BaseModel):
    """A window cut into buckets of the zone."""

    buckets: list[OutcomeBucket]
    as_of: str
    partial: PartialNames


class DurationBucket(BaseModel):
    """How long the runs created in a bucket took, of success and failure."""

    start: str
    end: str
    complete: bool
    n: int
    avg_s: float | None
    p50_s: float | None
    p95_s: float | None


class DurationSeries(BaseModel):
    """A window cut into buckets of the zone."""

    buckets: list[DurationBucket]
    as_of: str
    partial: PartialNames


@router.get("/metrics")
def show_window(session: Reading, scope: ScopeAsked, period: PeriodAsked) -> WindowMetrics:
    """Show the numbers of a window (the last 24 hours) and of the equally long one before it."""
    now = clock.now()
    window = period.window(length=clock.DAY)
    current, totals = summarise_period(session, scope, window)
    previous, before = summarise_period(session, scope, window.before())
    day = query.Window(now - clock.DAY, now)
    return WindowMetrics(
        summary=current,
        previous=previous,
        changes=_compare(current, previous, totals, before),
        failed_24h=query.failed_between(session, scope=scope, window=day),
        failed_24h_before=query.failed_between(session, scope=scope, window=day.before()),
        as_of=clock.to_iso(now),
        partial=list_partial(session, scope),
    )


def summarise_period(
    session: Session, scope: query.Scope, window: query.Window
) -> tuple[PeriodNumbers, query.Totals]:
    """Return the numbers of a window, for people and as they are counted."""
    totals = query.totals(session, scope=scope, window=window)
    spread = query.percentiles(session, scope=scope, window=window, counted=totals)
    few = totals.finished < stats.FEW_RUNS
    interval = stats.wilson(totals.success, totals.finished) if few else None
    numbers = PeriodNumbers(
        **summary_fields(totals, spread),
        window_start=clock.to_iso(window.start),
        window_end=clock.to_iso(window.end),
        cancelled=totals.cancelled,
        skipped=totals.skipped,
        other=totals.other,
        open=totals.open,
        success_rate_interval=interval and (round(interval.low, 6), round(interval.high, 6)),
    )
    return numbers, totals


def _compare(
    now: PeriodNumbers, before: PeriodNumbers, totals: query.Totals, earlier: query.Totals
) -> dict[str, Change]:
    compared = {
        "success_rate": (totals.success_rate, earlier.success_rate, True),
        "total_runs": (totals.total, earlier.total, None),
        "avg_duration_seconds": (now.avg_duration_seconds, before.avg_duration_seconds, False),
        "p50_duration_seconds": (now.p50_duration_seconds, before.p50_duration_seconds, False),
        "p95_duration_seconds": (now.p95_duration_seconds, before.p95_duration_seconds, False),
    }
    return {
        name: change(
            value,
            previous,
            runs_before=earlier.total,
            higher_is_better=higher_is_better,
            is_rate=name == "success_rate",
        )
        for name, (value, previous, higher_is_better) in compared.items()
    }


def change(
    value: float | None,
    before: float | None,
    *,
    runs_before: int,
    higher_is_better: bool | None,
    is_rate: bool = False,
) -> Change:
    """Compare a value with the previous period's, in shape."""
    found = stats.compare(
        value, before, runs_before=runs_before, higher_is_better=higher_is_better, is_rate=is_rate
    )
    return Change(abs=rate(found.absolute), pct=rate(found.share), meaning=found.meaning)


Bucketing = Annotated[Granularity | None, Query(alias="gran", description="The same as group_by.")]


@router.get("/series/outcomes")
def show_outcomes(
    session: Reading,
    scope: ScopeAsked,
    period: PeriodAsked,
    zone: Zone,
    group_by: GroupBy = Granularity.DAY,
    gran: Bucketing = None,
) -> OutcomeSeries:
    """Show how the runs of a window (the last 7 days) came out, bucket by bucket."""
    window = period.window(length=_DEFAULT_SERIES)
    found = series(session, scope=scope, window=window, by=gran or group_by, zone=zone)
    return OutcomeSeries(
        buckets=[
            OutcomeBucket(
                start=clock.to_iso(bucket.start),
                end=clock.to_iso(bucket.end),
                complete=bucket.complete,
                total=bucket.totals.total,
                success=bucket.totals.success,
                failure=bucket.totals.failure,
                cancelled=bucket.totals.cancelled,
                other=bucket.totals.skipped + bucket.totals.other,
                open=bucket.totals.open,
            )
            for bucket in found
        ],
        as_of=clock.to_iso(clock.now()),
        partial=list_partial(session, scope),
    )


@router.get("/series/duration")
def show_durations(
    session: Reading,
    scope: ScopeAsked,
    period: PeriodAsked,
    zone: Zone,
    group_by: GroupBy = Granularity.DAY,
    gran: Bucketing = None,
) -> DurationSeries:
    """Show how long the runs of a window (the last 7 days) took, bucket by bucket.

    Percentiles are given for up to 400 buckets.
    """
    window = period.window(length=_DEFAULT_SERIES)
    by = gran or group_by
    found = series(session, scope=scope, window=window, by=by, zone=zone)
    parts = [
        (query.Window(max(one.start, window.start), min(one.end, window.end)), one.totals)
        for one in found
    ]
    few = parts if len(found) <= _MOST_PERCENTILES else []
    spread = query.percentiles_of_parts(session, scope=scope, parts=few)
    buckets = [
        DurationBucket(
            start=clock.to_iso(bucket.start),
            end=clock.to_iso(bucket.end),
            complete=bucket.complete,
            n=bucket.totals.timed,
            avg_s=seconds(bucket.totals.average),
            p50_s=seconds(part.p50 if part else None),
            p95_s=seconds(part.p95 if part else None),
        )
        for bucket, part in zip_longest(found, spread)
    ]
    return DurationSeries(
        buckets=buckets, as_of=clock.to_iso(clock.now()), partial=list_partial(session, scope)
    )
