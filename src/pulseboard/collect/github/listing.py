"""GitHub's pages of runs and jobs as envelopes: what every way of asking for them shares."""

from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Raw, Struct, structs

from pulseboard.collect.documents import read_tolerantly
from pulseboard.collect.github.answers import Refused
from pulseboard.collect.github.payload import JobPayload, RepositoryPayload, RunPayload, decode
from pulseboard.collect.github.webhook import JOB_EVENT, RUN_EVENT
from pulseboard.collect.normalise import (
    job_from_github,
    pack_standing,
    repository_from_github,
    repository_of_job,
    run_from_github,
)
from pulseboard.collect.records import (
    REPOSITORY_EVENT,
    Envelope,
    RepositorySeen,
    RunSeen,
    WorkflowSeen,
)
from pulseboard.errors import InvalidInput
from pulseboard.vocabulary import DeliveryResult, FeedState, Phase, Source

PAGE: Final = 100
_DELETED: Final = "deleted"


class _RunPage(Struct, gc=False):
    workflow_runs: list[Raw]
    # Capped, cut short to text such as "2,500+", or wrong: a hint and no more.
    total_count: int | str | None = None


class _JobPage(Struct, gc=False):
    jobs: list[Raw]


_read_runs: Final = msgspec.json.Decoder(_RunPage).decode
_read_jobs: Final = msgspec.json.Decoder(_JobPage).decode


class RunPage(Struct):
    """The runs of one page in GitHub's order, and how many there may be on all of them."""

    envelopes: list[Envelope]
    hint: int | None

    @property
    def oldest(self) -> int | None:
        """The creation of the oldest run on the page."""
        return min((run.created_at for e in self.envelopes for run in e.runs), default=None)

    @property
    def names(self) -> set[str]:
        """What the runs of the page call their repository."""
        return {e.repository.full_name for e in self.envelopes if e.repository is not None}

    def is_of_another(self, repository: RepositorySeen) -> bool:
        """Say whether runs of the page have another home, by GitHub's id, than was asked for."""
        homes = {e.repository.provider_id for e in self.envelopes if e.repository is not None}
        return repository.provider_id is not None and not homes <= {repository.provider_id, None}


def read_run_page(body: bytes, repository: RepositorySeen, *, received_at: int) -> RunPage:
    """Read a page of runs; an odd one is kept as unparsable, the others count.

    Raises Refused when it is no such page.
    """
    try:
        page = read_tolerantly(_read_runs, body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _unreadable("runs") from None
    envelopes = [
        read_run(bytes(value), repository, received_at=received_at) for value in page.workflow_runs
    ]
    return RunPage(envelopes, _number_in(page.total_count))


def read_job_page(body: bytes, repository: RepositorySeen, *, received_at: int) -> list[Envelope]:
    """Read a page of jobs, like `read_run_page`."""
    try:
        page = read_tolerantly(_read_jobs, body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _unreadable("jobs") from None
    return [_read_job(bytes(value), repository, received_at=received_at) for value in page.jobs]


def read_run(value: bytes, repository: RepositorySeen, *, received_at: int) -> Envelope:
    """Read one run object."""
    envelope = _envelope(value, RUN_EVENT, repository, received_at=received_at)
    try:
        payload = decode(value, RunPayload)
        envelope.repository = _home_of(payload, repository)
        run = run_from_github(payload, envelope.repository, received_at=received_at)
        envelope.runs = [run]
    except InvalidInput as error:
        envelope.result, envelope.reason = DeliveryResult.UNPARSABLE, error.detail
    return envelope


def _read_job(value: bytes, repository: RepositorySeen, *, received_at: int) -> Envelope:
    envelope = _envelope(value, JOB_EVENT, repository, received_at=received_at)
    try:
        payload = decode(value, JobPayload)
        # Its addresses have the newest name, but no id.
        named = repository_of_job(payload) or repository
        envelope.repository = structs.replace(repository, full_name=named.full_name)
        envelope.jobs = [job_from_github(payload, envelope.repository, received_at=received_at)]
    except InvalidInput as error:
        envelope.result, envelope.reason = DeliveryResult.UNPARSABLE, error.detail
    return envelope


def read_repository(value: bytes, *, received_at: int) -> Envelope:
    """Read a repository object.

    Raises Refused when it names none.
    """
    try:
        repository = repository_from_github(decode(value, RepositoryPayload))
    except InvalidInput:
        repository = None
    if repository is None:
        raise _unreadable("the repository")
    return _envelope(value, REPOSITORY_EVENT, repository, received_at=received_at)


def read_deletion(
    repository: RepositorySeen,
    workflow: WorkflowSeen,
    *,
    run_id: str,
    attempt: int,
    created_at: int,
    received_at: int,
) -> Envelope:
    """Return the observation that an attempt is gone at GitHub; its workflow is the stored one."""
    body = msgspec.json.encode({"id": int(run_id), "run_attempt": attempt, "status": _DELETED})
    envelope = _envelope(body, RUN_EVENT, repository, received_at=received_at)
    envelope.action = _DELETED
    envelope.runs = [
        RunSeen(
            repository=repository,
            workflow=workflow,
            run_id=run_id,
            attempt=attempt,
            status=Phase.DELETED,
            conclusion=None,
            clock=pack_standing(Phase.DELETED, None, time=received_at),
            created_at=created_at,
            updated_at=received_at,
        )
    ]
    return envelope


def _envelope(body: bytes, event: str, repository: RepositorySeen, *, received_at: int) -> Envelope:
    return Envelope(
        # The same words count once, however often they are read.
        guid=f"poll:{sha256(body).hexdigest()}",
        source=Source.POLL,
        event=event,
        received_at=received_at,
        body=body,
        repository=repository,
    )


def _home_of(run: RunPayload, repository: RepositorySeen) -> RepositorySeen:
    """Return the run's own repository, which has the newest name, else the one asked for."""
    return repository_from_github(run.repository) or repository


def _number_in(total: int | str | None) -> int | None:
    digits = "".join(c for c in str(total) if c.isascii() and c.isdigit())
    return int(digits) if digits and len(digits) < len(str(1 << 62)) else None


def _unreadable(what: str) -> Refused:
    return Refused(
        FeedState.UNREADABLE,
        f"GitHub's answer about {what} cannot be read.",
        next_step="It is asked again by itself; if it stays so, look whether a proxy stands between"
        " this server and GITHUB_API_URL.",
    )
