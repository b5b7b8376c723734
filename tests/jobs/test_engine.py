"""The engine in this process, on both databases: what is asked for is done, and its traps."""

import json
import logging
import subprocess
import sys
import threading
import time
from datetime import datetime
from functools import partial

import pytest
from sqlalchemy import text

from pulseboard import clock
from pulseboard.db.engine import make_background_engine
from pulseboard.db.migrate import is_current
from pulseboard.errors import NotFound, Unavailable
from pulseboard.jobs import engine
from pulseboard.jobs.background import TIDYING, Background, prepare_jobs
from pulseboard.jobs.backlog import read_backlog
from pulseboard.jobs.engine import Sender
from pulseboard.jobs.letters import dead_letters, retry_dead_letter
from pulseboard.jobs.port import Catalogue, Interrupted, Postponed, StepFailed
from tests.jobs.conftest import change_jobs, statuses, wait_for


def letters(database):
    with database.reading() as session:
        return dead_letters(session)


def test_a_job_asked_for_twice_is_done_once(catalogue, background, ask, database):
    done = []
    catalogue.job("greet", lambda context: done.append((context.id, context.args)))
    ask("greet", id="a", args={"name": "kim"})
    ask("greet", id="a", args={"name": "somebody else"})
    background.start()
    ask("greet", id="b")
    wait_for(lambda: len(done) == 2)
    ask("greet", id="a", args={"name": "too late"})
    ask("greet", id="c")
    wait_for(lambda: len(done) == 3)
    assert sorted(done) == [("a", {"name": "kim"}), ("b", {}), ("c", {})]
    wait_for(lambda: set(statuses(database).values()) == {"SUCCESS"})


def test_the_same_id_of_another_job_is_another_job(catalogue, background, ask):
    done = []
    catalogue.job("first", lambda context: done.append("first"))
    catalogue.job("second", lambda context: done.append("second"), at_once=1)
    ask("first")
    ask("second")
    background.start()
    wait_for(lambda: sorted(done) == ["first", "second"])


def test_what_is_rolled_back_is_never_done(catalogue, background, ask, database):
    done = []
    catalogue.job("greet", lambda context: done.append(context.id))
    with database.writing() as session:
        background.enqueue(session, "greet", id="never")
        session.rollback()
    with database.writing() as session:
        for number in range(50):
            background.enqueue(session, "greet", id=str(number))
    background.start()
    wait_for(lambda: len(done) == 50)
    assert "never" not in done


def test_a_job_waits_for_its_time(catalogue, background, ask, database):
    done = []
    catalogue.job("later", lambda context: done.append(clock.now()))
    due = clock.now() + clock.SECOND
    ask("later", id="soon", not_before=due)
    ask("later", id="past", not_before=clock.now() - clock.DAY)
    ask("later", id="far", not_before=clock.now() + clock.DAY)
    background.start()
    wait_for(lambda: len(done) == 2)
    # The engine counts in milliseconds.
    assert max(done) >= due - 1000
    with database.reading() as session:
        assert read_backlog(session).delayed == 1


def test_no_more_run_at_once_than_wanted(catalogue, background, ask):
    running, most, lock, done = [], [], threading.Lock(), []

    def work(context):
        with lock:
            running.append(context.id)
            most.append(len(running))
        time.sleep(0.02)
        with lock:
            running.remove(context.id)
        done.append(context.id)

    catalogue.job("work", work, at_once=3)
    for number in range(24):
        ask("work", id=str(number))
    background.start()
    wait_for(lambda: len(done) == 24)
    assert max(most) == 3


def test_a_long_job_with_a_line_of_its_own_holds_up_no_others(catalogue, background, ask):
    end, done = threading.Event(), []
    catalogue.job("long", lambda context: end.wait(20), at_once=1)
    catalogue.job("short", lambda context: done.append(context.id))
    for number in range(10):
        ask("long", id=str(number))
    ask("short")
    background.start()
    wait_for(lambda: done)
    end.set()


