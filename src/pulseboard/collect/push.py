"""Runs that any CI posts: the bodies of /api/events and /api/events/run, checked and understood."""

import json
from collections import Counter
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple
from uuid import uuid4

from pulseboard.collect import facts
from pulseboard.collect.fields import Fields
from pulseboard.collect.normalise import pack_standing
from pulseboard.collect.records import Envelope, JobSeen, RepositorySeen, RunSeen, WorkflowSeen
from pulseboard.errors import FieldError, InvalidInput, MalformedBody
from pulseboard.vocabulary import PUSHED_JOB, Phase, Provider, Source

# What is pushed without a repository belongs here.
DEFAULT_REPOSITORY: Final = "push"
MAX_LOG: Final = 10 * 1024 * 1024
EVENT: Final = "event"
PIPELINE_EVENT: Final = "pipeline_event"
_EVENT_STATUSES: Final = ("success", "failure", "cancelled", "running", "queued")
_PIPELINE_STATUSES: Final = ("success", "failure", "running")
_OPEN: Final = {"running": Phase.IN_PROGRESS, "queued": Phase.QUEUED}
_PUSH: Final = "push"
_MAX_DIGITS: Final = 30


class _Times(NamedTuple):
    """When a posted run was created, began (None unless the post says so) and ended."""

    created: int
    started: int | None
    ended: int | None
    # The post gives how long it took, but neither when it began nor when it ended.
    lasted: int | None = None
    # It is over, but nobody said since when.
    is_end_assumed: bool = False


class _Post(NamedTuple):
    run_id: str
    workflow: str
    status: str
    repository: str
    times: _Times
    branch: str | None
    commit: str | None
    actor: str | None
    meta: str | None = None


def read_event(body: bytes, *, received_at: int, idempotency_key: str | None = None) -> Envelope:
    """Read a body of POST /api/events.

    Raises MalformedBody when it is not JSON and InvalidInput naming each field that is wrong.
    """
    fields = _read_fields(body, received_at=received_at)
    run_id = fields.identity("id")
    if run_id is None:
        fields.refuse("id", "is missing: it should be the run's id at your CI")
    status = fields.choice("status", _EVENT_STATUSES)
    workflow = fields.required_name("workflow")
    repository = fields.required_repository("repo")
    log = _read_log(fields)
    post = _Post(
        run_id=run_id or "",
        workflow=workflow,
        status=status,
        repository=repository,
        times=_read_times(fields, status, duration="duration_seconds", received_at=received_at),
        branch=fields.text("branch", limit=facts.BRANCH),
        commit=fields.text("commit", limit=facts.IDENTITY),
        actor=fields.text("triggered_by", limit=facts.IDENTITY),
        meta=fields.json("meta"),
    )
    guid = _guid(fields, EVENT, post, told_id=run_id, key=idempotency_key)
    fields.check()
    envelope = _wrap(post, body, guid=guid, event=EVENT, received_at=received_at)
    if log:
        envelope.jobs = [job_of(envelope.runs[0])]
        envelope.log = log.encode()
        envelope.body = fields.without("log")
    return envelope


def read_pipeline_event(
    body: bytes, *, received_at: int, idempotency_key: str | None = None
) -> Envelope:
    """Read a body of POST /api/events/run.

    A finished post without an id asks the writer to close the open run that it belongs to.
    Raises MalformedBody when it is not JSON and InvalidInput naming each field that is wrong.
    """
    fields = _read_fields(body, received_at=received_at)
    run_id = fields.identity("id")
    status = fields.choice("status", _PIPELINE_STATUSES)
    post = _Post(
        run_id=run_id or uuid4().hex,
        workflow=fields.required_name("pipeline"),
        status=status,
        repository=fields.repository("repo") or DEFAULT_REPOSITORY,
        times=_read_times(fields, status, duration="duration_sec", received_at=received_at),
        branch=fields.text("branch", limit=facts.BRANCH),
        commit=fields.text("commit", limit=facts.IDENTITY),
        actor=fields.text("triggered_by", limit=facts.IDENTITY),
    )
    guid = _guid(fields, PIPELINE_EVENT, post, told_id=run_id, key=idempotency_key)
    fields.check()
    envelope = _wrap(post, body, guid=guid, event=PIPELINE_EVENT, received_at=received_at)
    envelope.closes_open_run = run_id is None and status not in _OPEN
    return envelope


def fit_to_stored(
    envelope: Envelope, *, created_at: int, started_at: int, ended: tuple[str | None, int | None]
) -> None:
    """Let what a post left open give way to what is stored of the same run.

    Only for an envelope that `completes_stored`: a start that was worked out and not told gives
    way to the one that is known, from which a duration told without an end counts. `ended` is the
    stored conclusion and end: they stay if the post says the same without saying when.
    """
    run = envelope.runs[0]
    if run.attempt_started_at is None:
        run.created_at = created_at
    conclusion, ended_at = ended
    if envelope.told_duration is not None:
        run.ended_at = started_at + envelope.told_duration
    elif envelope.is_end_assumed and ended_at is not None and conclusion == run.conclusion:
        run.ended_at = ended_at
    run.clock = _clock_of(run)
    if envelope.jobs:
        envelope.jobs = [job_of(run)]


