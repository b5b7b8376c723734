"""Starting and stopping: nobody waits for it, and nothing is left behind."""

import gc
import threading
import time
import warnings

import pytest
from sqlalchemy import inspect

from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from pulseboard.jobs import engine
from pulseboard.jobs.background import Background, has_tables, prepare_jobs
from pulseboard.jobs.backlog import read_backlog
from pulseboard.jobs.carrying import is_job_left
from pulseboard.model import Base
from tests.jobs.conftest import statuses, wait_for


def test_tables_are_made_once(database):
    with database.reading() as session:
        assert not has_tables(session)
        assert read_backlog(session) == (0, 0, 0, 0, 0)
    for _ in range(2):
        prepare_jobs(database)
        with database.reading() as session:
            assert has_tables(session)


def test_its_tables_are_not_called_like_ours(database):
    prepare_jobs(database)
    schema = "dbos" if database.engine.dialect.name == "postgresql" else None
    tables = set(inspect(database.engine).get_table_names(schema=schema))
    assert "workflow_status" in tables
    if schema is None:
        # alembic_version, and what SQLite itself keeps, belong to neither.
        theirs = {"application_versions", "notifications", "operation_outputs", "queues", "streams"}
        rest = tables - set(Base.metadata.tables) - {"alembic_version"}
        assert {name for name in rest if not name.startswith(("workflow_", "dbos_"))} == theirs
        assert not theirs & set(Base.metadata.tables)


def test_nobody_waits_for_the_start(background, monkeypatch):
    gate = threading.Event()
    launch = Background._launch
    monkeypatch.setattr(
        Background, "_launch", lambda *arguments: gate.wait(10) and launch(*arguments)
    )
    background.start()
    assert not background.is_running
    gate.set()
    background.wait_until_started()
    assert background.is_running
    assert background.stop()
    assert not background.is_running


def test_a_stop_during_the_start_leaves_nothing(background):
    background.start()
    assert background.stop()
    wait_for(lambda: not is_job_left())


def test_stopping_what_was_never_started_is_fine(background):
    assert background.stop()
    assert background.stop()


def test_it_starts_when_the_database_comes(background, catalogue, ask, monkeypatch):
    monkeypatch.setattr("pulseboard.jobs.background._RETRY_SECONDS", 0.01)
    failures = iter([Unavailable("gone"), RuntimeError("odd")])
    launch, done = engine.Engine.launch, []

    def fail_first(made):
        for error in failures:
            raise error
        launch(made)

    monkeypatch.setattr(engine.Engine, "launch", fail_first)
    catalogue.job("work", lambda context: done.append(context.id))
    ask("work")
    background.start()
    wait_for(lambda: done)


def test_a_job_that_listens_ends_with_the_process(background, catalogue, ask, database):
    begun = threading.Event()

    def work(context):
        begun.set()
        while not context.is_stopping:
            time.sleep(0.01)

    catalogue.job("work", work)
    ask("work")
    background.start()
    wait_for(begun.is_set)
    assert background.stop()
    assert statuses(database) == {"work:1": "SUCCESS"}


def test_a_job_that_does_not_listen_is_left_to_the_next_start(
    background, catalogue, ask, database, monkeypatch
):
    monkeypatch.setattr("pulseboard.jobs.background._PATIENCE_SECONDS", 0.05)
    begun, end, closed = threading.Event(), threading.Event(), []

    def work(context):
        begun.set()
        end.wait(20)
        closed.append(context.id)

    catalogue.job("work", work)
    ask("work")
    background.start()
    wait_for(begun.is_set)
    assert not background.stop()
    assert is_job_left()
    assert statuses(database) == {"work:1": "PENDING"}
    with warnings.catch_warnings():
        # The engine is gone before this job is, and with it whoever would close its connections.
        warnings.simplefilter("ignore", ResourceWarning)
        end.set()
        wait_for(lambda: closed and not is_job_left())
        gc.collect()


def test_asking_works_where_nothing_is_carried_out(database, catalogue):
    prepare_jobs(database)
    elsewhere = Background(database, catalogue)
    with database.writing() as session:
        elsewhere.enqueue(session, "work", id="1")
    assert statuses(database) == {"work:1": "ENQUEUED"}
    with database.reading() as session:
        assert read_backlog(session)[:4] == (1, 0, 0, 0)
        assert read_backlog(session).lag >= 0


@pytest.mark.parametrize("name", ["tidy finished jobs", "work"])
def test_two_of_one_name_are_refused(background, catalogue, name):
    catalogue.job("work", lambda context: None)
    with pytest.raises(ValueError, match=name):
        catalogue.job(name, lambda context: None)
    with pytest.raises(ValueError, match=name):
        catalogue.schedule(name, 1, lambda context: None)


def test_a_schedule_needs_a_period(catalogue):
    with pytest.raises(ValueError, match="time between"):
        catalogue.schedule("never", 0, lambda context: None)


def test_its_connections_are_closed(background, database):
    if database.engine.dialect.name != "postgresql":
        pytest.skip("PostgreSQL counts them")
    background.start()
    wait_for(lambda: background.is_running)
    background.stop()
    other = Database(database.engine)

    def others():
        with other.reading() as session:
            return (
                session.connection()
                .exec_driver_sql(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                    " AND pid <> pg_backend_pid() AND state <> 'idle'"
                )
                .scalar_one()
            )

    wait_for(lambda: others() == 0)
