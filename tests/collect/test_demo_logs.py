"""What keeps the logs of the demo: each failed job's, once, and gone with the demo."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from pulseboard import clock
from pulseboard.collect.demo import remove_demo
from pulseboard.collect.demo_logs import keep_demo_logs
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.simulator import history, simulate
from pulseboard.config import load_settings
from pulseboard.errors import Unavailable
from pulseboard.logs.keeping import Keeper
from pulseboard.model import Delivery, DeliveryBody, Job, Log, LogUnit
from pulseboard.vocabulary import LogState, Outcome

NOW = 1_795_186_800 * clock.SECOND


@pytest.fixture
def keeper(database, tmp_path: Path):
    return Keeper.from_settings(database, load_settings(data=tmp_path))


def failed_jobs(session):
    return session.scalar(select(func.count()).where(Job.outcome == Outcome.FAILURE))


def test_every_failed_job_of_the_demo_gets_its_log_with_the_first_error(database, keeper):
    commit(database, list(history(seed=1, until=NOW, days=2)))
    kept = keep_demo_logs(database, make_keeper=lambda: keeper)
    with database.reading() as session:
        logs = session.scalars(select(Log)).all()
        assert len(logs) == failed_jobs(session) > 3
        stored = [log for log in logs if log.state == LogState.STORED]
        assert len(stored) == kept > 3
        assert all(log.demo and log.first_error for log in stored)
    assert keep_demo_logs(database, make_keeper=lambda: keeper) == 0


def test_runs_made_on_request_get_theirs_too(database, keeper):
    commit(database, simulate(count=4, fail_rate=0.5, pipelines=["web"], seed=3, at=NOW))
    assert keep_demo_logs(database, make_keeper=lambda: keeper) == 2


def test_job_whose_delivery_is_gone_is_not_looked_for_again(database, keeper):
    commit(database, simulate(count=1, fail_rate=1, pipelines=["web"], seed=3, at=NOW))
    with database.writing() as session:
        session.execute(DeliveryBody.__table__.delete())
        session.execute(Delivery.__table__.delete())
    assert keep_demo_logs(database, make_keeper=lambda: keeper) == 0
    with database.reading() as session:
        (log,) = session.scalars(select(Log)).all()
        assert (log.state, log.reason) == ("missing", "the demo made this job without a log")


def test_store_that_is_out_leaves_the_rest_for_the_next_time(database, keeper, monkeypatch):
    commit(database, simulate(count=2, fail_rate=1, pipelines=["web"], seed=3, at=NOW))

    def refuse(*_args, **_options):
        raise Unavailable("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(keeper.store, "put", refuse)
        assert keep_demo_logs(database, make_keeper=lambda: keeper) == 0
    assert keep_demo_logs(database, make_keeper=lambda: keeper) == 2


def test_asked_to_stop_it_keeps_no_more(database, keeper):
    commit(database, simulate(count=2, fail_rate=1, pipelines=["web"], seed=3, at=NOW))
    kept = keep_demo_logs(database, make_keeper=lambda: keeper, should_stop=lambda: True)
    assert kept == 0


def test_removing_the_demo_takes_its_logs_along(database, keeper):
    commit(database, simulate(count=2, fail_rate=1, pipelines=["web"], seed=3, at=NOW))
    keep_demo_logs(database, make_keeper=lambda: keeper)
    with database.writing() as session:
        remove_demo(session)
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Log)) == 0
        assert session.scalar(select(func.count()).select_from(LogUnit)) == 0
