"""Logs are fetched from GitHub: the failed ones first, and what cannot be had is said in words."""

from contextlib import contextmanager

import pytest
from sqlalchemy import update

from pulseboard import clock
from pulseboard.collect.github import log_wants
from pulseboard.collect.github.answers import Later, Refused
from pulseboard.collect.github.log_wants import ask_for, list_wants
from pulseboard.collect.github.logs import LogFetcher, OpensFiles, fetch_wanted
from pulseboard.config import load_settings
from pulseboard.logs.keeping import Keeper
from pulseboard.logs.reading import read_text
from pulseboard.logs.store import open_store
from pulseboard.model import Job, Log, Repository, Run
from pulseboard.vocabulary import FeedState
from tests.logs.test_archive import zipped

KNOWN = load_settings(github_token="ghp_kim")


class Files:
    """The files that GitHub has, by path; an error is raised instead."""

    def __init__(self):
        self.files = {}
        self.asked = []

    @contextmanager
    def open_redirect(self, path, *, repository, purpose):
        self.asked.append(path)
        file = self.files.get(path)
        if file is None:
            file = Refused(FeedState.NOT_FOUND, "Not found.", next_step="")
        if isinstance(file, Exception):
            raise file
        yield iter([file[:3], file[3:]])


class Context:
    """A tick of the schedule, as long as nobody stops it."""

    is_stopping = False

    def __init__(self, database):
        self.database = database


def job(number, *, run=1, conclusion="failure", ago=clock.HOUR, name="test"):
    end = clock.now() - ago
    return Job(id=number, repository_id=1, run_id=run, attempt=1, name=name, status="completed",
               provider_job_id=f"9{number}", conclusion=conclusion, clock=b"", started_at=end,
               completed_at=end, rev=1)  # fmt: skip


def run(number=1, *, status="completed"):
    now = clock.now()
    return Run(id=number, attempt=1, repository_id=1, workflow_id=1, provider_run_id=f"5{number}",
               latest=True, demo=False, on_default=True, source="webhook", status=status,
               conclusion="failure" if status == "completed" else None, clock=b"", created_at=now,
               updated_at=now, rev=1)  # fmt: skip


@pytest.fixture
def world(database, tmp_path):
    """Fill the tables, fetch what is wanted, and return the states of the logs."""
    files = Files()
    now = clock.now()
    with database.writing() as session:
        session.add(Repository(id=1, full_name="acme/api", name_key="acme/api", provider="github",
                               demo=False, created_at=now))  # fmt: skip

    def act(*rows, **options):
        settings = load_settings(data=tmp_path, **options)
        keeper = Keeper.from_settings(database, settings)
        with database.writing() as session:
            session.add_all(rows)
        fetch_wanted(Context(database), LogFetcher(files, keeper=keeper), settings)
        with database.reading() as session:
            return {row.job_id: (row.state, row.reason) for row in session.query(Log)}

    act.files = files
    act.database = database
    return act


PATH = "/repos/acme/api/actions/jobs/{}/logs"
RUN_LOGS = "/repos/acme/api/actions/runs/51/attempts/1/logs"


def test_fake_opens_files_as_the_client_does():
    assert isinstance(Files(), OpensFiles)


def test_failed_jobs_are_fetched_and_no_others(world):
    world.files.files = {PATH.format("91"): b"boom\n", PATH.format("92"): b"fine\n"}

    assert world(run(), job(1), job(2, conclusion="success")) == {1: ("stored", None)}
    assert world.files.asked == [PATH.format("91")]


def test_policy_can_ask_for_all_or_none(world):
    world.files.files = {PATH.format("91"): b"boom\n", PATH.format("92"): b"fine\n"}

    assert world(run(), job(1), job(2, conclusion="success"), logs="none") == {}
    found = world(logs="none", logs_by_repository="acme/api=all")
    assert found == {1: ("stored", None), 2: ("stored", None)}
    assert world.files.asked == [PATH.format("91"), PATH.format("92")]


