"""Every number equals the one counted run by run, whatever the window, the zone and the scope."""

from contextlib import suppress
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from pulseboard import clock
from pulseboard.clock import Granularity
from pulseboard.errors import InvalidInput
from pulseboard.metrics import query, rollup
from pulseboard.metrics.scope import Scope
from pulseboard.metrics.series import edges_of, series
from pulseboard.metrics.stats import percentile
from pulseboard.metrics.tiers import Window
from pulseboard.model import Repository, Run, Workflow
from tests.metrics.counted import ROLLUPS, counted_rows
from tests.metrics.histories import (
    ORIGIN,
    Told,
    matching,
    naive_durations,
    naive_series,
    naive_totals,
    runs,
    scopes,
    store,
    windows,
)

ZONES = ["UTC", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns"]
relaxed = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def fresh(database):
    """Return a function that runs a check in a transaction which is thrown away."""

    def run(check):
        with suppress(UndoError), database.writing() as session:
            check(session)
            raise UndoError

    return run


class UndoError(Exception):
    """Throws a transaction away once its rows have been looked at."""


def told_session(session, told):
    for table in (*ROLLUPS, Run, Workflow, Repository):
        session.execute(delete(table))
    rollup.apply(session, store(session, told))


@relaxed
@given(
    told=st.lists(runs, max_size=25),
    moves=st.lists(st.tuples(st.integers(0, 24), runs), max_size=10),
)
def test_differences_leave_what_a_recount_finds(fresh, told, moves):
    def check(session):
        told_session(session, told)
        now = list(told)
        for at, changed in moves:
            if at < len(now):
                deltas = rollup.Deltas()
                for keep, run in ((deltas.remove, now[at]), (deltas.add, changed)):
                    if run.contribution() is not None:
                        keep(run.contribution())
                rollup.apply(session, deltas)
                now[at] = changed
        kept = counted_rows(session)
        session.execute(delete(Run))
        session.execute(delete(Workflow))
        session.execute(delete(Repository))
        store(session, now)

        rollup.recount(session)

        assert kept == counted_rows(session)

    fresh(check)


@relaxed
@given(told=st.lists(runs, max_size=25), window=windows, scope=scopes)
def test_totals_and_percentiles_equal_a_count_of_the_runs(fresh, told, window, scope):
    def check(session):
        told_session(session, told)
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
        told_session(session, told)
        durations = naive_durations(matching(told, scope, *window))

        bins = query._bins(session, scope, Window(*window))

        assert sum(bins.values()) == len(durations)
        if durations:
            lowest = query.percentile_of_bins(sorted(bins.items()), 0.0)
            assert lowest == pytest.approx(durations[0], rel=0.02, abs=1000)

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
        told_session(session, told)
        edges = edges_of(Window(start, end), by=by, zone=ZoneInfo(zone))

        found = series(session, scope=scope, window=Window(start, end), by=by, zone=ZoneInfo(zone))

        assert [bucket.totals for bucket in found] == naive_series(told, edges, scope, start, end)
        assert [bucket.start for bucket in found] == edges[:-1]

    fresh(check)


@relaxed
@given(told=st.lists(runs, max_size=25), window=windows, scope=scopes)
def test_workflows_are_counted_and_ranked_like_their_runs(fresh, told, window, scope):
    def check(session):
        told_session(session, told)
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
        told_session(session, [failed])
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
        told_session(session, told)
        (bucket,) = series(
            session, scope=Scope(), window=Window(first, first + 25 * clock.HOUR),
            by=Granularity.DAY, zone=berlin,
        )  # fmt: skip

        assert bucket.end - bucket.start == 25 * clock.HOUR
        assert bucket.totals.success == 25

    fresh(check)
