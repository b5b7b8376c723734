"""Each metric is declared once, whole, and reads its own figure."""

import pytest

from pulseboard import clock
from pulseboard.metrics import catalog, query
from pulseboard.metrics.catalog import METRICS, Figures
from pulseboard.metrics.stats import Meaning
from tests.metrics.histories import ORIGIN, Told, begin

FIGURES = Figures(
    query.Totals(total=12, success=6, failure=2, open=4, timed=8, duration_sum=800),
    query.Percentiles(p50=90, p95=300, exact=True),
    failed_24h=1,
)
NOTHING = Figures(query.Totals(), query.Percentiles(None, None, exact=True), failed_24h=0)


def test_every_metric_reads_its_figure():
    assert {key: metric.read(FIGURES) for key, metric in METRICS.items()} == {
        "total_runs": 12,
        "success_rate": 0.75,
        "failure_rate": 0.25,
        "avg_duration": 100,
        "p50_duration": 90,
        "p95_duration": 300,
        "failed_24h": 1,
    }


def test_rates_and_durations_of_nothing_are_none():
    values = {key: metric.read(NOTHING) for key, metric in METRICS.items()}

    assert {key for key, value in values.items() if value is not None} == {
        "total_runs",
        "failed_24h",
    }


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.key)
def test_every_metric_is_defined_in_a_sentence(metric):
    assert metric.definition[0].isupper() or metric.definition[0].isdigit()
    assert metric.definition.endswith(".")


@pytest.mark.parametrize(
    ("key", "meaning"),
    [
        ("success_rate", Meaning.BETTER),
        ("failure_rate", Meaning.BETTER),
        ("avg_duration", Meaning.WORSE),
        ("p50_duration", Meaning.SAME),
        ("total_runs", Meaning.UNKNOWN),
    ],
)
def test_a_metric_knows_which_direction_is_good(key, meaning):
    before = Figures(
        query.Totals(total=10, success=5, failure=5, timed=10, duration_sum=500),
        query.Percentiles(p50=90, p95=300, exact=True),
        failed_24h=1,
    )

    assert catalog.compare(METRICS[key], FIGURES, before).meaning is meaning


def test_figures_of_a_window_are_those_of_the_questions(fresh):
    told = [
        Told(ORIGIN + hours * clock.HOUR, 1, True, False, ("completed", word), 60, "main")
        for hours, word in enumerate(["success", "failure", "success", "failure"])
    ]

    def check(session):
        begin(session, told)
        window = query.Window(ORIGIN, ORIGIN + 3 * clock.HOUR)

        found = catalog.read_figures(
            session, scope=query.Scope(), window=window, at=ORIGIN + 4 * clock.HOUR
        )

        assert (found.totals.total, found.totals.failure, found.failed_24h) == (3, 1, 2)
        assert found.percentiles == query.Percentiles(60_000_000, 60_000_000, exact=True)

    fresh(check)