def test_a_failure_is_tried_again_and_then_kept_with_its_reason(
    catalogue, background, ask, database
):
    calls = []

    def fail(context):
        calls.append(context.id)
        raise ValueError("https://me:hunter2@example.org says no")

    catalogue.job("fail", fail, tries=3)
    ask("fail", args={"repository": 7})
    background.start()
    letter = wait_for(lambda: letters(database))[0]
    assert calls == ["1"] * 3
    assert letter[1:6] == (
        "fail", "1", {"repository": 7}, "ValueError: https://***@example.org says no", 3,
    )  # fmt: skip
    # Out of a workflow, it would have been an ERROR that nobody sees.
    wait_for(lambda: statuses(database) == {"fail:1": "SUCCESS"})
    with database.reading() as session:
        assert read_backlog(session).failed == 1


def test_what_cannot_work_is_not_tried_again(catalogue, background, ask, database):
    calls = []

    def fail(context):
        calls.append(context.id)
        raise NotFound("There is no such repository")

    catalogue.job("fail", fail)
    ask("fail")
    background.start()
    assert wait_for(lambda: letters(database))[0].reason == "There is no such repository"
    assert calls == ["1"]


def test_a_job_that_works_in_the_end_leaves_no_letter(catalogue, background, ask, database):
    outcomes = iter([Unavailable("not yet"), OSError("nor now")])
    done = []

    def work(context):
        for error in outcomes:
            raise error
        done.append(context.id)

    catalogue.job("work", work)
    ask("work")
    background.start()
    wait_for(lambda: done)
    assert letters(database) == []


def test_a_job_nobody_knows_is_kept_and_can_be_tried_again(catalogue, background, ask, database):
    done = []
    ask("of a newer version", args={"a": 1})
    background.start()
    letter = wait_for(lambda: letters(database))[0]
    assert "every process is up to date" in letter.reason
    catalogue.job("of a newer version", lambda context: done.append(context.args))
    with database.writing() as session:
        assert retry_dead_letter(session, letter.id, jobs=background) == letter
    wait_for(lambda: done == [{"a": 1}])
    assert letters(database) == []
    with database.writing() as session, pytest.raises(NotFound):
        retry_dead_letter(session, letter.id, jobs=background)


def test_a_postponed_job_begins_again_later_and_has_not_failed(
    catalogue, background, ask, database
):
    ids = []

    def work(context):
        ids.append(context.id)
        if len(ids) < 3:
            raise Postponed(clock.now() + 10_000)

    catalogue.job("work", work, tries=1)
    ask("work", id="it", args={"a": 1})
    background.start()
    wait_for(lambda: len(ids) == 3)
    assert ids[0] == "it"
    assert all(name.startswith("it at ") and name.count(" at ") == 1 for name in ids[1:])
    assert letters(database) == []


def test_a_step_is_done_once_however_often_its_job_is_tried(catalogue, background, ask):
    calls, results = [], []

    def work(context):
        for name in ("one", "two"):
            value = context.step(name, lambda name=name: calls.append(name) or {"n": len(calls)})
            results.append(value)
        if len(results) < 6:
            raise OSError

    catalogue.job("work", work)
    ask("work")
    background.start()
    wait_for(lambda: len(results) == 6)
    assert calls == ["one", "two"]
    assert results == [{"n": 1}, {"n": 2}] * 3


def test_a_step_comes_back_as_it_was_after_a_crash(catalogue, background, ask, database):
    calls, results, end = [], [], threading.Event()

    def work(context):
        results.append(context.step("token", lambda: calls.append(1) or len(calls)))
        with pytest.raises(StepFailed, match="no such thing"):
            context.step("fails", lambda: calls.append(2) or missing())
        if len(results) == 1:
            raise Interrupted
        end.set()

    def missing():
        raise NotFound("no such thing")

    catalogue.job("work", work)
    ask("work")
    background.start()
    wait_for(lambda: len(calls) == 2 and not background._engine._under_way)
    assert statuses(database) == {"work:1": "PENDING"}
    # As recovery does it for a process that is gone.
    executor = statuses(database, "executor_id")["work:1"]
    assert background._engine.recover(executor) >= 1
    wait_for(end.is_set)
    assert results == [1, 1]
    assert calls == [1, 2]


