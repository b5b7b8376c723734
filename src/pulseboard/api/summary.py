"""The summary of the last minutes, for one route and one live socket."""

from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.shapes import MetricsSummary, PipelineSummary, counts_of, when
from pulseboard.metrics import query
from pulseboard.metrics.scope import Scope
from pulseboard.metrics.tiers import Window
from pulseboard.pipelines import (
    RunRow,
    has_real_runs,
    list_last_runs,
    list_repositories,
    list_workflows,
)

LIVE_MINUTES = 1440


def summarise(session: Session, *, scope: Scope, minutes: int) -> MetricsSummary:
    """Return the numbers of the last `minutes`, in total and pipeline by pipeline."""
    now = clock.now()
    # A run that a faster clock dates a moment ahead of ours belongs to the present all the same.
    window = Window(now - minutes * clock.MINUTE, now + clock.MINUTE)
    counted = query.per_workflow(session, scope=scope, window=window)
    ids = [found.workflow_id for found in counted]
    last = list_last_runs(session, workflow_ids=ids, scope=scope, window=window)
    names = _names(session, scope)
    pipelines = [
        _pipeline(names[found.workflow_id], found.totals, last.get(found.workflow_id), at=now)
        for found in counted
        if found.workflow_id in names
    ]
    newest = max(last.values(), key=lambda run: run.completed_at or 0, default=None)
    return MetricsSummary(
        window_minutes=minutes,
        **counts_of(query.totals(session, scope=scope, window=window)),
        **_last(newest, at=now),
        per_pipeline=sorted(pipelines, key=lambda p: (p.repo.lower(), p.pipeline)),
    )


def _names(session: Session, scope: Scope) -> dict[int, tuple[str, str]]:
    repositories = {row.id: row.full_name for row in list_repositories(session, demo=scope.demo)}
    return {
        workflow.id: (workflow.name, repositories[workflow.repository_id])
        for workflow in list_workflows(session, repository_ids=list(repositories))
    }


def _pipeline(
    names: tuple[str, str], totals: query.Totals, last: RunRow | None, *, at: int
) -> PipelineSummary:
    return PipelineSummary(
        pipeline=names[0], repo=names[1], **counts_of(totals), **_last(last, at=at)
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
