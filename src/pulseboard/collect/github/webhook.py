"""GitHub's webhooks: the signature, and what a delivery's headers and body come to."""

import hmac
from collections.abc import Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

import msgspec
from msgspec import Struct

from pulseboard.collect import facts
from pulseboard.collect.github.payload import (
    JobDelivery,
    JobPayload,
    OtherDelivery,
    RepositoryPayload,
    RunDelivery,
    RunPayload,
    decode,
)
from pulseboard.collect.normalise import (
    job_from_github,
    repository_from_github,
    repository_of_job,
    repository_of_run,
    run_from_github,
)
from pulseboard.collect.records import Envelope, RepositorySeen
from pulseboard.errors import InvalidInput
from pulseboard.vocabulary import DeliveryResult, Source

RUN_EVENT: Final = "workflow_run"
JOB_EVENT: Final = "workflow_job"
PING_EVENT: Final = "ping"
_UNNAMED: Final = "unknown"
_PREFIX: Final = "sha256="
_FORM: Final = "application/x-www-form-urlencoded"
_FORM_FIELD: Final = b"payload="


def verify(body: bytes, signature: str, secrets: Sequence[bytes]) -> bool:
    """Say whether an X-Hub-Signature-256 header was made over these bytes with one of the secrets.

    Every secret is tried to the end, so that the time taken tells nothing.
    """
    if not signature.startswith(_PREFIX):
        return False
    given = signature.removeprefix(_PREFIX).strip().lower().encode("utf-8", "replace")
    matches = False
    for secret in secrets:
        expected = hmac.digest(secret, body, "sha256").hex().encode()
        matches |= hmac.compare_digest(expected, given)
    return matches


class Opened(Struct, gc=False):
    """A delivery whose body is decoded but not understood yet; `understand` makes its envelope.

    The door opens a delivery, for that tells what to answer; what it means is worked out where the
    batch is written, so that the door is free for the next.
    """

    body: bytes
    event: str | None
    guid: str | None
    # Those worth keeping.
    headers: Mapping[str, str]
    received_at: int
    source: Source
    # What the body holds, or why it cannot be read.
    content: RunDelivery | JobDelivery | OtherDelivery | InvalidInput

    def understand(self) -> Envelope:
        """Make the envelope; whatever is wrong with the delivery becomes its reason, in words."""
        name = facts.clean_text(self.event, limit=facts.IDENTITY)
        envelope = Envelope(
            guid=_guid(self.guid, name, self.body),
            source=self.source,
            event=name or _UNNAMED,
            received_at=self.received_at,
            body=self.body,
            headers=_headers_text(tuple(self.headers.items())) if self.headers else None,
        )
        try:
            _understand(envelope, self.content)
        except InvalidInput as error:
            envelope.result = DeliveryResult.UNPARSABLE
            envelope.reason = error.detail
        except Exception as error:  # noqa: BLE001  # One that trips us must not stop its batch.
            _report(envelope.guid)
            envelope.result = DeliveryResult.UNPARSABLE
            envelope.reason = f"it could not be understood: {type(error).__name__}"
        return envelope


def _report(guid: str) -> None:
    """Write the exception that is being handled into the journal."""
    import structlog  # noqa: PLC0415  # Half of the start of a process that only reads a file.

    structlog.get_logger("pulseboard.collect").exception("delivery.not_understood", guid=guid)


def open_delivery(
    body: bytes,
    *,
    event: str | None,
    guid: str | None,
    content_type: str | None,
    headers: Mapping[str, str],
    received_at: int,
    source: Source = Source.WEBHOOK,
) -> Opened:
    """Decode a delivery's body.

    Without a guid the body is its own, so that the same body sent twice counts once.
    """
    content: RunDelivery | JobDelivery | OtherDelivery | InvalidInput
    try:
        content = _decode(_unwrap(body, content_type), event)
    except InvalidInput as error:
        content = error
    return Opened(body, event, guid, headers, received_at, source, content)


def _decode(body: bytes, event: str | None) -> RunDelivery | JobDelivery | OtherDelivery:
    if event == RUN_EVENT:
        return decode(body, RunDelivery)
    if event == JOB_EVENT:
        return decode(body, JobDelivery)
    return decode(body, OtherDelivery)


# A hook says the same of itself with every delivery.
@lru_cache(maxsize=256)
def _headers_text(headers: tuple[tuple[str, str], ...]) -> str:
    return msgspec.json.encode(dict(headers)).decode()


def _guid(guid: str | None, event: str | None, body: bytes) -> str:
    text = facts.clean_text(guid, limit=facts.NAME)
    if text and len(text) <= facts.IDENTITY:
        return text
    return f"body:{sha256(b'%b %b' % ((event or '').encode(), body)).hexdigest()}"


