"""Retention: what is too old goes, in small steps; the numbers of the past stay what they were."""

import pytest
from sqlalchemy import func, select

from pulseboard import clock
from pulseboard.collect import erasure, retention
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.retention import Kind
from pulseboard.config import load_settings
from pulseboard.metrics.query import Scope, Window, percentiles, totals
from pulseboard.metrics.tiers import WIDTHS, Tier
from pulseboard.model import (
    IS_LATEST,
    Delivery,
    DeliveryBody,
    FleetBin,
    FleetCount,
    Job,
    Repository,
    Run,
    Step,
    Workflow,
    WorkflowBin,
    WorkflowCount,
)
from pulseboard.vocabulary import DeliveryResult
from tests.collect.stored import stored_counts
from tests.factories import NOON, SECOND, envelope, job_seen, repository_seen, run_seen, step_seen

DAY = clock.DAY
MIDNIGHT = NOON - DAY // 2
# No class but deliveries goes by itself unless a test says so.
FOR_EVER = {"retention_payload_days": 0, "retention_delivery_days": 36_500}


def periods(**days):
    return load_settings(**{**FOR_EVER, **{f"retention_{k}_days": v for k, v in days.items()}})


def number_of(database, table, *where):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(table).where(*where))


def counts_of(database):
    with database.reading() as session:
        return stored_counts(session)


def finished(number, *, at=NOON, seconds=60, conclusion="success", **facts):
    return run_seen(
        "completed",
        conclusion,
        time=at + seconds * SECOND,
        run_id=str(number),
        created_at=at,
        attempt_started_at=at,
        **facts,
    )


def run_retention(database, *, at=NOON, **days):
    return retention.run(database, settings=periods(**days), at=at)


def preview_of(database, kind, *, at=NOON, **days):
    with database.reading() as session:
        found = retention.preview(session, settings=periods(**days), at=at)
    assert [forecast.kind for forecast in found] == list(Kind)
    return next(forecast for forecast in found if forecast.kind is kind)


@pytest.fixture
def small_steps(monkeypatch):
    monkeypatch.setattr(erasure, "_DELIVERIES_A_STEP", 2)
    monkeypatch.setattr(erasure, "_RUNS_A_STEP", 2)
    monkeypatch.setattr(erasure, "_IDS_A_STATEMENT", 3)


def test_nothing_goes_that_is_kept_for_ever(database):
    commit(database, [envelope(runs=[finished(1, at=NOON - 5000 * DAY)])])

    assert run_retention(database) == dict.fromkeys(Kind, 0)
    assert preview_of(database, Kind.RUNS) == (Kind.RUNS, None, None, 0, 0, NOON - 5000 * DAY)


def test_payloads_go_and_their_deliveries_stay_known(database, small_steps):
    old = [
        envelope(guid=f"old-{n}", received_at=NOON - 11 * DAY - n, body=b"12345") for n in range(5)
    ]
    commit(database, [*old, envelope(guid="new", received_at=NOON - 10 * DAY)])

    forecast = preview_of(database, Kind.PAYLOADS, payload=10)
    assert (forecast.days, forecast.before, forecast.number) == (10, NOON - 10 * DAY, 5)
    assert forecast.oldest == NOON - 11 * DAY - 4
    assert forecast.size > 0
    assert run_retention(database, payload=10)[Kind.PAYLOADS] == 5

    assert number_of(database, DeliveryBody) == 1
    assert number_of(database, Delivery) == 6
    assert commit(database, [old[0]])[0].result is DeliveryResult.DUPLICATE
    assert run_retention(database, payload=10)[Kind.PAYLOADS] == 0


def test_deliveries_take_their_payloads_along(database, small_steps):
    times = [NOON - 40 * DAY, NOON - 35 * DAY, NOON - 31 * DAY, NOON - 30 * DAY, NOON]
    commit(database, [envelope(received_at=at) for at in times])

    assert preview_of(database, Kind.PAYLOADS, delivery=30).number == 3
    done = run_retention(database, delivery=30)

    assert (done[Kind.PAYLOADS], done[Kind.DELIVERIES]) == (3, 3)
    assert number_of(database, Delivery) == number_of(database, DeliveryBody) == 2