def test_a_step_that_fails_for_good_ends_its_job(catalogue, background, ask, database):
    calls = []

    def work(context):
        context.step("fails", lambda: calls.append(1) or 1 / 0)

    catalogue.job("work", work, tries=2)
    ask("work")
    background.start()
    assert "ZeroDivisionError" in wait_for(lambda: letters(database))[0].reason
    assert calls == [1, 1]


def test_jobs_wait_for_a_database_that_is_out(catalogue, background, ask, database, monkeypatch):
    monkeypatch.setattr("pulseboard.jobs.carrying._DATABASE_PAUSE", 0.01)
    out, calls, refused = threading.Event(), [], []
    reading = database.reading

    def read():
        if out.is_set():
            refused.append(threading.current_thread())
            raise Unavailable("gone")
        return reading()

    def work(context):
        calls.append(context.id)
        if len(calls) == 1:
            out.set()
        if len(calls) < 3:
            raise Unavailable("gone")

    monkeypatch.setattr(database, "reading", read)
    catalogue.job("work", work, tries=2)
    ask("work")
    background.start()
    wait_for(lambda: len(refused) > 10)
    assert len(calls) == 1
    out.clear()
    wait_for(lambda: len(calls) == 3)
    # The first call did not count, so the third was the second try.
    assert letters(database) == []


def test_a_schedule_ticks_once_a_period(catalogue, background, database):
    ticks = []
    catalogue.schedule("tick", clock.SECOND, lambda context: ticks.append(context.id))
    background.start()
    wait_for(lambda: len(ticks) == 3)
    assert len(set(ticks)) == 3
    assert all(tick.endswith("Z") for tick in ticks)


def test_a_tick_is_left_out_while_an_earlier_one_is_under_way(catalogue, background, monkeypatch):
    ticks, taken, end = [], [], threading.Event()
    ask = Sender.enqueue_tick

    def note(sender, database, name, tick):
        is_taken = ask(sender, database, name, tick)
        if name == "slow":
            taken.append(is_taken)
        return is_taken

    def slow(context):
        ticks.append(context.id)
        end.wait(20)

    monkeypatch.setattr(Sender, "enqueue_tick", note)
    catalogue.schedule("slow", clock.SECOND, slow)
    background.start()
    wait_for(lambda: taken.count(False) >= 2)
    assert (taken.count(True), len(ticks)) == (1, 1)
    end.set()
    wait_for(lambda: len(ticks) == 2)


@pytest.fixture
def one_moment(monkeypatch):
    """No day begins while the test runs."""
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)


def test_ticks_of_a_clock_that_was_ahead_come_again(catalogue, background, database, one_moment):
    done = []
    catalogue.schedule("often", clock.DAY, lambda context: done.append(context.id))
    background.start()
    wait_for(lambda: list(statuses(database).values()) == ["SUCCESS"])
    tick = clock.to_instant(datetime.fromisoformat(done[0]))
    again = partial(background._sender.enqueue_tick, database, "often", tick)
    again()
    background._engine.forget_ticks_after(clock.now())
    again()
    assert len(statuses(database)) == 1
    background._engine.forget_ticks_after(clock.now() - clock.HOUR)
    assert statuses(database) == {}
    again()
    wait_for(lambda: len(done) == 2)


def test_of_a_schedule_the_last_failure_is_kept_until_it_works(catalogue, background, database):
    outcomes = iter([OSError("one"), OSError("two"), None])
    ticks = []

    def tick(context):
        ticks.append(context.id)
        outcome = next(outcomes, None)
        if outcome is not None:
            raise outcome

    catalogue.schedule("tick", clock.SECOND, tick)
    background.start()
    assert wait_for(lambda: letters(database))[0].reason == "OSError: one"
    wait_for(lambda: [letter.reason for letter in letters(database)] == ["OSError: two"])
    wait_for(lambda: letters(database) == [])
    assert len(ticks) == 3


# What the engine gets wrong by default.


