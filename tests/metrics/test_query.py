"""Every number equals the one counted run by run, whatever the window, the zone and the scope."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete

from pulseboard import clock
from pulseboard.clock import Granularity
from pulseboard.errors import InvalidInput
from pulseboard.metrics import query
from pulseboard.metrics.scope import Scope
from pulseboard.metrics.series import edges_of, series
from pulseboard.metrics.spread import count_bins
from pulseboard.metrics.stats import percentile, percentile_of_bins
from pulseboard.metrics.sums import FINE_MARK
from pulseboard.metrics.tiers import FINE_TIERS, Window
from pulseboard.model import Counter, FleetBin, FleetCount
from tests.metrics.histories import (
    ORIGIN,
    Told,
    begin,
    matching,
    naive_durations,
    naive_series,
    naive_totals,
    relaxed,
    runs,
    scopes,
    windows,
)

ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]


@relaxed
@given(told=st.lists(runs, max_size=25), window=windows, scope=scopes)
def test_totals_and_percentiles_equal_a_count_of_the_runs(fresh, told, window, scope):
    def check(session):
        begin(session, told)
        wanted = matching(told, scope, *window)
        durations = naive_durations(wanted)

        found = query.totals(session, scope=scope, window=Window(*window))
        spread = query.percentiles(session, scope=scope, window=Window(*window))

        assert found == naive_totals(wanted)
        assert (spread.p50, spread.p95) == (percentile(durations, 0.5), percentile(durations, 0.95))

    fresh(check)


@relaxed
@given(told=st.lists(runs, max_size=25), window=windows, scope=scopes)
def test_percentiles_from_bins_are_at_most_one_percent_off(fresh, told, window, scope):
    def check(session):
        begin(session, told)
        durations = naive_durations(matching(told, scope, *window))

        bins = sorted(count_bins(session, scope=scope, window=Window(*window)).items())

        assert sum(n for _, n in bins) == len(durations)
        for share in (0, 0.5, 0.95, 1) if durations else ():
            exact = percentile(durations, share)
            assert percentile_of_bins(bins, share) == pytest.approx(exact, rel=0.010001)

    fresh(check)


@relaxed
@given(
    told=st.lists(runs, max_size=25),
    window=windows,
    scope=scopes,
    zone=st.sampled_from(ZONES),
    by=st.sampled_from([Granularity.DAY, Granularity.WEEK, Granularity.HOUR]),
)
def test_series_equals_a_count_bucket_by_bucket(fresh, told, window, scope, zone, by):
    start, end = window
    if by is Granularity.HOUR:
        end = min(end, start + 30 * clock.DAY)

    def check(session):
        begin(session, told)
        edges = edges_of(Window(start, end), by=by, zone=ZoneInfo(zone))

        found = series(session, scope=scope, window=Window(start, end), by=by, zone=ZoneInfo(zone))

        assert [bucket.totals for bucket in found] == naive_series(told, edges, scope, start, end)
        assert [bucket.start for bucket in found] == edges[:-1]

    fresh(check)


@relaxed
@given(told=st.lists(runs, max_size=25), window=windows, scope=scopes)
def test_workflows_are_counted_and_ranked_like_their_runs(fresh, told, window, scope):
    def check(session):
        begin(session, told)
        wanted = matching(told, scope, *window)
        by_workflow = {
            number: naive_totals([run for run in wanted if run.workflow_id == number])
            for number in sorted({run.workflow_id for run in wanted})
        }
        ranking = sorted(
            (-totals.failure, number) for number, totals in by_workflow.items() if totals.failure
        )

        found = query.per_workflow(session, scope=scope, window=Window(*window))
        worst = query.top_failing(session, scope=scope, window=Window(*window), limit=2)

        assert {entry.workflow_id: entry.totals for entry in found} == by_workflow
        assert [entry.workflow_id for entry in worst] == [number for _, number in ranking[:2]]

    fresh(check)


def test_failed_counts_by_completion_not_by_creation(fresh):
    failed = Told(ORIGIN, 1, True, False, ("completed", "failure"), 3600, "main")

    def check(session):
        begin(session, [failed])
        done = ORIGIN + 3600 * clock.SECOND
        by_creation = query.failed_between(
            session, scope=Scope(), window=Window(ORIGIN, ORIGIN + clock.MINUTE)
        )
        by_completion = query.failed_between(session, scope=Scope(), window=Window(done, done + 1))

        assert (by_creation, by_completion) == (0, 1)

    fresh(check)


def test_more_than_a_thousand_buckets_are_refused(fresh):
    window = Window(ORIGIN - 1001 * clock.DAY, ORIGIN)

    def check(session):
        with pytest.raises(InvalidInput, match="more than 1000 buckets"):
            series(session, scope=Scope(), window=window, by=Granularity.DAY, zone=ZoneInfo("UTC"))

    fresh(check)


def test_a_day_on_which_clocks_go_back_is_one_bucket_of_twenty_five_hours(fresh):
    berlin = ZoneInfo("Europe/Berlin")
    first = clock.to_instant(clock.to_datetime(ORIGIN).replace(month=10, day=25, hour=22))
    told = [
        Told(first + hours * clock.HOUR, 1, True, False, ("completed", "success"), 60, "main")
        for hours in range(25)
    ]

    def check(session):
        begin(session, told)
        (bucket,) = series(
            session, scope=Scope(), window=Window(first, first + 25 * clock.HOUR),
            by=Granularity.DAY, zone=berlin,
        )  # fmt: skip

        assert bucket.end - bucket.start == 25 * clock.HOUR
        assert bucket.totals.success == 25

    fresh(check)


@relaxed
@given(told=st.lists(runs, max_size=25), window=windows, zone=st.sampled_from(ZONES))
def test_numbers_stay_exact_where_the_fine_counts_are_deleted(fresh, told, window, zone):
    start, end = window

    def check(session):
        begin(session, told)
        day = ORIGIN // clock.DAY * clock.DAY
        session.merge(Counter(name=FINE_MARK, value=day))
        for table in (FleetCount, FleetBin):
            session.execute(delete(table).where(table.tier.in_(FINE_TIERS), table.start < day))
        wanted = matching(told, Scope(), start, end)
        edges = edges_of(Window(start, end), by=Granularity.DAY, zone=ZoneInfo(zone))

        found = query.totals(session, scope=Scope(), window=Window(start, end))
        days = series(session, scope=Scope(), window=Window(start, end), by=Granularity.DAY,
                      zone=ZoneInfo(zone))  # fmt: skip
        bins = count_bins(session, scope=Scope(), window=Window(start, end))

        assert found == naive_totals(wanted)
        assert [d.totals for d in days] == naive_series(told, edges, Scope(), start, end)
        assert sum(bins.values()) == len(naive_durations(wanted))

    fresh(check)


def test_percentiles_of_many_runs_come_from_bins_and_say_so(fresh):
    succeeded = ("completed", "success")
    told = [
        Told(ORIGIN + n * clock.SECOND, 1, True, False, succeeded, 60 + n, "main")
        for n in range(2001)
    ]

    def check(session):
        begin(session, told)
        window = Window(ORIGIN, ORIGIN + 2000 * clock.SECOND)
        longer = Window(ORIGIN, ORIGIN + 2001 * clock.SECOND)

        few = query.percentiles(session, scope=Scope(), window=window)
        many = query.percentiles(session, scope=Scope(), window=longer)

        assert few == query.Percentiles(1059.5 * clock.SECOND, 1959.05 * clock.SECOND, exact=True)
        assert not many.exact
        assert many.p50 == pytest.approx(1060 * clock.SECOND, rel=0.01)
        assert many.p95 == pytest.approx(1960 * clock.SECOND, rel=0.01)

    fresh(check)


def test_overview_gathers_what_the_single_questions_answer(fresh):
    words = [("completed", "success"), ("completed", "failure"), ("completed", "failure")]
    told = [
        Told(ORIGIN + n * clock.HOUR, number, True, False, words[n % number], 60, "main")
        for n in range(12)
        for number in (1, 2, 3)
    ]

    def check(session):
        begin(session, told)
        scope, window = Scope(), Window(ORIGIN, ORIGIN + 12 * clock.HOUR)

        found = query.overview(session, scope=scope, window=window, zone=ZoneInfo("UTC"), worst=2)

        assert found.totals == query.totals(session, scope=scope, window=window)
        assert found.percentiles == query.percentiles(session, scope=scope, window=window)
        assert [day.totals.total for day in found.series] == [36]
        assert [(w.workflow_id, w.totals.failure) for w in found.top_failing] == [(3, 8), (2, 6)]
        assert [w.repository_id for w in found.top_failing] == [2, 1]

    fresh(check)


def test_a_bucket_that_is_not_over_yet_is_not_complete(fresh, monkeypatch):
    midnight = ORIGIN // clock.DAY * clock.DAY
    now = midnight + 2 * clock.DAY + clock.HOUR
    monkeypatch.setattr(clock, "now", lambda: now)

    def check(session):
        begin(session, [])
        window = Window(midnight + clock.HOUR, midnight + 4 * clock.DAY)

        days = series(
            session, scope=Scope(), window=window, by=Granularity.DAY, zone=ZoneInfo("UTC")
        )

        assert [day.complete for day in days] == [True, True, False, False]
        assert [day.totals.total for day in days] == [0, 0, 0, 0]

    fresh(check)


def test_an_empty_window_holds_nothing(fresh):
    nowhere = Window(ORIGIN, ORIGIN)

    def check(session):
        begin(session, [])

        assert query.totals(session, scope=Scope(), window=nowhere) == query.Totals()
        assert query.per_workflow(session, scope=Scope(), window=nowhere) == []
        assert query.top_failing(session, scope=Scope(), window=nowhere) == []

    fresh(check)


def test_previous_window_is_as_long_and_ends_where_this_one_begins():
    assert query.previous_window(Window(1_000, 1_600)) == Window(400, 1_000)
