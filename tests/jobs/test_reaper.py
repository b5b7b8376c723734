"""The reaper: work of the dead goes back into the line, work of the living is left alone."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from pulseboard.errors import Unavailable
from pulseboard.jobs.reaper import Reaper, lock_of
from tests.jobs.conftest import statuses, wait_for

# Only there are several processes.
pytestmark = pytest.mark.parametrize("database_address", ["postgresql"], indirect=True)


@pytest.fixture
def reaper_of(database):
    """Return a function that makes a reaper which writes down whose work it puts back."""
    made = []

    def make(name, *, grace_seconds=0.0, recover=None):
        reaper = Reaper(
            database.engine.url,
            executor_id=name,
            recover=recover or (lambda dead: 1),
            stopping=threading.Event(),
            grace_seconds=grace_seconds,
        )
        made.append(reaper)
        return reaper

    yield make
    for reaper in made:
        reaper.end()


@pytest.fixture
def under_way(database, background):
    """Return a function that has a job run, as far as the database knows, in a process."""

    def pretend(executor_id, id="1"):
        with database.writing() as session:
            background.enqueue(session, "work", id=id)
            session.execute(
                text(
                    "UPDATE dbos.workflow_status SET status = 'PENDING', application_version = '1',"
                    " executor_id = :executor_id WHERE workflow_uuid = :id"
                ),
                {"executor_id": executor_id, "id": f"work:{id}"},
            )

    return pretend


def cut_off(database, reaper):
    """End the session of a reaper, as a restart of PostgreSQL would."""
    pid = reaper.hold().execute(text("SELECT pg_backend_pid()")).scalar_one()
    with database.writing() as session:
        session.execute(text(f"SELECT pg_terminate_backend({pid})"))


def test_work_of_the_dead_is_put_back_and_done(
    catalogue, background, under_way, database, monkeypatch
):
    monkeypatch.setattr("pulseboard.jobs.reaper._PAUSE_SECONDS", 0.02)
    monkeypatch.setattr("pulseboard.jobs.background.Reaper", eager_reaper)
    done = []
    catalogue.job("work", lambda context: done.append(context.id))
    under_way("somebody who died")
    background.start()
    wait_for(lambda: done == ["1"])
    wait_for(lambda: statuses(database) == {"work:1": "SUCCESS"})


def eager_reaper(*arguments, **options):
    """A reaper that does not wait after PostgreSQL has started."""
    return Reaper(*arguments, grace_seconds=0.0, **options)


def idle_reaper(*arguments, **options):
    """A reaper that leaves the reaping to the test."""
    return Reaper(*arguments, grace_seconds=1e9, **options)


def test_work_of_the_living_is_left_alone(reaper_of, under_way, database):
    living, other = reaper_of("living"), reaper_of("other")
    living.hold()
    under_way("living")
    assert other.look() == []
    living.end()
    wait_for(lambda: other.look() == ["living"])


def test_own_work_is_left_alone(reaper_of, under_way):
    under_way("own")
    assert reaper_of("own").look() == []


def test_one_of_many_reaps(reaper_of, under_way):
    first, second = reaper_of("first"), reaper_of("second")
    assert first.look() == []
    under_way("dead")
    assert second.look() == []
    assert first.look() == ["dead"]
    first.end()
    wait_for(lambda: second.look() == ["dead"])


def test_a_lock_is_given_back_when_recovering_fails(reaper_of, under_way, database):
    def fail(_dead):
        raise InterruptedError

    reaper = reaper_of("own", recover=fail)
    under_way("dead")
    with pytest.raises(InterruptedError):
        reaper.look()
    with database.writing() as session:
        assert session.scalar(text(f"SELECT pg_try_advisory_lock({lock_of('dead')})"))


def test_nobody_is_taken_for_dead_soon_after_postgresql_has_started(reaper_of, under_way):
    under_way("dead")
    assert reaper_of("own", grace_seconds=3600).look() == []


def test_nobody_is_taken_for_dead_soon_after_being_cut_off(reaper_of, under_way, database):
    reaper = reaper_of("own")
    under_way("dead")
    cut_off(database, reaper)
    with pytest.raises(SQLAlchemyError):
        reaper.look()
    reaper._grace_seconds = 3600
    reaper._cut_off()
    reaper._grace_seconds = 0.0
    assert reaper.look() == []
    reaper._calm_at = 0.0
    assert reaper.look() == ["dead"]


def test_the_lock_is_taken_again_after_being_cut_off(reaper_of, under_way, database, monkeypatch):
    monkeypatch.setattr("pulseboard.jobs.reaper._PAUSE_SECONDS", 0.02)
    reaper = reaper_of("own")
    reaper.hold()
    cut_off(database, reaper)
    reaper.start()
    wait_for(lambda: reaper._calm_at > 0 and reaper._connection is not None)
    with database.reading() as session:
        assert not session.scalar(text(f"SELECT pg_try_advisory_lock({lock_of('own')})"))
    reaper._stopping.set()


def test_a_lock_that_another_holds_is_waited_for(reaper_of, database):
    looking, reaper = reaper_of("looking"), reaper_of("own")
    connection = looking.hold()
    connection.execute(text(f"SELECT pg_advisory_lock({lock_of('own')})"))
    with pytest.raises(Unavailable):
        reaper.hold()
    connection.execute(text(f"SELECT pg_advisory_unlock({lock_of('own')})"))
    reaper.hold()


def test_work_is_only_put_back_for_the_executor_that_has_it(
    background, under_way, database, monkeypatch
):
    # The one call of the engine that is internal, held to what we rely on.
    monkeypatch.setattr("pulseboard.jobs.background.Reaper", idle_reaper)
    background.start()
    wait_for(lambda: background.is_running)
    under_way("dead", id="1")
    under_way("living", id="2")
    assert background._engine.recover("dead") == 1
    wait_for(lambda: statuses(database)["work:1"] != "PENDING")
    assert statuses(database, "status, executor_id")["work:2"] == ("PENDING", "living")
    assert background._engine.recover("dead") == 0


def test_of_another_version_nothing_is_put_back(reaper_of, under_way):
    reaper = reaper_of("own", recover=lambda dead: 0)
    under_way("dead")
    assert reaper.look() == []
