"""Backfill: every run of the days asked for, newest first, from wherever it stopped."""

import pytest
from sqlalchemy import text

from pulseboard import clock
from pulseboard.clock import DAY, HOUR, MINUTE, SECOND
from pulseboard.collect.github import backfill, wishes
from pulseboard.collect.github.history import run_backfill
from pulseboard.collect.github.verdict import hiccup
from pulseboard.errors import InvalidInput, NotFound
from pulseboard.model import Backfill, Feed
from tests.collect.github.hub import gone, limited
from tests.factories import NOON


def number(database, sql):
    with database.reading() as session:
        return session.execute(text(sql)).scalar_one()


def runs_in(database):
    return number(database, "SELECT count(*) FROM runs")


def jobs_in(database):
    return number(database, "SELECT count(*) FROM jobs")


@pytest.fixture
def ask(database, hands):
    """A function that wants history and returns the id of the backfill."""

    def do(name="acme/api", days=90):
        with database.writing() as session:
            return wishes.ask_for_backfill(session, name, days=days, at=hands.time).id

    return do


def row_of(database, backfill_id):
    with database.reading() as session:
        return session.get(Backfill, backfill_id)


def test_every_run_of_the_days_asked_for_comes_with_its_jobs(database, hub, collector, ask):
    home = hub.repository()
    for day in range(120):
        home.run(day + 1, created=NOON - day * DAY - HOUR, jobs=2)
    asked = ask()
    run_backfill(collector, asked)

    row = row_of(database, asked)
    assert (row.state, row.runs, row.checked, row.unchecked) == ("done", 90, 90, 0)
    assert (runs_in(database), jobs_in(database)) == (90, 180)
    assert row.reached == NOON - 90 * DAY


def test_history_of_a_workflow_comes_although_the_repository_lacks_another(
    database, hub, collector, ask
):
    hub.repository().run(1, created=NOON - DAY)
    asked = ask()
    with database.writing() as session:
        session.get(Feed, row_of(database, asked).repository_id).workflows = '["a.yml", "ci.yml"]'
    run_backfill(collector, asked)

    row = row_of(database, asked)
    assert (row.state, row.words, row.runs) == ("done", None, 1)


def test_history_of_workflows_of_which_there_is_none_is_said_not_to_be_there(
    database, hub, collector, ask
):
    hub.repository().run(1, created=NOON - DAY)
    asked = ask()
    with database.writing() as session:
        session.get(Feed, row_of(database, asked).repository_id).workflows = '["a.yml", "b.yml"]'
    run_backfill(collector, asked)

    assert row_of(database, asked).state == "failed"


def test_more_runs_than_github_shows_are_listed_in_smaller_windows(database, hub, collector, ask):
    home = hub.repository()
    for number_of_run in range(2300):
        home.run(number_of_run + 1, created=NOON - HOUR - number_of_run * MINUTE, jobs=0)
    run_backfill(collector, ask(days=3))
    assert runs_in(database) == 2300
    lists = [url for url in hub.asked if "/actions/runs?" in url]
    assert max(int(url.split("&page=")[1].split("&")[0]) for url in lists) <= 10


def test_history_that_github_will_not_page_through_is_asked_for_in_pieces(
    database, hub, collector, ask
):
    hub.listing_limit = 200
    home = hub.repository()
    for number_of_run in range(350):
        home.run(number_of_run + 1, created=NOON - HOUR - number_of_run * 10 * MINUTE)
    asked = ask(days=3)
    run_backfill(collector, asked)
    row = row_of(database, asked)
    assert (row.state, row.words, row.runs, row.unchecked) == ("done", None, 350, 0)
    assert runs_in(database) == 350


def fill(hub, runs):
    home = hub.repository()
    for number_of_run in range(1, runs + 1):
        home.run(number_of_run, created=NOON - HOUR - number_of_run * MINUTE, jobs=0)
    return home


def test_runs_that_move_up_a_page_while_others_are_deleted_are_listed_all_the_same(
    database, hub, collector, ask
):
    home = fill(hub, 350)

    def clean_up(_):
        if "page=2" in hub.asked[-1].split("&") and 1 in home.runs:
            for newest in range(1, 31):
                home.delete(newest)

    hub.before = clean_up
    run_backfill(collector, ask(days=3))
    assert runs_in(database) == 350


def test_page_that_comes_empty_once_leaves_no_runs_out(database, hub, collector, ask):
    fill(hub, 350)
    answer, emptied = hub._answer, []

    def stumble(path, params):
        body, more = answer(path, params)
        if params.get("page") == "2" and not emptied:
            emptied.append(path)
            body["workflow_runs"] = []
        return body, more

    hub._answer = stumble
    asked = ask(days=3)
    run_backfill(collector, asked)
    assert (runs_in(database), row_of(database, asked).runs) == (350, 350)


