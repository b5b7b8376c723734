"""How one run goes from beginning to end: attempts, jobs and steps with their times."""

from random import Random
from typing import Final

from msgspec import Struct, structs

from pulseboard.collect.simulator.days import DAY_SECONDS, Trigger
from pulseboard.collect.simulator.dice import digits, roll
from pulseboard.collect.simulator.fleet import (
    BOT,
    FLEET,
    JobShape,
    RepositoryShape,
    WorkflowShape,
)
from pulseboard.collect.simulator.steps import StepPlan, plan_steps

# Run numbers grow with time: every day has room for so many runs of one workflow.
_RUNS_A_DAY: Final = 1000
# Runs of a day that it has not planned are numbered from here, one for each 92 seconds.
_FIRST_UNFORESEEN: Final = 60
_NUMBER_EVERY: Final = 92
_FIRST_DAY: Final = 20_454  # 2026-01-01
# In each season of this many days a part of the workflows is slow for two weeks.
_SEASON: Final = 30
_SLOW_DAYS: Final = 14
# Seconds until a runner takes a job: at night and at the busiest hour.
_WAITS: Final = {
    "ubuntu-latest": (3, 22),
    "windows-latest": (8, 60),
    "macos-latest": (20, 420),
    "self-hosted": (2, 900),
}
_BUSY_HOURS: Final = range(8, 18)
_BAD: Final = ("failure", "timed_out", "cancelled")


class JobPlan(Struct, frozen=True):
    """One job of one attempt. Times are seconds; a job that never ran has no start."""

    id: int
    shape: JobShape
    created: int
    started: int | None
    completed: int
    conclusion: str
    runner: str | None = None
    steps: tuple[StepPlan, ...] = ()
    # Which mishap the log tells of.
    mishap: str | None = None


class AttemptPlan(Struct, frozen=True):
    """One attempt of a run."""

    number: int
    begins: int
    ends: int
    conclusion: str
    jobs: tuple[JobPlan, ...]
    login: str


class RunPlan(Struct, frozen=True):
    """A run with all its attempts."""

    id: int
    number: int
    repository: RepositoryShape
    workflow: WorkflowShape
    trigger: Trigger
    attempts: tuple[AttemptPlan, ...]


class Fate(Struct, frozen=True):
    """What was decided for an attempt before it begins: which job fails, and why."""

    job: str | None = None
    mishap: str | None = None
    conclusion: str = "failure"


def plans_for(seed: int, trigger: Trigger, counts: dict[str, int]) -> list[RunPlan]:
    """Plan the runs that a trigger starts; `counts` numbers the day's runs of each workflow."""
    plans = []
    for workflow in FLEET[trigger.repository].workflows:
        named = trigger.workflow in (None, workflow.name)
        if trigger.event in workflow.events and named:
            counts[workflow.name] = counts.get(workflow.name, 0) + 1
            plans.append(plan_run(seed, trigger, workflow, ordinal=counts[workflow.name]))
    return plans


