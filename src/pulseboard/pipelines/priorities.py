"""What to fix first: what is red, ordered by whom it keeps from working and how much."""

from collections.abc import Sequence
from math import log2
from typing import Final

from msgspec import Struct
from sqlalchemy import distinct, func, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.metrics.scope import Scope
from pulseboard.model import Run
from pulseboard.pipelines.filters import LATEST, has_demo
from pulseboard.pipelines.reds import Red
from pulseboard.pipelines.verdict import judge
from pulseboard.vocabulary import Outcome

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
    found = [_weigh(session, red, at=at) for red in reds]
    return sorted(found, key=lambda one: -one.score)[:limit]


def _weigh(session: Session, red: Red, *, at: int) -> Priority:
    first = red.first_bad or red.newest
    failed = select(func.count(), func.count(distinct(Run.head_branch))).where(
        LATEST,
        Run.workflow_id == red.newest.workflow_id,
        Run.started_at >= first.started_at,
        Run.outcome + "" == Outcome.FAILURE,
        has_demo(red.newest.demo),
    )
    runs, branches = session.execute(failed).one()
    blocks = red.newest.on_default
    is_new = red.since is not None and red.since >= at - clock.DAY
    score = _BLOCKS * blocks + _A_DOUBLING * log2(1 + runs) + _NEW * is_new
    return Priority(red, int(runs), int(branches), blocks, round(score, 1))
