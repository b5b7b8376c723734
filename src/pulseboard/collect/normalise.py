"""GitHub's run and job objects as records: pure, the same for webhook, poll, import and simulator.

Nothing here raises for a field that is merely odd: it is left out. InvalidInput is for an object
that cannot be told apart from others (no id, no job name, an impossible attempt).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import msgspec
from msgspec import UNSET

from pulseboard.collect import facts
from pulseboard.collect.github.payload import (
    Identity,
    JobPayload,
    RepositoryPayload,
    RunPayload,
    StepPayload,
    convert,
)
from pulseboard.collect.merge import pack_clock
from pulseboard.collect.records import (
    NO_CLOCK,
    JobSeen,
    RepositorySeen,
    RunSeen,
    StepSeen,
    WorkflowSeen,
)
from pulseboard.errors import FieldError, InvalidInput
from pulseboard.vocabulary import Phase, Source

# Old jobs do not name their workflow; until their run does, they stand under this name.
UNKNOWN_WORKFLOW: Final = "unknown workflow"
# A pull request from a fork that was deleted since. It sorts before every real name, so that a
# name seen while the fork was there wins the merge.
DELETED_FORK: Final = "(deleted)"
MAX_ATTEMPT: Final = 100_000
_MAX_STEP: Final = (1 << 31) - 1
_GITHUB: Final = "github"
_PHASES: Final[Mapping[str, Phase]] = {
    phase.value: phase for phase in Phase if phase is not Phase.DELETED
}
_HAS_BEGUN: Final = (Phase.IN_PROGRESS, Phase.COMPLETED)
# What a page of a job has behind the page of its run.
_JOB_PAGE: Final = re.compile(r"(.+/actions/runs/\d+)(?:/attempts/\d+)?/job/\d+", re.ASCII)
# A reusable or required workflow carries the ref it was taken from behind its path.
_PATH_WITH_REF: Final = re.compile(r"(.+\.ya?ml)@.*", re.DOTALL)
_MERGE_QUEUE: Final = re.compile(r"(?:refs/heads/)?gh-readonly-queue/.+/pr-(\d{1,18})-[0-9a-f]+")
_REPOSITORY_IN_API: Final = re.compile(r"https?://[^?#]*?/repos/([^/?#]+/[^/?#]+)/")
_REPOSITORY_IN_PAGE: Final = re.compile(r"https?://[^/]+/([^/?#]+/[^/?#]+)/")


def run_from_github(
    run: RunPayload | Mapping[str, object], repository: RepositorySeen, *, received_at: int = 0
) -> RunSeen:
    """Turn a workflow run into one observation of its attempt.

    `received_at` stands in for the times of a run that has none.
    Raises InvalidInput when the run has no usable id or attempt.
    """
    if not isinstance(run, RunPayload):
        run = convert(run, RunPayload)
    phase, conclusion = _standing(run.status, run.conclusion)
    created = facts.read_instant(run.created_at)
    started = facts.read_instant(run.run_started_at)
    updated = facts.read_instant(run.updated_at)
    changed = updated or started or created or received_at
    commit = run.head_commit
    author = commit.author if commit else None
    is_settled = phase is Phase.COMPLETED and conclusion != "action_required"
    return RunSeen(
        repository=repository,
        workflow=_workflow_seen(run.name, run.path, run.workflow_id),
        run_id=_identity(run.id, "id"),
        attempt=_attempt(run.run_attempt),
        status=phase,
        conclusion=conclusion,
        clock=pack_standing(phase, conclusion, time=changed),
        created_at=created or started or received_at,
        updated_at=changed,
        source=Source.SIMULATOR if repository.demo else _GITHUB,
        run_number=facts.natural_number(run.run_number),
        event=facts.clean_text(run.event, limit=facts.IDENTITY),
        head_branch=facts.clean_text(run.head_branch, limit=facts.BRANCH),
        head_sha=facts.clean_text(run.head_sha, limit=facts.IDENTITY),
        head_repository=_fork_of(run, repository),
        pr_number=_pull_number(run),
        title=facts.clean_text(run.display_title, limit=facts.TITLE),
        commit_message=facts.first_line(commit.message, limit=facts.TITLE) if commit else None,
        commit_author=facts.clean_text(author.name, limit=facts.NAME) if author else None,
        committed_at=facts.read_instant(commit.timestamp) if commit else None,
        actor=_actor_of(run),
        html_url=facts.web_link(run.html_url),
        attempt_started_at=started,
        settled_at=updated if is_settled else None,
    )


def job_from_github(
    job: JobPayload | Mapping[str, object], repository: RepositorySeen, *, received_at: int = 0
) -> JobSeen:
    """Turn a job into one observation of it, its steps and what it gives away about its attempt.

    Raises InvalidInput when the job lacks its own id, its run's or its name, or has an impossible
    attempt.
    """
    if not isinstance(job, JobPayload):
        job = convert(job, JobPayload)
    phase, conclusion = _standing(job.status, job.conclusion)
    name = facts.clean_text(job.name, limit=facts.NAME)
    if name is None:
        raise _refusal("name", "the job has no name")
    created = facts.read_instant(job.created_at)
    # Until a job runs, GitHub fills started_at with the instant it was queued.
    started = facts.read_instant(job.started_at) if phase in _HAS_BEGUN else None
    completed = facts.read_instant(job.completed_at) if phase is Phase.COMPLETED else None
    changed = max(created or 0, started or 0, completed or 0) or received_at
    html_url = facts.web_link(job.html_url)
    run_phase, run_clock = standing_by_job(phase, conclusion)
    return JobSeen(
        run=RunSeen(
            repository=repository,
            workflow=WorkflowSeen(facts.clean_name(job.workflow_name) or UNKNOWN_WORKFLOW),
            run_id=_identity(job.run_id, "run_id"),
            attempt=_attempt(job.run_attempt),
            status=run_phase,
            conclusion=None,
            clock=run_clock,
            created_at=created or started or received_at,
            updated_at=changed,
            source=Source.SIMULATOR if repository.demo else _GITHUB,
            html_url=_page_of_run(html_url),
            head_branch=facts.clean_text(job.head_branch, limit=facts.BRANCH),
            head_sha=facts.clean_text(job.head_sha, limit=facts.IDENTITY),
            jobs_ended_at=None if conclusion == "skipped" else completed,
        ),
        job_id=_identity(job.id, "id"),
        name=name,
        status=phase,
        conclusion=conclusion,
        clock=pack_standing(phase, conclusion, time=changed),
        created_at=created,
        started_at=started,
        completed_at=completed,
        runner_name=facts.clean_text(job.runner_name, limit=facts.NAME),
        runner_group=facts.clean_text(job.runner_group_name, limit=facts.NAME),
        labels=_sorted_labels(job.labels),
        html_url=html_url,
        steps=[step for step in map(_step_seen, job.steps or ()) if step],
    )


def standing_by_job(phase: str, conclusion: str | None) -> tuple[Phase, bytes]:
    """Return what a job gives away about where its attempt stands, and the clock of that.

    A job that has begun shows its run under way, any other waits as its run does. No job shows its
    run over: the next one may only be about to be made. The clock tells no time, so that of two
    words of the same rank the run's own wins.
    """
    if conclusion == "skipped":
        # It was decided, which is all that is known; nothing of the run needs to have begun.
        phase = Phase.QUEUED
    return _STANDING_BY_JOB[Phase(phase)]


def _page_of_run(page_of_job: str | None) -> str | None:
    found = _JOB_PAGE.fullmatch(page_of_job) if page_of_job else None
    return found[1] if found else None


def repository_from_github(repository: RepositoryPayload | None) -> RepositorySeen | None:
    """Return what an object says about its repository; None when it does not name one."""
    if repository is None:
        return None
    return _repository_seen(
        repository.full_name, repository.id, repository.html_url, repository.default_branch
    )


# Most of what arrives is about a few repositories.
@lru_cache(maxsize=1024)
def _repository_seen(
    full_name: str | None, number: Identity, html_url: str | None, default_branch: str | None
) -> RepositorySeen | None:
    name = facts.clean_name(full_name)
    if name is None:
        return None
    return RepositorySeen(
        full_name=name,
        provider_id=_known_id(number),
        html_url=facts.web_link(html_url),
        default_branch=facts.clean_text(default_branch, limit=facts.BRANCH),
    )


def repository_of_run(run: RunPayload) -> RepositorySeen | None:
    """Return a run's repository, told by itself or by its addresses."""
    return repository_from_github(run.repository) or _repository_at(run.url, run.html_url)