def test_inputs_and_steps_are_json_and_the_version_is_pinned(catalogue, background, ask, database):
    catalogue.job("work", lambda context: context.step("s", lambda: {"b": [1]}))
    ask("work", args={"a": "ä"})
    background.start()
    wait_for(lambda: statuses(database) == {"work:1": "SUCCESS"})
    found = statuses(database, "serialization, application_version, application_name, name")
    assert found == {"work:1": ("portable_json", "1", "pulseboard", "pulseboard.job")}
    schema = "dbos." if database.engine.dialect.name == "postgresql" else ""
    with database.reading() as session:
        inputs = session.scalar(text(f"SELECT inputs FROM {schema}workflow_input"))
        output = session.scalar(text(f"SELECT output FROM {schema}operation_outputs"))
    assert json.loads(inputs)["positionalArgs"] == ["work", "1", {"a": "ä"}]
    assert json.loads(output) == {"value": {"b": [1]}}


def test_a_deployment_takes_up_what_waits(catalogue, background, ask, database):
    # The version is not made from the source, so other code has the same.
    done = []
    ask("work")
    background.stop()
    newer = Catalogue()
    newer.job("something new", lambda context: None)
    newer.job("work", lambda context: done.append(context.id))
    after = Background(database, newer)
    after.start()
    wait_for(lambda: done)
    after.stop()


def test_what_a_stopped_process_left_is_taken_up(catalogue, background, ask, database):
    calls = []

    def work(context):
        calls.append(context.id)
        if len(calls) == 1:
            context.sleep_until(clock.now() + clock.HOUR)

    catalogue.job("work", work)
    ask("work")
    background.start()
    wait_for(lambda: calls)
    background.stop()
    assert statuses(database) == {"work:1": "PENDING"}
    again = Catalogue()
    again.job("work", work)
    after = Background(database, again)
    after.start()
    wait_for(lambda: len(calls) == 2)
    wait_for(lambda: statuses(database)["work:1"] == "SUCCESS")
    after.stop()


def test_ticks_of_the_moment_in_which_it_stops_are_no_errors(background, monkeypatch, caplog):
    journal, destroy = logging.getLogger("dbos"), engine.DBOS.destroy

    def late(**named):
        journal.error("Error executing workflow: Executor accessed before DBOS was launched")
        journal.error("something else")
        destroy(**named)

    background.start()
    monkeypatch.setattr(engine.DBOS, "destroy", late)
    background.stop()

    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told == ["something else"]


def test_a_process_is_told_from_its_successor_where_there_are_several(catalogue, database):
    makes = [
        engine.Engine(database, catalogue, jobs=None, stopping=threading.Event()) for _ in range(2)
    ]
    names = {made.executor_id for made in makes}
    if database.engine.dialect.name == "postgresql":
        assert len(names) == 2
        assert "local" not in names
    else:
        assert names == {"only"}


