"""What is stored of the demo can be closed and removed without touching anything real."""

from sqlalchemy import func, select

from pulseboard import clock
from pulseboard.collect.demo import close_abandoned, has_demo, remove_demo
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.normalise import run_from_github
from pulseboard.collect.records import Envelope, RepositorySeen
from pulseboard.collect.simulator import history, simulate
from pulseboard.metrics.scope import Scope
from pulseboard.model import (
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
from pulseboard.pipelines.verdict import judge
from pulseboard.vocabulary import Source

NOW = 1_795_186_800 * clock.SECOND
TABLES = (Repository, Workflow, Run, Job, Step, Delivery, DeliveryBody, FleetCount, FleetBin,
          WorkflowCount, WorkflowBin)  # fmt: skip


def real_run():
    """Return a delivery of a real repository that happens to be named like one of the demo's."""
    repository = RepositorySeen(full_name="acme/api", provider_id="1")
    run = run_from_github(
        {
            "id": 5,
            "name": "CI",
            "workflow_id": 9,
            "status": "completed",
            "conclusion": "success",
            "head_branch": "main",
            "created_at": "2026-11-20T10:00:00Z",
            "run_started_at": "2026-11-20T10:00:00Z",
            "updated_at": "2026-11-20T10:05:00Z",
        },
        repository,
    )
    return Envelope(guid="real", source=Source.WEBHOOK, event="workflow_run", received_at=NOW,
                    body=b"{}", repository=repository, runs=[run])  # fmt: skip


def counts(session):
    return {t.__tablename__: session.scalar(select(func.count()).select_from(t)) for t in TABLES}


def test_removing_the_demo_leaves_exactly_what_is_real(database):
    commit(database, [real_run()])
    with database.reading() as session:
        before = counts(session)
    commit(database, list(history(seed=2, until=NOW, days=1)))
    commit(database, simulate(count=5, fail_rate=0.5, pipelines=["web"], seed=1, at=NOW))
    with database.reading() as session:
        runs = session.scalar(select(func.count()).where(Run.demo, Run.latest))
        assert has_demo(session)
        assert counts(session)["deliveries"] > before["deliveries"]
    with database.writing() as session:
        assert remove_demo(session) == runs
    with database.reading() as session:
        assert counts(session) == before
        assert not has_demo(session)
        assert session.scalars(select(Run.source)).all() == ["github"]


def test_removing_twice_removes_nothing_more(database):
    commit(database, simulate(count=2, fail_rate=0, pipelines=["web"], seed=1, at=NOW))
    with database.writing() as session:
        assert remove_demo(session) == 2
    with database.writing() as session:
        assert remove_demo(session) == 0


def test_verdict_forgets_what_was_removed(database):
    def total():
        with database.reading() as session:
            return judge(session, scope=Scope(default_only=True, demo=True), at=NOW).total

    commit(database, list(history(seed=2, until=NOW, days=1)))
    assert total() > 0
    with database.writing() as session:
        remove_demo(session)
    assert total() == 0


def test_demo_can_be_loaded_again_after_it_was_removed(database):
    envelopes = list(history(seed=2, until=NOW, days=1))
    commit(database, envelopes)
    with database.reading() as session:
        once = counts(session)
    with database.writing() as session:
        remove_demo(session)
    commit(database, envelopes)
    with database.reading() as session:
        assert counts(session) == once


def test_demo_and_real_repositories_of_one_name_stay_apart(database):
    commit(database, [*history(seed=2, until=NOW, days=1), real_run()])
    with database.reading() as session:
        named = session.execute(
            select(Repository.demo)
            .where(Repository.name_key == "acme/api")
            .order_by(Repository.demo)
        )
        assert named.scalars().all() == [False, True]


def test_abandoned_runs_are_cancelled_with_their_jobs(database):
    commit(database, list(history(seed=2, until=NOW, days=1)))
    later = NOW + clock.HOUR
    with database.reading() as session:
        endings = close_abandoned(session, at=later)
    assert len(endings) >= 2
    commit(database, endings)
    with database.reading() as session:
        assert close_abandoned(session, at=later) == []
        assert session.scalar(select(func.count()).where(Run.latest, Run.outcome == "open")) == 0
        ids = [envelope.runs[0].run_id for envelope in endings]
        closed = session.scalars(select(Run).where(Run.provider_run_id.in_(ids), Run.latest)).all()
        assert {run.conclusion for run in closed} == {"cancelled"}
        assert {run.demo for run in closed} == {True}
        assert all(run.completed_at <= later for run in closed)
        own = [run.id for run in closed]
        assert set(session.scalars(select(Job.status).where(Job.run_id.in_(own)))) == {"completed"}
