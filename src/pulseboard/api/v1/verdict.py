"""Is main green, since when is it not, which commit did it, and what to fix first."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.api.deps import Reading, ScopeAsked
from pulseboard.api.shapes import PartialNames, when
from pulseboard.api.v1.shapes import CommitRef, commit_of
from pulseboard.pipelines import RunRow
from pulseboard.pipelines import verdict as pipelines
from pulseboard.pipelines.feeds import list_partial
from pulseboard.pipelines.logs import Guilty, list_guilty
from pulseboard.pipelines.priorities import FORMULA, Priority, list_priorities
from pulseboard.pipelines.reds import Red
from pulseboard.pipelines.verdict import State

router = APIRouter(prefix="/overview", tags=["screen"])
_SHORT: Final = 7
_MOST_LISTED: Final = 50


class FirstBad(BaseModel):
    """The first failing run after the last success."""

    run_id: int
    commit: CommitRef | None
    untested_between: int = Field(
        description="Other commits between the last green and this one, on which the workflow"
        " never finished; above 0 no single commit is to blame."
    )


class LastGreen(BaseModel):
    """The last success before."""

    run_id: int
    commit: CommitRef | None
    at: str | None


class Recovering(BaseModel):
    """A newer run of what is red is under way."""

    run_id: int
    run_number: int | None
    workflow: str
    commit: CommitRef | None


class RedWorkflow(BaseModel):
    """A workflow whose newest finished run failed."""

    repo: str
    workflow: str
    workflow_id: int
    branch: str | None
    run_id: int = Field(description="The newest failure.")
    run_number: int | None
    since: str | None = Field(description="null when the beginning is not known.")
    is_recovering: bool
    first_bad: FirstBad | None
    last_green: LastGreen | None
    first_error_text: str | None = Field(
        description="The guilty line of its first failed job; null while no log of it is stored."
    )


class Verdict(BaseModel):
    """The answer, with the workflow that has been red longest in front."""

    state: State = Field(
        description="stale: nothing heard for 4 days; empty: nothing finished in the last 90 days;"
        " recovering: newer runs of all that is red are under way."
    )
    branch_label: str
    failing: int
    total: int = Field(description="Workflows with a finished run there, once for each branch.")
    since: str | None
    first_bad: FirstBad | None
    last_green: LastGreen | None
    recovering: Recovering | None
    items: list[RedWorkflow] = Field(description="Red longest first, 50 at most.")
    last_failure_at: str | None = Field(description="In the last 90 days.")
    data_as_of: str | None = Field(description="When the newest delivery came in.")
    as_of: str
    partial: PartialNames


class Impact(BaseModel):
    """How much something keeps people from working."""

    runs: int = Field(description="Runs of the workflow that failed since.")
    branches: int
    wasted_minutes: float | None = Field(
        default=None, description="null: this version does not count them yet."
    )
    blocks_default: bool


class Action(BaseModel):
    """What to do about it."""

    label: str
    href: str


class Fix(BaseModel):
    """One thing to fix."""

    rank: int
    kind: Literal["red"]
    title: str
    subtitle: str | None
    since: str | None
    commit: CommitRef | None = Field(description="null when no single commit is to blame.")
    impact: Impact
    score: float
    href: str = Field(description="A page of the dashboard.")
    action: Action


class FixFirst(BaseModel):
    """What to fix, the most urgent first."""

    items: list[Fix]
    formula: str = Field(description="How the score is made.")
    as_of: str
    partial: PartialNames


@router.get("/verdict")
def show_verdict(session: Reading, scope: ScopeAsked) -> Verdict:
    """Say whether the branch is green, since when it is not, and which commit did it.

    Health is that of the default branches unless other branches are named. A failed run that is
    being run again stays red, and `recovering`, until the new attempt has finished. `stale` beats
    green alone: nothing was heard from any of the repositories for longer than their own rhythm
    makes likely.
    """
    found = pipelines.judge(session, scope=scope, at=clock.now())
    return verdict_of(session, found, partial=list_partial(session, scope))


def verdict_of(session: Session, found: pipelines.Verdict, *, partial: Sequence[str]) -> Verdict:
    """Make the shape of a verdict."""
    listed = found.red[:_MOST_LISTED]
    guilty = list_guilty(session, run_ids=[red.newest.id for red in listed])
    oldest = found.red[0] if found.red else None
    return Verdict(
        state=found.state,
        branch_label=found.branch_label,
        failing=found.failing,
        total=found.total,
        since=when(oldest.since) if oldest else None,
        first_bad=_first_bad(oldest) if oldest else None,
        last_green=_last_green(oldest) if oldest else None,
        recovering=next((_recovering(red.running) for red in found.red if red.running), None),
        items=[_item(red, guilty) for red in listed],
        last_failure_at=when(found.last_failure_at),
        data_as_of=when(found.last_event_at),
        as_of=clock.to_iso(found.at),
        partial=list(partial),
    )


def _item(red: Red, guilty: Mapping[tuple[int, int], Sequence[Guilty]]) -> RedWorkflow:
    lines = guilty.get((red.newest.id, red.newest.attempt), ())
    return RedWorkflow(
        repo=red.newest.repository,
        workflow=red.newest.workflow,
        workflow_id=red.newest.workflow_id,
        branch=red.newest.head_branch,
        run_id=red.newest.id,
        run_number=red.newest.run_number,
        since=when(red.since),
        is_recovering=red.is_recovering,
        first_bad=_first_bad(red),
        last_green=_last_green(red),
        first_error_text=lines[0].text if lines else None,
    )


def _first_bad(red: Red) -> FirstBad | None:
    run = red.first_bad
    if run is None:
        return None
    return FirstBad(run_id=run.id, commit=commit_of(run), untested_between=red.untested)


def _last_green(red: Red) -> LastGreen | None:
    run = red.last_green
    if run is None:
        return None
    return LastGreen(run_id=run.id, commit=commit_of(run), at=when(run.completed_at))


def _recovering(run: RunRow) -> Recovering:
    return Recovering(
        run_id=run.id, run_number=run.run_number, workflow=run.workflow, commit=commit_of(run)
    )


@router.get("/fix-first")
def show_fix_first(
    session: Reading, scope: ScopeAsked, limit: Annotated[int, Query(ge=1, le=50)] = 5
) -> FixFirst:
    """List what to fix, the most urgent first: so far the workflows that are red."""
    now = clock.now()
    found = list_priorities(session, scope=scope, at=now, limit=limit)
    items = [_fix(rank, one) for rank, one in enumerate(found, start=1)]
    return FixFirst(
        items=items, formula=FORMULA, as_of=clock.to_iso(now), partial=list_partial(session, scope)
    )


def _fix(rank: int, priority: Priority) -> Fix:
    red = priority.red
    run = red.newest
    return Fix(
        rank=rank,
        kind="red",
        title=f"{run.workflow} fails on {run.head_branch or 'no branch'}",
        subtitle=_blame(red),
        since=when(red.since),
        commit=commit_of(red.first_bad) if red.first_bad and not red.untested else None,
        impact=Impact(
            runs=priority.runs, branches=priority.branches, blocks_default=priority.blocks_default
        ),
        score=priority.score,
        href=f"/runs/{run.id}",
        action=Action(label="Open the newest failure", href=f"/runs/{run.id}"),
    )


def _blame(red: Red) -> str:
    """Say which commit did it, never more exactly than is known."""
    home = red.newest.repository
    bad, green = red.first_bad, red.last_green
    if bad is None or bad.head_sha is None:
        return home
    if red.untested and green is not None and green.head_sha is not None:
        between = f"{green.head_sha[:_SHORT]} and {bad.head_sha[:_SHORT]}"
        commits = "commit" if red.untested == 1 else "commits"
        return f"{home} · broke between {between}, {red.untested} {commits} untested"
    person = bad.commit_author or bad.actor
    return f"{home} · first bad {bad.head_sha[:_SHORT]}{f' by {person}' if person else ''}"
