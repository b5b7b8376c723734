"""The demo's past: every run of the last days as it stands at one instant."""

import heapq
from collections.abc import Iterator
from itertools import count
from typing import Final

from pulseboard.clock import SECOND
from pulseboard.collect.records import Envelope
from pulseboard.collect.simulator.breakage import breakage_at
from pulseboard.collect.simulator.chance import plan_by_chance
from pulseboard.collect.simulator.days import DAY_SECONDS, triggers_on
from pulseboard.collect.simulator.fleet import FLEET
from pulseboard.collect.simulator.payloads import envelope, moments_of
from pulseboard.collect.simulator.plans import RunPlan, plans_for

# A re-run or an approval can come this many days after the run was created, at most.
_LONGEST_DAYS: Final = 2
# How many seconds ago the runs began that are certain to be under way.
_JUST_BEGUN: Final = (170, 75, 12)


def history(*, seed: int, until: int, days: int) -> Iterator[Envelope]:
    """Yield one envelope for each attempt that began in the `days` days before an instant.

    The oldest observation comes first. What is not over at `until` is told as it stands then, so
    a few runs are still queued or running.
    """
    end = until // SECOND
    waiting: list[tuple[int, int, RunPlan, int]] = []
    order = count()

    def add(run: RunPlan) -> None:
        for number, attempt in enumerate(run.attempts):
            if attempt.begins <= end:
                last = max(moment for moment in moments_of(attempt) if moment <= end)
                heapq.heappush(waiting, (last, next(order), run, number))

    for run in _lately(seed, end):
        add(run)
    for day, runs in _runs_by_day(seed, start=end - days * DAY_SECONDS, end=end):
        for run in runs:
            add(run)
        yield from _told(seed, waiting, before=day * DAY_SECONDS)
    yield from _told(seed, waiting, before=end + 1)


def _runs_by_day(seed: int, *, start: int, end: int) -> Iterator[tuple[int, list[RunPlan]]]:
    for day in range(start // DAY_SECONDS, end // DAY_SECONDS + 1):
        runs = [run for repository in range(len(FLEET)) for run in runs_on(seed, repository, day)]
        yield day, [run for run in runs if start <= run.attempts[0].begins <= end]


def runs_on(seed: int, repository: int, day: int) -> list[RunPlan]:
    """Plan every run that starts in a repository of the fleet on a day."""
    counts: dict[str, int] = {}
    return [
        run
        for trigger in triggers_on(seed, repository, day)
        for run in plans_for(seed, trigger, counts)
    ]


def runs_open_at(seed: int, at: int) -> list[RunPlan]:
    """Return the runs that have begun by a second and are not over with all their attempts."""
    found = _runs_by_day(seed, start=at - _LONGEST_DAYS * DAY_SECONDS, end=at)
    planned = [run for _, runs in found for run in runs]
    return [run for run in [*planned, *_lately(seed, at)] if run.attempts[-1].ends > at]


def _lately(seed: int, at: int) -> list[RunPlan]:
    """Return a few runs of the last minutes, so that even at night something is under way.

    The first is the one that broke a main branch, where nobody has mended it yet.
    """
    broken = breakage_at(seed, at)
    found = [broken.bad] if broken is not None else []
    for ago in _JUST_BEGUN:
        names = [(run.trigger.repository, run.workflow.name) for run in found]
        found.append(plan_by_chance(seed, at - ago, avoid=names))
    return found


def _told(
    seed: int, waiting: list[tuple[int, int, RunPlan, int]], *, before: int
) -> Iterator[Envelope]:
    while waiting and waiting[0][0] < before:
        at, _, run, number = heapq.heappop(waiting)
        attempt = run.attempts[number]
        yield envelope(seed, run, attempt, at=at, jobs=attempt.jobs)
