"""Traffic that goes on while people watch, and runs made on request."""

import heapq
from collections.abc import Iterator, Sequence
from itertools import count as count_from
from random import Random
from typing import Final

from msgspec import structs

from pulseboard.clock import SECOND
from pulseboard.collect.records import Envelope
from pulseboard.collect.simulator.breakage import Breakage, breakage_at
from pulseboard.collect.simulator.chance import plan_by_chance
from pulseboard.collect.simulator.days import Trigger
from pulseboard.collect.simulator.dice import commit_id, digits, roll
from pulseboard.collect.simulator.fleet import (
    DEFAULT_BRANCH,
    PEOPLE,
    TITLES,
    JobShape,
    RepositoryShape,
    WorkflowShape,
)
from pulseboard.collect.simulator.past import runs_open_at
from pulseboard.collect.simulator.payloads import changed_jobs, envelope, moments_of
from pulseboard.collect.simulator.plans import Fate, RunPlan, plan_attempt

# With at least ten seconds between runs, no workflow comes twice within the 92 seconds that
# share a run number (chance.py).
_NOT_AGAIN: Final = 9
_HOUR: Final = 3600
# The runs of POST /api/simulate belong to a repository of their own.
_ON_REQUEST: Final = "pipelines"


def traffic(*, seed: int, start: int) -> Iterator[tuple[int, Envelope]]:
    """Yield (the instant it is due, envelope) for ever, in order of time, from `start` on.

    First come the ends of what `history(until=start)` left open; then a run begins every 10 to
    30 seconds and goes through queued, in progress and completed, job by job.
    """
    order = count_from()
    begins = start // SECOND
    coming: list[tuple[int, int, RunPlan, int]] = []
    for run in runs_open_at(seed, begins):
        _schedule(coming, order, run, after=begins)
    broken = breakage_at(seed, begins)
    if broken is not None:
        _schedule(coming, order, broken.fix, after=begins)
    dice = roll(seed, "traffic", begins)
    recent: list[tuple[int, str]] = []
    while True:
        begins += dice.randrange(10, 31)
        while coming and coming[0][0] <= begins:
            at, _, run, number = heapq.heappop(coming)
            attempt = run.attempts[number]
            yield at * SECOND, envelope(seed, run, attempt, at=at, jobs=changed_jobs(attempt, at))
        run = plan_by_chance(seed, begins, avoid=[*recent, *_left_broken(broken, begins)])
        recent = [*recent, (run.trigger.repository, run.workflow.name)][-_NOT_AGAIN:]
        _schedule(coming, order, run, after=0)


def _left_broken(broken: Breakage | None, at: int) -> list[tuple[int, str]]:
    """Name the workflow that nothing else may mend before its fix does."""
    if broken is None or at > broken.fix.attempts[-1].ends:
        return []
    return [(broken.repository, broken.workflow)]


def _schedule(
    coming: list[tuple[int, int, RunPlan, int]], order: Iterator[int], run: RunPlan, *, after: int
) -> None:
    for number, attempt in enumerate(run.attempts):
        for moment in moments_of(attempt):
            if moment > after:
                heapq.heappush(coming, (moment, next(order), run, number))


def simulate(
    *, count: int, fail_rate: float, pipelines: Sequence[str], seed: int, at: int
) -> list[Envelope]:
    """Make `count` finished runs of the last hour, the pipelines in turn, oldest first.

    Of the runs round(count * fail_rate) fail; which ones, who began them and when within the hour
    is the seed's choice alone. Every run is demo.
    """
    now = at // SECOND
    dice = roll(seed, "simulate")
    failing = set(dice.sample(range(count), round(count * fail_rate)))
    # Only ids and commits depend on the instant: asked twice, it makes as many runs again.
    made = [
        _finished_run(dice, pipelines[i % len(pipelines)], name=(seed, at, i), now=now,
                      fails=i in failing)
        for i in range(count)
    ]  # fmt: skip
    made.sort(key=lambda run: run.trigger.at)
    return [
        envelope(seed, run, run.attempts[0], at=run.attempts[0].ends, jobs=run.attempts[0].jobs)
        for run in made
    ]


def _finished_run(
    dice: Random, pipeline: str, *, name: tuple[int, int, int], now: int, fails: bool
) -> RunPlan:
    jobs = (JobShape("lint", 20, kind="lint"), JobShape("build and test", 75, stage=1))
    workflow = WorkflowShape(pipeline, f"{pipeline}.yml", frozenset(), jobs)
    login, author = dice.choice(PEOPLE)
    # Two short jobs are over well within the quarter of an hour that is left at least.
    begins = now - dice.randrange(_HOUR // 4, _HOUR)
    trigger = Trigger(
        repository=0,
        at=begins,
        event="push",
        branch=DEFAULT_BRANCH,
        sha=commit_id("simulate", *name),
        title=dice.choice(TITLES),
        login=login,
        author=author,
        committed_at=begins - 20,
    )
    fate = Fate(dice.choice(jobs).name, "defect") if fails else Fate()
    attempt = plan_attempt(dice, trigger, workflow, number=1, begins=begins, fate=fate)
    named = tuple(
        structs.replace(job, id=digits("simulate", *name, job.shape.name)) for job in attempt.jobs
    )
    return RunPlan(
        id=digits("simulate", *name),
        number=begins % 10_000_000,
        repository=RepositoryShape(_ON_REQUEST, 0, ()),
        workflow=workflow,
        trigger=trigger,
        attempts=(structs.replace(attempt, jobs=named),),
    )
