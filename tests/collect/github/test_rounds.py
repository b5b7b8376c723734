"""Who is polled when: what is due, and everything when somebody asks."""

import pytest
from sqlalchemy import text

from pulseboard import clock
from pulseboard.collect.github import owners, rounds, tracking, wishes
from pulseboard.collect.github.connection import Connection
from pulseboard.config import load_settings
from pulseboard.errors import NotFound
from pulseboard.jobs import engine
from pulseboard.jobs.background import Background, prepare_jobs
from pulseboard.jobs.port import Catalogue
from tests.collect.github.hub import Hub, gone, limited
from tests.factories import NOON
from tests.jobs.conftest import wait_for


@pytest.fixture
def hub(database):
    """A GitHub whose time is the real one."""
    hub = Hub(etags=None)
    hub.repository("acme/api", id=77).run(1, created=clock.now() - clock.HOUR, jobs=2)
    hub.repository("acme/web", id=78).run(2, created=clock.now() - clock.HOUR, jobs=1)
    return hub


@pytest.fixture
def start(database, hub, monkeypatch):
    """A function that starts the background work of a process, stopped at the end."""
    monkeypatch.setattr(engine, "_POLL_SECONDS", 0.02)
    prepare_jobs(database)
    started = []

    def connect(settings, *, database, etags):
        hub.etags = etags
        return hub

    def do(**settings):
        catalogue = Catalogue()
        connection = Connection(load_settings(**settings), connect=connect)
        rounds.add_to(catalogue, connection)
        background = Background(database, catalogue)
        started.append(background)
        background.start()
        return background

    yield do
    for background in started:
        background.stop()


def rows(database, sql):
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text(sql))]


def runs(database):
    return rows(database, "SELECT provider_run_id FROM runs ORDER BY provider_run_id")


def test_tracked_repositories_are_polled_without_being_asked_for(database, hub, start):
    with database.writing() as session:
        settings = load_settings(repos="acme/api,acme/web", workflows="*")
        tracking.follow_environment(session, settings, at=clock.now())
    start()
    wait_for(lambda: len(rows(database, "SELECT 1 FROM jobs")) == 3)
    assert runs(database) == [("1",), ("2",)]


def test_poll_that_was_asked_for_says_how_far_it_is(database, hub, start):
    hub.trouble = {"/repos/acme/web": limited(clock.now() + clock.HOUR)}
    with database.writing() as session:
        for name in ("acme/api", "acme/web"):
            here = wishes.track(session, name, at=clock.now()).repository_id
            # Not due by itself.
            tracking.claim(session, [here], until=clock.now() + clock.DAY)
        poll_id = rounds.ask_for_poll(session, at=clock.now())
        waiting = rounds.require_poll(session, poll_id)
    assert (waiting.done, waiting.finished_at) == (0, None)
    start()

    def finished():
        with database.reading() as session:
            progress = rounds.require_poll(session, poll_id)
        return progress if progress.finished_at else None

    parts = wait_for(finished).parts
    assert [(part.full_name, part.state, part.runs) for part in parts] == [
        ("acme/api", "ok", 1),
        ("acme/web", "limited", 0),
    ]
    assert parts[1].words == "GitHub's limit is used up."


def test_poll_of_nothing_is_over_at_once(database):
    with database.writing() as session:
        poll_id = rounds.ask_for_poll(session, at=NOON)
        assert rounds.require_poll(session, poll_id).finished_at == NOON


@pytest.mark.parametrize("poll_id", [0, -1, 5, 1 << 70])
def test_poll_that_nobody_asked_for_is_not_there(database, poll_id):
    with database.reading() as session, pytest.raises(NotFound):
        rounds.require_poll(session, poll_id)


def test_repositories_of_an_account_are_tracked_but_for_what_is_archived(database, hub, collector):
    hub.owners = {
        "acme": [
            {"id": 700, "full_name": "acme/api"},
            {"id": 701, "full_name": "acme/old", "archived": True},
        ]
    }
    with database.writing() as session:
        wishes.track(session, "Acme/*", at=clock.now())
    owners.look_at_owners(collector)
    assert tracked(database) == [("acme/api",)]