def repository_of_job(job: JobPayload) -> RepositorySeen | None:
    """Return the repository that a job's addresses name: a job has no field for it."""
    return _repository_at(job.run_url or job.url, job.html_url)


def _repository_at(api: str | None, page: str | None) -> RepositorySeen | None:
    for address, pattern in ((api, _REPOSITORY_IN_API), (page, _REPOSITORY_IN_PAGE)):
        found = pattern.match(address) if address else None
        name = facts.clean_name(found[1]) if found else None
        if name:
            return RepositorySeen(full_name=name)
    return None


def _standing(status: str | None, conclusion: str | None) -> tuple[Phase, str | None]:
    word = facts.clean_text(conclusion, limit=facts.WORD)
    if not status and word:
        return Phase.COMPLETED, word
    phase = _PHASES.get(status or "", Phase.UNKNOWN)
    return phase, word if phase is Phase.COMPLETED else None


def pack_standing(phase: str, conclusion: str | None, *, time: int) -> bytes:
    """Return the clock of an observation; equal clocks mean equal status and conclusion."""
    return pack_clock(phase, conclusion, time=time, body=f"{phase}\0{conclusion or ''}".encode())


_STANDING_BY_JOB: Final[Mapping[Phase, tuple[Phase, bytes]]] = {
    phase: (shown, NO_CLOCK if shown is Phase.UNKNOWN else pack_standing(shown, None, time=0))
    for phase in _PHASES.values()
    for shown in (Phase.IN_PROGRESS if phase in _HAS_BEGUN else phase,)
}


