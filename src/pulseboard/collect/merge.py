"""The merge rule as pure functions: many observations in any order, one row.

Source: Pulseboard's definitions, "The merge rule". An observation's clock (rank, time, tie, hash)
decides the fields that must agree; every optional fact has a join of its own, never the row's
clock, because coupling facts to the clock makes the result depend on the order of arrival.
Each join is associative, commutative and idempotent, so the whole is. collect/merge_sql.py says
the same in SQL from the same table of rules, and tests hold the two equal.
"""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple

from pulseboard.vocabulary import Outcome, Phase, outcome_of

RANKS: Final[Mapping[str, int]] = {
    Phase.UNKNOWN: 1,
    Phase.REQUESTED: 1,
    Phase.WAITING: 1,
    Phase.PENDING: 1,
    Phase.QUEUED: 1,
    Phase.IN_PROGRESS: 2,
    Phase.COMPLETED: 3,
    Phase.DELETED: 4,
}
# Inside rank 1 payloads carry no order (queued → waiting → queued is legal), so it is a fixed one.
_TIES: Final[Mapping[str, int]] = {
    Phase.UNKNOWN: 0,
    Phase.REQUESTED: 1,
    Phase.WAITING: 2,
    Phase.PENDING: 3,
    Phase.QUEUED: 4,
}
# The graver conclusion wins a tie.
_GRAVITY: Final[Mapping[str, int]] = {
    "skipped": 1,
    "neutral": 2,
    "stale": 3,
    "success": 4,
    "cancelled": 5,
    "timed_out": 6,
    "startup_failure": 7,
    "failure": 8,
}
# Instants are never negative inside a clock; this keeps the packed bytes in order all the same.
_TIME_BYTES: Final = 8
_MAX_TIME: Final = (1 << 63) - 1


class Join(Enum):
    """How two values of one column become one."""

    CLOCK = "the value of the greater clock"
    MAX = "the greater, NULL being least"
    MIN = "the smaller, NULL being greatest"
    ALL = "true only if both are"
    # Identity and what the writer derives from the merged row under its lock.
    LAST = "the incoming value"


RUN_JOINS: Final[Mapping[str, Join]] = {
    "status": Join.CLOCK,
    "conclusion": Join.CLOCK,
    "clock": Join.CLOCK,
    "workflow_id": Join.LAST,
    "workflow_known": Join.MAX,
    "run_number": Join.MAX,
    "latest": Join.ALL,
    "on_default": Join.LAST,
    "source": Join.MIN,
    "event": Join.MAX,
    "head_branch": Join.MAX,
    "head_sha": Join.MAX,
    "head_repository": Join.MAX,
    "pr_number": Join.MIN,
    "title": Join.MAX,
    "commit_message": Join.MAX,
    "commit_author": Join.MAX,
    "committed_at": Join.MIN,
    "actor": Join.MAX,
    "html_url": Join.MAX,
    "meta": Join.MAX,
    "created_at": Join.MIN,
    "attempt_started_at": Join.MIN,
    "updated_at": Join.MAX,
    "ended_at": Join.MAX,
    "jobs_ended_at": Join.MAX,
    "settled_at": Join.MIN,
    "rev": Join.LAST,
}
JOB_JOINS: Final[Mapping[str, Join]] = {
    "status": Join.CLOCK,
    "conclusion": Join.CLOCK,
    "clock": Join.CLOCK,
    "name": Join.MAX,
    "created_at": Join.MIN,
    "started_at": Join.MAX,
    "completed_at": Join.MAX,
    "runner_name": Join.MAX,
    "runner_group": Join.MAX,
    "labels": Join.MAX,
    "html_url": Join.MAX,
    "rev": Join.LAST,
}
STEP_JOINS: Final[Mapping[str, Join]] = {
    "status": Join.CLOCK,
    "conclusion": Join.CLOCK,
    "clock": Join.CLOCK,
    "name": Join.MAX,
    "started_at": Join.MAX,
    "completed_at": Join.MAX,
}


def pack_clock(status: str, conclusion: str | None, *, time: int, body: bytes) -> bytes:
    """Pack (rank, time, tie, hash) into 18 bytes whose order is the order of the clock.

    `time` is an instant: a run's updated_at, a job's latest of created, started and completed.
    `body` is whatever identifies the observation; its hash only breaks the last tie.
    """
    rank, end = _around_time(status, conclusion, body)
    return rank + min(max(time, 0), _MAX_TIME).to_bytes(_TIME_BYTES, "big") + end


# Most observations stand in one of a few places.
@lru_cache(maxsize=1024)
def _around_time(status: str, conclusion: str | None, body: bytes) -> tuple[bytes, bytes]:
    """Return what stands before the time in a clock, and what behind it."""
    rank, tie = RANKS[status], _TIES.get(status, 0)
    if status == Phase.COMPLETED:
        tie = _GRAVITY.get(conclusion or "", 0)
        if conclusion == "action_required":
            # Waiting for approval is no outcome: the approved attempt starts after it.
            rank = 1
    return bytes((rank,)), bytes((tie,)) + blake2b(body, digest_size=8).digest()


def join(
    old: Mapping[str, Any], new: Mapping[str, Any], rules: Mapping[str, Join]
) -> dict[str, Any]:
    """Merge two rows that stand for the same thing; columns without a rule are kept from `old`."""
    merged = dict(old)
    newer = new["clock"] > old["clock"]
    for column, rule in rules.items():
        if rule is Join.CLOCK:
            if newer:
                merged[column] = new[column]
        else:
            merged[column] = _JOINS[rule](old[column], new[column])
    return merged


def _greater(a: Any, b: Any) -> Any:
    return b if a is None or (b is not None and b > a) else a


def _smaller(a: Any, b: Any) -> Any:
    return b if a is None or (b is not None and b < a) else a


def _all(a: Any, b: Any) -> Any:
    return a and b


def _last(a: Any, b: Any) -> Any:  # noqa: ARG001  # Every join has the same shape.
    return b


_JOINS: Final = {Join.MAX: _greater, Join.MIN: _smaller, Join.ALL: _all, Join.LAST: _last}


class Derived(NamedTuple):
    """What the merged facts of an attempt come to; the table has the same as generated columns."""

    outcome: Outcome
    completed_at: int | None
    # Microseconds; None while open, when skipped, and when the end lies before the start.
    duration: int | None


def derive(row: Mapping[str, Any]) -> Derived:
    """Say what an attempt's merged row counts as, when it ended and how long it took."""
    outcome = outcome_of(row["status"], row["conclusion"])
    if outcome in (Outcome.OPEN, Outcome.DELETED):
        return Derived(outcome, None, None)
    end = row["ended_at"]
    if end is None:
        end = row["settled_at"] if row["jobs_ended_at"] is None else row["jobs_ended_at"]
    start = row["attempt_started_at"]
    if start is None:
        start = row["created_at"]
    if end is None or outcome is Outcome.SKIPPED or start is None or end < start:
        return Derived(outcome, end, None)
    return Derived(outcome, end, end - start)