def _read_fields(body: bytes, *, received_at: int) -> Fields:
    repeated: list[str] = []

    def gather(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
        times = Counter(name for name, _ in pairs)
        repeated.extend(name for name, count in times.items() if count > 1)
        return dict(pairs)

    try:
        text = body.decode("utf-8-sig")
        values = json.loads(text, object_pairs_hook=gather, parse_int=_read_whole)
        if "\\ud" in text.lower():
            # Half a surrogate pair can be written in JSON, but not stored.
            values = json.loads(json.dumps(values, ensure_ascii=False).encode("utf-8", "replace"))
    except RecursionError:
        raise MalformedBody("The body is nested too deeply") from None
    except ValueError as error:
        raise MalformedBody(f"The body is not JSON: {error}") from None
    if not isinstance(values, dict):
        message = "should be a JSON object"
        raise InvalidInput(f"The body {message}", errors=(FieldError("body", message),))
    fields = Fields(values, received_at=received_at)
    for name in dict.fromkeys(repeated):
        fields.refuse(name, "is given more than once")
    return fields


def _read_whole(digits: str) -> int | float:
    # No field needs more digits, and Python refuses to read thousands of them.
    return int(digits) if len(digits) <= _MAX_DIGITS else float("inf")


def _read_log(fields: Fields) -> str | None:
    log = fields.text("log", limit=MAX_LOG)
    if log is not None and len(log.encode()) > MAX_LOG:
        fields.refuse("log", f"should have at most {MAX_LOG} bytes")
    return log


def _read_times(fields: Fields, status: str, *, duration: str, received_at: int) -> _Times:
    started = fields.instant("started_at")
    finished = fields.instant("finished_at")
    lasted = fields.seconds(duration)
    if status in _OPEN:
        if finished is not None:
            fields.refuse("finished_at", f"should be left out while status is {status}")
        return _Times(received_at if started is None else started, started, None)
    if started is None:
        return _times_without_start(fields, finished, lasted, received_at=received_at)
    is_assumed = finished is None and lasted is None
    if finished is None:
        finished = max(started, received_at) if lasted is None else started + lasted
        if finished > received_at + facts.MAX_AHEAD:
            fields.refuse(duration, "should not end more than a day in the future")
    elif finished < started:
        fields.refuse("finished_at", "should not lie before started_at")
    return _Times(started, started, finished, is_end_assumed=is_assumed)


def _times_without_start(
    fields: Fields, finished: int | None, lasted: int | None, *, received_at: int
) -> _Times:
    ended = received_at if finished is None else finished
    if lasted is None:
        return _Times(min(ended, received_at), None, ended, is_end_assumed=finished is None)
    began = ended - lasted
    if began < facts.EARLIEST:
        fields.refuse("started_at", "should not lie before 2000, as the duration makes it")
    return _Times(began, None, ended, lasted if finished is None else None)


def _guid(fields: Fields, event: str, post: _Post, *, told_id: str | None, key: str | None) -> str:
    if not key:
        return f"{event}:{uuid4().hex}"
    if len(key) > facts.IDENTITY:
        fields.refuse("Idempotency-Key", f"should have at most {facts.IDENTITY} characters")
    # Many take the number of their build, which other pipelines have as well, and the end of a
    # build comes with the same as its start.
    what = (key, post.repository.lower(), post.workflow, post.status, told_id or "")
    return f"{event}:key:{sha256(repr(what).encode()).hexdigest()}"


def _wrap(post: _Post, body: bytes, *, guid: str, event: str, received_at: int) -> Envelope:
    repository = RepositorySeen(full_name=post.repository, provider=Provider.GENERIC)
    times = post.times
    run = RunSeen(
        repository=repository,
        workflow=WorkflowSeen(post.workflow),
        run_id=post.run_id,
        attempt=1,
        status=_OPEN.get(post.status, Phase.COMPLETED),
        conclusion=None if post.status in _OPEN else post.status,
        clock=b"",
        created_at=times.created,
        updated_at=received_at,
        source=_PUSH,
        head_branch=post.branch,
        head_sha=post.commit,
        actor=post.actor,
        meta=post.meta,
        attempt_started_at=times.started,
        ended_at=times.ended,
    )
    run.clock = _clock_of(run)
    return Envelope(
        guid=guid,
        source=Source.PUSH,
        event=event,
        action=post.status,
        received_at=received_at,
        body=body,
        repository=repository,
        runs=[run],
        completes_stored=times.started is None or times.is_end_assumed,
        is_end_assumed=times.is_end_assumed,
        told_duration=times.lasted,
    )


def _clock_of(run: RunSeen) -> bytes:
    time = run.created_at if run.ended_at is None else run.ended_at
    return pack_standing(run.status, run.conclusion, time=time)


def pushed_job_id(run_id: str) -> str:
    """Return the id of the one job of a pushed run, by the run's id at its CI."""
    return f"{PUSHED_JOB}{run_id}"


def job_of(run: RunSeen) -> JobSeen:
    """Return the one job of a run, to which its log belongs, as the run stands."""
    began = run.created_at if run.attempt_started_at is None else run.attempt_started_at
    return JobSeen(
        run=run,
        # Unlike any id of GitHub's, should the repository have jobs from there too.
        job_id=pushed_job_id(run.run_id),
        name=run.workflow.name,
        status=run.status,
        conclusion=run.conclusion,
        clock=run.clock,
        created_at=run.created_at,
        started_at=None if run.status == Phase.QUEUED else began,
        completed_at=run.ended_at,
    )
