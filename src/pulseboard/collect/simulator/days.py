"""What happens on one day in one repository: pushes, pull requests, merges and schedules.

A day is a function of (seed, repository, day) alone, so the demo's past is the same whenever it
is asked for, and a part of it that was loaded before is recognised. Instants in the simulator are
whole seconds since 1970, because that is the precision GitHub has.
"""

from functools import lru_cache
from itertools import pairwise
from random import Random
from typing import Final

from msgspec import Struct, structs

from pulseboard.collect.simulator.dice import commit_id, roll
from pulseboard.collect.simulator.fleet import (
    BOT,
    DEFAULT_BRANCH,
    FLEET,
    OUTSIDERS,
    PEOPLE,
    TITLES,
    UPGRADES,
    WorkflowShape,
)

DAY_SECONDS: Final = 86_400
# How much happens in each hour (UTC) of a working day.
_HOURS: Final = (2, 1, 1, 1, 1, 3, 8, 25, 70, 110, 130, 115, 70, 110, 135, 125, 95, 60, 35, 28,
                 24, 18, 10, 4)  # fmt: skip
_WEEKEND: Final = 0.13
# The main branch of a repository breaks about once in this many days.
_BREAKS_EVERY: Final = 9
# 1970-01-01 was a Thursday.
_EPOCH_WEEKDAY: Final = 3
_SATURDAY: Final = 5


class Trigger(Struct, frozen=True):
    """Something that starts workflows."""

    repository: int
    at: int
    event: str
    branch: str
    sha: str
    title: str
    login: str
    author: str
    committed_at: int
    pull: int | None = None
    fork: bool = False
    # The code is wrong: whatever tests it fails.
    defect: bool = False
    # The main branch is broken while this happens.
    broken: bool = False
    # When a newer push on the same branch took its place.
    replaced_at: int | None = None
    # Which workflow the clock started.
    workflow: str | None = None


def weekday_of(day: int) -> int:
    """Return 0 for a Monday; `day` counts days since 1970."""
    return (day + _EPOCH_WEEKDAY) % 7


def triggers_on(seed: int, repository: int, day: int) -> list[Trigger]:
    """Return what happens in a repository of the fleet on a day, in order of time."""
    work = _work_on(seed, repository, day)
    schedules = [
        _scheduled(seed, repository, day, workflow, work)
        for workflow in FLEET[repository].workflows
        if workflow.hour is not None and workflow.weekday in (None, weekday_of(day))
    ]
    return sorted([*work, *schedules], key=_order)


def _order(trigger: Trigger) -> tuple[int, str, str]:
    return (trigger.at, trigger.event, trigger.sha)


@lru_cache(maxsize=1024)
def _work_on(seed: int, repository: int, day: int) -> tuple[Trigger, ...]:
    """Return what people do on a day; the clock's part comes on top."""
    found = [
        trigger
        for number in range(_changes_on(seed, repository, day))
        for trigger in _Change(seed, repository, day, number).triggers()
    ]
    outage = _outage_on(seed, repository, day)
    if outage is not None:
        found = _break(found, outage)
    return tuple(sorted(found, key=_order))


def _changes_on(seed: int, repository: int, day: int) -> int:
    dice = roll(seed, "changes", repository, day)
    busy = FLEET[repository].changes * dice.uniform(0.75, 1.3)
    if weekday_of(day) >= _SATURDAY:
        busy *= _WEEKEND
    return int(busy) + (dice.random() < busy % 1)


def moment_of(dice: Random) -> int:
    """Draw a second of the day by the rhythm of the working day."""
    hour = dice.choices(range(24), weights=_HOURS)[0]
    return hour * 3600 + dice.randrange(3600)


