"""The summary of the last minutes, for one route and one live socket."""

from typing import Final

from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.shapes import MetricsSummary, PipelineSummary, counts_of, when
from pulseboard.metrics import query
from pulseboard.metrics.scope import Scope, Totals
from pulseboard.metrics.tiers import Window
from pulseboard.pipelines import RunRow, has_real_runs, list_last_runs

LIVE_MINUTES: Final = 1440


def summarise(session: Session, *, scope: Scope, minutes: int) -> MetricsSummary:
    """Return the numbers of the last `minutes`, in total and pipeline by pipeline."""
    now = clock.now()
    # A run that a faster clock dates a moment ahead of ours belongs to the present all the same.
    window = Window(now - minutes * clock.MINUTE, now + clock.MINUTE)
    counted = query.per_workflow(session, scope=scope, window=window)
    last = list_last_runs(
        session, workflow_ids=[c.workflow_id for c in counted], scope=scope, window=window
    )
    # Runs that retention took away are still counted, but nothing is left to name them by.
    pipelines = [
        _pipeline(last[found.workflow_id], found.totals, minutes=minutes, at=now)
        for found in counted
        if found.workflow_id in last
    ]
    newest = max(last.values(), key=lambda run: run.completed_at or 0, default=None)
    return MetricsSummary(
        window_minutes=minutes,
        **counts_of(query.totals(session, scope=scope, window=window)),
        **_last(newest, at=now),
        per_pipeline=sorted(pipelines, key=lambda p: (p.repo.lower(), p.pipeline)),
    )


def _pipeline(last: RunRow, totals: Totals, *, minutes: int, at: int) -> PipelineSummary:
    return PipelineSummary(
        window_minutes=minutes,
        pipeline=last.workflow,
        repo=last.repository,
        **counts_of(totals),
        **_last(last, at=at),
    )


def _last(run: RunRow | None, *, at: int) -> dict[str, str | None]:
    return {
        "last_status": str(run.status(at=at)) if run else None,
        "last_finished_at": when(run.completed_at) if run else None,
    }


def live_message(session: Session) -> str:
    """Return the text of one message of WS /ws/metrics."""
    scope = Scope(demo=not has_real_runs(session))
    payload = summarise(session, scope=scope, minutes=LIVE_MINUTES).model_dump_json()
    return f'{{"type":"metrics_update","payload":{payload}}}'
