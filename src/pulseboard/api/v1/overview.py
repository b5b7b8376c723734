"""The five numbers of the first page, each beside its previous period."""

from collections.abc import Sequence
from enum import StrEnum
from functools import reduce
from typing import Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.deps import PeriodAsked, Reading, ScopeAsked
from pulseboard.api.shapes import PartialNames, Run, rate, seconds
from pulseboard.api.v1.metrics import Change, change
from pulseboard.clock import Granularity
from pulseboard.metrics import query
from pulseboard.metrics.series import equal_parts, series
from pulseboard.pipelines import RunFilter, list_runs
from pulseboard.pipelines.feeds import list_partial

router = APIRouter(prefix="/overview", tags=["screen"])
_DEFAULT_WINDOW: Final = 7 * clock.DAY
_POINTS: Final = 24


class KpiKey(StrEnum):
    """Which number it is."""

    SUCCESS_RATE = "success_rate"
    TOTAL_RUNS = "total_runs"
    AVG_DURATION = "avg_duration"
    FAILED_24H = "failed_24h"
    LAST_BUILD = "last_build"


class Excluded(BaseModel):
    """Runs of the window that are in neither numerator nor denominator."""

    cancelled: int
    skipped: int = Field(
        description="Skipped, neutral, stale, or a word of the provider we do not know."
    )
    running: int = Field(description="Not finished yet, or waiting for approval.")


class PreviousValue(BaseModel):
    """The same number of the equally long window just before."""

    value: float | None
    numerator: int | None
    denominator: int | None
    start: str = Field(serialization_alias="from")
    end: str = Field(serialization_alias="to")


class Point(BaseModel):
    """One point of the small chart."""

    t: str
    v: float | None
    complete: bool = Field(description="False while its bucket is not over.")


class Kpi(BaseModel):
    """One number with what it is made of."""

    key: KpiKey
    value: float | None
    unit: str = Field(description="share, runs, seconds or status.")
    numerator: int | None = None
    denominator: int | None = None
    excluded: Excluded | None = None
    previous: PreviousValue | None = None
    delta: Change | None = None
    series: list[Point] = []
    extra: dict[str, Any] = {}


class Kpis(BaseModel):
    """The five numbers."""

    items: list[Kpi]
    as_of: str
    partial: PartialNames


class _Two:
    """A window, counted by its parts, and the one before it."""

    def __init__(
        self,
        session: Session,
        scope: query.Scope,
        window: query.Window,
        parts: Sequence[query.Bucket],
    ) -> None:
        self.window, self.before = window, window.before()
        self.now = reduce(query.Totals.plus, (part.totals for part in parts), query.Totals())
        self.then = query.totals(session, scope=scope, window=self.before)

    def previous(self, value: float | None, numerator: int, denominator: int) -> PreviousValue:
        return PreviousValue(
            value=value,
            numerator=numerator,
            denominator=denominator,
            start=clock.to_iso(self.before.start),
            end=clock.to_iso(self.before.end),
        )


@router.get("/kpis")
def show_kpis(session: Reading, scope: ScopeAsked, period: PeriodAsked) -> Kpis:
    """Show success rate, total runs, average duration, failures of 24 h and the last build.

    Each beside the equally long window before (the last 7 days by default), and with 24 points for
    a small chart; a window of less than six hours has fewer.
    """
    window = period.window(length=_DEFAULT_WINDOW)
    points = equal_parts(session, scope=scope, window=window, count=_POINTS)
    two = _Two(session, scope, window, points)
    items = [
        _success_rate(two, points),
        _total_runs(two, points),
        _avg_duration(session, scope, two, points),
        _failed_24h(session, scope),
        _last_build(session, scope, window),
    ]
    return Kpis(items=items, as_of=clock.to_iso(clock.now()), partial=list_partial(session, scope))


def _chart(points: Sequence[query.Bucket], values: Sequence[float | None]) -> list[Point]:
    return [
        Point(t=clock.to_iso(bucket.start), v=value, complete=bucket.complete)
        for bucket, value in zip(points, values, strict=True)
    ]


def _success_rate(two: _Two, points: Sequence[query.Bucket]) -> Kpi:
    now, then = two.now, two.then
    return Kpi(
        key=KpiKey.SUCCESS_RATE,
        value=rate(now.success_rate),
        unit="share",
        numerator=now.success,
        denominator=now.finished,
        excluded=Excluded(
            cancelled=now.cancelled, skipped=now.skipped + now.other, running=now.open
        ),
        previous=two.previous(rate(then.success_rate), then.success, then.finished),
        delta=change(
            now.success_rate,
            then.success_rate,
            runs_before=then.total,
            higher_is_better=True,
            is_rate=True,
        ),
        series=_chart(points, [rate(bucket.totals.success_rate) for bucket in points]),
    )


def _total_runs(two: _Two, points: Sequence[query.Bucket]) -> Kpi:
    now, then = two.now.total, two.then.total
    return Kpi(
        key=KpiKey.TOTAL_RUNS,
        value=now,
        unit="runs",
        numerator=now,
        previous=two.previous(then, then, then),
        delta=change(now, then, runs_before=then, higher_is_better=None),
        series=_chart(points, [float(bucket.totals.total) for bucket in points]),
    )


def _avg_duration(
    session: Session, scope: query.Scope, two: _Two, points: Sequence[query.Bucket]
) -> Kpi:
    now, then = seconds(two.now.average), seconds(two.then.average)
    spread = query.percentiles(session, scope=scope, window=two.window, counted=two.now)
    return Kpi(
        key=KpiKey.AVG_DURATION,
        value=now,
        unit="seconds",
        denominator=two.now.timed,
        previous=two.previous(then, two.then.timed, two.then.timed),
        delta=change(now, then, runs_before=two.then.timed, higher_is_better=False),
        series=_chart(points, [seconds(bucket.totals.average) for bucket in points]),
        extra={
            "p50_s": seconds(spread.p50),
            "p95_s": seconds(spread.p95),
            "percentiles_exact": spread.exact,
        },
    )


def _failed_24h(session: Session, scope: query.Scope) -> Kpi:
    now = clock.now()
    day = query.Window(now - clock.DAY, now)
    hours = series(session, scope=scope, window=day, by=Granularity.HOUR, zone=ZoneInfo("UTC"))
    two = _Two(session, scope, day, hours)
    failed = query.failed_between(session, scope=scope, window=day)
    failed_before = query.failed_between(session, scope=scope, window=two.before)
    return Kpi(
        key=KpiKey.FAILED_24H,
        value=failed,
        unit="runs",
        numerator=failed,
        denominator=two.now.finished,
        previous=two.previous(failed_before, failed_before, two.then.finished),
        delta=change(failed, failed_before, runs_before=two.then.total, higher_is_better=False),
        series=_chart(hours[-_POINTS:], [float(b.totals.failure) for b in hours[-_POINTS:]]),
    )


def _last_build(session: Session, scope: query.Scope, window: query.Window) -> Kpi:
    wanted = RunFilter(scope, start=window.start, end=window.end)
    newest = list_runs(session, wanted=wanted, limit=2)
    now = clock.now()
    shaped = [Run.of(row, at=now).model_dump() for row in newest]
    return Kpi(
        key=KpiKey.LAST_BUILD,
        value=None,
        unit="status",
        extra={
            "run": shaped[0] if shaped else None,
            "previous_status": shaped[1]["status"] if len(shaped) > 1 else None,
        },
    )
