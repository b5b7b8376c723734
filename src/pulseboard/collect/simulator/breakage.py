"""The main branch that is broken while people look, and how it is mended before their eyes."""

from typing import Final

from msgspec import Struct

from pulseboard.collect.simulator.days import DAY_SECONDS, draw_outage, triggers_on
from pulseboard.collect.simulator.dice import roll
from pulseboard.collect.simulator.fleet import FLEET, WorkflowShape
from pulseboard.collect.simulator.plans import RunPlan, plan_unforeseen

# One breaks in each stretch of this many seconds, and is seen this long after at the earliest:
# by then every workflow has failed.
_STRETCH: Final = 5400
_SEEN_AFTER: Final = 3000
# The fix comes some minutes after the last moment at which somebody may have begun to look.
_LASTS: Final = (_STRETCH + _SEEN_AFTER + 240, _STRETCH + _SEEN_AFTER + 900)
# What was pushed so shortly before may still be running when it breaks.
_LONGEST: Final = 3600


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
    name = (seed, "breakage", stretch)
    outage = draw_outage(dice, name, repository=repository, begins=begins, lasts=_LASTS)
    weak = _weak_workflow(repository)
    bad, fix = (plan_unforeseen(seed, one, weak) for one in (outage.bad, outage.fix))
    return Breakage(repository, weak.name, bad, fix)


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