def test_count_that_is_always_too_high_does_not_keep_a_backfill_from_ending(
    database, hub, collector, ask
):
    fill(hub, 3)
    answer = hub._answer

    def exaggerate(path, params):
        body, more = answer(path, params)
        return ({**body, "total_count": 7} if "workflow_runs" in body else body), more

    hub._answer = exaggerate
    asked = ask(days=3)
    run_backfill(collector, asked)
    assert (row_of(database, asked).state, runs_in(database)) == ("done", 3)
    assert hub.count("created=") == 3


def test_many_runs_of_one_second_do_not_keep_it_from_ending(database, hub, collector, ask):
    home = hub.repository()
    for number_of_run in range(1100):
        home.run(number_of_run + 1, created=NOON - HOUR, jobs=0)
    asked = ask(days=1)
    run_backfill(collector, asked)
    assert row_of(database, asked).state == "done"
    assert runs_in(database) == 1000


def test_runs_are_there_before_their_jobs_and_the_newest_first(database, hub, collector, ask):
    home = hub.repository()
    home.run(1, created=NOON - 80 * DAY)
    home.run(2, created=NOON - DAY)
    run_backfill(collector, ask())
    jobs = [url for url in hub.asked if "/jobs" in url]
    assert hub.asked.index(jobs[0]) > max(
        place for place, url in enumerate(hub.asked) if "/actions/runs?" in url
    )
    created = [url for url in hub.asked if "created=" in url]
    assert created == sorted(created, reverse=True)


@pytest.mark.parametrize("requests", [1, 3, 7, 20])
def test_killed_backfill_goes_on_where_it_stopped(database, hub, collector, ask, requests):
    home = hub.repository()
    for day in range(30):
        home.run(day + 1, created=NOON - day * DAY - HOUR, jobs=1)
    asked = ask(days=30)

    def die(_):
        if len(hub.asked) > requests:
            raise KeyboardInterrupt

    hub.before = die
    with pytest.raises(KeyboardInterrupt):
        run_backfill(collector, asked)
    hub.before = lambda _: None
    listed = row_of(database, asked).reached
    hub.forget()
    run_backfill(collector, asked)

    assert (runs_in(database), jobs_in(database)) == (30, 30)
    assert row_of(database, asked).state == "done"
    with database.reading() as session:
        assert not backfill.list_due(session, at=NOON + DAY)
    # What was listed is not listed again.
    first = next((url for url in hub.asked if "created=" in url), None)
    assert first is None or f"..{iso(listed)}" in first


def iso(instant):
    return clock.to_iso(instant - SECOND)


def test_limit_makes_it_wait_and_go_on(database, hub, hands, collector, ask):
    hub.repository().run(1, created=NOON - DAY)
    asked = ask()
    hub.trouble = {"/repos/acme/api/actions/runs/1/jobs": limited(NOON + 17 * MINUTE)}
    run_backfill(collector, asked)

    row = row_of(database, asked)
    assert (row.state, row.resumes_at) == ("waiting", NOON + 17 * MINUTE)
    assert row.words == "GitHub's limit is used up."
    with database.reading() as session:
        assert backfill.list_due(session, at=NOON + 16 * MINUTE) == []
        assert backfill.list_due(session, at=NOON + 17 * MINUTE) == [asked]

    hub.trouble = {}
    hands.forward(minutes=17)
    run_backfill(collector, asked)
    assert row_of(database, asked).state == "done"
    assert jobs_in(database) == 1


def stop(database, backfill_id, at=NOON):
    with database.writing() as session:
        backfill.stop_backfill(session, backfill_id, at=at)


@pytest.mark.parametrize("requests", [3, 20])
def test_stopped_backfill_ends_and_goes_on_when_it_is_asked_for_again(
    database, hub, collector, ask, requests
):
    home = hub.repository()
    for day in range(60):
        home.run(day + 1, created=NOON - day * DAY - HOUR, jobs=1)
    asked = ask(days=60)
    hub.before = lambda _: stop(database, asked) if len(hub.asked) == requests else None
    run_backfill(collector, asked)
    hub.before = lambda _: None
    row = row_of(database, asked)
    assert (row.state, row.finished_at) == ("stopped", NOON)
    assert row.words == "Ask for the same days again, and it goes on from here."
    assert jobs_in(database) < 60
    with database.reading() as session:
        assert backfill.list_due(session, at=NOON + DAY) == []

    assert ask(days=60) == asked
    assert row_of(database, asked).state == "waiting"
    run_backfill(collector, asked)
    assert (row_of(database, asked).state, row_of(database, asked).words) == ("done", None)
    assert (runs_in(database), jobs_in(database)) == (60, 60)
    stop(database, asked)
    assert row_of(database, asked).state == "done"