class _Naming(Struct, gc=False):
    repository: RepositoryPayload | None = None
    workflow_run: RunPayload | None = None
    workflow_job: JobPayload | None = None


class Told(NamedTuple):
    """Which repository a body says it is of."""

    # In lower case, and its account's as `owner/*`; nothing without a name.
    names: tuple[str, ...] = ()
    provider_id: str | None = None


def repository_told(body: bytes, *, event: str | None, content_type: str | None) -> Told:
    """Read what a body says of its repository, before anything of it is believed.

    It is the repository whose runs the delivery would change, however damaged the body is: who
    decides by it whom to trust must not read it otherwise than who writes it.
    """
    try:
        naming = decode(_unwrap(body, content_type), _Naming)
    except InvalidInput:
        return Told()
    repository = repository_from_github(naming.repository)
    if repository is None and event == RUN_EVENT and naming.workflow_run is not None:
        repository = repository_of_run(naming.workflow_run)
    if repository is None and event == JOB_EVENT and naming.workflow_job is not None:
        repository = repository_of_job(naming.workflow_job)
    if repository is None:
        return Told()
    name = repository.full_name.lower()
    return Told((name, f"{name.partition('/')[0]}/*"), repository.provider_id)


def _unwrap(body: bytes, content_type: str | None) -> bytes:
    """Return the JSON of a body, taken out of its form where the webhook was set up that way."""
    if not (content_type or "").lower().startswith(_FORM) or body.lstrip()[:1] == b"{":
        return body
    for field in body.split(b"&"):
        if field.startswith(_FORM_FIELD):
            return unquote_to_bytes(field.removeprefix(_FORM_FIELD).replace(b"+", b" "))
    raise InvalidInput("the body is a form without a payload field")


def _understand(
    envelope: Envelope, content: RunDelivery | JobDelivery | OtherDelivery | InvalidInput
) -> None:
    if envelope.event == _UNNAMED:
        raise InvalidInput("X-GitHub-Event is missing")
    match content:
        case RunDelivery():
            _take_run(envelope, content)
        case JobDelivery():
            _take_job(envelope, content)
        case InvalidInput() if envelope.event in (RUN_EVENT, JOB_EVENT):
            raise content
        case _:
            _ignore(envelope, content)


def _ignore(envelope: Envelope, content: OtherDelivery | InvalidInput) -> None:
    envelope.result = DeliveryResult.IGNORED
    if envelope.event == PING_EVENT:
        envelope.reason = "ping"
        return
    envelope.reason = f"{envelope.event} says nothing about a workflow run"
    if isinstance(content, OtherDelivery):
        envelope.action = _word(content.action)
    else:
        envelope.reason += ", and its body cannot be read"


def _take_run(envelope: Envelope, delivery: RunDelivery) -> None:
    envelope.action = _word(delivery.action)
    run = delivery.workflow_run
    if run is None:
        raise InvalidInput("workflow_run is missing or no object")
    repository = _require_repository(
        repository_from_github(delivery.repository), repository_of_run(run)
    )
    envelope.repository = repository
    run.status = run.status or delivery.action
    if delivery.workflow is not None:
        _name_workflow(delivery)
    seen = run_from_github(run, repository, received_at=envelope.received_at)
    if seen.actor is None and delivery.sender is not None:
        seen.actor = facts.clean_text(delivery.sender.login, limit=facts.IDENTITY)
    envelope.runs = [seen]


def _name_workflow(delivery: RunDelivery) -> None:
    """Fill in what only the delivery's own workflow object says.

    The run's own name wins: it is what the run was called. GitHub puts the path there when it
    could not read the file.
    """
    run, workflow = delivery.workflow_run, delivery.workflow
    if run is None or workflow is None:
        return
    run.path = run.path or workflow.path
    run.workflow_id = run.workflow_id or workflow.id
    if not run.name or run.name == run.path:
        run.name = workflow.name or run.name


def _take_job(envelope: Envelope, delivery: JobDelivery) -> None:
    envelope.action = _word(delivery.action)
    job = delivery.workflow_job
    if job is None:
        raise InvalidInput("workflow_job is missing or no object")
    repository = _require_repository(
        repository_from_github(delivery.repository), repository_of_job(job)
    )
    envelope.repository = repository
    job.status = job.status or delivery.action
    envelope.jobs = [job_from_github(job, repository, received_at=envelope.received_at)]


def _require_repository(
    named: RepositorySeen | None, deduced: RepositorySeen | None
) -> RepositorySeen:
    repository = named or deduced
    if repository is None:
        raise InvalidInput("repository is missing or has no full_name")
    return repository


def _word(action: str | None) -> str | None:
    return facts.clean_text(action, limit=facts.WORD)
