"""A hub that plays GitHub, a collector that asks it, and hands of a clock to turn."""

import pytest

from pulseboard import clock
from pulseboard.collect.github import tracking
from pulseboard.collect.github.answers import Purpose
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.poll import poll_repository
from pulseboard.collect.groupcommit import commit
from tests.collect.github.hub import Hub, frozen_clock
from tests.factories import NOON


@pytest.fixture
def hands(monkeypatch):
    """The time, which passes only when told to."""
    with frozen_clock(monkeypatch, NOON) as hands:
        yield hands


@pytest.fixture
def hub(database, hands):
    """A GitHub without repositories."""
    return Hub(EtagShelf(database))


@pytest.fixture
def collector(database, hub):
    """The way from the hub to the writer; history and news go to lists of their own."""
    return make_collector(database, hub)


def make_collector(database, hub, etags=None):
    """Return a collector whose writer is the real one."""

    def write(envelopes, *, is_history):
        return commit(database, envelopes)

    return Collector(database, hub, etags or hub.etags, write, 60 * clock.SECOND)


@pytest.fixture
def track(database, hands):
    """A function that tracks a repository and returns our id of it."""

    def do(full_name="acme/api", origin=tracking.Origin.PEOPLE):
        with database.writing() as session:
            return tracking.track(session, full_name, origin=origin, at=hands.time)

    return do


@pytest.fixture
def poll(collector):
    """A function that polls a repository."""

    def do(repository_id):
        return poll_repository(collector, repository_id, purpose=Purpose.POLL)

    return do