def test_connections_of_the_engine_are_as_safe_as_ours(database):
    made = make_background_engine(database.engine.url)
    with made.connect() as connection:
        if made.dialect.name == "postgresql":
            assert made.driver == "psycopg"
            found = connection.execute(text("SHOW transaction_isolation")).scalar_one()
            assert found == "read committed"
        else:
            found = [
                connection.execute(text(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "busy_timeout", "foreign_keys")
            ]
            assert found == ["wal", 2, 30_000, 1]
    made.dispose()


def test_looking_for_work_waits_for_no_writer(catalogue, background, ask, database):
    if database.engine.dialect.name == "postgresql":
        pytest.skip("only SQLite has one writer")
    made = make_background_engine(database.engine.url)
    with database.writing() as session, made.connect() as connection:
        session.execute(text("INSERT INTO counters (name, value) VALUES ('n', 1)"))
        assert connection.execute(text("SELECT count(*) FROM workflow_status")).scalar_one() == 0
    made.dispose()


def test_many_writers_of_one_row_fail_none(catalogue, background, ask, database):
    # With SERIALIZABLE, or a driver whose errors it does not know, most of them would.
    def count(context):
        with context.database.writing() as session:
            session.execute(
                text(
                    "INSERT INTO counters (name, value) VALUES ('n', 1)"
                    " ON CONFLICT (name) DO UPDATE SET value = counters.value + 1"
                )
            )

    catalogue.job("count", count)
    for number in range(60):
        ask("count", id=str(number))
    background.start()
    wait_for(lambda: set(statuses(database).values()) == {"SUCCESS"})
    with database.reading() as session:
        assert session.scalar(text("SELECT value FROM counters")) == 60
    assert letters(database) == []


def test_finished_jobs_are_forgotten_after_an_hour_and_ticks_after_days(
    catalogue, background, ask, database, one_moment
):
    catalogue.job("work", lambda context: None)
    catalogue.schedule("tick", clock.DAY, lambda context: None)
    for name in ("old", "new"):
        ask("work", id=name)
    ask("work", id="waits", not_before=clock.now() + clock.DAY)
    background.start()
    wait_for(lambda: list(statuses(database).values()).count("SUCCESS") >= 3)
    hours_ago = (clock.now() - 2 * clock.HOUR) // 1000
    change_jobs(
        database,
        f"completed_at = {hours_ago}",
        "workflow_uuid <> 'work:new' AND status = 'SUCCESS'",
    )
    background._engine.tidy()
    left = set(statuses(database))
    assert {"work:new", "work:waits"} <= left
    assert "work:old" not in left
    assert any(name.startswith("tick:") for name in left)
    days_ago = (clock.now() - 4 * clock.DAY) // 1000
    change_jobs(database, f"completed_at = {days_ago}", "status = 'SUCCESS'")
    background._engine.tidy()
    assert not any(name.startswith("tick:") for name in statuses(database))
    schema = "dbos." if database.engine.dialect.name == "postgresql" else ""
    with database.reading() as session:
        kept = session.scalars(text(f"SELECT workflow_uuid FROM {schema}workflow_input")).all()
    assert {name for name in kept if not name.startswith(TIDYING)} == set(statuses(database))


def test_a_job_that_takes_its_process_down_is_given_up(catalogue, background, ask, database):
    calls = []
    catalogue.job("poison", lambda context: calls.append(1))
    ask("poison", args={"a": 1})
    change_jobs(database, f"recovery_attempts = {engine.MAX_RECOVERIES + 2}")
    background.start()
    background.wait_until_started()

    # Its own tidying may be at work beside this one, between the letter and what it forgets.
    def is_tidied():
        background._engine.tidy()
        return statuses(database) == {}

    wait_for(is_tidied)
    (letter,) = letters(database)
    with database.reading() as session:
        assert read_backlog(session).failed == 1
    assert (letter.job_name, letter.job_id, letter.args) == ("poison", "1", {"a": 1})
    assert "ended its process" in letter.reason
    assert calls == []


def test_what_the_engine_itself_cannot_run_is_kept_too(catalogue, background, ask, database):
    catalogue.job("work", lambda context: None)
    ask("work")
    change_jobs(database, "status = 'ERROR'")
    background.start()
    wait_for(lambda: background.is_running)
    background._engine.tidy()
    assert letters(database)[0].reason == "The engine could not run it"
    assert statuses(database) == {}


def test_a_tick_the_engine_gave_up_is_forgiven_when_its_schedule_works(
    catalogue, background, database
):
    may_work = threading.Event()
    catalogue.schedule("tick", clock.SECOND, lambda context: may_work.wait(20))
    assert background._sender.enqueue_tick(database, "tick", clock.now())
    change_jobs(database, "status = 'ERROR'")
    background.start()
    wait_for(lambda: background.is_running)
    background._engine.tidy()
    (letter,) = letters(database)
    assert (letter.job_name, letter.reason) == ("tick", "The engine could not run it")
    may_work.set()
    wait_for(lambda: letters(database) == [])


def test_what_it_says_leaves_through_our_log(background):
    background.start()
    background.wait_until_started()
    logger = logging.getLogger("dbos")
    assert [type(handler) for handler in logger.handlers] == [logging.NullHandler]
    assert (logger.propagate, logger.level) == (True, logging.WARNING)


def test_a_server_loads_it_only_as_it_starts_to_work():
    code = (
        "import sys, pulseboard.app, pulseboard.cli\n"
        "assert not {'dbos', 'cryptography'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_engine_keeps_away_from_our_tables(database):
    """On SQLite it keeps its tables in the same file, under names of its own choice."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("it has a schema of its own")
    prepare_jobs(database)
    assert is_current(database.engine)
