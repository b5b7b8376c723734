"""Webhook deliveries that failed are sent again, or what they told of is fetched."""

import pytest
from sqlalchemy import select

from pulseboard import clock
from pulseboard.clock import HOUR, MINUTE
from pulseboard.collect.github import heal as healing
from pulseboard.collect.github import hooks, misses, tracking
from pulseboard.collect.github.answers import Purpose
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.connecting import connect
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.poll import poll_repository
from pulseboard.collect.github.webhook import open_delivery
from pulseboard.collect.groupcommit import commit
from pulseboard.config import load_settings
from pulseboard.model import Feed, HookDelivery, MissedRun, Run
from tests.collect.github.hub import frozen_clock
from tests.github_fake import shapes
from tests.github_fake.apps import private_key
from tests.github_fake.hub import FakeGitHub


@pytest.fixture
def hands(monkeypatch):
    with frozen_clock(monkeypatch, clock.now() // clock.SECOND * clock.SECOND) as hands:
        yield hands


@pytest.fixture
def hub(hands):
    with FakeGitHub() as hub:
        hub.app(id=77).install("acme", id=501)
        yield hub


@pytest.fixture
def collector(database, hub, tmp_path):
    settings = load_settings(
        github_api_url=hub.url,
        data=tmp_path,
        github_app_id=77,
        github_app_private_key=private_key(),
    )
    etags = EtagShelf(database)
    github = connect(settings, database=database, etags=etags, sleep=lambda _: None)

    def write(envelopes, *, is_history):
        return commit(database, envelopes)

    yield Collector(database, github, etags, write, clock.MINUTE)
    github.close()


@pytest.fixture
def listen(database, hub):
    """A function that opens our door to deliveries."""

    def take(one):
        _, body = one.request("hook")
        opened = open_delivery(
            body, event=one.event, guid=one.guid, content_type="application/json",
            headers={}, received_at=clock.now(),
        )  # fmt: skip
        commit(database, [opened.understand()])
        return 202

    def do():
        hub.on_delivery = take

    return do


def rows(database):
    with database.reading() as session:
        found = select(HookDelivery).order_by(HookDelivery.delivered_at, HookDelivery.guid)
        return list(session.scalars(found))


def stored_runs(database):
    with database.reading() as session:
        return session.scalars(select(Run.status)).all()


def test_lost_delivery_is_sent_again_and_arrives(database, hub, hands, collector, listen):
    run = hub.repository().run()
    hands.forward(minutes=5)
    listen()
    healing.heal(collector, has_app=True)
    assert stored_runs(database) == ["queued"]

    hands.forward(minutes=5)
    healing.heal(collector, has_app=True)
    assert [(row.state, row.tries, row.status) for row in rows(database)] == [
        ("arrived", 1, "failed to connect to host")
    ]
    assert hub.count("/attempts") == 1
    assert run.id > 0


def test_what_three_tries_do_not_bring_is_fetched(database, hub, hands, collector):
    home = hub.repository()
    with database.writing() as session:
        here = tracking.track(session, "acme/api", origin=tracking.Origin.WEBHOOK, at=clock.now())
        session.get_one(Feed, here).next_poll_at = clock.now() + 10 * HOUR
    poll_repository(collector, here, purpose=Purpose.POLL)
    home.run()
    for _ in range(4):
        hands.forward(minutes=5)
        healing.heal(collector, has_app=True)

    assert hub.count("/attempts") == 3
    assert [row.state for row in rows(database)] == ["pulled"]
    with database.reading() as session:
        feed = session.get_one(Feed, here)
        assert (feed.next_poll_at, feed.swept_at) == (clock.now(), None)
    poll_repository(collector, here, purpose=Purpose.POLL)
    assert stored_runs(database) == ["queued"]


def test_delivery_that_is_stored_all_the_same_is_not_asked_for(
    database, hub, hands, collector, listen
):
    listen()
    take = hub.on_delivery
    # We stored it, and the answer came too late.
    hub.on_delivery = lambda one: take(one) and 504
    hub.repository().run()
    hands.forward(minutes=5)
    healing.heal(collector, has_app=True)
    assert hub.count("/attempts") == 0
    assert [row.state for row in rows(database)] == ["arrived"]


def test_server_that_was_away_for_a_day_asks_for_all_of_it_once(
    database, hub, hands, collector, listen
):
    home = hub.repository()
    for _ in range(12):
        home.run()
        hands.forward(minutes=10)
    listen()
    healing.heal(collector, has_app=True)
    hands.forward(minutes=5)
    healing.heal(collector, has_app=True)
    assert len(stored_runs(database)) == 12
    assert hub.count("/attempts") == 12
    assert {row.state for row in rows(database)} == {"arrived"}


def test_deliveries_that_cannot_be_listed_are_said_so(database, hub, collector):
    with hub.outage("/app/hook/deliveries"):
        healing.heal(collector, has_app=True)
    with database.reading() as session:
        assert list(hooks.list_trouble(session)) == [hooks.APP]
    healing.heal(collector, has_app=True)
    with database.reading() as session:
        assert hooks.list_trouble(session) == {}


@pytest.mark.parametrize("status", [404, 422, 500])
def test_delivery_that_github_does_not_send_again_keeps_no_other_from_it(
    database, hub, hands, collector, listen, status
):
    home = hub.repository()
    with database.writing() as session:
        here = tracking.track(session, "acme/api", origin=tracking.Origin.WEBHOOK, at=clock.now())
    poll_repository(collector, here, purpose=Purpose.POLL)
    for _ in range(5):
        home.run()
        hands.forward(minutes=1)
    listen()
    with hub.outage(f"/deliveries/{hub.deliveries[2].id}/attempts", status=status):
        for _ in range(3):
            hands.forward(minutes=5)
            healing.heal(collector, has_app=True)

    assert [row.state for row in rows(database)] == ["arrived"] * 2 + ["pulled"] + ["arrived"] * 2
    poll_repository(collector, here, purpose=Purpose.POLL)
    assert len(stored_runs(database)) == 5
    with database.reading() as session:
        assert hooks.list_trouble(session) == {}


@pytest.mark.parametrize("skew", [-2 * HOUR, 2 * HOUR])
def test_lost_delivery_is_found_whatever_our_clock_says(
    database, hub, hands, collector, listen, skew
):
    hub.skew = skew
    healing.heal(collector, has_app=True)
    hands.forward(minutes=5)
    hub.repository().run()
    listen()
    hands.forward(minutes=5)
    healing.heal(collector, has_app=True)
    assert stored_runs(database) == ["queued"]


@pytest.mark.parametrize("moment", ["soon", "2026-11-22T17:00:00", None])
def test_list_of_deliveries_without_their_times_is_said_to_be_unreadable(
    database, hub, collector, monkeypatch, moment
):
    hub.repository().run()
    shown = shapes.delivery
    monkeypatch.setattr(shapes, "delivery", lambda one: shown(one) | {"delivered_at": moment})
    healing.heal(collector, has_app=True)
    with database.reading() as session:
        assert "cannot be read" in hooks.list_trouble(session)[hooks.APP]


@pytest.fixture
def heard(database, hub, listen):
    """A repository whose webhook was heard, tracked."""
    listen()
    hub.repository().run()
    with database.writing() as session:
        tracking.follow_webhooks(session, at=clock.now())


@pytest.fixture
def ask_with(database, hub, tmp_path):
    """A function that returns a collector that asks with a token."""
    opened = []

    def do(**token):
        hub.token("ghp_kim", **token)
        settings = load_settings(github_api_url=hub.url, github_token="ghp_kim", data=tmp_path)
        etags = EtagShelf(database)
        opened.append(connect(settings, database=database, etags=etags, sleep=lambda _: None))

        def write(envelopes, *, is_history):
            return commit(database, envelopes)

        return Collector(database, opened[-1], etags, write, clock.MINUTE)

    yield do
    for github in opened:
        github.close()


@pytest.mark.parametrize(
    ("facts", "found"),
    [
        ({}, ["repos/acme/api/hooks/3"]),
        ({"url": "https://ci.example.org/pulse/api/v1/webhooks/github"}, ["repos/acme/api/hooks/3"]),
        ({"url": "https://chat.example.org/hook"}, []),
        ({"active": False}, []),
        (None, []),
    ],
)  # fmt: skip
def test_hook_of_a_repository_is_known_by_its_address(hub, heard, ask_with, facts, found):
    if facts is not None:
        next(iter(hub.repositories.values())).hook(**facts)
    collector = ask_with()
    assert hooks.list_hooks(collector, has_app=False) == found
    assert hooks.list_hooks(collector, has_app=False) == found
    assert hub.count("/hooks") == 1


def test_lost_delivery_of_a_repositorys_own_hook_is_sent_again(
    database, hub, hands, heard, listen, ask_with
):
    home = next(iter(hub.repositories.values()))
    home.hook()
    hub.on_delivery = None
    home.run()
    listen()
    collector = ask_with()
    hands.forward(minutes=1)
    healing.heal(collector, has_app=False)
    assert hub.count("/repos/acme/api/hooks/3/deliveries/") == 1
    assert len(stored_runs(database)) == 2
    hands.forward(minutes=5)
    healing.heal(collector, has_app=False)
    assert [row.state for row in rows(database)] == ["arrived"]


def test_token_that_may_not_see_hooks_is_named_once(database, hub, heard, ask_with):
    next(iter(hub.repositories.values())).hook()
    collector = ask_with(scopes=["repo"])
    assert hooks.list_hooks(collector, has_app=False) == []
    assert hooks.list_hooks(collector, has_app=False) == []
    assert hub.count("/hooks") == 1
    with database.reading() as session:
        (words,) = hooks.list_trouble(session).values()
    assert words.endswith("failed deliveries are found by polling only.")


def test_one_missed_run_of_a_thousand_is_no_warning(database, hub, heard):
    home = next(iter(hub.repositories.values()))
    for _ in range(999):
        home.run()
    with database.writing() as session:
        first, second = session.scalars(select(Run.id).limit(2)).all()
        repository_id = session.scalars(select(Run.repository_id).limit(1)).one()
        session.add(MissedRun(run_id=first, repository_id=repository_id, found_at=clock.now()))
    with database.writing() as session:
        found = misses.read_misses(session, at=clock.now() + MINUTE)
        assert (found.runs, found.missed, found.words) == (1000, 1, None)
        session.add(MissedRun(run_id=second, repository_id=repository_id, found_at=clock.now()))
    with database.reading() as session:
        words = misses.read_misses(session, at=clock.now() + MINUTE).words
    assert words.startswith("Webhooks did not tell of 2 of 1,000 runs of the last day")
    assert "workflow_run" in words


def test_cause_of_missed_runs_is_what_github_says(database, hub, hands, heard, collector):
    hub.on_delivery = None
    next(iter(hub.repositories.values())).run()
    healing.heal(collector, has_app=True)
    with database.writing() as session:
        run = session.scalars(select(Run)).first()
        session.add(MissedRun(run_id=run.id, repository_id=run.repository_id, found_at=clock.now()))
    with database.reading() as session:
        words = misses.read_misses(session, at=clock.now()).words
    assert "GitHub tried and failed (failed to connect to host, 1 times)" in words