def _step_seen(step: StepPayload) -> StepSeen | None:
    if step.number is None or not 0 <= step.number <= _MAX_STEP:
        return None
    phase, conclusion = _standing(step.status, step.conclusion)
    started = facts.read_instant(step.started_at)
    completed = facts.read_instant(step.completed_at)
    return StepSeen(
        number=step.number,
        name=facts.clean_text(step.name, limit=facts.NAME) or f"Step {step.number}",
        status=phase,
        conclusion=conclusion,
        clock=pack_standing(phase, conclusion, time=max(started or 0, completed or 0)),
        started_at=started,
        completed_at=completed,
    )


@lru_cache(maxsize=1024)
def _workflow_seen(name: str | None, path: str | None, number: Identity) -> WorkflowSeen:
    path, name = facts.clean_name(path), facts.clean_name(name)
    if path and (found := _PATH_WITH_REF.fullmatch(path)):
        name, path = found[1] if name == path else name, found[1]
    name = name or path or UNKNOWN_WORKFLOW
    return WorkflowSeen(name=name, provider_id=_known_id(number), path=path)


def _fork_of(run: RunPayload, repository: RepositorySeen) -> str | None:
    head = run.head_repository
    if head is UNSET:
        return None
    if head is None:
        return DELETED_FORK if (run.event or "").startswith("pull_request") else None
    name = facts.clean_text(head.full_name, limit=facts.NAME)
    if name is None or name.lower() == repository.full_name.lower():
        return None
    # A renamed repository is not a fork of itself.
    is_same = head.id is not None and str(head.id) == repository.provider_id
    return None if is_same else name


def _pull_number(run: RunPayload) -> int | None:
    if run.pull_requests:
        return facts.natural_number(run.pull_requests[0].number)
    queued = _MERGE_QUEUE.fullmatch(run.head_branch or "")
    return int(queued[1]) if queued else None


def _actor_of(run: RunPayload) -> str | None:
    for person in (run.triggering_actor, run.actor):
        login = facts.clean_text(person.login, limit=facts.IDENTITY) if person else None
        if login:
            return login
    return None


def _sorted_labels(labels: list[str] | None) -> str | None:
    # Nothing instead of "[]": the merge takes the greater text, and "[]" sorts behind '["a"]'.
    cleaned = {facts.clean_text(label, limit=facts.IDENTITY) for label in labels or ()} - {None}
    return msgspec.json.encode(sorted(filter(None, cleaned))).decode() if cleaned else None


def _known_id(value: Identity) -> str | None:
    if isinstance(value, int) and 0 < value <= facts.MAX_NUMBER:
        return str(value)
    text = "" if value is None else str(value)
    is_number = text.isascii() and text.isdigit() and len(text) <= facts.IDENTITY
    return text if is_number and int(text) else None


def _identity(value: Identity, field: str) -> str:
    known = _known_id(value)
    if known is not None:
        return known
    if value is None:
        raise _refusal(field, "it is missing")
    raise _refusal(field, f"it should be a positive whole number, not {str(value)[:40]!r}")


def _attempt(value: Identity) -> int:
    # Jobs and runs from before there were attempts do not number them.
    number = 1 if value in (None, 1) else int(_identity(value, "run_attempt"))
    if number > MAX_ATTEMPT:
        raise _refusal("run_attempt", f"it should be a number from 1 to {MAX_ATTEMPT}")
    return number


def _refusal(field: str, message: str) -> InvalidInput:
    return InvalidInput(f"{field}: {message}", errors=(FieldError(field, message),))