def test_jobs_and_steps_go_and_their_runs_keep_their_durations(database, small_steps):
    for number, at in enumerate([NOON - 9 * DAY, NOON - 8 * DAY, NOON - DAY]):
        job = job_seen("completed", "success", time=at + 40 * SECOND, run_id=str(number),
                       job_id=str(number), steps=[step_seen(1), step_seen(2)])  # fmt: skip
        job.run.created_at = at
        commit(database, [envelope(runs=[finished(number, at=at)], jobs=[job])])
    before = counts_of(database)

    assert preview_of(database, Kind.JOBS, job=7).number == 2
    assert run_retention(database, job=7)[Kind.JOBS] == 2

    assert (number_of(database, Job), number_of(database, Step)) == (1, 2)
    assert number_of(database, Run, Run.duration == 40 * SECOND) == 3
    assert counts_of(database) == before
    assert run_retention(database, job=7)[Kind.JOBS] == 0


def test_runs_go_with_all_attempts_and_the_numbers_stay(database, small_steps):
    old = MIDNIGHT - 10 * DAY
    observed = [
        finished(n, at=old + n * SECOND, conclusion="failure" if n % 3 else "success")
        for n in range(7)
    ]
    again = finished(6, at=old + 6 * SECOND, attempt=2)
    job = job_seen(run_id="6", attempt=2, steps=[step_seen(1)])
    job.run.created_at = old + 7 * SECOND
    kept = finished(100, at=MIDNIGHT - 7 * DAY)
    commit(database, [envelope(runs=[*observed, again, kept], jobs=[job])])
    before = counts_of(database)
    window = Window(MIDNIGHT - 20 * DAY, MIDNIGHT)
    with database.reading() as session:
        counted = totals(session, scope=Scope(), window=window)
        typical = percentiles(session, scope=Scope(), window=window)

    assert preview_of(database, Kind.RUNS, run=7).number == 7
    assert run_retention(database, run=7)[Kind.RUNS] == 7

    assert number_of(database, Run) == 1
    assert number_of(database, Job) == number_of(database, Step) == 0
    assert number_of(database, Repository) == number_of(database, Workflow) == 1
    assert counts_of(database) == before
    with database.reading() as session:
        assert totals(session, scope=Scope(), window=window) == counted
        left = percentiles(session, scope=Scope(), window=window)
    assert counted.total == 8
    assert not left.exact
    assert left.p50 == pytest.approx(typical.p50, rel=0.01)


def test_one_workflows_past_is_exact_for_whole_days_without_its_runs(database):
    commit(database, [envelope(runs=[finished(n, at=MIDNIGHT - (10 + n) * DAY)]) for n in range(3)])
    with database.reading() as session:
        workflow = session.scalar(select(Workflow.id))
    run_retention(database, run=7)

    with database.reading() as session:
        scope = Scope(workflows=(workflow,))
        counted = totals(session, scope=scope, window=Window(MIDNIGHT - 11 * DAY, MIDNIGHT))
    assert (counted.total, counted.duration_sum) == (2, 120 * SECOND)


def test_runs_go_by_whole_days_of_utc(database):
    times = [MIDNIGHT - 7 * DAY - 1, MIDNIGHT - 7 * DAY]
    commit(database, [envelope(runs=[finished(n, at=at)]) for n, at in enumerate(times)])

    run_retention(database, at=NOON, run=7)

    assert number_of(database, Run) == 1
    assert number_of(database, Run, Run.created_at == MIDNIGHT - 7 * DAY) == 1


def test_late_word_about_a_deleted_run_counts_it_no_second_time(database):
    commit(database, [envelope(runs=[finished(n, at=NOON - (9 + n) * DAY) for n in range(3)])])
    run_retention(database, run=7)

    late = [
        envelope(runs=[finished(1, at=NOON - 10 * DAY, seconds=90)]),
        envelope(jobs=[job_seen(run_id="2")], guid="of a job"),
    ]
    late[1].jobs[0].run.created_at = NOON - 11 * DAY
    receipts = commit(database, [*late, envelope(runs=[finished(50)])])

    assert [receipt.result for receipt in receipts] == ["ignored", "ignored", "stored"]
    assert "deleted by retention" in receipts[0].reason
    assert receipts[0].run_id is None
    assert number_of(database, Run) == 1
    with database.reading() as session:
        past = totals(session, scope=Scope(), window=Window(MIDNIGHT - 20 * DAY, MIDNIGHT))
        everything = totals(session, scope=Scope(), window=Window(0, NOON + DAY))
    assert (past.total, past.duration_sum) == (3, 180 * SECOND)
    assert everything.total == 4


def test_deleted_demo_runs_keep_no_real_history_out(database):
    demo = repository_seen("demo/web", provider_id="9", demo=True)
    commit(database, [envelope(runs=[finished(1, at=NOON - 9 * DAY, repository=demo)])])
    assert run_retention(database, run=7)[Kind.RUNS] == 1

    (receipt,) = commit(database, [envelope(runs=[finished(1, at=NOON - 20 * DAY)])])

    assert receipt.result is DeliveryResult.STORED
    with database.reading() as session:
        assert erasure.get_floor(session) == 0


