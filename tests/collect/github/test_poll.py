"""One repository asked what is new: what is stored, what it costs, what a crash leaves behind."""

import pytest
from sqlalchemy import select, text

from pulseboard.clock import DAY, HOUR, MINUTE, SECOND
from pulseboard.collect.github import backfill, tracking
from pulseboard.collect.github.history import run_backfill
from pulseboard.collect.github.verdict import hiccup
from pulseboard.config import load_settings
from pulseboard.model import Feed, Repository
from pulseboard.pipelines import feeds
from pulseboard.vocabulary import FeedState
from tests.collect.github.hub import gone, limited
from tests.factories import NOON


def rows(database, sql):
    with database.reading() as session:
        return [tuple(row) for row in session.execute(text(sql))]


def feed_of(database, repository_id):
    with database.reading() as session:
        return session.get(Feed, repository_id)


RUNS = """SELECT provider_run_id, attempt, status, conclusion, outcome FROM runs
    ORDER BY provider_run_id, attempt"""
JOBS = "SELECT provider_job_id, attempt, status, conclusion FROM jobs ORDER BY provider_job_id"


def test_first_poll_stores_the_last_30_days_with_their_jobs(database, hub, track, poll):
    home = hub.repository()
    home.run(1, created=NOON - 31 * DAY)
    home.run(2, created=NOON - 29 * DAY, conclusion="failure", jobs=2)
    home.run(3, created=NOON - HOUR)

    polled = poll(track())

    assert polled.state is FeedState.OK
    assert rows(database, JOBS) == [
        ("2000", 1, "completed", "failure"),
        ("2001", 1, "completed", "failure"),
        ("3000", 1, "completed", "success"),
    ]
    # The page that held it brought the older one along; its jobs were not asked for.
    assert [row[0] for row in rows(database, RUNS)] == ["1", "2", "3"]
    assert rows(database, "SELECT full_name, provider_id, default_branch FROM repositories") == [
        ("acme/api", "77", "main")
    ]


def test_payloads_of_a_poll_are_kept_as_deliveries(database, hub, track, poll):
    hub.repository().run(1, created=NOON - HOUR)
    poll(track())

    assert rows(
        database,
        "SELECT event, source, result, count(*) FROM deliveries GROUP BY 1, 2, 3 ORDER BY 1",
    ) == [
        ("repository", "poll", "stored", 1),
        ("workflow_job", "poll", "stored", 1),
        ("workflow_run", "poll", "stored", 1),
    ]


def test_quiet_repository_costs_one_request(database, hub, hands, track, poll):
    hub.repository().run(1, created=NOON - HOUR)
    here = track()
    poll(here)
    hub.forget()
    hands.forward(minutes=1)

    assert poll(here).runs == 0
    assert hub.asked == ["/repos/acme/api/actions/runs?page=1&per_page=100"]
    assert feed_of(database, here).polled_at == hands.time


def test_run_that_ends_between_two_polls_is_brought_up_to_date(database, hub, hands, track, poll):
    home = hub.repository()
    run = home.run(1, created=NOON - MINUTE, status="in_progress", conclusion=None)
    here = track()
    poll(here)
    assert rows(database, RUNS) == [("1", 1, "in_progress", None, "open")]

    now = hands.forward(minutes=1)
    run.change(at=now, status="completed", conclusion="failure")
    run.jobs[0] |= {
        "status": "completed",
        "conclusion": "failure",
        "completed_at": "2026-03-01T12:00:50Z",
    }
    assert poll(here).runs == 1
    assert rows(database, RUNS) == [("1", 1, "completed", "failure", "failure")]
    assert rows(database, JOBS) == [("1000", 1, "completed", "failure")]

    hub.forget()
    hands.forward(minutes=20)
    poll(here)
    assert hub.count("/jobs") == 0


def test_jobs_of_a_run_under_way_are_followed_while_the_run_itself_stays_the_same(
    database, hub, hands, track, poll
):
    run = hub.repository().run(1, created=NOON - MINUTE, status="in_progress", conclusion=None)
    here = track()
    poll(here)

    hands.forward(minutes=1)
    run.jobs[0] |= {
        "status": "completed",
        "conclusion": "success",
        "completed_at": "2026-03-01T12:00:50Z",
    }
    poll(here)
    assert rows(database, JOBS) == [("1000", 1, "completed", "success")]


