"""Workflows side by side, the worst first: what is red the longest, then what succeeds least."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct, structs
from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.metrics import query
from pulseboard.metrics.counts import COUNT_COLUMNS
from pulseboard.metrics.scope import Scope, Totals
from pulseboard.metrics.sums import Sum
from pulseboard.metrics.tiers import Window
from pulseboard.model import Repository, Workflow
from pulseboard.pipelines.reds import Red
from pulseboard.pipelines.verdict import judge

_SUCCESS: Final = COUNT_COLUMNS.index("success")
_FAILURE: Final = COUNT_COLUMNS.index("failure")


class Ranked(Struct, frozen=True):
    """One workflow: what its runs of the window came to, and whether it is red by now."""

    workflow_id: int
    repository: str
    workflow: str
    totals: Totals
    is_red: bool
    # Since when and why; None as well where too many are red to explain each.
    red: Red | None


class Ranking(Struct, frozen=True):
    """The worst workflows, and how many there are in all."""

    rows: Sequence[Ranked]
    total: int


def rank_workflows(
    session: Session,
    *,
    scope: Scope,
    window: Window,
    at: int,
    limit: int,
    only_red: bool = False,
) -> Ranking:
    """Return the workflows that are red at an instant or ran in a window, the worst first.

    Red ones come by how long they have been so, the others by their success rate.
    """
    # Of several branches one that is red makes the workflow red; it stands where the oldest is.
    verdict = judge(session, scope=scope, at=at)
    explained: dict[int, Red] = {}
    for red in verdict.red:
        explained.setdefault(red.newest.workflow_id, red)
    reds = dict.fromkeys([*explained, *verdict.failing_ids])
    wanted = structs.replace(scope, workflows=tuple(reds)) if only_red else scope
    counted: dict[int, Sum] = {}
    if reds or not only_red:
        counted = query.sums_per_workflow(session, scope=wanted, window=window)
    others = sorted((_badness(sums), number) for number, sums in counted.items())
    order = [*reds, *(number for _, number in others if number not in reds)]
    names = name_workflows(session, order[:limit])
    rows = [
        Ranked(
            number,
            *names[number],
            Totals(*counted.get(number, ())),
            is_red=number in reds,
            red=explained.get(number),
        )
        for number in order[:limit]
        if number in names
    ]
    return Ranking(rows, len(order))


def _badness(sums: Sum) -> tuple[float, int]:
    success, failure = sums[_SUCCESS], sums[_FAILURE]
    # What finished nothing says nothing and comes last.
    rate = success / (success + failure) if success + failure else 2.0
    return (rate, -failure)


def name_workflows(session: Session, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return the names of repository and workflow, by workflow."""
    rows = session.execute(
        select(Workflow.id, Repository.full_name, Workflow.name)
        .join(Repository, Repository.id == Workflow.repository_id)
        .where(Workflow.id.in_(ids))
    )
    return {row[0]: (row[1], row[2]) for row in rows}