def test_runs_of_one_instant_go_together(database, small_steps):
    commit(database, [envelope(runs=[finished(n, at=NOON - 9 * DAY)]) for n in range(5)])

    steps = retention.erase(database, settings=periods(run=7), at=NOON)

    assert next(steps) == (Kind.RUNS, 5)
    with database.reading() as session:
        assert erasure.get_floor(session) == NOON - 9 * DAY + 1


def test_it_stops_after_the_step_under_way_and_goes_on_another_time(database, small_steps):
    commit(database, [envelope(runs=[finished(n, at=NOON - (20 - n) * DAY)]) for n in range(6)])

    done = retention.run(database, settings=periods(run=7), at=NOON, should_stop=lambda: True)
    assert done[Kind.RUNS] == 2
    assert number_of(database, Run) == 4

    assert run_retention(database, run=7)[Kind.RUNS] == 4
    assert number_of(database, Run) == 0


def test_fine_aggregates_go_and_whole_days_stay_exact(database):
    commit(database, [envelope(runs=[finished(n, at=NOON - n * DAY)]) for n in range(10)])

    expected = preview_of(database, Kind.HOURS, hour=5).number
    assert expected > 0
    assert run_retention(database, hour=5)[Kind.HOURS] == expected

    for table in (FleetCount, FleetBin):
        old = (table.tier.in_((Tier.QUARTER, Tier.HOUR)), table.start < MIDNIGHT - 5 * DAY)
        assert number_of(database, table, *old) == 0
    fine = (FleetCount.tier == Tier.QUARTER, FleetCount.start >= MIDNIGHT - 5 * DAY)
    assert number_of(database, FleetCount, *fine) == 6
    with database.reading() as session:
        window = Window(MIDNIGHT - 9 * DAY, MIDNIGHT + DAY)
        assert totals(session, scope=Scope(), window=window).total == 10


def test_late_word_about_an_old_run_does_not_hide_the_others_of_its_time(database):
    """The late run makes fine counts where retention has deleted those of its neighbours."""
    commit(database, [envelope(runs=[finished(n, at=NOON - n * DAY)]) for n in range(10)])
    run_retention(database, hour=5)

    commit(database, [envelope(runs=[finished(20, at=NOON - 9 * DAY)])])

    with database.reading() as session:
        window = Window(MIDNIGHT - 9 * DAY, NOON - 7 * DAY + 1)
        assert totals(session, scope=Scope(), window=window).total == 4


def test_days_go_together_with_the_block_that_holds_them(database):
    block = WIDTHS[Tier.BLOCK]
    edge = NOON - NOON % block
    times = [edge - block - 1, edge - 1, edge + 1]
    commit(database, [envelope(runs=[finished(n, at=at)]) for n, at in enumerate(times)])

    # The edge between the second and the third block lies at the end of what is kept.
    done = run_retention(database, at=edge + 20 * DAY, run=10, day=10)

    assert done[Kind.DAYS] > 0
    for table in (FleetCount, FleetBin, WorkflowCount, WorkflowBin):
        assert number_of(database, table, table.start < edge) == 0
        assert number_of(database, table, table.tier == Tier.BLOCK) == 1


@pytest.mark.parametrize(("run", "kept"), [(0, None), (150, 150), (5, 10)])
def test_days_stay_as_long_as_the_runs_they_count(database, run, kept):
    old = MIDNIGHT - 100 * DAY
    commit(database, [envelope(runs=[finished(1, at=old, conclusion="failure")])])

    assert preview_of(database, Kind.DAYS, run=run, day=10).days == kept
    assert preview_of(database, Kind.HOURS, run=run, day=10, hour=20).days == min(kept or 20, 20)
    run_retention(database, run=run, day=10)
    commit(database, [envelope(runs=[finished(1, at=old, attempt=2)])])

    runs = number_of(database, Run, IS_LATEST)
    with database.reading() as session:
        found = totals(session, scope=Scope(), window=Window(old - DAY, old + 3 * DAY))
    assert (found.total, found.success, found.failure) == (runs, runs, 0)


def test_oldest_is_named_although_nothing_is_too_old(database):
    commit(database, [envelope(runs=[finished(1, at=NOON - DAY)], received_at=NOON - SECOND)])

    assert preview_of(database, Kind.RUNS, run=7).oldest == NOON - DAY
    assert preview_of(database, Kind.DELIVERIES).oldest == NOON - SECOND
    assert preview_of(database, Kind.HOURS, hour=7)[3:] == (0, 0, NOON - DAY)
    assert preview_of(database, Kind.JOBS, job=7).oldest is None
