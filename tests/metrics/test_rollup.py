"""The counts kept by differences are those that a recount of the runs finds."""

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from pulseboard import clock
from pulseboard.metrics import rollup
from pulseboard.metrics.rollup import Contribution, Deltas
from pulseboard.metrics.tiers import WIDTHS, Tier
from pulseboard.model import FleetCount, Repository, Run, Workflow
from tests.metrics.counted import counted_rows
from tests.metrics.histories import ORIGIN, Told, begin, relaxed, runs, store

SUCCEEDED, FAILED = ("completed", "success"), ("completed", "failure")


@relaxed
@given(
    told=st.lists(runs, max_size=25),
    moves=st.lists(st.tuples(st.integers(0, 24), runs), max_size=10),
)
def test_differences_leave_what_a_recount_finds(fresh, told, moves):
    def check(session):
        begin(session, told)
        now = list(told)
        for at, changed in moves:
            if at < len(now):
                deltas = Deltas()
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
@given(told=st.lists(runs, max_size=25))
def test_one_batch_leaves_what_single_runs_leave(fresh, told):
    def check(session):
        begin(session, told)
        together = counted_rows(session)
        begin(session, [])
        for run in told:
            deltas = Deltas()
            if run.contribution() is not None:
                deltas.add(run.contribution())
            rollup.apply(session, deltas)

        assert counted_rows(session) == together

    fresh(check)


def test_what_is_added_and_removed_again_writes_nothing(fresh):
    contribution = Told(ORIGIN, 1, True, False, SUCCEEDED, 60, "main").contribution()

    def check(session):
        begin(session, [])
        deltas = Deltas()
        deltas.add(contribution)
        deltas.remove(contribution)

        rollup.apply(session, deltas)

        assert session.scalars(select(FleetCount)).all() == []

    fresh(check)


def test_a_run_is_counted_in_the_bucket_of_every_tier(fresh):
    run = Told(ORIGIN + 1, 1, True, False, FAILED, 60, "main")

    def check(session):
        begin(session, [run])

        rows = session.scalars(select(FleetCount).order_by(FleetCount.tier)).all()

        assert [(row.tier, row.start, row.lane) for row in rows] == [
            (tier, ORIGIN // WIDTHS[tier] * WIDTHS[tier], 1) for tier in Tier
        ]
        assert {(row.total, row.failure, row.timed, row.duration_sum) for row in rows} == {
            (1, 1, 1, 60 * clock.SECOND)
        }

    fresh(check)


def test_a_count_that_would_fall_below_zero_refuses_no_run(fresh):
    contribution = Told(ORIGIN, 1, True, False, FAILED, 60, "main").contribution()

    def check(session):
        begin(session, [])
        deltas = Deltas()
        deltas.remove(contribution)
        rollup.apply(session, deltas)
        rollup.recount(session)

        assert not any(counted_rows(session).values())

    fresh(check)


def test_a_recount_leaves_the_counts_of_deleted_runs_alone(fresh):
    block = WIDTHS[Tier.BLOCK]
    edge = ORIGIN // block * block
    told = [
        Told(at, 1, True, False, SUCCEEDED, 60, "main")
        for at in (edge - 40 * clock.DAY, edge - clock.DAY, edge, edge + clock.DAY)
    ]

    def check(session):
        begin(session, told)
        kept = counted_rows(session)
        gone = edge - 10 * clock.DAY
        session.execute(delete(Run).where(Run.created_at < gone))

        rollup.recount(session, since=gone)

        assert counted_rows(session) == kept

    fresh(check)


def test_only_success_and_failure_are_timed():
    timed = {
        outcome: Contribution(1, 1, 0, 0, outcome, 7).timed
        for outcome in ("success", "failure", "cancelled", "open", "other")
    }

    assert timed == {"success": 7, "failure": 7, "cancelled": None, "open": None, "other": None}
