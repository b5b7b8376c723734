"""A run out of the blue at any second, for the hours in which the company sleeps."""

from collections.abc import Collection
from typing import Final

from pulseboard.collect.simulator.days import Trigger
from pulseboard.collect.simulator.dice import commit_id, roll
from pulseboard.collect.simulator.fleet import DEFAULT_BRANCH, FLEET, PEOPLE, TITLES
from pulseboard.collect.simulator.plans import RunPlan, plan_unforeseen

# In each stretch of this many seconds one repository's main branch breaks for a while.
_STRETCH: Final = 5400
_BROKEN_FOR: Final = range(1200, 2400)


def plan_by_chance(seed: int, at: int, *, avoid: Collection[tuple[int, str]] = ()) -> RunPlan:
    """Plan a run of any workflow of the fleet but those of `avoid`: (repository, workflow)."""
    dice = roll(seed, "chance", at)
    choices = [
        (number, workflow)
        for number, shape in enumerate(FLEET)
        for workflow in shape.workflows
        if (number, workflow.name) not in avoid
    ]
    repository, workflow = dice.choice(choices)
    event = dice.choice(sorted(workflow.events - {"merge_group"}))
    login, author = dice.choice(PEOPLE)
    pull = 90_000 + at // 60 % 10_000
    title = dice.choice(TITLES)
    trigger = Trigger(
        repository=repository,
        at=at,
        event=event,
        branch=f"{login}/live-{pull}" if event == "pull_request" else DEFAULT_BRANCH,
        sha=commit_id(seed, "live", at, repository),
        title=title,
        login=login,
        author=author,
        committed_at=at - 20,
        pull=pull if event == "pull_request" else None,
        defect=event == "pull_request" and dice.random() < 0.2,
        broken=event != "pull_request" and _is_broken(seed, repository, at),
        workflow=workflow.name,
    )
    return plan_unforeseen(seed, trigger, workflow)


def _is_broken(seed: int, repository: int, at: int) -> bool:
    stretch, place = divmod(at, _STRETCH)
    return place in _BROKEN_FOR and roll(seed, "live", stretch).randrange(len(FLEET)) == repository