def test_failed_backfill_goes_on_and_may_go_further_back(database, hub, collector, ask):
    asked = ask(days=30)
    run_backfill(collector, asked)
    assert row_of(database, asked).state == "failed"
    hub.repository().run(1, created=NOON - 50 * DAY, jobs=2)
    assert ask(days=60) == asked
    run_backfill(collector, asked)
    row = row_of(database, asked)
    assert (row.state, row.since, jobs_in(database)) == ("done", NOON - 60 * DAY, 2)


def test_days_after_those_of_a_stopped_backfill_are_fetched_by_another(database, hub, hands, ask):
    asked = ask(days=30)
    stop(database, asked)
    hands.forward(days=3)
    assert ask(days=30) != asked


def test_refusal_ends_it_with_words(database, hub, collector, ask):
    asked = ask("acme/secret")
    run_backfill(collector, asked)
    row = row_of(database, asked)
    assert row.state == "failed"
    assert row.words == "/repos/acme/secret/actions/runs is not there. Look for it."


def test_what_a_poll_knows_already_is_not_fetched_again(database, hub, collector, ask, poll, track):
    home = hub.repository()
    home.run(1, created=NOON - 29 * DAY)
    home.run(2, created=NOON - 60 * DAY)
    here = track()
    poll(here)
    hub.forget()
    asked = ask(days=90)
    run_backfill(collector, asked)

    assert row_of(database, asked).until == NOON - 30 * DAY
    assert hub.count("/jobs") == 1
    with database.reading() as session:
        assert session.get(Feed, here).known_from == NOON - 90 * DAY
    again = ask(days=30)
    assert (row_of(database, again).state, row_of(database, again).words) == (
        "done", "All of it is known already.",
    )  # fmt: skip


def test_the_same_days_are_asked_for_once(database, hub, ask, hands):
    first = ask()
    hands.forward(minutes=10)
    assert ask() == first
    assert ask(days=30) == first
    assert ask(days=120) != first


def test_backfill_of_nothing_like_a_repository_is_refused(database, ask):
    with pytest.raises(InvalidInput):
        ask("acme/api/x")
    with pytest.raises(NotFound):
        ask("4711")


@pytest.mark.parametrize(
    ("rest", "left", "minutes"),
    [
        (600, None, 1),
        (600, 5000, 1),
        # Out of calls after 100: the other 500 wait for the next hour.
        (600, 100, 30 + 50 / 60),
        (10_600, 600, 30 + 2 * 60),
    ],
)
def test_forecast_counts_the_waiting_for_limits(rest, left, minutes):
    found = backfill.forecast(
        rest, rate=10.0, left=left, limit=5000, resets_at=NOON + 30 * MINUTE, at=NOON
    )
    assert found == NOON + int(minutes * MINUTE)


def test_progress_says_how_fast_it_goes(database, ask):
    asked = ask()
    with database.writing() as session:
        row = session.get_one(Backfill, asked)
        row.state, row.runs, row.checked, row.unchecked = "running", 1000, 400, 600
        row.reached, row.worked = row.since, 40 * SECOND
    with database.reading() as session:
        progress = backfill.require_backfill(session, asked, at=NOON)
    assert progress.rate == 10.0
    assert progress.eta == NOON + MINUTE


def test_while_runs_are_listed_nothing_says_how_fast_jobs_will_come(database, ask):
    asked = ask()
    with database.writing() as session:
        row = session.get_one(Backfill, asked)
        row.state, row.runs, row.unchecked, row.worked = "running", 1000, 1000, 40 * SECOND
    with database.reading() as session:
        progress = backfill.require_backfill(session, asked, at=NOON)
    assert (progress.rate, progress.eta) == (None, None)


def test_hidden_repository_is_no_reason_to_lose_history(database, hub, collector, ask):
    hub.repository().run(1, created=NOON - DAY)
    asked = ask()
    hub.trouble = {"/repos/acme/api": gone()}
    run_backfill(collector, asked)
    assert row_of(database, asked).state == "failed"
    hub.trouble = {}
    run_backfill(collector, ask())
    assert jobs_in(database) == 1


def test_run_whose_jobs_github_never_gives_does_not_keep_a_backfill_from_ending(
    database, hub, hands, collector, ask
):
    home = hub.repository()
    for number_of_run in range(1, 61):
        home.run(number_of_run, created=NOON - number_of_run * HOUR)
    bad = "/repos/acme/api/actions/runs/7/jobs"
    hub.trouble = {bad: hiccup("GitHub fails with HTTP 502.", now=NOON)}
    asked = ask()
    run_backfill(collector, asked)

    row = row_of(database, asked)
    assert (row.state, row.checked, row.unchecked) == ("waiting", 59, 1)
    assert row.resumes_at == NOON + 15 * MINUTE
    assert jobs_in(database) == 59

    hands.forward(days=1)
    run_backfill(collector, asked)
    row = row_of(database, asked)
    assert (row.state, row.checked, row.unchecked) == ("done", 59, 1)
    assert row.words == (
        "GitHub did not give the jobs of some runs for a day; all else was fetched."
    )
