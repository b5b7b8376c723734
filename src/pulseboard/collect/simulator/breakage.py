"""The main branch that is broken while people look, and how it is mended before their eyes."""

from typing import Final

from msgspec import Struct, structs

from pulseboard.collect.simulator.days import DAY_SECONDS, Trigger, triggers_on
from pulseboard.collect.simulator.dice import commit_id, roll
from pulseboard.collect.simulator.fleet import (
    DEFAULT_BRANCH,
    FLEET,
    PEOPLE,
    TITLES,
    WorkflowShape,
)
from pulseboard.collect.simulator.plans import RunPlan, plan_run

# One breaks in each stretch of this many seconds, and is seen this long after at the earliest:
# by then every workflow has failed.
_STRETCH: Final = 5400
_SEEN_AFTER: Final = 3000
_MENDED_AFTER: Final = (240, 900)
# What was pushed so shortly before may still be running when it breaks.
_LONGEST: Final = 3600
# Behind the numbers of the day's planned runs, as those of chance.
_FIRST_NUMBER: Final = 60
_NUMBER_EVERY: Final = 92


class Breakage(Struct, frozen=True):
    """A run that failed on the main branch a while ago, and one that will pass there soon."""

    repository: int
    workflow: str
    bad: RunPlan
    fix: RunPlan


def breakage_at(seed: int, at: int) -> Breakage | None:
    """Return what is broken at a second; None where everybody has pushed since it broke."""
    stretch = (at - _SEEN_AFTER) // _STRETCH
    begins = stretch * _STRETCH
    dice = roll(seed, "breakage", stretch)
    places = list(range(len(FLEET)))
    dice.shuffle(places)
    repository = next((n for n in places if not _is_busy(seed, n, begins, at)), None)
    if repository is None:
        return None
    login, author = dice.choice(PEOPLE)
    helper, name = dice.choice(PEOPLE)
    title = dice.choice(TITLES)
    mended = begins + _STRETCH + _SEEN_AFTER + dice.randrange(*_MENDED_AFTER)
    bad = Trigger(
        repository=repository,
        at=begins,
        event="push",
        branch=DEFAULT_BRANCH,
        sha=commit_id(seed, "breakage", stretch, "bad"),
        title=title,
        login=login,
        author=author,
        committed_at=begins - 20,
        broken=True,
    )
    fix = structs.replace(
        bad,
        at=mended,
        committed_at=mended - 20,
        sha=commit_id(seed, "breakage", stretch, "fix"),
        title=f"Revert “{title}”",
        login=helper,
        author=name,
        broken=False,
    )
    weak = _weak_workflow(repository)
    return Breakage(repository, weak.name, _plan(seed, bad, weak), _plan(seed, fix, weak))


def _weak_workflow(repository: int) -> WorkflowShape:
    shape = FLEET[repository]
    return next(one for one in shape.workflows if one.name == shape.weak_spot[0])


def _is_busy(seed: int, repository: int, begins: int, at: int) -> bool:
    """Say whether the planned day runs the weak workflow between two seconds."""
    weak = _weak_workflow(repository)
    return any(
        begins - _LONGEST <= trigger.at <= at
        for day in range(begins // DAY_SECONDS, at // DAY_SECONDS + 1)
        for trigger in triggers_on(seed, repository, day)
        if trigger.event in weak.events and trigger.workflow in (None, weak.name)
    )


def _plan(seed: int, trigger: Trigger, workflow: WorkflowShape) -> RunPlan:
    ordinal = _FIRST_NUMBER + trigger.at % DAY_SECONDS // _NUMBER_EVERY
    return plan_run(seed, trigger, workflow, ordinal=ordinal)
