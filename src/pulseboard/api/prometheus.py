"""`/metrics` in Prometheus' text format: figures of CI, and the service's own.

Read from the database when asked for, so that every process of one database says the same. Labels
are bounded: never a commit, a run number, or a branch other than default and other.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from sqlalchemy.orm import Session

from pulseboard import __version__, clock
from pulseboard.api.deps import database_of
from pulseboard.collect.github.misses import read_misses
from pulseboard.collect.github.remaining import read_budgets
from pulseboard.collect.groupcommit import Intake
from pulseboard.errors import PulseboardError
from pulseboard.jobs.backlog import read_backlog
from pulseboard.metrics import figures
from pulseboard.pipelines import has_real_runs
from pulseboard.pipelines.feeds import count_states, last_delivery

router = APIRouter(tags=["health"])
# Seconds; the last one of Prometheus is +Inf.
EDGES: Final = (10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600)


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}, "description": "Prometheus' text format."}},
)
def show_prometheus(request: Request) -> Response:
    """Show figures of CI and of the service for Prometheus; docs/api.md describes each."""
    state = request.app.state
    registry = CollectorRegistry()
    found = list(_own(state.intake, live=state.broker.connections))
    try:
        with database_of(request).reading() as session:
            found += [
                *_ci(session), _lag(session), *_background(session), *_github(session),
                *_tracking(session),
            ]  # fmt: skip
        up = 1
    except PulseboardError:
        # The scrape itself says what is wrong; alerting on it needs no other door.
        up = 0
    found.append(
        GaugeMetricFamily("pulseboard_database_up", "Whether the database answers.", value=up)
    )
    registry.register(_Fixed(found))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Fixed:
    """A collector of what has been collected already."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def _own(intake: Intake, *, live: int) -> Iterator[Metric]:
    info = GaugeMetricFamily("pulseboard_build_info", "The version that runs.", labels=["version"])
    info.add_metric([__version__], 1)
    yield info
    yield GaugeMetricFamily(
        "pulseboard_intake_waiting", "Deliveries waiting for the next commit.", value=intake.waiting
    )
    yield GaugeMetricFamily(
        "pulseboard_commit_batch_size", "Deliveries in the last commit.", value=intake.last_batch
    )
    yield CounterMetricFamily(
        "pulseboard_commits", "Batches committed since the start.", value=intake.batches
    )
    deliveries = CounterMetricFamily(
        "pulseboard_deliveries",
        "Deliveries committed since the start, by door and result.",
        labels=["source", "result"],
    )
    for (source, result), number in sorted(intake.results.items()):
        deliveries.add_metric([source, result], number)
    yield deliveries
    yield GaugeMetricFamily(
        "pulseboard_live_connections", "Open live connections of screens.", value=live
    )


def _lag(session: Session) -> Metric:
    last = last_delivery(session)
    lag = max(0, clock.now() - last) / clock.SECOND if last is not None else float("nan")
    return GaugeMetricFamily(
        "pulseboard_ingest_lag_seconds", "Time since the newest delivery was stored.", value=lag
    )


def _background(session: Session) -> Iterator[Metric]:
    backlog = read_backlog(session)
    jobs = GaugeMetricFamily("pulseboard_jobs", "Background jobs, by state.", labels=["state"])
    for state in ("waiting", "delayed", "running"):
        jobs.add_metric([state], getattr(backlog, state))
    yield jobs
    yield GaugeMetricFamily(
        "pulseboard_jobs_lag_seconds",
        "How long the background job that waits longest has been waiting.",
        value=backlog.lag / clock.SECOND,
    )
    yield GaugeMetricFamily(
        "pulseboard_dead_letters",
        "Background jobs that were given up after several tries.",
        value=backlog.failed,
    )