@pytest.mark.parametrize(("noisy", "options"), [
    ("failure", {"logs_by_repository": "acme/noisy=none"}),
    ("success", {"logs_by_repository": "Acme/API=all,acme/api=none"}),
])  # fmt: skip
def test_what_nobody_wants_does_not_crowd_out_what_is_wanted(world, monkeypatch, noisy, options):
    monkeypatch.setattr(log_wants, "_LOT", 2)
    with world.database.writing() as session:
        session.add(Repository(id=2, full_name="acme/noisy", name_key="acme/noisy",
                               provider="github", demo=False, created_at=clock.now()))  # fmt: skip
        session.add_all([run(), run(2), job(1, conclusion=noisy)])
        session.add_all(job(n, run=2, conclusion=noisy, ago=clock.MINUTE) for n in (2, 3, 4))
        session.flush()
        session.execute(update(Job).where(Job.id > 1).values(repository_id=2))

        wants = list_wants(session, settings=load_settings(**options), at=clock.now())

    assert [[one.job_id for one in want.jobs] for want in wants] == [[1]]


def test_many_jobs_of_a_run_come_in_one_archive(world):
    archive = zipped([("1_a.txt", "A"), ("2_b.txt", "B")]).getvalue()
    world.files.files = {RUN_LOGS: archive, PATH.format("93"): b"C"}

    found = world(run(), job(1, name="a"), job(2, name="b"), job(3, name="c"))

    assert found == dict.fromkeys((1, 2, 3), ("stored", None))
    assert world.files.asked == [RUN_LOGS, PATH.format("93")]


def test_secrets_in_an_archive_are_masked_before_anything_is_kept(world, tmp_path):
    token = "ghs_" + "a1B2" * 9
    files = [
        (f"{n}_{name}.txt", f"use {token}\nKeyError: {token}\n") for n, name in enumerate("abc")
    ]
    world.files.files = {RUN_LOGS: zipped(files).getvalue()}

    world(run(), job(1, name="a"), job(2, name="b"), job(3, name="c"))

    store = open_store(load_settings(data=tmp_path))
    with world.database.reading() as session:
        logs = session.query(Log).all()
        assert {read_text(store, log) for log in logs} == {b"use ***\nKeyError: ***\n"}
        assert {log.first_error for log in logs} == {"KeyError: ***"}
    assert world.files.asked == [RUN_LOGS]


def test_jobs_of_a_run_that_goes_on_come_one_by_one(world):
    world.files.files = {PATH.format(f"9{n}"): b"x" for n in (1, 2, 3)}

    found = world(run(status="in_progress"), job(1), job(2), job(3))

    assert len(found) == len(world.files.asked) == 3


def test_bad_archive_makes_way_for_single_logs(world):
    world.files.files = {RUN_LOGS: b"no zip", **{PATH.format(f"9{n}"): b"x" for n in (1, 2, 3)}}

    assert set(world(run(), job(1), job(2), job(3)).values()) == {("stored", None)}


@pytest.mark.parametrize(
    ("ago", "state", "words"),
    [
        (clock.MINUTE, "failed", "not have it yet"),
        (clock.DAY, "missing", "no log of this job"),
        (100 * clock.DAY, "expired", "after 90 days"),
    ],
)
def test_log_that_is_not_there_says_why(world, ago, state, words):
    with world.database.writing() as session:
        session.add_all([run(), job(1, ago=ago)])
        session.flush()
        assert ask_for(session, KNOWN, job=session.get(Job, 1), at=clock.now())

    ((found, reason),) = world().values()
    assert found == state
    assert words in reason


def test_limit_of_github_leaves_the_rest_for_later(world):
    world.files.files = {PATH.format("91"): Later("limited", until=clock.now() + clock.HOUR)}

    assert world(run(), job(1)) == {}


def unreachable():
    return Later("gone away", until=clock.now() + clock.MINUTE, state=FeedState.UNREACHABLE)


