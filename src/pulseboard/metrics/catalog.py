"""Every metric, declared once: its name, unit, definition, and how it is read from the figures."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.metrics import query, stats


class Unit(StrEnum):
    """What a value counts in. Durations are microseconds here and seconds in JSON."""

    RUNS = "runs"
    SHARE = "share"
    DURATION = "duration"


class Better(StrEnum):
    """Which direction is good news."""

    HIGHER = "higher"
    LOWER = "lower"
    NEITHER = "neither"


class Figures(Struct, frozen=True):
    """What all metrics of one window are read from."""

    totals: query.Totals
    percentiles: query.Percentiles
    failed_24h: int


class Metric(NamedTuple):
    """One metric. `read` returns None when there is nothing to say."""

    key: str
    title: str
    unit: Unit
    better: Better
    definition: str
    read: Callable[[Figures], float | None]


_METRICS: Final = (
    Metric(
        "total_runs",
        "Total runs",
        Unit.RUNS,
        Better.NEITHER,
        "Every run created in the window, whatever its status; of its attempts the newest counts.",
        lambda figures: figures.totals.total,
    ),
    Metric(
        "success_rate",
        "Success rate",
        Unit.SHARE,
        Better.HIGHER,
        "Successes divided by successes and failures; cancelled, skipped, neutral and unfinished"
        " runs are on neither side.",
        lambda figures: figures.totals.success_rate,
    ),
    Metric(
        "failure_rate",
        "Failure rate",
        Unit.SHARE,
        Better.LOWER,
        "Failures (also timed out, failed to start) divided by successes and failures.",
        lambda figures: figures.totals.failure_rate,
    ),
    Metric(
        "avg_duration",
        "Average duration",
        Unit.DURATION,
        Better.LOWER,
        "The mean time from start to end of the successes and failures of the window.",
        lambda figures: figures.totals.average,
    ),
    Metric(
        "p50_duration",
        "Median duration",
        Unit.DURATION,
        Better.LOWER,
        "Half of the successes and failures took no longer; at most 1 % off when more than"
        " 2,000 were measured.",
        lambda figures: figures.percentiles.p50,
    ),
    Metric(
        "p95_duration",
        "95th percentile of duration",
        Unit.DURATION,
        Better.LOWER,
        "95 % of the successes and failures took no longer; at most 1 % off when more than"
        " 2,000 were measured.",
        lambda figures: figures.percentiles.p95,
    ),
    Metric(
        "failed_24h",
        "Failed runs (24 h)",
        Unit.RUNS,
        Better.LOWER,
        "Failures completed in the last 24 hours, whatever window is chosen.",
        lambda figures: figures.failed_24h,
    ),
)
METRICS: Final = {metric.key: metric for metric in _METRICS}


def read_figures(session: Session, *, scope: query.Scope, window: query.Window, at: int) -> Figures:
    """Return the figures of a window; the last 24 hours end at `at`."""
    totals = query.totals(session, scope=scope, window=window)
    day = query.Window(at - clock.DAY, at)
    return Figures(
        totals=totals,
        percentiles=query.percentiles(session, scope=scope, window=window, counted=totals),
        failed_24h=query.failed_between(session, scope=scope, window=day),
    )


def compare(metric: Metric, now: Figures, before: Figures) -> stats.Delta:
    """Say how a metric has changed against the figures of the previous period."""
    better = None if metric.better is Better.NEITHER else metric.better is Better.HIGHER
    return stats.compare(
        metric.read(now),
        metric.read(before),
        runs_before=before.totals.total,
        higher_is_better=better,
        is_rate=metric.unit is Unit.SHARE,
    )
