"""The words of the field as enums, and how a provider's status and conclusion fold into ours."""

from enum import StrEnum
from typing import Final

# Changing any of these sets changes what every number means.
# How the ids of jobs begin that stand for a pushed run: unlike any id of GitHub's.
PUSHED_JOB: Final = "push:"
FAILURE_CONCLUSIONS: Final = frozenset({"failure", "timed_out", "startup_failure"})


class Phase(StrEnum):
    """Where an attempt, job or step stands at the provider (GitHub calls this `status`)."""

    UNKNOWN = "unknown"
    REQUESTED = "requested"
    WAITING = "waiting"
    PENDING = "pending"
    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    DELETED = "deleted"


class Outcome(StrEnum):
    """What an attempt counts as. Only success and failure enter the success rate."""

    OPEN = "open"
    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    OTHER = "other"
    DELETED = "deleted"


class Status(StrEnum):
    """The one folded word shown to people and used in filters."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"
    NEUTRAL = "neutral"
    ACTION_REQUIRED = "action_required"
    RUNNING = "running"
    QUEUED = "queued"
    STALE = "stale"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """By which door an observation came in."""

    WEBHOOK = "webhook"
    POLL = "poll"
    PUSH = "push"
    IMPORT = "import"
    SIMULATOR = "simulator"


class Provider(StrEnum):
    """Who ran the pipeline."""

    GITHUB = "github"
    GENERIC = "generic"


class DeliveryResult(StrEnum):
    """What became of a delivery."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    IGNORED = "ignored"
    UNPARSABLE = "unparsable"


class LogState(StrEnum):
    """What is known of a job's log; only `stored` has a text."""

    STORED = "stored"
    # Asked for, and not there yet.
    WAITING = "waiting"
    # The provider has deleted it.
    EXPIRED = "expired"
    # The provider never had one.
    MISSING = "missing"
    # Too large, or not ours to read.
    REFUSED = "refused"
    # It could not be fetched; trying again may help.
    FAILED = "failed"
    # Deleted here by retention.
    REMOVED = "removed"


class FeedState(StrEnum):
    """Whether a tracked repository can be asked for its runs, and if not, why."""

    NEW = "new"
    OK = "ok"
    LIMITED = "limited"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    MISSING_SCOPE = "missing_scope"
    NOT_FOUND = "not_found"
    MOVED = "moved"
    ACTIONS_DISABLED = "actions_disabled"
    UNREADABLE = "unreadable"
    UNREACHABLE = "unreachable"


def fold_status(phase: str, conclusion: str | None) -> Status:
    """Fold a provider's pair of words into the one word people see.

    >>> fold_status("completed", "timed_out").value
    'failure'
    >>> fold_status("completed", "never_heard_of").value
    'unknown'
    """
    if phase == Phase.COMPLETED:
        if conclusion in FAILURE_CONCLUSIONS:
            return Status.FAILURE
        return _BY_CONCLUSION.get(conclusion or "", Status.UNKNOWN)
    if phase == Phase.IN_PROGRESS:
        return Status.RUNNING
    if phase in (Phase.UNKNOWN, Phase.DELETED):
        return Status.UNKNOWN
    return Status.QUEUED


def outcome_of(phase: str, conclusion: str | None) -> Outcome:
    """Say what an attempt counts as; waiting for approval is no outcome yet."""
    if phase == Phase.DELETED:
        return Outcome.DELETED
    if phase != Phase.COMPLETED or conclusion == "action_required":
        return Outcome.OPEN
    if conclusion in FAILURE_CONCLUSIONS:
        return Outcome.FAILURE
    return _OUTCOMES.get(conclusion or "", Outcome.OTHER)


_BY_CONCLUSION: Final = {
    "success": Status.SUCCESS,
    "cancelled": Status.CANCELLED,
    "skipped": Status.SKIPPED,
    "neutral": Status.NEUTRAL,
    "action_required": Status.ACTION_REQUIRED,
    "stale": Status.STALE,
}
_OUTCOMES: Final = {
    "success": Outcome.SUCCESS,
    "cancelled": Outcome.CANCELLED,
    "skipped": Outcome.SKIPPED,
}
