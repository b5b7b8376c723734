"""Builders of records, so that a test says only what matters to it."""

from itertools import count

from pulseboard.collect.merge import pack_clock
from pulseboard.collect.normalise import standing_by_job
from pulseboard.collect.records import (
    Envelope,
    JobSeen,
    RepositorySeen,
    RunSeen,
    StepSeen,
    WorkflowSeen,
)
from pulseboard.vocabulary import Source

# 2026-03-01T12:00:00Z, a Sunday.
NOON = 1_772_366_400_000_000
SECOND = 1_000_000
_numbers = count(1)


def repository_seen(full_name="acme/api", **facts):
    facts = {"provider_id": "1", "default_branch": "main", **facts}
    return RepositorySeen(full_name=full_name, **facts)


def clock_of(status, conclusion=None, *, time=NOON):
    return pack_clock(status, conclusion, time=time, body=f"{status}\0{conclusion}".encode())


def run_seen(status="completed", conclusion=None, *, time=NOON, run_id="100", attempt=1, **facts):
    """An observation of an attempt that was created at noon and told at `time`."""
    known = {
        "repository": repository_seen(),
        "workflow": WorkflowSeen("CI", provider_id="7", path=".github/workflows/ci.yml"),
        "created_at": NOON,
        "updated_at": time,
        "settled_at": time if status == "completed" and conclusion != "action_required" else None,
        "attempt_started_at": NOON,
        "run_number": 1,
        "event": "push",
        "head_branch": "main",
        "head_sha": "4d6ee57193c29fc3b23723c386f462287b60bf87",
        "actor": "kim",
    }
    return RunSeen(
        run_id=run_id,
        attempt=attempt,
        status=status,
        conclusion=conclusion,
        clock=clock_of(status, conclusion, time=time),
        **{**known, **facts},
    )


def job_seen(status="completed", conclusion=None, *, time=NOON, job_id="900", steps=(), **facts):
    """An observation of a job, which knows its attempt only from afar."""
    run_id, attempt = facts.pop("run_id", "100"), facts.pop("attempt", 1)
    ended = time if status == "completed" else None
    shown, clock = standing_by_job(status, conclusion)
    run = RunSeen(
        repository=facts.pop("repository", repository_seen()),
        workflow=WorkflowSeen("CI"),
        run_id=run_id,
        attempt=attempt,
        status=shown,
        conclusion=None,
        clock=clock,
        created_at=NOON + SECOND,
        updated_at=time,
        head_branch="main",
        head_sha="4d6ee57193c29fc3b23723c386f462287b60bf87",
        jobs_ended_at=ended if conclusion != "skipped" else None,
    )
    return JobSeen(
        run=run,
        job_id=job_id,
        name=facts.pop("name", "build"),
        status=status,
        conclusion=conclusion,
        clock=clock_of(status, conclusion, time=time),
        created_at=NOON + SECOND,
        completed_at=ended,
        steps=list(steps),
        **facts,
    )


def step_seen(number=1, status="completed", conclusion="success", *, time=NOON, **facts):
    """An observation of a step."""
    return StepSeen(
        number=number,
        name=facts.pop("name", f"step {number}"),
        status=status,
        conclusion=conclusion,
        clock=clock_of(status, conclusion, time=time),
        **facts,
    )


def envelope(*, runs=(), jobs=(), guid=None, received_at=NOON, body=b"{}", **facts):
    """A delivery of its own."""
    return Envelope(
        guid=guid or f"guid-{next(_numbers)}",
        source=facts.pop("source", Source.WEBHOOK),
        event=facts.pop("event", "workflow_run"),
        received_at=received_at,
        body=body,
        runs=list(runs),
        jobs=list(jobs),
        **facts,
    )
