"""What the front page says: read once from the database, shaped for the template."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.clock import Granularity
from pulseboard.metrics import query, stats
from pulseboard.metrics.scope import Scope, Totals
from pulseboard.metrics.series import Bucket
from pulseboard.metrics.tiers import Window
from pulseboard.model import Repository, Workflow
from pulseboard.pipelines import RunFilter, RunRow, get_last_run, has_real_runs, list_runs
from pulseboard.pipelines.verdict import Verdict, judge
from pulseboard.wall import chart, comparisons, sentences, words
from pulseboard.wall.comparisons import Comparison
from pulseboard.wall.words import Badge

_WEEK: Final = 7 * clock.DAY
_DAYS_SHOWN: Final = 14
_RECENT: Final = 25
_WORST: Final = 5
_MOST_RED: Final = 8


class Card(Struct, frozen=True):
    """One number with what it is made of and what it is compared with."""

    title: str
    value: str
    comparison: Comparison | None
    note: str
    line: str = ""
    badge: Badge | None = None


class Worst(Struct, frozen=True):
    """A workflow with many failures in the last week."""

    repository: str
    workflow: str
    failure: int
    finished: int

    @property
    def rate(self) -> str:
        """The share of failures."""
        return words.percent(self.failure, self.finished)


class Row(Struct, frozen=True):
    """One line of the list of runs."""

    run: RunRow
    badge: Badge
    took: str


class Page(Struct, frozen=True):
    """Everything the template shows; without any run only `is_empty` counts."""

    at: int
    zone: ZoneInfo
    demo: bool
    is_empty: bool
    verdict: sentences.Sentence | None = None
    reds: Sequence[sentences.RedLine] = ()
    unlisted: int = 0
    cards: Sequence[Card] = ()
    wide: chart.Chart | None = None
    narrow: chart.Chart | None = None
    chart_summary: str = ""
    worst: Sequence[Worst] = ()
    recent: Sequence[Row] = ()


def read_page(session: Session, *, zone: ZoneInfo, at: int) -> Page:
    """Read the front page as it stands at an instant; demo data only while nothing is real."""
    demo = not has_real_runs(session)
    recent = list_runs(session, wanted=RunFilter(Scope(demo=demo)), limit=_RECENT)
    if not recent:
        return Page(at=at, zone=zone, demo=False, is_empty=True)
    scope = Scope(default_only=True, demo=demo)
    verdict = judge(session, scope=scope, at=at)
    days = _days(session, scope, zone=zone, at=at)
    return Page(
        at=at,
        zone=zone,
        demo=demo,
        is_empty=False,
        verdict=sentences.verdict_sentence(verdict, zone=zone),
        reds=[sentences.red_line(red, zone=zone, at=at) for red in verdict.red[:_MOST_RED]],
        unlisted=max(verdict.failing - _MOST_RED, 0),
        cards=_cards(session, scope, verdict, days, at=at),
        wide=chart.daily_chart(days, zone=zone, width=720, labels=14),
        narrow=chart.daily_chart(days, zone=zone, width=340, labels=5),
        chart_summary=_chart_summary(days, zone),
        worst=_worst(session, scope, at=at),
        recent=[_row(run, at=at) for run in recent],
    )


def _days(session: Session, scope: Scope, *, zone: ZoneInfo, at: int) -> list[Bucket]:
    midnight = words.local(at, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    # Wall-clock arithmetic: the day on which clocks change is a day all the same.
    first = (midnight - timedelta(days=_DAYS_SHOWN - 1)).astimezone(UTC)
    window = Window(clock.to_instant(first), at + 1)
    return query.series(session, scope=scope, window=window, by=Granularity.DAY, zone=zone)


def _cards(
    session: Session, scope: Scope, verdict: Verdict, days: Sequence[Bucket], *, at: int
) -> list[Card]:
    window, earlier = Window(at - _WEEK, at), Window(at - 2 * _WEEK, at - _WEEK)
    now = query.totals(session, scope=scope, window=window)
    before = query.totals(session, scope=scope, window=earlier)
    spread = query.percentiles(session, scope=scope, window=window, counted=now)
    week = "the 7 days before"
    return [
        Card(
            title="Success rate, 7 days",
            value=words.percent(now.success, now.finished),
            comparison=comparisons.compare_rates(
                now.success_rate, before.success_rate, runs_before=before.finished, period=week
            ),
            note=_made_of(now),
            line=chart.line_path([day.totals.success_rate for day in days]),
        ),
        Card(
            title="Total runs, 7 days",
            value=words.number(now.total),
            comparison=comparisons.compare_counts(now.total, before.total, period=week),
            note=_left_out(now),
            line=chart.line_path([day.totals.total for day in days if day.complete]),
        ),
        Card(
            title="Average duration, 7 days",
            value=words.duration(now.average),
            comparison=comparisons.compare_durations(
                now.average, before.average, runs_before=before.timed, period=week
            ),
            note=f"p50 {words.duration(spread.p50)} · p95 {words.duration(spread.p95)}"
            + ("" if spread.exact else ", within 1 %"),
            line=chart.line_path([day.totals.average for day in days]),
        ),
        _failures_card(session, scope, verdict, days, at=at),
        _last_build_card(session, scope, at=at),
    ]


def _made_of(totals: Totals) -> str:
    text = f"{words.number(totals.success)} of {words.number(totals.finished)} finished"
    interval = stats.wilson(totals.success, totals.finished)
    if interval is None or totals.finished >= stats.FEW_RUNS:
        return text
    low, high = round(interval.low * 100), round(interval.high * 100)
    return f"{text}; 95{words.THIN}% interval {low} to {high}{words.THIN}%"


def _left_out(totals: Totals) -> str:
    excluded = totals.cancelled + totals.skipped + totals.other
    text = f"{words.number(excluded)} cancelled or skipped"
    return f"{text}, {words.number(totals.open)} under way" if totals.open else text


def _failures_card(
    session: Session, scope: Scope, verdict: Verdict, days: Sequence[Bucket], *, at: int
) -> Card:
    # A run that a faster clock dates a moment ahead of ours has failed all the same.
    today = Window(at - clock.DAY, at + clock.MINUTE)
    failed = query.failed_between(session, scope=scope, window=today)
    before = query.failed_between(
        session, scope=scope, window=Window(at - 2 * clock.DAY, at - clock.DAY)
    )
    note = "no failure in the last 90 days"
    if verdict.last_failure_at is not None:
        note = f"the last one {words.ago(verdict.last_failure_at, at=at)}"
    return Card(
        title="Failed runs, 24 h",
        value=words.number(failed),
        comparison=comparisons.compare_failures(failed, before, period="the 24 h before"),
        note=note,
        line=chart.line_path([day.totals.failure for day in days if day.complete]),
    )


def _last_build_card(session: Session, scope: Scope, *, at: int) -> Card:
    run = get_last_run(session, scope=scope)
    if run is None:
        return Card("Last build", words.NOTHING, None, "no run on a default branch yet")
    badge = words.badge_of(run.status(at=at), run.conclusion)
    number = f" #{run.run_number}" if run.run_number is not None else ""
    return Card(
        title="Last build",
        value=badge.word,
        comparison=Comparison("", f"started {words.ago(run.started_at, at=at)}"),
        note=f"{run.repository} · {run.workflow}{number} on {run.head_branch or 'no branch'}",
        badge=badge,
    )


def _chart_summary(days: Sequence[Bucket], zone: ZoneInfo) -> str:
    worst = max(days, key=lambda day: (day.totals.failure, day.start))
    total = sum(day.totals.total for day in days)
    failed = sum(day.totals.failure for day in days)
    if not failed:
        return f"No failure among {words.count(total, 'run')} in {len(days)} days."
    return (
        f"{words.count(failed, 'failure')} among {words.count(total, 'run')} in {len(days)} days; "
        f"the most on {words.day_name(worst.start, zone)}: "
        f"{words.number(worst.totals.failure)} of {words.number(worst.totals.total)}."
    )


def _worst(session: Session, scope: Scope, *, at: int) -> list[Worst]:
    found = query.top_failing(session, scope=scope, window=Window(at - _WEEK, at), limit=_WORST)
    ids = [one.workflow_id for one in found]
    names = {
        workflow_id: (repository, workflow)
        for workflow_id, repository, workflow in session.execute(
            select(Workflow.id, Repository.full_name, Workflow.name)
            .join(Repository, Repository.id == Workflow.repository_id)
            .where(Workflow.id.in_(ids))
        )
    }
    return [
        Worst(*names[one.workflow_id], one.totals.failure, one.totals.finished)
        for one in found
        if one.workflow_id in names
    ]


def _row(run: RunRow, *, at: int) -> Row:
    status = run.status(at=at)
    badge = words.badge_of(status, run.conclusion)
    took = words.duration(run.duration)
    if badge.word == "Running":
        seconds = max(at - run.started_at, 0) // clock.SECOND
        took = f"{words.duration(seconds * clock.SECOND) if seconds > 9 else f'{seconds}s'} so far"
    return Row(run, badge, took)