def test_every_attempt_is_fetched_with_its_jobs(database, hub, hands, track, poll):
    run = hub.repository().run(1, created=NOON - DAY, conclusion="failure", jobs=2)
    run.again(at=NOON - HOUR, conclusion="failure")
    run.again(at=NOON - MINUTE)

    poll(track())
    assert rows(database, RUNS) == [
        ("1", 1, "completed", "failure", "failure"),
        ("1", 2, "completed", "failure", "failure"),
        ("1", 3, "completed", "success", "success"),
    ]
    assert [row[:2] for row in rows(database, JOBS)] == [
        ("1000", 1), ("1001", 1), ("1502", 2), ("1503", 3),
    ]  # fmt: skip


@pytest.mark.parametrize("number", [0, 30, 31, 100, 101, 256])
def test_all_jobs_of_a_run_are_fetched(database, hub, track, poll, number):
    hub.repository().run(1, created=NOON - HOUR, jobs=number)
    poll(track())
    assert len(rows(database, JOBS)) == number


def test_more_new_runs_than_a_page_holds_are_all_fetched(database, hub, hands, track, poll):
    home = hub.repository()
    home.run(1, created=NOON - HOUR)
    here = track()
    poll(here)

    hands.forward(minutes=10)
    for number in range(2, 252):
        home.run(number, created=NOON + number * MINUTE // 100, jobs=0)
    assert poll(here).runs == 250
    assert rows(database, "SELECT count(*) FROM runs") == [(251,)]


def test_run_that_came_while_a_crash_cut_the_listing_short_is_not_lost(
    database, hub, hands, track, poll
):
    home = hub.repository()
    home.run(1, created=NOON - HOUR)
    here = track()
    poll(here)
    hands.forward(minutes=10)
    for number in range(2, 152):
        home.run(number, created=NOON + number * MINUTE // 100, jobs=0)

    def crash_at_the_second_page(path):
        if hub.asked[-1].endswith("page=2&per_page=100"):
            raise KeyboardInterrupt

    hub.before = crash_at_the_second_page
    with pytest.raises(KeyboardInterrupt):
        poll(here)
    hub.before = lambda path: None
    hands.forward(minutes=1)
    poll(here)
    assert rows(database, "SELECT count(*) FROM runs") == [(151,)]


def test_jobs_that_a_crash_kept_back_are_fetched_by_the_next_poll(
    database, hub, hands, track, poll
):
    hub.repository().run(1, created=NOON - HOUR, jobs=3)
    here = track()

    def crash(path):
        if path.endswith("/jobs"):
            raise RuntimeError("killed")

    hub.before = crash
    with pytest.raises(RuntimeError):
        poll(here)
    hub.before = lambda path: None
    hands.forward(minutes=1)
    poll(here)
    assert len(rows(database, JOBS)) == 3


def test_limit_is_a_later_time_and_no_error(database, hub, hands, track, poll):
    hub.repository().run(1, created=NOON - HOUR)
    here = track()
    hub.trouble = {"/repos/acme/api/actions": limited(NOON + 17 * MINUTE)}

    assert poll(here).state is FeedState.LIMITED
    feed = feed_of(database, here)
    assert (feed.state, feed.next_poll_at) == ("limited", NOON + 17 * MINUTE)

    hub.trouble = {}
    hands.forward(minutes=17)
    assert poll(here).state is FeedState.OK
    assert feed_of(database, here).words is None


def test_refusal_becomes_the_state_of_the_repository_with_a_next_step(database, hub, track, poll):
    here = track("acme/secret")
    assert poll(here).state is FeedState.NOT_FOUND
    feed = feed_of(database, here)
    assert feed.words
    assert feed.next_step
    assert feed.next_poll_at == NOON + 5 * MINUTE


def test_odd_run_on_a_page_does_not_keep_the_others_out(database, hub, track, poll):
    home = hub.repository()
    home.run(1, created=NOON - HOUR, run_attempt=-7)
    home.run(2, created=NOON - HOUR)
    poll(track())
    assert [row[0] for row in rows(database, RUNS)] == ["2"]
    assert rows(database, "SELECT count(*) FROM deliveries WHERE result = 'unparsable'") == [(1,)]


def test_title_cut_within_a_character_keeps_no_run_out(database, hub, track, poll):
    home = hub.repository()
    home.run(1, created=NOON - HOUR)
    home.run(2, created=NOON - HOUR, display_title="cut \ud83d")
    polled = poll(track())
    assert (polled.state, polled.runs) == (FeedState.OK, 2)
    assert [row[0] for row in rows(database, RUNS)] == ["1", "2"]


def test_run_that_cannot_be_understood_is_no_news(database, hub, track, poll):
    home = hub.repository()
    home.run(1, created=NOON - HOUR, run_attempt=-7)
    target = track()
    assert [poll(target).runs for _ in range(2)] == [0, 0]


def test_only_the_workflows_named_are_asked_for(database, hub, hands, track, poll):
    home = hub.repository()
    home.run(1, created=NOON - HOUR, workflow="ci.yml")
    home.run(2, created=NOON - HOUR, workflow="docs.yml")
    here = track()
    with database.writing() as session:
        session.get(Feed, here).workflows = '["ci.yml", "gone.yml"]'

    polled = poll(here)
    assert [row[0] for row in rows(database, RUNS)] == ["1"]
    assert polled.words == "acme/api has no workflow gone.yml."


def want(database, hands, workflows):
    with database.writing() as session:
        settings = load_settings(repos="acme/api", workflows=workflows)
        tracking.follow_environment(session, settings, at=hands.time)
        return session.scalars(select(Feed.repository_id)).one()


def fill_two_workflows(hub):
    """Have 120 runs of each in 24 days, and one of each long before."""
    home = hub.repository()
    for number, workflow in enumerate(("ci.yml", "deploy.yml")):
        for step in range(120):
            created = NOON - HOUR - step * 24 * DAY // 120
            home.run(1000 * number + step + 1, created=created, workflow=workflow, jobs=0)
        home.run(1000 * number + 999, created=NOON - 80 * DAY, workflow=workflow, jobs=0)


@pytest.mark.parametrize("wider", ["*", "ci.yml,deploy.yml"])
def test_more_workflows_than_before_are_looked_for_from_the_beginning(
    database, hub, hands, poll, wider
):
    fill_two_workflows(hub)
    here = want(database, hands, "ci.yml")
    poll(here)
    assert len(rows(database, RUNS)) == 121
    hands.forward(minutes=10)
    want(database, hands, wider)
    with database.reading() as session:
        standing = feeds.read_standings(session, repository_ids=[here], at=hands.time)[here]
    assert (standing.is_partial, standing.known_from) == (True, None)
    hands.forward(minutes=1)
    poll(here)

    assert len(rows(database, RUNS)) >= 240
    feed = feed_of(database, here)
    assert (feed.state, feed.known_from) == ("ok", hands.time - 30 * DAY)
    hub.forget()
    hands.forward(minutes=1)
    assert poll(here).runs == 0
    assert not hub.count("page=2")


def test_what_was_backfilled_of_fewer_workflows_is_fetched_of_all(
    database, hub, hands, collector, poll
):
    fill_two_workflows(hub)
    here = want(database, hands, "ci.yml")
    poll(here)
    with database.writing() as session:
        asked = backfill.ask_for_backfill(session, here, days=90, at=hands.time).id
    run_backfill(collector, asked)
    assert feed_of(database, here).known_from == NOON - 90 * DAY
    hands.forward(minutes=10)
    want(database, hands, "*")
    poll(here)
    (planned,) = rows(database, "SELECT id, since FROM backfills WHERE state = 'waiting'")
    assert planned[1] == NOON - 90 * DAY
    run_backfill(collector, planned[0])

    assert len(rows(database, RUNS)) == 242
    assert feed_of(database, here).known_from == NOON - 90 * DAY


def test_unfinished_backfill_begins_again_when_more_workflows_are_wanted(
    database, hub, hands, poll
):
    fill_two_workflows(hub)
    here = want(database, hands, "ci.yml")
    poll(here)
    with database.writing() as session:
        row = backfill.ask_for_backfill(session, here, days=90, at=hands.time)
        row.reached = NOON - 50 * DAY
    want(database, hands, "*")

    assert rows(database, "SELECT reached FROM backfills") == [(NOON - 30 * DAY,)]


def test_fewer_workflows_than_before_change_nothing(database, hub, hands, poll):
    fill_two_workflows(hub)
    here = want(database, hands, "*")
    poll(here)
    before = feed_of(database, here)
    want(database, hands, "ci.yml")

    after = feed_of(database, here)
    assert (after.state, after.polled_at, after.known_from) == (
        "ok", before.polled_at, before.known_from,
    )  # fmt: skip
    # All of them again is more than these, even where the first page stays as it was.
    hub.repositories["acme/api"].run(5000, created=NOON - 20 * DAY, workflow="deploy.yml", jobs=0)
    want(database, hands, "*")
    poll(here)
    assert ("5000", 1, "completed", "success", "success") in rows(database, RUNS)


def test_runs_that_a_first_look_finds_are_no_misses_of_webhooks(database, hub, hands, poll):
    fill_two_workflows(hub)
    here = want(database, hands, "ci.yml")
    poll(here)
    with database.writing() as session:
        session.get(Repository, here).last_webhook_at = hands.time
    hands.forward(minutes=10)
    want(database, hands, "*")
    poll(here)

    assert rows(database, "SELECT count(*) FROM missed_runs") == [(0,)]


def test_open_run_behind_the_first_page_comes_to_its_end(database, hub, hands, track, poll):
    home = hub.repository()
    old = home.run(1, created=NOON - DAY, status="queued", conclusion=None)
    for number in range(2, 120):
        home.run(number, created=NOON - HOUR, jobs=0)
    here = track()
    poll(here)

    now = hands.forward(minutes=1)
    old.change(at=now, status="completed", conclusion="startup_failure")
    old.jobs.clear()
    poll(here)
    assert rows(database, RUNS)[0] == ("1", 1, "completed", "startup_failure", "failure")


def test_run_deleted_while_under_way_becomes_a_tombstone(database, hub, hands, track, poll):
    home = hub.repository()
    home.run(1, created=NOON - HOUR, status="in_progress", conclusion=None)
    here = track()
    poll(here)

    hands.forward(minutes=1)
    home.delete(1)
    poll(here)
    assert rows(database, RUNS) == [("1", 1, "deleted", None, "deleted")]


def test_hidden_repository_makes_no_tombstones(database, hub, hands, track, poll):
    home = hub.repository()
    home.run(1, created=NOON - HOUR, status="in_progress", conclusion=None)
    here = track()
    poll(here)

    hands.forward(minutes=1)
    hub.trouble = {"/repos/acme/api": gone()}
    assert poll(here).state is FeedState.NOT_FOUND
    assert rows(database, RUNS) == [("1", 1, "in_progress", None, "open")]


def test_run_deleted_among_the_newest_is_seen_by_the_next_poll(database, hub, hands, track, poll):
    home = hub.repository()
    for number in (1, 2, 3):
        home.run(number, created=NOON - number * HOUR, workflow=f"w{number % 2}.yml")
    here = track()
    poll(here)

    hands.forward(minutes=1)
    home.delete(2)
    hub.forget()
    poll(here)
    assert [(row[0], row[2]) for row in rows(database, RUNS)] == [
        ("1", "completed"), ("2", "deleted"), ("3", "completed"),
    ]  # fmt: skip
    assert hub.asked == [
        "/repos/acme/api/actions/runs?page=1&per_page=100",
        "/repos/acme/api/actions/runs/2",
        "/repos/acme/api",
    ]


def test_run_of_a_webhook_that_no_list_has_yet_is_no_deleted_one(database, hub, hands, track, poll):
    home = hub.repository()
    home.run(1, created=NOON - HOUR)
    here = track()
    poll(here)
    hands.forward(minutes=1)
    home.run(2, created=hands.time - 50 * SECOND)
    poll(here)

    home.delete(2)
    poll(here)
    assert [row[2] for row in rows(database, RUNS)] == ["completed", "completed"]
    hands.forward(minutes=1)
    home.run(3, created=hands.time)
    poll(here)
    assert [row[2] for row in rows(database, RUNS)] == ["completed", "deleted", "completed"]


def test_runs_are_taken_where_only_the_repository_itself_is_hidden(database, hub, track, poll):
    hub.repository().run(1, created=NOON - HOUR)

    def hide(path):
        if path == "/repos/acme/api":
            raise gone()

    hub.before = hide
    assert poll(track()).state is FeedState.OK
    assert [row[0] for row in rows(database, RUNS)] == ["1"]


def test_run_whose_jobs_are_not_there_is_kept(database, hub, track, poll):
    hub.repository().run(1, created=NOON - HOUR)
    hub.trouble = {"/repos/acme/api/actions/runs/1": gone()}
    poll(track())
    assert rows(database, RUNS) == [("1", 1, "completed", "success", "success")]


def test_stored_name_that_leads_elsewhere_is_never_asked_for(database, hub, track, poll):
    repository_id = track("../..")

    poll(repository_id)

    assert hub.asked == []
    with database.reading() as session:
        assert session.get_one(Feed, repository_id).state == FeedState.NOT_FOUND


def test_run_whose_jobs_github_fails_to_give_keeps_no_other_from_being_known(
    database, hub, hands, track, poll
):
    home = hub.repository()
    for number in range(1, 61):
        home.run(number, created=NOON - number * HOUR)
    bad = "/repos/acme/api/actions/runs/7/jobs"
    hub.trouble = {bad: hiccup("GitHub fails with HTTP 502.", now=NOON)}
    here = track()

    polled = poll(here)
    assert polled.state is FeedState.OK
    assert polled.words == (
        "The jobs of some runs could not be fetched. GitHub fails with HTTP 502. It is asked again"
        " by itself."
    )
    assert rows(database, "SELECT count(*) FROM jobs") == [(59,)]

    hub.trouble = {}
    hands.forward(minutes=5)
    assert poll(here).words is None
    assert rows(database, "SELECT count(*) FROM jobs") == [(60,)]


def test_github_that_fails_for_many_runs_is_said_to_fail(database, hub, track, poll):
    home = hub.repository()
    for number in range(1, 61):
        home.run(number, created=NOON - number * HOUR)
    hub.trouble = {
        f"/repos/acme/api/actions/runs/{number}/jobs": hiccup("GitHub fails.", now=NOON)
        for number in range(1, 61)
    }

    assert poll(track()).state is FeedState.UNREACHABLE
    assert hub.count("/jobs") < 10


def test_page_of_jobs_that_comes_empty_once_leaves_none_out(database, hub, hands, track, poll):
    hub.repository().run(1, created=NOON - HOUR, jobs=250)
    answer, emptied = hub._answer, []

    def stumble(path, params):
        body, more = answer(path, params)
        if path.endswith("/jobs") and params["page"] == "2" and not emptied:
            emptied.append(path)
            body["jobs"] = []
        return body, more

    hub._answer = stumble
    here = track()
    poll(here)
    hands.forward(minutes=5)
    poll(here)
    assert rows(database, "SELECT count(*) FROM jobs") == [(250,)]


def test_run_that_is_run_again_on_its_last_day_is_followed_to_its_end(
    database, hub, hands, track, poll
):
    home = hub.repository()
    run = home.run(1, created=NOON - 29 * DAY)
    here = track()
    poll(here)
    for number in range(2, 140):
        home.run(number, created=NOON + number * SECOND)
    hands.forward(hours=23)
    run.again(at=hands.time, status="in_progress", conclusion=None)
    poll(here)
    hands.forward(hours=12)
    run.change(at=hands.time, status="completed", conclusion="failure")
    run.jobs[-1] |= {"status": "completed", "conclusion": "failure"}
    poll(here)
    hands.forward(hours=1)
    poll(here)

    assert rows(database, RUNS)[:2] == [
        ("1", 1, "completed", "success", "success"), ("1", 2, "completed", "failure", "failure"),
    ]  # fmt: skip
    assert ("1502", 2, "completed", "failure") in rows(database, JOBS)
