"""The steps of a job and how its time is shared among them."""

from random import Random
from typing import Final

from msgspec import Struct

_SETUP: Final = "Set up job"
_CHECKOUT: Final = "Run actions/checkout@v6"
# The steps between checkout and the end, each with its share of the job's time. The one with the
# greatest share does the work, and is the one that fails.
_WORK: Final[dict[str, tuple[tuple[str, int], ...]]] = {
    "lint": (("Install the tools", 35), ("Lint", 65)),
    "test": (("Set up the language", 8), ("Restore the cache", 6), ("Install", 16), ("Test", 70)),
    "build": (("Restore the cache", 10), ("Build", 75), ("Keep the result", 15)),
    "browser": (("Install", 18), ("Install browsers", 14), ("Browser tests", 68)),
    "deploy": (("Sign in", 15), ("Roll out", 85)),
    "terraform": (("Set up Terraform", 10), ("Init", 25), ("Plan", 65)),
}


class StepPlan(Struct, frozen=True):
    """One step; a skipped one starts and ends at the same second."""

    number: int
    name: str
    started: int
    completed: int
    conclusion: str


def main_step(kind: str) -> str:
    """Return the step that does the work of a kind of job."""
    return max(_WORK[kind], key=lambda step: step[1])[0]


def plan_steps(
    dice: Random | None, kind: str, *, begins: int, took: int, conclusion: str
) -> tuple[StepPlan, ...]:
    """Share `took` seconds among the steps; with a bad conclusion the work is where it stops."""
    work = _WORK[kind]
    culprit = main_step(kind)
    names = [_SETUP, _CHECKOUT, *(name for name, _ in work)]
    shares = [2, 2, *(share for _, share in work)]
    if conclusion != "success":
        shares = [share if i <= names.index(culprit) else 0 for i, share in enumerate(shares)]
    if dice is not None:
        shares = [share * dice.randrange(80, 121) for share in shares]
    steps: list[StepPlan] = []
    at, spent = begins, 0
    stopped = False
    for number, (name, share) in enumerate(zip(names, shares, strict=True), start=1):
        spent += share
        ends = at if stopped else begins + took * spent // sum(shares)
        result = "skipped" if stopped else "success"
        if name == culprit and conclusion != "success":
            result = "cancelled" if conclusion == "cancelled" else "failure"
            stopped = True
        steps.append(StepPlan(number, name, at, ends, result))
        at = ends
    # Numbers jump before the steps that clean up, as they do at the source.
    tidy = len(names) * 2
    steps.append(StepPlan(tidy, f"Post {_CHECKOUT}", at, at, "success"))
    steps.append(StepPlan(tidy + 1, "Complete job", at, at, "success"))
    return tuple(steps)
