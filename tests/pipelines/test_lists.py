"""Lists of runs: the same runs in the same order by whatever index, and by the right one."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from pulseboard import clock
from pulseboard.db.engine import is_postgresql
from pulseboard.metrics.scope import Scope
from pulseboard.metrics.tiers import Window
from pulseboard.pipelines import (
    Order,
    RunFilter,
    count_runs,
    find_scope,
    get_last_run,
    list_last_runs,
    list_runs,
    page_runs,
)
from pulseboard.pipelines.repositories import count_failures
from pulseboard.vocabulary import Phase
from tests.pipelines.past import NOW

DAY = clock.DAY
OLD = {"start": NOW - 40 * DAY, "end": NOW - 30 * DAY}


def ids(runs):
    return [run.id for run in runs]


# The plans


@contextmanager
def watched(session):
    """Gather what is asked of the database."""
    asked = []

    def remember(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", remember)
    yield asked
    event.remove(engine, "before_cursor_execute", remember)


def plan_of(past, question, **words):
    """Return how the database goes about the last statement of a question."""
    with past.database.reading() as session:
        with watched(session) as asked:
            question(session, **words)
        statement, parameters = asked[-1]
        connection = session.connection()
        if not is_postgresql(session):
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            return " | ".join(row[-1] for row in rows)
        # A few rows are read fastest as they lie; this is about the way that many would go.
        for way in ("seqscan", "bitmapscan", "sort"):
            connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters)
        return " | ".join(row[0].strip() for row in rows)


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        ({}, "ix_runs_recent"),
        ({"statuses": ("failure",)}, "ix_runs_recent"),
        ({"start": NOW - 7 * DAY, "end": NOW}, "ix_runs_recent"),
        ({"repositories": ["acme/api"]}, "ix_runs_repository_recent"),
        ({"repositories": ["acme/api", "acme/web"]}, "ix_runs_repository_recent"),
        ({"workflows": ["CI"], "repositories": ["acme/api"]}, "ix_runs_workflow_recent"),
        ({"workflows": ["CI"]}, "ix_runs_workflow_recent"),
        ({"branches": ["@default"]}, "ix_runs_recent"),
        ({"branches": ["fix/1"]}, "ix_runs_branch"),
        (OLD, "ix_runs_window"),
    ],
)
def test_page_of_runs_is_read_along_the_index_made_for_it(past, wanted, index):
    past.runs({"ago": i, "repo": f"acme/{name}"} for i in range(30) for name in ("api", "web"))

    def show(session):
        names = {k: wanted[k] for k in ("repositories", "workflows", "branches") if k in wanted}
        scope = find_scope(session, demo=False, **names)
        others = {k: wanted[k] for k in ("statuses", "start", "end") if k in wanted}
        return list_runs(session, wanted=RunFilter(scope, **others), limit=10)

    plan = plan_of(past, show)

    assert index in plan
    assert "SCAN runs" not in plan
    assert "Seq Scan on runs" not in plan


def test_failures_of_a_day_are_counted_along_their_own_index(past):
    past.run(conclusion="failure")

    plan = plan_of(past, count_failures, demo=False, since=NOW - DAY)

    # With next to no rows PostgreSQL does not care which of the two indexes of failures it takes.
    assert "ix_runs_fail" in plan


# The runs


@pytest.fixture
def mixed(past):
    """Forty runs of several repositories, workflows, branches, ages and outcomes."""
    outcomes = ["success", "failure", "cancelled", "skipped", "neutral", "timed_out"]
    past.runs(
        {
            "ago": (i * 37) % 1000 + i // 5 * 5000,
            "repo": f"acme/r{i % 4}",
            "workflow": f"w{i % 3}",
            "branch": ["main", "fix/1", None][i % 3],
            "conclusion": outcomes[i % 6],
            "seconds": (i * 7) % 50,
            "status": Phase.IN_PROGRESS if i % 11 == 0 else Phase.COMPLETED,
        }
        for i in range(40)
    )
    return past


@pytest.mark.parametrize("few", [True, False])
@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize(
    "wanted",
    [
        {}, {"repositories": ["acme/r1", "acme/r3"]}, {"workflows": ["w1"]},
        {"branches": ["fix/1"]}, {"branches": ["@default"]},
        {"start": NOW - 20 * DAY, "end": NOW - 5 * DAY}, {"statuses": ("failure", "running")},
    ],
)  # fmt: skip
def test_every_way_of_reading_gives_the_same_runs(mixed, monkeypatch, few, order, wanted):
    for name in ("_FEW", "_FEW_OF_A_WINDOW"):
        monkeypatch.setattr(f"pulseboard.pipelines.lists.{name}", 10**9 if few else -1)
    if not few:
        for module in ("lists", "filters"):
            monkeypatch.setattr(f"pulseboard.pipelines.{module}.MOST_PARTS", 1)

    with mixed.database.reading() as session:
        names = {k: wanted[k] for k in ("repositories", "workflows", "branches") if k in wanted}
        scope = find_scope(session, demo=False, **names)
        others = {k: wanted[k] for k in ("statuses", "start", "end") if k in wanted}
        everything = list_runs(session, wanted=RunFilter(Scope()), limit=500)
        found, after = [], None
        while True:
            page = page_runs(
                session, wanted=RunFilter(scope, **others), limit=7, order=order, after=after
            )
            found += page.runs
            after = page.end
            if after is None:
                break
        counted = count_runs(session, wanted=RunFilter(scope, **others))

    expected = [run for run in everything if matches(run, wanted)]
    assert sorted(ids(found)) == sorted(ids(expected))
    assert counted.total == len(expected)
    if order is Order.NEWEST:
        assert ids(found) == ids(sorted(expected, key=lambda run: (-run.started_at, -run.id)))
    values = [value_of(run, order) for run in found]
    assert values == sorted(values, reverse=order.startswith("-"))


def matches(run, wanted):
    return (
        run.repository in wanted.get("repositories", [run.repository])
        and run.workflow in wanted.get("workflows", [run.workflow])
        and (
            wanted.get("branches", [run.head_branch]) == [run.head_branch]
            or (wanted.get("branches") == ["@default"] and run.on_default)
        )
        and wanted.get("start", 0) <= run.created_at < wanted.get("end", 1 << 62)
        and run.status(at=NOW) in wanted.get("statuses", [run.status(at=NOW)])
    )


def value_of(run, order):
    match order.lstrip("-"):
        case "duration":
            return -1 if run.duration is None else run.duration
        case "status":
            return str(run.status(at=NOW))
        case "queue":
            return 0
        case _:
            return run.started_at


def test_attempts_that_were_replaced_are_in_no_list(past):
    first = past.run(ago=90, run_id="7", attempt=1, conclusion="failure")
    second = past.run(ago=90, run_id="7", attempt=2, started=5)

    (run,) = past.ask(list_runs, wanted=RunFilter(Scope()), limit=5)

    assert first == second == run.id
    assert (run.attempt, run.conclusion) == (2, "success")


def test_deleted_runs_are_in_no_list_and_no_count(past):
    kept = past.run(ago=9)
    past.run(ago=5, status=Phase.DELETED)

    assert ids(past.ask(list_runs, wanted=RunFilter(Scope()), limit=5)) == [kept]
    assert past.ask(count_runs, wanted=RunFilter(Scope())).total == 1
    assert past.ask(get_last_run, scope=Scope()).id == kept


def test_last_run_of_a_workflow_is_the_one_that_finished_last(past):
    long = past.run(ago=50, seconds=40 * 60)
    past.run(ago=40, seconds=60)
    past.run(ago=2, status=Phase.IN_PROGRESS)
    alone = past.run(ago=3, workflow="Nightly", status=Phase.QUEUED)
    old = past.run(ago=3000, workflow="Old")
    with past.database.reading() as session:
        everything = list_runs(session, wanted=RunFilter(Scope()), limit=10)
        workflows = {run.workflow: run.workflow_id for run in everything}
        found = list_last_runs(
            session,
            workflow_ids=list(workflows.values()),
            scope=Scope(),
            window=Window(NOW - DAY, NOW),
        )

    assert {run.workflow: run.id for run in found.values()} == {"CI": long, "Nightly": alone}
    assert old not in ids(found.values())


def test_runs_under_way_never_hide_the_last_that_has_finished(past):
    failed = past.run(ago=60, seconds=60, conclusion="failure")
    for number in range(12):
        past.run(ago=20 - number, status=Phase.IN_PROGRESS)
    with past.database.reading() as session:
        (run,) = list_runs(session, wanted=RunFilter(Scope(), ids=(failed,)), limit=1)
        found = list_last_runs(
            session,
            workflow_ids=[run.workflow_id],
            scope=Scope(),
            window=Window(NOW - DAY, NOW),
        )

    assert found[run.workflow_id].id == failed