class _Change:
    """One change on its way: pushed, corrected, perhaps queued, and merged."""

    def __init__(self, seed: int, repository: int, day: int, number: int) -> None:
        self._name = (seed, "change", repository, day, number)
        self._dice = dice = roll(*self._name)
        self._repository = repository
        self._begins = day * DAY_SECONDS + moment_of(dice)
        self._ends = (day + 1) * DAY_SECONDS
        self._pull = 100 + (day - 18_000) * 12 + number
        self._is_fork = dice.random() < 0.05
        self._is_upgrade = not self._is_fork and dice.random() < 0.1
        self._is_defect = not self._is_upgrade and dice.random() < 0.2
        people = OUTSIDERS if self._is_fork else PEOPLE
        self._login, self._author = dice.choice(people)
        self._title = dice.choice(UPGRADES if self._is_upgrade else TITLES)
        if self._is_upgrade:
            self._login = self._author = BOT

    def triggers(self) -> list[Trigger]:
        """Return what this change starts before the day is over."""
        dice = self._dice
        if not self._is_upgrade and not self._is_fork and dice.random() < 0.1:
            return [self.merged(self._begins)]
        pushes = self._pushes()
        found = [push for push in pushes if push.at < self._ends]
        merged_at = pushes[-1].at + dice.randrange(1500, 10_000)
        if dice.random() < 0.85 and merged_at < self._ends - 1200:
            if FLEET[self._repository].merge_queue:
                found.append(self._queued(merged_at))
                merged_at += dice.randrange(700, 1000)
            found.append(self.merged(merged_at))
        return found

    def _pushes(self) -> list[Trigger]:
        dice = self._dice
        count = 1 + self._is_defect + (dice.random() < 0.35) + (dice.random() < 0.12)
        pushes: list[Trigger] = []
        at = self._begins
        for number in range(count):
            bad = self._is_defect and number < count - 1
            pushes.append(self._trigger(at, "pull_request", self._branch(), number, bad=bad))
            # Now and then somebody notices a slip at once and pushes again.
            hasty = dice.random() < 0.22
            at += dice.randrange(40, 240) if hasty else dice.randrange(1200, 6000)
        return [
            structs.replace(push, replaced_at=following.at) for push, following in pairwise(pushes)
        ] + pushes[-1:]

    def _branch(self) -> str:
        words = "-".join(self._title.lower().replace(".", "-").split()[:4])
        if self._is_upgrade:
            return f"dependabot/{words}"
        return "patch-1" if self._is_fork else f"{self._login}/{words}"

    def _queued(self, at: int) -> Trigger:
        base = commit_id(*self._name, "base")
        branch = f"gh-readonly-queue/{DEFAULT_BRANCH}/pr-{self._pull}-{base}"
        return structs.replace(self._trigger(at, "merge_group", branch, "queued"), fork=False)

    def merged(self, at: int) -> Trigger:
        """Return the push to the main branch."""
        merged = self._trigger(at, "push", DEFAULT_BRANCH, "merged")
        return structs.replace(
            merged, fork=False, pull=None, title=f"{self._title} (#{self._pull})"
        )

    def _trigger(
        self, at: int, event: str, branch: str, part: object, *, bad: bool = False
    ) -> Trigger:
        return Trigger(
            repository=self._repository,
            at=at,
            event=event,
            branch=branch,
            sha=commit_id(*self._name, part),
            title=self._title,
            login=self._login,
            author=self._author,
            committed_at=at - 30,
            pull=self._pull,
            fork=self._is_fork,
            defect=bad,
        )


class Outage(Struct, frozen=True):
    """The main branch is broken from the merge of `bad` until the merge of `fix`."""

    bad: Trigger
    fix: Trigger


def _outage_on(seed: int, repository: int, day: int) -> Outage | None:
    shift = roll(seed, "outages", repository).randrange(_BREAKS_EVERY)
    cycle, place = divmod(day + shift, _BREAKS_EVERY)
    dice = roll(seed, "outage", repository, cycle)
    chosen = dice.randrange(_BREAKS_EVERY)
    # Nobody merges at the weekend: then it happens a few days earlier.
    while weekday_of(day - place + chosen) >= _SATURDAY:
        chosen = (chosen - 2) % _BREAKS_EVERY
    if place != chosen:
        return None
    begins = day * DAY_SECONDS + dice.randrange(8 * 3600, 14 * 3600)
    name = (seed, "outage", repository, cycle)
    return draw_outage(dice, name, repository=repository, begins=begins, lasts=(2 * 3600, 7 * 3600))


def draw_outage(
    dice: Random, name: tuple[object, ...], *, repository: int, begins: int, lasts: tuple[int, int]
) -> Outage:
    """Draw who broke a main branch at a second and who mended it, so many seconds later.

    `lasts` are the least and the most of them; `name` makes the commits this outage's own.
    """
    login, author = dice.choice(PEOPLE)
    title = dice.choice(TITLES)
    bad = Trigger(
        repository=repository,
        at=begins,
        event="push",
        branch=DEFAULT_BRANCH,
        sha=commit_id(*name, "bad"),
        title=title,
        login=login,
        author=author,
        committed_at=begins - 20,
        broken=True,
    )
    helper, helped_by = dice.choice(PEOPLE)
    mended = begins + dice.randrange(*lasts)
    fix = structs.replace(
        bad,
        at=mended,
        committed_at=mended - 20,
        sha=commit_id(*name, "fix"),
        title=f"Revert “{title}”",
        login=helper,
        author=helped_by,
        broken=False,
    )
    return Outage(bad, fix)


def _break(triggers: list[Trigger], outage: Outage) -> list[Trigger]:
    """Let everything fail that is built on the broken main branch."""
    found = [outage.bad, outage.fix]
    for trigger in triggers:
        inside = outage.bad.at <= trigger.at < outage.fix.at
        # Most pull requests were branched off before it broke.
        hit = inside and (trigger.event != "pull_request" or int(trigger.sha[0], 16) < 5)
        found.append(structs.replace(trigger, broken=True) if hit else trigger)
    return found


def _scheduled(
    seed: int, repository: int, day: int, workflow: WorkflowShape, work: tuple[Trigger, ...]
) -> Trigger:
    at = day * DAY_SECONDS + (workflow.hour or 0) * 3600
    # The clock of a busy host starts its schedules some minutes late.
    at += roll(seed, "late", repository, workflow.name, day).randrange(60, 900)
    before = [trigger for trigger in work if trigger.event == "push" and trigger.at <= at]
    head = before[-1] if before else _main_before(seed, repository, day)
    return structs.replace(head, at=at, event="schedule", workflow=workflow.name)


def _main_before(seed: int, repository: int, day: int) -> Trigger:
    """Return the newest merge before a day, looking back a week at most."""
    for earlier in range(day - 1, day - 8, -1):
        merges = [t for t in _work_on(seed, repository, earlier) if t.event == "push"]
        if merges:
            return merges[-1]
    return _Change(seed, repository, day - 8, 0).merged((day - 7) * DAY_SECONDS)
