"""What the source would say about an attempt at some instant, and the envelope it comes in."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from pulseboard.clock import SECOND, to_iso
from pulseboard.collect.normalise import job_from_github, run_from_github
from pulseboard.collect.records import Envelope, RepositorySeen
from pulseboard.collect.simulator.dice import digits, roll
from pulseboard.collect.simulator.fleet import DEFAULT_BRANCH, HOST, RepositoryShape
from pulseboard.collect.simulator.mishaps import error_log
from pulseboard.collect.simulator.plans import AttemptPlan, JobPlan, RunPlan
from pulseboard.vocabulary import Phase, Source

Payload = dict[str, Any]

_encode: Final = msgspec.json.Encoder().encode
_ACTIONS: Final = {Phase.COMPLETED: "completed", Phase.IN_PROGRESS: "in_progress"}


def moments_of(attempt: AttemptPlan) -> list[int]:
    """Return the seconds at which something about an attempt changes, in order."""
    times = {attempt.begins, attempt.ends}
    for job in attempt.jobs:
        times.update(t for t in (job.created, job.started, job.completed) if t is not None)
    return sorted(t for t in times if attempt.begins <= t <= attempt.ends)


def changed_jobs(attempt: AttemptPlan, at: int) -> list[JobPlan]:
    """Return the jobs that change at a second; at the end of the attempt none is left to."""
    return [job for job in attempt.jobs if at in (job.created, job.started, job.completed)]


def envelope(
    seed: int, run: RunPlan, attempt: AttemptPlan, *, at: int, jobs: Sequence[JobPlan]
) -> Envelope:
    """Wrap what the source would say at a second about an attempt and the given jobs of it."""
    status = _status(attempt, at)
    body: Payload = {
        "action": _ACTIONS.get(status, "requested"),
        "workflow_run": _run_payload(run, attempt, status, at),
        "jobs": [_job_payload(run, attempt, job, at) for job in jobs if job.created <= at],
        "repository": _repository_payload(run.repository),
    }
    repository = seen_repository(run.repository)
    return Envelope(
        guid=f"demo:{seed}:{run.id}:{attempt.number}:{at}",
        source=Source.SIMULATOR,
        event="workflow_run",
        action=body["action"],
        received_at=at * SECOND,
        body=_encode(body),
        repository=repository,
        runs=[run_from_github(body["workflow_run"], repository)],
        jobs=[job_from_github(job, repository) for job in body["jobs"]],
    )


def seen_repository(shape: RepositoryShape) -> RepositorySeen:
    """Return the repository as every observation of the simulator names it: marked as demo."""
    return RepositorySeen(
        full_name=shape.full_name,
        provider_id=str(digits("repository", shape.full_name)),
        html_url=f"{HOST}/{shape.full_name}",
        default_branch=DEFAULT_BRANCH,
        demo=True,
    )


def _status(attempt: AttemptPlan, at: int) -> Phase:
    if at >= attempt.ends:
        return Phase.COMPLETED
    standings = {_job_status(job, at) for job in attempt.jobs if job.created <= at}
    if Phase.IN_PROGRESS in standings:
        return Phase.IN_PROGRESS
    if Phase.WAITING in standings:
        return Phase.WAITING
    return Phase.IN_PROGRESS if Phase.COMPLETED in standings else Phase.QUEUED


def _job_status(job: JobPlan, at: int) -> Phase:
    if at >= job.completed:
        return Phase.COMPLETED
    if job.started is not None and at >= job.started:
        return Phase.IN_PROGRESS
    return Phase.WAITING if job.shape.gated else Phase.QUEUED


def _time(second: int | None) -> str | None:
    return None if second is None else to_iso(second * SECOND)


def _run_payload(run: RunPlan, attempt: AttemptPlan, status: Phase, at: int) -> Payload:
    trigger, shape = run.trigger, run.repository
    url = f"{HOST}/{shape.full_name}/actions/runs/{run.id}"
    home = _repository_payload(shape)
    head = {"full_name": f"{trigger.login}/{shape.name}", "fork": True} if trigger.fork else home
    return {
        "id": run.id,
        "name": run.workflow.name,
        "display_title": trigger.title,
        "path": f".github/workflows/{run.workflow.file}",
        "workflow_id": digits("workflow", shape.full_name, run.workflow.name),
        "run_number": run.number,
        "run_attempt": attempt.number,
        "event": trigger.event,
        "status": status,
        "conclusion": attempt.conclusion if status is Phase.COMPLETED else None,
        "head_branch": trigger.branch,
        "head_sha": trigger.sha,
        "pull_requests": [] if trigger.pull is None or trigger.fork else [{"number": trigger.pull}],
        "created_at": _time(run.attempts[0].begins),
        "run_started_at": _time(attempt.begins),
        "updated_at": _time(at),
        "html_url": url,
        "actor": {"login": trigger.login},
        "triggering_actor": {"login": attempt.login},
        "head_commit": {
            "id": trigger.sha,
            "message": trigger.title,
            "timestamp": _time(trigger.committed_at),
            "author": {"name": trigger.author},
        },
        "repository": home,
        "head_repository": head,
    }


def _repository_payload(shape: RepositoryShape) -> Payload:
    return {
        "id": digits("repository", shape.full_name),
        "full_name": shape.full_name,
        "html_url": f"{HOST}/{shape.full_name}",
        "default_branch": DEFAULT_BRANCH,
        "fork": False,
    }


def _job_payload(run: RunPlan, attempt: AttemptPlan, job: JobPlan, at: int) -> Payload:
    status = _job_status(job, at)
    is_over = status is Phase.COMPLETED
    has_begun = job.started is not None and at >= job.started
    url = f"{HOST}/{run.repository.full_name}/actions/runs/{run.id}/job/{job.id}"
    payload: Payload = {
        "id": job.id,
        "run_id": run.id,
        "run_attempt": attempt.number,
        "name": job.shape.name,
        "workflow_name": run.workflow.name,
        "head_branch": run.trigger.branch,
        "head_sha": run.trigger.sha,
        "status": status,
        "conclusion": job.conclusion if is_over else None,
        "created_at": _time(job.created),
        # A job that never ran carries its end as its start, as at the source.
        "started_at": _time(job.started if has_begun else job.completed if is_over else None),
        "completed_at": _time(job.completed if is_over else None),
        "html_url": url,
        "labels": [job.shape.runner],
        "runner_name": job.runner if has_begun else None,
        "runner_group_name": "Default" if has_begun else None,
        "steps": _step_payloads(job, at) if has_begun else [],
    }
    if is_over and job.mishap:
        payload["log"] = error_log(
            roll("log", job.id),
            kind=job.shape.kind,
            mishap=job.mishap,
            steps=job.steps,
        )
    return payload


def _step_payloads(job: JobPlan, at: int) -> list[Payload]:
    payloads: list[Payload] = []
    for step in job.steps:
        has_begun = step.started <= at and (step.started < at or at >= job.completed)
        is_over = has_begun and (step.completed <= at)
        phase = Phase.COMPLETED if is_over else Phase.IN_PROGRESS if has_begun else Phase.QUEUED
        payloads.append(
            {
                "number": step.number,
                "name": step.name,
                "status": phase,
                "conclusion": step.conclusion if is_over else None,
                "started_at": _time(step.started) if has_begun else None,
                "completed_at": _time(step.completed) if is_over else None,
            }
        )
    return payloads
