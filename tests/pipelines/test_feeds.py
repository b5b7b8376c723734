"""How each repository is fed, what is partial, and which silence is likely."""

import pytest

from pulseboard.clock import DAY, HOUR, MINUTE
from pulseboard.collect.github import tracking, wishes
from pulseboard.collect.groupcommit import commit
from pulseboard.metrics.scope import Scope
from pulseboard.model import Feed, MissedRun
from pulseboard.pipelines import feeds
from pulseboard.vocabulary import FeedState, Source
from tests.factories import NOON, envelope, repository_seen, run_seen

FLEET = Scope()


@pytest.fixture
def track(database):
    def do(name="acme/api", **facts):
        with database.writing() as session:
            here = tracking.track(session, name, origin=tracking.Origin.PEOPLE, at=NOON)
            feed = session.get_one(Feed, here)
            for field, value in facts.items():
                setattr(feed, field, value)
        return here

    return do


def hear(database, *, name="acme/api", at=NOON, source=Source.WEBHOOK, run_id="1"):
    seen = run_seen(repository=repository_seen(name, provider_id=None), run_id=run_id, time=at)
    told = envelope(runs=[seen], source=source)
    told.received_at = at
    (receipt,) = commit(database, [told])
    return receipt.run_id


def standing(database, repository_id, *, at=NOON):
    with database.reading() as session:
        return feeds.read_standings(session, repository_ids=[repository_id], at=at)[repository_id]


def partial(database, scope=FLEET):
    with database.reading() as session:
        return feeds.list_partial(session, scope)


def test_polled_repository_is_heard_although_nothing_happens(database, track):
    here = track(state=FeedState.OK, polled_at=NOON + 40 * DAY)
    found = standing(database, here, at=NOON + 40 * DAY + MINUTE)
    assert (found.fed_by, found.heard_at) == ("poll", NOON + 40 * DAY)
    assert (found.is_stale, found.is_partial) == (False, False)


def test_repository_of_a_webhook_goes_stale_in_its_own_rhythm(database, track):
    for number in range(10):
        hear(database, at=NOON + number * HOUR, run_id=str(number))
    here = track(state=FeedState.LIMITED)
    last = NOON + 9 * HOUR
    assert standing(database, here, at=last + 11 * HOUR).fed_by == "webhook"
    assert not standing(database, here, at=last + 11 * HOUR).is_stale
    assert standing(database, here, at=last + 13 * HOUR).is_stale


@pytest.mark.parametrize(
    ("started", "silence"),
    [
        ([], 4 * DAY),
        ([NOON] * 4, 4 * DAY),
        ([NOON - hour * HOUR for hour in range(10)], 12 * HOUR),
        # A weekend in between makes weekends likely.
        ([NOON, NOON - 2 * DAY - 16 * HOUR, *(NOON - 3 * DAY - n * HOUR for n in range(9))],
         96 * HOUR),
    ],
)  # fmt: skip
def test_silence_is_likely_when_there_was_such_a_pause_lately(started, silence):
    assert feeds.likely_silence(started) == silence


def test_missed_run_makes_a_webhook_no_longer_believed(database, track):
    run_id = hear(database)
    here = track(state=FeedState.OK)
    assert standing(database, here).fed_by == "webhook"
    with database.writing() as session:
        session.add(MissedRun(run_id=run_id, repository_id=here, found_at=NOON + HOUR))
    assert standing(database, here).fed_by == "poll"


def test_repository_that_github_limits_is_partial_until_it_is_asked_again(database, track):
    track("acme/web", state=FeedState.OK)
    here = track(state=FeedState.LIMITED, next_poll_at=NOON + 17 * MINUTE, words="Wait.")
    assert partial(database) == ["acme/api"]
    found = standing(database, here)
    assert (found.is_partial, found.partial_until, found.words) == (
        True, NOON + 17 * MINUTE, "Wait.",
    )  # fmt: skip


def test_repository_is_partial_until_its_first_poll_and_while_it_is_filled(database, track):
    here = track()
    assert partial(database) == ["acme/api"]
    with database.writing() as session:
        session.get_one(Feed, here).state = FeedState.OK
    assert partial(database) == []
    with database.writing() as session:
        wishes.ask_for_backfill(session, "acme/api", days=90, at=NOON)
    assert partial(database) == ["acme/api"]
    assert partial(database, Scope(repositories=(here + 1,))) == []
    assert partial(database, Scope(demo=True)) == []


def test_what_is_tracked_no_longer_is_not_partial(database, track):
    here = track(state=FeedState.NOT_FOUND)
    with database.writing() as session:
        tracking.untrack(session, here)
    assert partial(database) == []
    found = standing(database, here)
    assert (found.tracked, found.state, found.is_partial) == (False, None, False)


def test_states_are_counted(database, track):
    track("acme/web", state=FeedState.OK)
    track("acme/api", state=FeedState.LIMITED)
    with database.reading() as session:
        assert feeds.count_states(session) == {"ok": 1, "limited": 1}
        assert feeds.list_heard(session, demo=False) == [
            ("acme/api", None, None), ("acme/web", None, None),
        ]  # fmt: skip