def test_log_that_does_not_come_does_not_hold_up_the_others(world):
    paths = [PATH.format(f"9{n}") for n in (1, 2)]
    world.files.files = {paths[0]: unreachable(), paths[1]: b"boom\n"}

    found = world(run(), job(1, ago=clock.MINUTE), job(2))

    assert found == {1: ("failed", "gone away"), 2: ("stored", None)}
    assert world.files.asked == paths
    # It is not asked for again at once.
    assert world() == found
    assert world.files.asked == paths


def test_archive_that_does_not_come_makes_way_for_single_logs(world):
    world.files.files = {RUN_LOGS: unreachable(), **{PATH.format(f"9{n}"): b"x" for n in (1, 2, 3)}}

    assert set(world(run(), job(1), job(2), job(3)).values()) == {("stored", None)}


@pytest.mark.parametrize(("repository", "conclusion"), [
    ({"provider": "generic"}, "failure"), ({"demo": True}, "failure"), ({}, "skipped"),
])  # fmt: skip
def test_log_that_github_cannot_have_is_not_waited_for(world, repository, conclusion):
    with world.database.writing() as session:
        session.add_all([run(), job(1, conclusion=conclusion)])
        if repository:
            session.execute(update(Repository).values(repository))
        session.flush()

        assert not ask_for(session, KNOWN, job=session.get(Job, 1), at=clock.now())
        assert session.get(Log, 1) is None


def test_outage_leaves_the_rest_for_later(world):
    runs = [run(n) for n in range(1, 6)]
    jobs = [job(n, run=n) for n in range(1, 6)]
    world.files.files = {PATH.format(f"9{n}"): unreachable() for n in range(1, 6)}

    assert len(world(*runs, *jobs)) == 3


@pytest.mark.parametrize(("ago", "tried", "is_wanted"), [
    (5 * clock.HOUR, 10 * clock.MINUTE, False), (5 * clock.HOUR, clock.HOUR, True),
    (3 * clock.DAY, clock.HOUR, False), (3 * clock.DAY, 7 * clock.HOUR, True),
    (8 * clock.DAY, 7 * clock.HOUR, False),
])  # fmt: skip
def test_log_that_did_not_come_is_tried_again_after_a_while(world, ago, tried, is_wanted):
    now = clock.now()
    with world.database.writing() as session:
        session.add_all([run(), job(1, ago=ago)])
        session.flush()
        session.add(Log(job_id=1, state="failed", demo=False, at=now - ago, size_bytes=0,
                        stored_bytes=0, lines=0, captured_at=now - tried))  # fmt: skip
        session.flush()

        assert bool(list_wants(session, settings=load_settings(), at=now)) is is_wanted


def test_log_that_nobody_can_keep_does_not_hold_up_the_others(world, monkeypatch):
    keep = Keeper.keep
    monkeypatch.setattr(
        Keeper, "keep", lambda *a, job_id: 1 / 0 if job_id == 1 else keep(*a, job_id=job_id)
    )
    world.files.files = {PATH.format(f"9{n}"): b"x" for n in (1, 2)}

    found = world(run(), job(1, ago=clock.MINUTE), job(2))

    assert found[2] == ("stored", None)
    assert found[1][0] == "failed"
    assert "stumbled" in found[1][1]


def test_log_beyond_the_limit_is_refused_in_words(world):
    world.files.files = {PATH.format("91"): b"x" * 1_000_001}

    ((state, reason),) = world(run(), job(1), log_max_mb=1).values()
    assert state == "refused"
    assert "PULSEBOARD_LOG_MAX_MB" in reason


def test_asked_for_comes_before_failed_and_failed_before_the_rest(world):
    with world.database.writing() as session:
        session.add_all([run(n) for n in (1, 2, 3)])
        session.add_all([job(1, run=1, conclusion="success"), job(2, run=2, ago=clock.MINUTE),
                         job(3, run=3, conclusion="success", ago=20 * clock.DAY)])  # fmt: skip
        session.flush()
        ask_for(session, KNOWN, job=session.get(Job, 3), at=clock.now())
        wants = list_wants(session, settings=load_settings(logs="all"), at=clock.now())

    assert [[one.job_id for one in want.jobs] for want in wants] == [[3], [2], [1]]
