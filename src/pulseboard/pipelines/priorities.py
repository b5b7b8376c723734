"""What to fix first: what is red, ordered by whom it keeps from working and how much."""

from collections.abc import Sequence
from math import log2
from typing import Final

from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.db.engine import answer_each, listed
from pulseboard.metrics.conditions import as_json
from pulseboard.metrics.scope import Scope, fetch
from pulseboard.pipelines.reds import Red
from pulseboard.pipelines.verdict import judge

# 100 points for a broken default branch; 10 for each doubling of the runs; 20 for what is new.
FORMULA: Final = (
    "100 if it breaks the default branch + 10 × log2(1 + failed runs)"
    " + 20 if it began in the last 24 hours"
)
_BLOCKS: Final = 100
_A_DOUBLING: Final = 10
_NEW: Final = 20


class Priority(Struct, frozen=True):
    """A red workflow, what it touches, and its points."""

    red: Red
    # Runs that failed since it is red, on how many branches.
    runs: int
    branches: int
    blocks_default: bool
    score: float


def list_priorities(session: Session, *, scope: Scope, at: int, limit: int) -> Sequence[Priority]:
    """Return what is red on the branches of a scope, the most urgent first."""
    reds = judge(session, scope=scope, at=at).red
    failures = _count_failures(session, scope, reds)
    found = [_weigh(red, *failures.get(number, (0, 0)), at=at) for number, red in enumerate(reds)]
    return sorted(found, key=lambda one: -one.score)[:limit]


def _count_failures(
    session: Session, scope: Scope, reds: Sequence[Red]
) -> dict[int, tuple[int, int]]:
    """Count failed runs since each began, and their branches, by its place in the list."""
    given = [
        (number, red.newest.workflow_id, (red.first_bad or red.newest).started_at)
        for number, red in enumerate(reds)
    ]
    sql = answer_each(
        session,
        listed(session, "given", columns=("bigint", "bigint", "bigint")),
        names=("number", "red", "began"),
        select="count(*), count(DISTINCT head_branch)",
        # The bare column would lead SQLite to an index of all failures.
        source="runs WHERE workflow_id = red AND latest AND started_at >= began"
        " AND outcome || '' = 'failure' AND demo = :demo",
    )
    rows = fetch(session, sql, scope, given=as_json(given)) if given else ()
    return {row[0]: (int(row[1]), int(row[2])) for row in rows}


def _weigh(red: Red, runs: int, branches: int, *, at: int) -> Priority:
    blocks = red.newest.on_default
    is_new = red.since is not None and red.since >= at - clock.DAY
    score = _BLOCKS * blocks + _A_DOUBLING * log2(1 + runs) + _NEW * is_new
    return Priority(red, runs, branches, blocks, round(score, 1))