def _github(session: Session) -> Iterator[Metric]:
    limit = GaugeMetricFamily(
        "pulseboard_github_limit", "Requests an hour that GitHub allows.", labels=["credential"]
    )
    remaining = GaugeMetricFamily(
        "pulseboard_github_remaining", "Requests left of this hour's.", labels=["credential"]
    )
    paused = GaugeMetricFamily(
        "pulseboard_github_paused_seconds",
        "How long nothing will be asked of GitHub, because of its limits.",
        labels=["credential"],
    )
    now = clock.now()
    for budget in read_budgets(session, at=now):
        if budget.limit is not None and budget.remaining is not None:
            limit.add_metric([budget.name], budget.limit)
            remaining.add_metric([budget.name], budget.remaining)
        pause = 0 if budget.paused_until is None else budget.paused_until - now
        paused.add_metric([budget.name], pause / clock.SECOND)
    yield from (limit, remaining, paused)


def _tracking(session: Session) -> Iterator[Metric]:
    states = GaugeMetricFamily(
        "pulseboard_tracked_repositories",
        "Repositories that GitHub is asked for, by how that went the last time.",
        labels=["state"],
    )
    for state, number in sorted(count_states(session).items()):
        states.add_metric([state], number)
    yield states
    missed = read_misses(session, at=clock.now())
    yield GaugeMetricFamily(
        "pulseboard_webhook_runs", "Runs of the last day webhooks should tell of.", missed.runs
    )
    yield GaugeMetricFamily(
        "pulseboard_webhook_missed_runs",
        "Runs of the last day that polling found although a webhook should have told of them.",
        value=missed.missed,
    )


def _ci(session: Session) -> Iterator[Metric]:
    demo = not has_real_runs(session)
    # A re-run turns a failure into a success, so this can fall: it is no counter.
    runs = GaugeMetricFamily(
        "pulseboard_ci_runs",
        "Runs known, by repository, workflow, branch class and outcome.",
        labels=["repository", "workflow", "branch", "outcome"],
    )
    for row in figures.runs_by_workflow(session, demo=demo):
        runs.add_metric([row.repository, row.workflow, row.branch, row.outcome], row.runs)
    yield runs
    last = GaugeMetricFamily(
        "pulseboard_ci_last_run_success",
        "1 when the newest finished run of a workflow on the default branch succeeded, else 0.",
        labels=["repository", "workflow"],
    )
    for state in figures.last_states(session, demo=demo):
        last.add_metric([state.repository, state.workflow], float(state.succeeded))
    yield last
    yield _histogram(
        "pulseboard_ci_run_duration_seconds",
        "Duration of runs that succeeded or failed.",
        figures.run_durations(session, demo=demo),
    )
    day = clock.now() - clock.DAY
    queue = figures.queue_times(session, demo=demo, since=day)
    yield GaugeMetricFamily(
        "pulseboard_ci_job_queue_seconds",
        "Mean time that jobs of the newest 1,000 runs of the last 24 hours waited for a runner.",
        value=queue / clock.SECOND if queue is not None else float("nan"),
    )
    yield GaugeMetricFamily(
        "pulseboard_ci_runs_open",
        "Runs that are queued, running or waiting for approval.",
        value=figures.open_runs(session, demo=demo),
    )
    yield GaugeMetricFamily(
        "pulseboard_alerts_open",
        "Alerts that are open.",
        value=figures.open_alerts(session, demo=demo),
    )


def _histogram(name: str, described: str, found: figures.Durations) -> HistogramMetricFamily:
    buckets: list[tuple[str, float]] = []
    total = 0
    bins = sorted(found.bins)
    for edge in EDGES:
        # An edge belongs to its bucket, and many runs last exactly so long: the bin that it lies in
        # counts, although it ends up to 2 % later.
        while bins and bins[0][0] <= edge * clock.SECOND:
            total += bins.pop(0)[1]
        buckets.append((str(float(edge)), total))
    buckets.append(("+Inf", total + sum(n for _, n in bins)))
    return HistogramMetricFamily(
        name, described, buckets=buckets, sum_value=found.sum / clock.SECOND
    )
