"""What a merged row of an attempt tells whoever follows along."""

from collections.abc import Mapping
from typing import Any

from pulseboard import clock
from pulseboard.collect.merge import derive
from pulseboard.live.messages import RunFacts


def facts_of(row: Mapping[str, Any], *, repository: str, workflow: str) -> RunFacts:
    """Return the facts of an attempt by its merged row, as the API says them of the same run."""
    derived = derive(row)
    duration = None if derived.duration is None else round(derived.duration / clock.SECOND, 3)
    started = row["attempt_started_at"]
    ended = derived.completed_at
    return RunFacts(
        run_id=row["provider_run_id"],
        run_number=row["run_number"],
        event=row["event"],
        repo=repository,
        workflow=workflow,
        pipeline=workflow,
        title=row["title"],
        branch=row["head_branch"],
        head_branch=row["head_branch"],
        is_default_branch=row["on_default"],
        commit=row["head_sha"],
        head_sha=row["head_sha"],
        actor=row["actor"],
        triggered_by=row["actor"],
        created_at=clock.to_iso(row["created_at"]),
        started_at=clock.to_iso(row["created_at"] if started is None else started),
        finished_at=None if ended is None else clock.to_iso(ended),
        updated_at=clock.to_iso(row["updated_at"]),
        duration_seconds=duration,
        duration_sec=duration,
        html_url=row["html_url"],
        source=row["source"],
    )
