"""The records every source is turned into before it may enter the writer.

Instants are microseconds since 1970 in UTC (clock.py). A field that an observation does not know
is None; None never overwrites a fact. `clock` is packed by merge.pack_clock.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final

from msgspec import Struct
from xxhash import xxh3_128_hexdigest

from pulseboard.collect.telling import facts_of
from pulseboard.live.messages import RunFacts
from pulseboard.vocabulary import DeliveryResult, Provider, Source

NO_CLOCK = b""
# The columns of a run that a RunChange begins with.
NOTED: Final = (
    "id", "attempt", "repository_id", "workflow_id", "rev", "status", "conclusion", "head_branch",
    "on_default", "run_number", "created_at", "latest",
)  # fmt: skip
# Hexadecimal digits of a hash that names a body: 160 bits.
_DIGITS: Final = 40
# The event of an envelope that tells of a repository itself and of nothing in it.
REPOSITORY_EVENT: Final = "repository"


class RepositorySeen(Struct, frozen=True, cache_hash=True, array_like=True):
    """What an observation says about its repository."""

    full_name: str
    provider: Provider = Provider.GITHUB
    provider_id: str | None = None
    html_url: str | None = None
    default_branch: str | None = None
    demo: bool = False


class WorkflowSeen(Struct, frozen=True, cache_hash=True, array_like=True):
    """What an observation says about its workflow. A job knows its workflow by name only."""

    name: str
    provider_id: str | None = None
    path: str | None = None


class RunSeen(Struct, array_like=True):
    """One observation of one attempt, or what a job gives away about it.

    The clock of the latter tells no time; a job with an odd status gives NO_CLOCK.
    """

    repository: RepositorySeen
    workflow: WorkflowSeen
    run_id: str
    attempt: int
    status: str
    conclusion: str | None
    clock: bytes
    created_at: int
    updated_at: int
    source: str = "github"
    run_number: int | None = None
    event: str | None = None
    head_branch: str | None = None
    head_sha: str | None = None
    head_repository: str | None = None
    pr_number: int | None = None
    title: str | None = None
    commit_message: str | None = None
    commit_author: str | None = None
    committed_at: int | None = None
    actor: str | None = None
    html_url: str | None = None
    meta: str | None = None
    attempt_started_at: int | None = None
    # The source's own end of the attempt; GitHub has none.
    ended_at: int | None = None
    # The last end of a job that was not skipped.
    jobs_ended_at: int | None = None
    # updated_at, when this observation says completed.
    settled_at: int | None = None


class StepSeen(Struct, array_like=True):
    """One observation of one step."""

    number: int
    name: str
    status: str
    conclusion: str | None
    clock: bytes
    started_at: int | None = None
    completed_at: int | None = None


class JobSeen(Struct, array_like=True):
    """One observation of one job with its steps; `run` is what it gives away about its attempt."""

    run: RunSeen
    job_id: str
    name: str
    status: str
    conclusion: str | None
    clock: bytes
    created_at: int | None = None
    started_at: int | None = None
    completed_at: int | None = None
    runner_name: str | None = None
    runner_group: str | None = None
    labels: str | None = None
    html_url: str | None = None
    steps: list[StepSeen] = []


class Envelope(Struct, array_like=True):
    """One delivery on its way to the writer: the raw bytes and what was understood of them.

    `guid` makes it idempotent. `result` is STORED when there are observations to merge, else
    IGNORED or UNPARSABLE with the reason in words.
    """

    guid: str
    source: Source
    event: str
    received_at: int
    body: bytes
    action: str | None = None
    result: DeliveryResult = DeliveryResult.STORED
    reason: str | None = None
    # JSON object of the headers worth keeping.
    headers: str | None = None
    repository: RepositorySeen | None = None
    runs: list[RunSeen] = []
    jobs: list[JobSeen] = []
    # The one run carries a fresh id that counts only if no open run of the same repository,
    # workflow, branch and commit is waiting to be closed; the writer decides under its lock.
    closes_open_run: bool = False
    # The one run's start was worked out, not told: if it is stored already, what is stored stays
    # and `told_duration` (microseconds, when no end was told either) counts from its start. The
    # writer has it fitted under its lock.
    completes_stored: bool = False
    told_duration: int | None = None
    # The same for its end: it is when the post came, unless another is stored with its conclusion.
    is_end_assumed: bool = False
    # The body as payloads.compress_all makes it, when that is done already: then `body` is empty
    # and this was its length.
    packed: bytes | None = None
    size: int = 0
    # Backfill and the first poll of a repository: states are set, but nobody is told.
    is_history: bool = False
    # The log of the one job. It is no part of the body: only what was masked is ever kept.
    log: bytes | None = None


def imported_guid(body: bytes, *, entity: str = "") -> str:
    """Return the guid of bytes out of a file, the same whichever file they stand in.

    `entity` is the id of the run or job they tell of. It comes first because files list ids one
    after the other: the guids of a batch then lie on few pages of their index, where mere hashes
    would each touch another.
    """
    if not entity:
        return f"import:{sha256(body).hexdigest()[:_DIGITS]}"
    # It only tells the words about one run or job apart. Whoever makes two of them alike hides a
    # word about his own run; among all bodies he could hide somebody else's.
    return f"import:{entity}:{xxh3_128_hexdigest(body)}"


class Receipt(Struct, array_like=True):
    """The writer's answer to one envelope, valid only after the commit."""

    delivery_id: int
    result: DeliveryResult
    # Ours; None when the delivery said nothing of a run.
    run_id: int | None = None
    # The run was not known before this delivery.
    created: bool = False
    reason: str | None = None


class RunChange(Struct):
    """One attempt that a commit created or altered, as reactions and live streams are told."""

    # What NOTED says is taken from the merged row, in that order.
    run_id: int
    attempt: int
    repository_id: int
    workflow_id: int
    rev: int
    status: str
    conclusion: str | None
    head_branch: str | None
    on_default: bool
    run_number: int | None
    created_at: int
    # No later attempt of the run is known.
    is_newest_attempt: bool
    # It was over before, so that what it came to may have been corrected.
    was_over: bool = False
    demo: bool = False
    # Names: the repository's in lower case and as it is written, the workflow's as it is.
    repository: str = ""
    full_name: str = ""
    workflow: str = ""
    workflow_path: str | None = None
    # The merged row: what the facts are made of when somebody wants them, which is seldom of each
    # run of an import.
    row: Mapping[str, Any] = {}
    job_ids: list[int] = []
    # Something else than history told of it, so people may want to hear.
    is_news: bool = True

    @property
    def facts(self) -> RunFacts:
        """What is told of the attempt besides where it stands."""
        return facts_of(self.row, repository=self.full_name, workflow=self.workflow)
