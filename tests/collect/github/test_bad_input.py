"""What is wrong with one repository is its own state, in words with a next step; others go on."""

import pytest
from sqlalchemy import func, select

from pulseboard import clock
from pulseboard.collect.github.answers import Purpose
from pulseboard.collect.github.budget import Budget, Rules
from pulseboard.collect.github.connecting import connect
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.history import run_backfill
from pulseboard.collect.github.poll import poll_repository
from pulseboard.config import load_settings
from pulseboard.model import Backfill, Feed, Job, Run
from tests.collect.github.conftest import make_collector
from tests.github_fake.hub import FakeGitHub


@pytest.fixture
def hub(hands):
    with FakeGitHub() as hub:
        hub.token("ghp_kim", scopes=["public_repo"], points=100_000)
        yield hub


@pytest.fixture
def collector(hub, database, tmp_path):
    settings = load_settings(github_api_url=hub.url, github_token="ghp_kim", data=tmp_path)
    etags = EtagShelf(database)
    # What is much in a moment of a test is little in GitHub's minute.
    budget = Budget(Rules(per_minute=1_000_000))
    github = connect(settings, database=database, etags=etags, budget=budget, sleep=lambda _: None)
    yield make_collector(database, github, etags)
    github.close()


@pytest.fixture
def home(hub):
    """The repository that something is wrong with."""
    home = hub.repository("acme/api")
    end_run(home)
    return home


def end_run(home, jobs=1, **facts):
    run = home.run(**facts)
    for number in range(jobs):
        run.job(f"job {number}")
    run.start()
    run.finish()
    return run


def state_of(database, repository_id):
    with database.reading() as session:
        feed = session.get_one(Feed, repository_id)
        return feed.state, feed.words, feed.next_step


def number(database, column):
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(column))


def revoke(hub, home):
    hub.accounts.clear()


def hide(hub, home):
    home.private = True


def remove(hub, home):
    hub.remove(home)


def disable(hub, home):
    home.actions_enabled = False


def answer_with_a_web_page(hub, home):
    hub.fail("acme/api", "html", status=200, times=99)


def fail_with_a_web_page(hub, home):
    hub.fail("acme/api", "html", status=502, times=99)


def cut_off(hub, home):
    hub.fail("acme/api", "cut", times=99)


def drop_half(hub, home):
    hub.fail("acme/api", "drop", times=99)


def lead_elsewhere(hub, home):
    for _ in range(100):
        end_run(home)
    away = {"Link": '<https://elsewhere.example.org/page2>; rel="next"'}
    hub.link = lambda asked, number, more: away if more else {}


@pytest.mark.parametrize(
    ("harm", "state", "words", "next_step"),
    [
        (revoke, "unauthorised", "belongs to another server", "set GITHUB_TOKEN"),
        (hide, "not_found", "hidden from this server", "give the token the scope repo"),
        (remove, "not_found", "deleted or renamed", "Look at the spelling"),
        (disable, "actions_disabled", "Actions is disabled", "stop tracking it"),
        (answer_with_a_web_page, "unreadable", "a web page instead of JSON", "GITHUB_API_URL"),
        (fail_with_a_web_page, "unreachable", "fails with HTTP 502. It is asked again", None),
        (cut_off, "unreachable", "It is asked again by itself", None),
        (drop_half, "unreadable", "was cut off. It is asked again", None),
        (lead_elsewhere, "unreadable", "elsewhere.example.org", "GITHUB_API_URL"),
    ],
)
def test_trouble_is_the_state_of_its_repository(
    database, hub, home, collector, track, poll, harm, state, words, next_step
):
    other = hub.repository("acme/web")
    end_run(other)
    here, there = track("acme/api"), track("acme/web")
    harm(hub, home)
    poll(here)
    found = state_of(database, here)
    assert found[0] == state
    assert words in found[1]
    assert found[2] is None if next_step is None else next_step in found[2]
    poll(there)
    assert state_of(database, there)[0] == (state if harm is revoke else "ok")


def test_repository_that_is_well_again_is_ok_again(database, hub, home, hands, track, poll):
    here = track("acme/api")
    disable(hub, home)
    poll(here)
    home.actions_enabled = True
    hands.forward(minutes=6)
    poll(here)
    assert state_of(database, here) == ("ok", None, None)
    assert number(database, Run) == 1


def test_other_token_goes_on_where_one_was_revoked(database, hub, home, track, tmp_path):
    hub.token("ghp_good")
    settings = load_settings(
        github_api_url=hub.url, github_tokens="ghp_gone,ghp_good", data=tmp_path
    )
    etags = EtagShelf(database)
    github = connect(settings, database=database, etags=etags, sleep=lambda _: None)
    here = track("acme/api")
    poll_repository(make_collector(database, github, etags), here, purpose=Purpose.POLL)
    github.close()
    assert state_of(database, here) == ("ok", None, None)


@pytest.mark.parametrize("jobs", [0, 256])
def test_run_has_as_many_jobs_as_it_has(database, hub, track, poll, jobs):
    end_run(hub.repository("acme/api"), jobs=jobs)
    here = track("acme/api")
    poll(here)
    assert state_of(database, here)[0] == "ok"
    assert (number(database, Run), number(database, Job)) == (1, jobs)


def test_fifty_attempts_are_all_there(database, hub, track, poll):
    run = end_run(hub.repository("acme/api"))
    for _ in range(49):
        run.again()
        run.job()
        run.start()
        run.finish()
    here = track("acme/api")
    poll(here)
    with database.reading() as session:
        attempts = session.scalars(select(Run.attempt).order_by(Run.attempt)).all()
    assert attempts == list(range(1, 51))
    assert number(database, Job) == 50


def test_status_nobody_knows_keeps_no_other_run_out(database, hub, home, track, poll):
    home.run().newest.change("dreaming", silent=True)
    here = track("acme/api")
    poll(here)
    assert state_of(database, here)[0] == "ok"
    assert number(database, Run) == 2


def test_list_that_github_ends_early_is_fetched_by_a_backfill(
    database, hub, home, hands, collector, track, poll
):
    hub.listing_limit = 200
    for count in range(299):
        end_run(home, jobs=0, created=clock.now() - (count + 1) * clock.HOUR)
    here = track("acme/api")
    poll(here)
    assert state_of(database, here)[0] == "ok"
    with database.reading() as session:
        (planned,) = session.scalars(select(Backfill.id)).all()
    run_backfill(collector, planned)
    assert number(database, Run) == 300
