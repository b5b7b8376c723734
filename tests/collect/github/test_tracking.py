"""Which repositories are tracked, and how often each is asked."""

import pytest
from sqlalchemy import select

from pulseboard.clock import HOUR, MINUTE, SECOND
from pulseboard.collect.github import tracking
from pulseboard.collect.github.tracking import Origin, next_interval
from pulseboard.collect.groupcommit import commit
from pulseboard.config import load_settings
from pulseboard.model import Feed, Repository
from pulseboard.vocabulary import Source
from tests.factories import NOON, envelope, repository_seen, run_seen


def follow(database, *, at=NOON, **settings):
    with database.writing() as session:
        tracking.follow_environment(session, load_settings(**settings), at=at)


def tracked(database):
    with database.reading() as session:
        found = (
            select(Repository.full_name, Feed.workflows)
            .join(Feed)
            .where(Feed.tracked)
            .order_by(Repository.name_key)
        )
        return [tuple(row) for row in session.execute(found)]


def test_star_tracks_all_workflows(database):
    follow(database, repos="acme/api,acme/web", workflows="*")
    assert tracked(database) == [("acme/api", None), ("acme/web", None)]


def test_files_of_the_environment_are_kept(database):
    follow(database, repos="acme/api", workflows="ci.yml,docs.yml")
    assert tracked(database) == [("acme/api", '["ci.yml", "docs.yml"]')]


def test_without_workflows_nothing_is_polled(database):
    follow(database, repos="acme/api", workflows="")
    assert tracked(database) == []


def test_what_the_environment_no_longer_names_is_no_longer_asked_for(database):
    follow(database, repos="acme/api,acme/web", workflows="*")
    follow(database, repos="acme/web", workflows="*")
    assert tracked(database) == [("acme/web", None)]


def test_what_people_track_stays_when_the_environment_goes(database):
    with database.writing() as session:
        tracking.track(session, "acme/api", origin=Origin.PEOPLE, at=NOON)
    follow(database, repos="ACME/api", workflows="ci.yml")
    follow(database, repos="", workflows="")
    assert tracked(database) == [("acme/api", None)]


def test_shorter_interval_counts_at_once(database):
    follow(database, repos="acme/api", workflows="*", refresh_seconds="3600")
    with database.writing() as session:
        (feed,) = session.scalars(select(Feed))
        tracking.note_success(session, feed.repository_id, interval=5 * HOUR, words=None, at=NOON)
    follow(database, repos="acme/api", workflows="*", refresh_seconds="60")
    with database.reading() as session:
        assert session.scalars(select(Feed.next_poll_at)).all() == [NOON + 5 * MINUTE]


def test_repository_whose_webhook_is_heard_is_tracked(database):
    here = repository_seen(provider_id="77")
    commit(database, [envelope(runs=[run_seen(repository=here)])])
    pushed = repository_seen("acme/pushed", provider_id=None)
    commit(database, [envelope(runs=[run_seen(repository=pushed)], source=Source.IMPORT)])
    with database.writing() as session:
        tracking.follow_webhooks(session, at=NOON)
    assert tracked(database) == [("acme/api", None)]


def test_untracked_repository_is_not_due(database):
    with database.writing() as session:
        here = tracking.track(session, "acme/api", origin=Origin.PEOPLE, at=NOON)
        assert tracking.list_due(session, at=NOON) == [here]
        tracking.untrack(session, here)
        assert tracking.list_due(session, at=NOON) == []


def target(**facts):
    known = {
        "repository_id": 1, "full_name": "acme/api", "provider_id": None, "default_branch": None,
        "origin": "people", "workflows": None, "interval": MINUTE, "polled_at": NOON,
        "known_from": NOON, "swept_at": NOON, "unchecked": False, "is_fed_by_webhook": False,
    }  # fmt: skip
    return tracking.Target(**known | facts)


@pytest.mark.parametrize(
    ("facts", "is_active", "has_news", "interval"),
    [
        ({}, True, True, 30 * SECOND),
        ({}, False, True, MINUTE),
        ({}, False, False, 75 * SECOND),
        ({"interval": 290 * SECOND}, False, False, 5 * MINUTE),
        ({"interval": 0}, False, False, MINUTE),
        ({"is_fed_by_webhook": True}, True, True, 15 * MINUTE),
    ],
)
def test_active_repositories_are_asked_sooner_and_quiet_ones_later(
    facts, is_active, has_news, interval
):
    found = next_interval(target(**facts), base=MINUTE, is_active=is_active, has_news=has_news)
    assert found == interval


def test_interval_of_a_second_is_never_undercut():
    assert next_interval(target(), base=SECOND, is_active=True, has_news=True) == SECOND
