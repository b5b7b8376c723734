"""Workflows side by side: what is red comes first, however much of it there is."""

from pulseboard import clock
from pulseboard.metrics.scope import Scope
from pulseboard.metrics.tiers import Window
from pulseboard.pipelines.ranking import rank_workflows
from tests.pipelines.test_verdict import NOW, History


def rank(database, **options):
    window = Window(NOW - clock.DAY, NOW)
    with database.reading() as session:
        return rank_workflows(
            session, scope=Scope(default_only=True), window=window, at=NOW, **options
        ).rows


def test_red_ones_that_are_too_many_to_explain_are_red_all_the_same(database, monkeypatch):
    monkeypatch.setattr("pulseboard.pipelines.health.MOST_RED", 2)
    history = History(database)
    history.run(90, "success", workflow="Green")
    for number in range(4):
        history.run(80 - number, "failure", workflow=f"Red {number}")

    rows = rank(database, limit=10)

    assert [(row.workflow, row.is_red, row.red is not None) for row in rows] == [
        ("Red 0", True, True),
        ("Red 1", True, True),
        ("Red 2", True, False),
        ("Red 3", True, False),
        ("Green", False, False),
    ]
    assert [row.workflow for row in rank(database, limit=10, only_red=True)] == [
        f"Red {number}" for number in range(4)
    ]


def test_more_red_ones_than_one_query_asks_for_are_explained(database, monkeypatch):
    monkeypatch.setattr("pulseboard.pipelines.reds._MOST_AT_ONCE", 2)
    history = History(database)
    for number in range(3):
        history.run(80 - number, "failure", workflow=f"Red {number}")

    assert all(row.red is not None for row in rank(database, limit=10))