def plan_run(seed: int, trigger: Trigger, workflow: WorkflowShape, *, ordinal: int) -> RunPlan:
    """Plan one run; the same arguments always give the same run."""
    name = (seed, trigger.repository, workflow.name, trigger.at, trigger.sha)
    dice = roll("run", *name)
    begins = trigger.at + dice.randrange(1, 5)
    day = max(trigger.at // DAY_SECONDS - _FIRST_DAY, 0)
    return RunPlan(
        id=digits("run", *name),
        number=day * _RUNS_A_DAY + ordinal,
        repository=FLEET[trigger.repository],
        workflow=workflow,
        trigger=trigger,
        attempts=tuple(_attempts(dice, trigger, workflow, begins)),
    )


def plan_unforeseen(seed: int, trigger: Trigger, workflow: WorkflowShape) -> RunPlan:
    """Plan a run that no day has foreseen, with a number behind those of the day's own."""
    ordinal = _FIRST_UNFORESEEN + trigger.at % DAY_SECONDS // _NUMBER_EVERY
    return plan_run(seed, trigger, workflow, ordinal=ordinal)


def _attempts(
    dice: Random, trigger: Trigger, workflow: WorkflowShape, begins: int
) -> list[AttemptPlan]:
    if trigger.fork and trigger.event == "pull_request" and not workflow.needs_secrets:
        # The first run of an outsider waits for approval and has no jobs until then.
        asked = AttemptPlan(1, begins, begins + 1, "action_required", (), trigger.login)
        approved = begins + dice.randrange(900, 9000)
        fate = _draw_fate(dice, trigger, workflow)
        return [asked, plan_attempt(dice, trigger, workflow, number=2, begins=approved, fate=fate)]
    if workflow.needs_secrets and (trigger.fork or trigger.login == BOT):
        return [_skipped(dice, trigger, workflow, begins)]
    if dice.random() < 0.003:
        return [AttemptPlan(1, begins, begins + 2, "startup_failure", (), trigger.login)]
    return _tries(dice, trigger, workflow, begins)


def _tries(
    dice: Random, trigger: Trigger, workflow: WorkflowShape, begins: int
) -> list[AttemptPlan]:
    """Plan the first attempt and the re-runs by which people meet a failure."""
    fate = _draw_fate(dice, trigger, workflow)
    attempts = [plan_attempt(dice, trigger, workflow, number=1, begins=begins, fate=fate)]
    while attempts[-1].conclusion in ("failure", "timed_out") and len(attempts) < 4:
        unlucky = fate.mishap in ("flaky", "infra", "timeout")
        if dice.random() > (0.85 if unlucky else 0.1):
            break
        again = attempts[-1].ends + dice.randrange(120, 2400)
        next_fate = fate if not unlucky or dice.random() < 0.12 else Fate()
        attempts.append(
            plan_attempt(
                dice,
                trigger,
                workflow,
                number=len(attempts) + 1,
                begins=again,
                fate=next_fate,
                before=attempts[-1],
            )
        )
        fate = next_fate
    return attempts


def _draw_fate(dice: Random, trigger: Trigger, workflow: WorkflowShape) -> Fate:
    weak_workflow, weak_kind = FLEET[trigger.repository].weak_spot
    testing = [job.name for job in workflow.jobs if job.kind == weak_kind]
    if trigger.broken and workflow.name == weak_workflow and testing:
        return Fate(testing[0], "broken")
    checks = [job.name for job in workflow.jobs if job.kind in ("lint", "test", "terraform")]
    if trigger.defect and checks and workflow.name in (weak_workflow, "CodeQL"):
        if workflow.name == weak_workflow or dice.random() < 0.04:
            return Fate(dice.choice(checks), "defect")
        return Fate()
    for job in workflow.jobs:
        if dice.random() < job.flaky:
            return Fate(job.name, "flaky")
    chance = dice.random()
    unlucky = dice.choice(workflow.jobs).name
    if chance < workflow.breaks:
        return Fate(unlucky, "defect")
    if chance < workflow.breaks + 0.004:
        return Fate(unlucky, "infra")
    if chance < workflow.breaks + 0.007:
        return Fate(unlucky, "timeout", conclusion="timed_out")
    return Fate()


def _skipped(dice: Random, trigger: Trigger, workflow: WorkflowShape, begins: int) -> AttemptPlan:
    jobs = tuple(
        _never_run(dice, job, at=begins + 1, conclusion="skipped") for job in workflow.jobs
    )
    return AttemptPlan(1, begins, begins + 2, "skipped", jobs, trigger.login)


def plan_attempt(
    dice: Random,
    trigger: Trigger,
    workflow: WorkflowShape,
    *,
    number: int,
    begins: int,
    fate: Fate,
    before: AttemptPlan | None = None,
) -> AttemptPlan:
    """Plan one attempt by its fate; of the attempt before, the jobs that passed are kept."""
    slow = _slowness(trigger, workflow)
    jobs: list[JobPlan] = []
    ready = begins + 1
    blocked = False
    for stage in range(max(job.stage for job in workflow.jobs) + 1):
        shapes = [job for job in workflow.jobs if job.stage == stage]
        if blocked:
            jobs += [_never_run(dice, job, at=ready, conclusion="skipped") for job in shapes]
            continue
        for shape in shapes:
            kept = _passed_before(before, shape)
            if kept is not None:
                jobs.append(structs.replace(kept, id=_fresh_id(dice), created=ready))
            else:
                jobs.append(_job(dice, shape, created=ready, fate=fate, slow=slow))
        ready = max([ready, *(job.completed for job in jobs)]) + dice.randrange(1, 4)
        blocked = any(job.conclusion in _BAD for job in jobs)
    replaced_at = trigger.replaced_at if workflow.replaces else None
    if number == 1 and replaced_at is not None:
        jobs = [_cut_short(job, at=replaced_at + 4) for job in jobs]
    ends = max([begins + 1, *(job.completed for job in jobs)]) + dice.randrange(1, 3)
    return AttemptPlan(number, begins, ends, _sum_up(jobs), tuple(jobs), trigger.login)


def _passed_before(before: AttemptPlan | None, shape: JobShape) -> JobPlan | None:
    """Return the job of the attempt before when a re-run of failed jobs keeps its result."""
    if before is None:
        return None
    return next((j for j in before.jobs if j.shape == shape and j.conclusion == "success"), None)


def _sum_up(jobs: list[JobPlan]) -> str:
    conclusions = {job.conclusion for job in jobs}
    for word in ("failure", "timed_out", "cancelled"):
        if word in conclusions:
            return word
    return "skipped" if conclusions == {"skipped"} else "success"


def _job(dice: Random, shape: JobShape, *, created: int, fate: Fate, slow: float) -> JobPlan:
    started = created + _wait(dice, shape, created)
    took = max(int(shape.seconds * slow * dice.lognormvariate(0, 0.16)), 6)
    conclusion, mishap = "success", None
    if shape.name == fate.job:
        conclusion, mishap = fate.conclusion, fate.mishap
        took = (
            took * 4 if conclusion == "timed_out" else max(int(took * dice.uniform(0.3, 0.95)), 5)
        )
    return JobPlan(
        id=_fresh_id(dice),
        shape=shape,
        created=created,
        started=started,
        completed=started + took,
        conclusion=conclusion,
        runner=_runner(dice, shape),
        steps=plan_steps(dice, shape.kind, begins=started, took=took, conclusion=conclusion),
        mishap=mishap,
    )


def _wait(dice: Random, shape: JobShape, at: int) -> int:
    calm, busy = _WAITS[shape.runner]
    if shape.gated:
        # Somebody has to see the question first.
        return dice.randrange(240, 5400)
    is_busy = at % DAY_SECONDS // 3600 in _BUSY_HOURS
    return max(int(dice.expovariate(1 / (busy / 3 if is_busy else calm))), calm // 2)


def _runner(dice: Random, shape: JobShape) -> str:
    if shape.runner == "self-hosted":
        return f"rack-{dice.randrange(1, 4)}"
    return f"GitHub Actions {dice.randrange(1000, 99_999)}"


def _never_run(dice: Random, shape: JobShape, *, at: int, conclusion: str) -> JobPlan:
    return JobPlan(_fresh_id(dice), shape, at, None, at, conclusion)


def _fresh_id(dice: Random) -> int:
    return 20_000_000_000_000 + dice.getrandbits(43)


def _cut_short(job: JobPlan, *, at: int) -> JobPlan:
    """Cancel a job at an instant, if it is not over by then."""
    if job.completed <= at or job.conclusion == "skipped":
        return job if job.created <= at else structs.replace(job, created=at, completed=at)
    if job.started is None or job.started >= at:
        created = min(job.created, at)
        return structs.replace(
            job, created=created, started=None, completed=at, conclusion="cancelled",
            runner=None, steps=(), mishap=None,
        )  # fmt: skip
    steps = plan_steps(
        None, job.shape.kind, begins=job.started, took=at - job.started, conclusion="cancelled"
    )
    return structs.replace(job, completed=at, conclusion="cancelled", steps=steps, mishap=None)


def _slowness(trigger: Trigger, workflow: WorkflowShape) -> float:
    """Return by what factor the workflow is slower than usual at that time."""
    shift = trigger.repository * 5
    place = (trigger.at // DAY_SECONDS + shift) % _SEASON
    return workflow.slower if place >= _SEASON - _SLOW_DAYS else 1.0
