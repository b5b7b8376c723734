"""The geometry of the daily chart and of the small lines: numbers in, coordinates out."""

from collections.abc import Sequence
from math import ceil, log10
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from pulseboard.metrics.query import Bucket
from pulseboard.wall import words

_HEIGHT: Final = 210
_TOP: Final = 14
_BOTTOM: Final = 24
_LEFT: Final = 34
_LINE_WIDTH: Final = 200.0
_LINE_HEIGHT: Final = 28.0


class Segment(Struct, frozen=True):
    """One part of a bar."""

    kind: str
    y: float
    height: float


class Bar(Struct, frozen=True):
    """One day."""

    x: float
    width: float
    segments: Sequence[Segment]
    day: str
    # The label beneath, when there is room for one.
    label: str | None
    complete: bool
    failed: int
    succeeded: int
    excluded: int
    running: int
    total: int
    top: float

    @property
    def middle(self) -> float:
        """Where the label is centred."""
        return round(self.x + self.width / 2, 1)


class Tick(Struct, frozen=True):
    """A horizontal line with its number."""

    y: float
    text: str


class Chart(Struct, frozen=True):
    """A stacked bar chart in the units of its viewBox."""

    width: int
    height: int
    left: int
    base: float
    bars: Sequence[Bar]
    ticks: Sequence[Tick]


def daily_chart(buckets: Sequence[Bucket], *, zone: ZoneInfo, width: int, labels: int) -> Chart:
    """Lay out a bar for each day, failures on the baseline, with at most `labels` day names."""
    greatest = max([bucket.totals.total for bucket in buckets], default=0)
    step = tick_step(greatest)
    ceiling = max(step * ceil(greatest / step), step)
    base = _HEIGHT - _BOTTOM
    scale = (base - _TOP) / ceiling
    pitch = (width - _LEFT) / max(len(buckets), 1)
    every = ceil(len(buckets) / labels)
    last = len(buckets) - 1
    return Chart(
        width=width,
        height=_HEIGHT,
        left=_LEFT,
        base=base,
        bars=[
            _bar(
                bucket,
                x=_LEFT + pitch * (i + 0.14),
                width=pitch * 0.72,
                base=base,
                scale=scale,
                day=words.day_name(bucket.start, zone),
                label=_label(bucket, zone) if (last - i) % every == 0 else None,
            )
            for i, bucket in enumerate(buckets)
        ],
        ticks=[
            Tick(round(base - value * scale, 1), words.number(value))
            for value in range(0, ceiling + 1, step)
        ],
    )


def _bar(
    bucket: Bucket,
    *,
    x: float,
    width: float,
    base: float,
    scale: float,
    day: str,
    label: str | None,
) -> Bar:
    counted = bucket.totals
    excluded = counted.cancelled + counted.skipped + counted.other
    parts = (
        ("fail", counted.failure),
        ("ok", counted.success),
        ("neutral", excluded),
        ("run", counted.open),
    )
    segments = []
    y = base
    for kind, count in parts:
        if count:
            # A single failure among thousands must still be seen.
            height = max(count * scale, 2.0)
            y -= height
            segments.append(Segment(kind, round(y, 1), round(height, 1)))
    return Bar(
        x=round(x, 1),
        width=round(width, 1),
        segments=segments,
        day=day,
        label=label,
        complete=bucket.complete,
        failed=counted.failure,
        succeeded=counted.success,
        excluded=excluded,
        running=counted.open,
        total=counted.total,
        top=round(y, 1),
    )


def _label(bucket: Bucket, zone: ZoneInfo) -> str:
    day = words.local(bucket.start, zone)
    return f"{day:%a} {day.day}" if bucket.complete else "today"


def tick_step(greatest: int) -> int:
    """Return a round distance between ticks, so that there are three to five of them."""
    if greatest <= 4:
        return 1
    rough = greatest / 4
    power: int = 10 ** int(log10(rough))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)


def line_path(values: Sequence[float | None]) -> str:
    """Draw values as an SVG path 200 wide and 28 high; None leaves a gap."""
    known = [value for value in values if value is not None]
    # What never changes needs no line.
    if len(set(known)) < 2:
        return ""
    low, high = min(known), max(known)
    spread = high - low
    pitch = _LINE_WIDTH / (len(values) - 1)
    path: list[str] = []
    is_drawing = False
    for i, value in enumerate(values):
        if value is None:
            is_drawing = False
            continue
        y = _LINE_HEIGHT - 3 - (value - low) / spread * (_LINE_HEIGHT - 6)
        path.append(f"{'L' if is_drawing else 'M'}{i * pitch:.1f} {y:.1f}")
        is_drawing = True
    return " ".join(path)