def test_repository_of_an_account_that_people_gave_up_stays_so(database, hub, collector):
    hub.owners = {
        "acme": [{"id": 700, "full_name": "acme/api"}, {"id": 702, "full_name": "acme/web"}]
    }
    with database.writing() as session:
        wishes.track(session, "acme/*", at=clock.now())
    owners.look_at_owners(collector)
    with database.writing() as session:
        wishes.untrack(session, "acme/web")
        owners.require_owner(session, "acme").looked_at = None
    owners.look_at_owners(collector)
    assert tracked(database) == [("acme/api",)]


def test_account_that_is_given_up_takes_its_repositories_along(database, hub, collector):
    hub.owners = {"acme": [{"id": 700, "full_name": "acme/api"}]}
    with database.writing() as session:
        wishes.track(session, "acme/web", at=clock.now())
        wishes.track(session, "acme/*", at=clock.now())
    owners.look_at_owners(collector)
    with database.writing() as session:
        wishes.untrack(session, "acme/*")
    assert tracked(database) == [("acme/web",)]
    with database.writing() as session, pytest.raises(NotFound):
        wishes.untrack(session, "acme/*")


def test_account_that_is_tracked_again_brings_back_all_but_what_people_gave_up(
    database, hub, collector
):
    hub.owners = {
        "acme": [{"id": 700, "full_name": "acme/api"}, {"id": 702, "full_name": "acme/web"}]
    }
    for _ in range(2):
        with database.writing() as session:
            wishes.track(session, "acme/*", at=clock.now())
        owners.look_at_owners(collector)
        with database.writing() as session:
            wishes.untrack(session, "acme/web")
            wishes.untrack(session, "acme/*")
    assert tracked(database) == []
    with database.writing() as session:
        wishes.track(session, "acme/*", at=clock.now())
    owners.look_at_owners(collector)
    assert tracked(database) == [("acme/api",)]


def test_account_that_is_not_there_says_so(database, hub, collector):
    with database.writing() as session:
        wishes.track(session, "nobody/*", at=clock.now())
    owners.look_at_owners(collector)
    with database.reading() as session:
        assert "not there" in owners.require_owner(session, "nobody").trouble


def tracked(database):
    return rows(
        database,
        "SELECT full_name FROM repositories JOIN feeds ON repository_id = id WHERE tracked"
        " ORDER BY full_name",
    )


@pytest.mark.parametrize(
    ("error", "minutes"),
    [(limited(NOON + 2 * clock.MINUTE), 2), (gone("acme"), 5)],
)
def test_account_that_could_not_be_listed_is_asked_for_again_when_its_words_say(
    database, hub, collector, hands, error, minutes
):
    hub.owners = {"acme": [{"id": 700, "full_name": "acme/api"}]}
    hub.trouble = {"/orgs/acme": error, "/users/acme": error}
    with database.writing() as session:
        wishes.track(session, "acme/*", at=clock.now())
    for _ in range(4):
        owners.look_at_owners(collector)
        hands.forward(seconds=15)
    with database.reading() as session:
        row = owners.require_owner(session, "acme")
        assert (row.looked_at, row.trouble) == (None, error.detail)
    assert hub.count("/orgs/") == 1

    hub.trouble = {}
    hands.forward(minutes=minutes - 1)
    owners.look_at_owners(collector)
    with database.reading() as session:
        row = owners.require_owner(session, "acme")
        assert (row.looked_at, row.trouble) == (clock.now(), None)
    assert rows(database, "SELECT count(*) FROM feeds") == [(1,)]


def test_account_that_is_tracked_once_more_is_asked_for_at_once(database, hub, collector, hands):
    hub.trouble = {"/orgs/acme": limited(NOON + clock.HOUR)}
    with database.writing() as session:
        wishes.track(session, "acme/*", at=clock.now())
    owners.look_at_owners(collector)
    hub.trouble, hub.owners = {}, {"acme": [{"id": 700, "full_name": "acme/api"}]}
    with database.writing() as session:
        wishes.untrack(session, "acme/*")
        wishes.track(session, "acme/*", at=clock.now())
    owners.look_at_owners(collector)
    assert rows(database, "SELECT count(*) FROM feeds") == [(1,)]
