"""vocabulary.py: what a provider's words mean here, and that SQL says the same as Python."""

import pytest
from sqlalchemy import text

from pulseboard.model.run import OUTCOME_SQL
from pulseboard.vocabulary import Outcome, Phase, Status, fold_status, outcome_of

CONCLUSIONS = (
    None,
    "success",
    "failure",
    "timed_out",
    "startup_failure",
    "cancelled",
    "skipped",
    "neutral",
    "stale",
    "action_required",
    "never_heard_of",
    "",
)
PAIRS = [(str(phase), conclusion) for phase in Phase for conclusion in CONCLUSIONS]


@pytest.mark.parametrize(
    ("conclusion", "folded"),
    [
        ("success", Status.SUCCESS),
        ("failure", Status.FAILURE),
        ("timed_out", Status.FAILURE),
        ("startup_failure", Status.FAILURE),
        ("cancelled", Status.CANCELLED),
        ("skipped", Status.SKIPPED),
        ("neutral", Status.NEUTRAL),
        ("action_required", Status.ACTION_REQUIRED),
        ("stale", Status.STALE),
        ("never_heard_of", Status.UNKNOWN),
        (None, Status.UNKNOWN),
    ],
)
def test_a_completed_attempt_shows_what_it_concluded(conclusion, folded):
    assert fold_status("completed", conclusion) is folded


@pytest.mark.parametrize(
    ("phase", "folded"),
    [
        ("requested", Status.QUEUED),
        ("waiting", Status.QUEUED),
        ("pending", Status.QUEUED),
        ("queued", Status.QUEUED),
        ("in_progress", Status.RUNNING),
        ("unknown", Status.UNKNOWN),
        ("deleted", Status.UNKNOWN),
    ],
)
def test_an_attempt_that_is_not_over_shows_where_it_stands(phase, folded):
    assert fold_status(phase, None) is folded


@pytest.mark.parametrize("conclusion", ["failure", "timed_out", "startup_failure"])
def test_three_conclusions_count_as_failures(conclusion):
    assert outcome_of("completed", conclusion) is Outcome.FAILURE


@pytest.mark.parametrize("conclusion", ["neutral", "stale", "never_heard_of", None])
def test_what_is_neither_good_nor_bad_is_excluded(conclusion):
    assert outcome_of("completed", conclusion) is Outcome.OTHER


def test_waiting_for_approval_is_no_outcome_yet():
    assert outcome_of("completed", "action_required") is Outcome.OPEN


def test_what_was_deleted_counts_as_nothing():
    assert outcome_of("deleted", "success") is Outcome.DELETED


def test_sql_gives_every_pair_of_words_the_same_outcome(database):
    casts = "CAST(:status AS text) AS status, CAST(:conclusion AS text) AS conclusion"
    query = text(f"SELECT {OUTCOME_SQL} FROM (SELECT {casts}) AS pair")
    with database.reading() as session:
        found = {
            pair: session.execute(query, {"status": pair[0], "conclusion": pair[1]}).scalar_one()
            for pair in PAIRS
        }
    assert found == {pair: outcome_of(*pair).value for pair in PAIRS}
