"""A name that is tracked means the repository that GitHub has under it, whatever it is called."""

import pytest
from sqlalchemy import func, select

from pulseboard import clock
from pulseboard.collect.github import tracking
from pulseboard.collect.github.connecting import connect
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.records import RepositorySeen
from pulseboard.config import load_settings
from pulseboard.model import Feed, Job, Repository, Run
from pulseboard.vocabulary import FeedState
from tests.collect.github.conftest import make_collector
from tests.github_fake.hub import FakeGitHub


@pytest.fixture
def hub(hands):
    with FakeGitHub() as hub:
        hub.token("ghp_kim")
        yield hub


@pytest.fixture
def collector(hub, database, tmp_path):
    settings = load_settings(github_api_url=hub.url, github_token="ghp_kim", data=tmp_path)
    etags = EtagShelf(database)
    github = connect(settings, database=database, etags=etags, sleep=lambda _: None)
    yield make_collector(database, github, etags)
    github.close()


def known(database):
    """Return name, GitHub's id and whether it is tracked, of every repository."""
    with database.reading() as session:
        found = select(Repository.full_name, Repository.provider_id, Feed.tracked).outerjoin(
            Feed, Feed.repository_id == Repository.id
        )
        return [tuple(row) for row in session.execute(found.order_by(Repository.id))]


def run_in(home):
    run = home.run()
    run.job()
    run.start()
    run.finish()


def test_repository_renamed_before_its_first_poll_is_one(database, hub, collector, track, poll):
    home = hub.repository("acme/old", id=700)
    run_in(home)
    hub.rename(home, "acme/new")
    assert poll(track("acme/old")).state is FeedState.OK
    assert known(database) == [("acme/new", "700", True)]


def test_old_name_of_a_known_repository_makes_no_second_one(
    database, hub, hands, collector, track, poll
):
    home = hub.repository("acme/old", id=700)
    run_in(home)
    here = track("acme/old", origin=tracking.Origin.ENVIRONMENT)
    poll(here)
    hub.rename(home, "acme/new")
    hands.forward(minutes=2)
    run_in(home)
    poll(here)
    with database.writing() as session:
        tracking.untrack(session, here)
    polled = poll(track("acme/old", origin=tracking.Origin.ENVIRONMENT))
    assert polled.state is FeedState.MOVED
    assert polled.words == (
        "acme/old is called acme/new now, which is tracked instead."
        " Use the new name from now on, in GH_REPOS too."
    )
    assert known(database) == [("acme/new", "700", True)]
    with database.reading() as session:
        assert session.get_one(Feed, here).origin == tracking.Origin.ENVIRONMENT
        assert session.get_one(Feed, here).next_poll_at == hands.time


def test_old_name_under_which_runs_are_stored_keeps_them(
    database, hub, hands, collector, track, poll
):
    home = hub.repository("acme/new", id=700)
    run_in(home)
    poll(track("acme/new"))
    pushed = track("acme/old")
    with database.writing() as session:
        one = session.scalars(select(Run)).first()
        one.repository_id = pushed
        hub.renamed["acme/old"] = 700
    poll(pushed)
    assert known(database) == [("acme/new", "700", True), ("acme/old", None, False)]


def test_renamed_repository_of_an_account_is_known_by_its_id(database, hub, hands, track, poll):
    hub.repository("acme/old", id=700)
    poll(track("acme/old"))
    with database.writing() as session:
        seen = RepositorySeen("acme/new", provider_id="700")
        tracking.track_found(session, seen, at=clock.now())
    assert [(number, tracked) for _, number, tracked in known(database)] == [("700", True)]


def test_new_name_is_known_with_the_next_poll_although_nothing_ran(
    database, hub, hands, collector, track, poll
):
    home = hub.repository("acme/web", id=700)
    run_in(home)
    here = track("acme/web")
    poll(here)
    hub.rename(home, "acme/site")
    hands.forward(seconds=2)
    poll(here)
    assert known(database) == [("acme/site", "700", True)]

    hub.asked.clear()
    hands.forward(seconds=2)
    poll(here)
    hands.forward(seconds=2)
    poll(here)
    assert {path.split("?")[0] for path in hub.asked} == {"/repos/acme/site/actions/runs"}


def count_deleted(database):
    with database.reading() as session:
        return session.scalar(select(func.count()).where(Run.status == "deleted"))


def test_repository_that_was_made_anew_is_tracked_in_the_place_of_the_old_one(
    database, hub, hands, collector, track, poll
):
    old = hub.repository("acme/api", id=700)
    run_in(old)
    here = track("acme/api", origin=tracking.Origin.ENVIRONMENT)
    poll(here)
    hub.remove(old)
    run_in(hub.repository("acme/api", id=701))
    hands.forward(minutes=2)

    polled = poll(here)
    assert polled.state is FeedState.MOVED
    assert polled.words == (
        "acme/api was deleted at GitHub and made anew: the new one is tracked instead."
        " What is stored of the old one stays."
    )
    assert known(database) == [("acme/api", "700", False), ("acme/api", "701", True)]
    assert count_deleted(database) == 0
    poll(here + 1)
    with database.reading() as session:
        assert session.get_one(Feed, here + 1).origin == tracking.Origin.ENVIRONMENT
        homes = select(Run.repository_id).join(Job, Job.run_id == Run.id).order_by(Job.id)
        assert session.scalars(homes).all() == [here, here + 1]


def test_renamed_repository_keeps_its_runs_when_its_name_is_given_to_an_empty_one(
    database, hub, hands, collector, track, poll
):
    home = hub.repository("acme/api", id=700)
    run_in(home)
    here = track("acme/api")
    poll(here)
    hub.rename(home, "acme/core")
    hub.repository("acme/api", id=701)
    hands.forward(minutes=2)

    polled = poll(here)
    assert polled.state is FeedState.MOVED
    assert polled.words == (
        "acme/api is called acme/core now, and its old name means another repository."
        " Track acme/api once more if the other one is wanted too."
    )
    assert known(database) == [("acme/core", "700", True)]
    run_in(home)
    hands.forward(minutes=2)
    assert poll(here).state is FeedState.OK
    assert count_deleted(database) == 0
