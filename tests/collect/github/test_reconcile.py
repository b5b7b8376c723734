"""Looking again at the last 30 days: what was run again or deleted there, and how often."""

import pytest
from msgspec import structs
from sqlalchemy import text

from pulseboard.clock import DAY, HOUR, MINUTE
from pulseboard.collect.github import tracking
from pulseboard.collect.github.reconcile import is_sweep_due
from pulseboard.model import Feed, Repository
from tests.factories import NOON


@pytest.fixture
def full(hub):
    """A repository with more runs than the first page shows."""
    home = hub.repository()
    for number in range(1, 131):
        home.run(number, created=NOON - DAY - number * MINUTE)
    return home


def standing(database, run_id):
    with database.reading() as session:
        found = session.execute(
            text(
                "SELECT attempt, status, conclusion FROM runs WHERE provider_run_id = :id"
                " ORDER BY attempt"
            ),
            {"id": run_id},
        )
        return [tuple(row) for row in found]


def count_sweeps(hub):
    return hub.count("created=")


def test_run_that_was_run_again_weeks_later_is_found_within_the_hour(
    database, hub, full, hands, track, poll
):
    here = track()
    poll(here)
    full.runs[130].again(at=NOON, conclusion="failure")
    hands.forward(minutes=59)
    poll(here)
    assert standing(database, "130") == [(1, "completed", "success")]

    hands.forward(minutes=1)
    poll(here)
    assert standing(database, "130") == [
        (1, "completed", "success"), (2, "completed", "failure"),
    ]  # fmt: skip


def test_run_deleted_behind_the_first_page_is_found_within_the_hour(
    database, hub, full, hands, track, poll
):
    here = track()
    poll(here)
    full.delete(130)
    hands.forward(hours=1)
    poll(here)
    assert standing(database, "130") == [(1, "deleted", None)]


def test_workflow_that_a_repository_lacks_does_not_hide_the_others_from_a_second_look(
    database, hub, full, hands, track, poll
):
    here = track()
    with database.writing() as session:
        session.get(Feed, here).workflows = '["ci.yml", "gone.yml"]'
    poll(here)
    full.runs[130].again(at=NOON, conclusion="failure")
    hands.forward(hours=1)

    polled = poll(here)
    assert (polled.state, polled.words) == ("ok", "acme/api has no workflow gone.yml.")
    assert standing(database, "130")[-1] == (2, "completed", "failure")


def test_look_through_what_has_not_changed_costs_unchanged_pages(
    database, hub, full, hands, track, poll
):
    here = track()
    poll(here)
    hands.forward(hours=1)
    poll(here)
    asked = count_sweeps(hub)
    hub.forget()
    hands.forward(hours=1)

    assert poll(here).runs == 0
    assert count_sweeps(hub) == asked == 4
    assert hub.count() == asked + 2


@pytest.mark.parametrize(
    ("is_fed", "after", "is_due"),
    [
        (False, 59 * MINUTE, False),
        (False, HOUR, True),
        # Its webhook tells of what was run again.
        (True, 4 * HOUR - MINUTE, False),
        (True, 4 * HOUR, True),
    ],
)
def test_last_days_are_looked_through_every_hour_or_four(
    database, hub, full, track, poll, collector, is_fed, after, is_due
):
    here = track()
    poll(here)
    with database.writing() as session:
        session.get(Repository, here).last_webhook_at = NOON if is_fed else None
        target = tracking.get_target(session, here)
    assert target.is_fed_by_webhook is is_fed
    assert is_sweep_due(collector, target, at=NOON + after) is is_due
    assert is_sweep_due(collector, structs.replace(target, swept_at=None), at=NOON)
