"""The real client polls a real server that changes, stumbles and limits; in the end all is known."""

from random import Random

import pytest
from sqlalchemy import text

from pulseboard import clock
from pulseboard.collect.github.answers import Purpose
from pulseboard.collect.github.budget import Budget, Rules
from pulseboard.collect.github.connecting import connect
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.poll import poll_repository
from pulseboard.config import load_settings
from pulseboard.vocabulary import FeedState
from tests.collect.github.conftest import make_collector
from tests.github_fake.hub import FakeGitHub

TOKEN = "ghp_whole"
NAMES = ("acme/api", "acme/web", "other/tool")
FAULTS = ("html", "cut", "drop", "pause")


@pytest.fixture
def hub(hands):
    with FakeGitHub(skew=90 * clock.SECOND) as hub:
        hub.token(TOKEN)
        yield hub


@pytest.fixture
def collector(hub, database, tmp_path):
    settings = load_settings(github_api_url=hub.url, github_token=TOKEN, data=tmp_path)
    etags = EtagShelf(database)
    # A day passes here in a second: what is fast for us is not for GitHub's clock.
    budget = Budget(Rules(per_minute=1_000_000))
    github = connect(settings, database=database, etags=etags, budget=budget, sleep=lambda _: None)
    yield make_collector(database, github, etags)
    github.close()


def stored(database):
    """Return every attempt and job that is not a tombstone."""
    with database.reading() as session:
        runs = session.execute(text(
            "SELECT r.provider_run_id, r.attempt, r.status, r.conclusion FROM runs r"
            " WHERE r.status <> 'deleted'"
        )).all()  # fmt: skip
        jobs = session.execute(text(
            "SELECT j.provider_job_id, j.attempt, j.status, j.conclusion FROM jobs j"
            " WHERE EXISTS (SELECT 1 FROM runs r WHERE r.id = j.run_id AND r.attempt = j.attempt"
            " AND r.status <> 'deleted')"
        )).all()  # fmt: skip
    return {tuple(row) for row in runs}, {tuple(row) for row in jobs}


def truth(hub):
    """Return what GitHub knows."""
    runs = [run for home in hub.repositories.values() for run in home.runs.values()]
    attempts = {(str(run.id), one.number, one.status, one.conclusion)
                for run in runs for one in run.attempts}  # fmt: skip
    jobs = {(str(job.id), job.attempt.number, job.status, job.conclusion)
            for run in runs for job in run.jobs(newest_only=False)}  # fmt: skip
    return attempts, jobs


def happen(home, chance):
    """Let something happen in a repository."""
    runs = list(home.runs.values())
    run = chance.choice(runs) if runs else None
    what = chance.choice(("new", "new", "go on", "go on", "go on", "again", "delete"))
    if what == "new" or run is None:
        fresh = home.run(workflow=chance.choice(("ci.yml", "deploy.yml")))
        for number in range(chance.choice((0, 1, 2, 3, 35))):
            fresh.job(f"job {number}")
    elif what == "go on" and run.newest.status == "queued":
        run.start()
    elif what == "go on" and run.newest.status == "in_progress":
        run.finish(chance.choice(("success", "failure", "cancelled")))
    elif what == "again" and run.newest.status == "completed":
        run.again()
        run.job("again")
    elif what == "delete" and run.newest.status == "completed" and chance.random() < 0.3:
        run.delete()


@pytest.mark.parametrize("seed", [1, 2])
def test_after_days_of_trouble_everything_is_known(hub, collector, database, track, hands, seed):
    chance = Random(seed)
    homes = [hub.repository(name, private=True) for name in NAMES]
    ids = [track(name) for name in NAMES]
    for _ in range(60):
        hands.forward(minutes=chance.choice((5, 20, 60)))
        for home in homes:
            happen(home, chance)
        if chance.random() < 0.3:
            hub.fail(kind=chance.choice(FAULTS), times=chance.choice((1, 2, 6)), seconds=120)
        poll_repository(collector, chance.choice(ids), purpose=Purpose.POLL)
    hub.faults.clear()
    for home in homes:
        for run in home.runs.values():
            if run.newest.status != "completed":
                run.finish()
    for _ in range(3):
        hands.forward(days=1)
        states = [poll_repository(collector, one, purpose=Purpose.POLL).state for one in ids]

    assert states == [FeedState.OK] * 3
    for known, true in zip(stored(database), truth(hub), strict=True):
        assert (known - true, true - known) == (set(), set())
    # It never asked while it had been told to wait.
    assert hub.accounts[TOKEN].offences == 0


def test_quiet_repository_costs_one_request_that_is_not_counted(hub, collector, track, hands):
    home = hub.repository("acme/api")
    for _ in range(5):
        run = home.run()
        run.job()
        run.finish()
    number = track("acme/api")
    for _ in range(2):
        hands.forward(minutes=5)
        poll_repository(collector, number, purpose=Purpose.POLL)
    hub.asked.clear()
    used = hub.accounts[TOKEN].used
    hands.forward(minutes=5)
    poll_repository(collector, number, purpose=Purpose.POLL)

    assert len(hub.asked) == 1
    assert hub.accounts[TOKEN].used == used


def test_renamed_and_vanished_repositories_are_states(hub, collector, database, track, hands):
    kept, lost = hub.repository("acme/api"), hub.repository("acme/web")
    kept.run().finish()
    ids = [track("acme/api"), track("acme/web")]
    poll_repository(collector, ids[0], purpose=Purpose.POLL)
    hands.forward(days=1)
    hub.rename(kept, "acme/new")
    hub.remove(lost)
    kept_state, lost_state = (
        poll_repository(collector, one, purpose=Purpose.POLL).state for one in ids
    )

    assert (kept_state, lost_state) == (FeedState.OK, FeedState.NOT_FOUND)
    with database.reading() as session:
        names = session.scalars(text("SELECT full_name FROM repositories ORDER BY id")).all()
    assert names == ["acme/new", "acme/web"]
