"""The make-believe company: deterministic, believable, marked as demo everywhere."""

from collections import Counter, defaultdict
from itertools import islice, pairwise

import msgspec
import pytest

from pulseboard import clock
from pulseboard.collect import facts
from pulseboard.collect.simulator import history, simulate, traffic
from pulseboard.logs.structure import StepTimes, place_steps
from pulseboard.vocabulary import DeliveryResult, Phase, Source

# Friday 2026-11-20T15:00:00Z, in the middle of a working day.
FRIDAY = 1_795_186_800 * clock.SECOND
SEED = 7


@pytest.fixture(scope="module")
def month():
    return list(history(seed=SEED, until=FRIDAY, days=30))


@pytest.fixture(scope="module")
def bodies(month):
    return [msgspec.json.decode(envelope.body) for envelope in month]


@pytest.fixture(scope="module")
def latest(bodies):
    """Return the newest attempt of each run."""
    newest = {}
    for body in bodies:
        run = body["workflow_run"]
        if run["run_attempt"] >= newest.get(run["id"], run)["run_attempt"]:
            newest[run["id"]] = run
    return list(newest.values())


def test_same_seed_tells_the_same_story(month):
    again = list(history(seed=SEED, until=FRIDAY, days=30))
    assert [e.guid for e in again] == [e.guid for e in month]
    assert [e.body for e in again] == [e.body for e in month]


def test_another_seed_tells_another_story(month):
    other = list(history(seed=SEED + 1, until=FRIDAY, days=2))
    assert not {e.guid for e in other} & {e.guid for e in month}


def test_past_is_the_same_when_it_is_loaded_again_a_day_later(month):
    later = history(seed=SEED, until=FRIDAY + clock.DAY, days=30)
    both = {e.guid: e.body for e in later}
    yesterday = FRIDAY - clock.DAY
    shared = [e for e in month if FRIDAY - 28 * clock.DAY < e.received_at < yesterday]
    assert len(shared) > 2000
    assert all(both[e.guid] == e.body for e in shared)


def test_month_has_three_to_six_thousand_runs_oldest_first(month, latest):
    assert 3000 <= len(latest) <= 6000
    told = [e.received_at for e in month]
    assert told == sorted(told)
    assert told[0] >= FRIDAY - 30 * clock.DAY
    assert told[-1] <= FRIDAY


def test_everything_is_marked_as_demo(month):
    for envelope in month:
        assert envelope.source is Source.SIMULATOR
        assert envelope.result is DeliveryResult.STORED
        assert envelope.guid.startswith("demo:")
        assert envelope.repository.demo
        assert envelope.repository.full_name.startswith("acme/")
        assert all(run.repository.demo and run.source == "simulator" for run in envelope.runs)
        assert all(job.run.repository.demo for job in envelope.jobs)


def test_no_link_leads_to_a_stranger(month):
    assert not [e for e in month if b"github.com" in e.body]


@pytest.mark.parametrize("hour", [3, 15])
def test_past_ends_with_a_few_runs_under_way(hour):
    # Night or day, weekend or not.
    until = FRIDAY - 15 * clock.HOUR + (24 + hour) * clock.HOUR
    tail = list(history(seed=SEED, until=until, days=1))
    open_runs = [e.runs[0] for e in tail if e.runs[0].status != Phase.COMPLETED]
    assert 2 <= len(open_runs) <= 20
    assert all(until - run.created_at < clock.DAY for run in open_runs)


def test_week_has_its_rhythm(latest):
    days = Counter(run["created_at"][:10] for run in latest)
    hours = Counter(int(run["created_at"][11:13]) for run in latest)
    saturday, tuesday = days["2026-11-14"], days["2026-11-17"]
    assert saturday * 3 < tuesday
    assert hours[14] > 10 * hours[3]


def test_outcomes_are_believable(latest):
    conclusions = Counter(run["conclusion"] for run in latest)
    rate = conclusions["success"] / (conclusions["success"] + conclusions["failure"])
    assert 0.8 < rate < 0.95
    for word in ("cancelled", "skipped", "startup_failure"):
        assert conclusions[word] > 0, word


def test_events_include_queue_forks_and_schedules(latest, month):
    events = {run["event"] for run in latest}
    assert events == {"push", "pull_request", "merge_group", "schedule"}
    seen = [e.runs[0] for e in month]
    queued = [run for run in seen if run.event == "merge_group"]
    assert all(run.head_branch.startswith("gh-readonly-queue/main/pr-") for run in queued)
    assert all(run.pr_number for run in queued)
    forks = [run for run in seen if run.head_repository]
    assert forks
    assert all(run.head_repository != run.repository.full_name for run in forks)
    # An outsider's first run waits for approval.
    assert any(run.conclusion == "action_required" for run in forks)


def test_jobs_have_matrix_and_reusable_names_and_steps(month):
    names = {job.name for e in month for job in e.jobs}
    assert {"test (ubuntu-latest, 3.12)", "deploy / build"} <= names
    ran = [job for e in month for job in e.jobs if job.started_at and job.runner_name]
    assert all(job.steps for job in ran if job.status == Phase.COMPLETED)
    numbers = [step.number for step in ran[0].steps]
    assert numbers == sorted(numbers)
    assert numbers[-1] > len(numbers), "numbers have gaps"


def test_times_of_a_run_are_in_order(month):
    for envelope in month:
        run = envelope.runs[0]
        assert run.created_at <= run.attempt_started_at <= run.updated_at
        for job in envelope.jobs:
            if job.status == Phase.COMPLETED and job.conclusion != "skipped" and job.started_at:
                assert job.started_at <= job.completed_at <= run.updated_at
                assert all(s.started_at <= s.completed_at for s in job.steps)


def test_flaky_job_fails_and_passes_on_the_same_commit(month):
    attempts = defaultdict(list)
    for envelope in month:
        run = envelope.runs[0]
        attempts[run.run_id].append((run.attempt, run.conclusion, run.head_sha))
    cured = [
        seen
        for seen in attempts.values()
        if [conclusion for _, conclusion, _ in seen][-2:] == ["failure", "success"]
    ]
    assert len(cured) > 20
    assert all(len({sha for *_, sha in seen}) == 1 for seen in cured)
    assert all([n for n, *_ in seen] == list(range(1, len(seen) + 1)) for seen in cured)


def test_rerun_keeps_the_jobs_that_passed(month):
    second = next(
        e for e in month if e.runs[0].attempt == 2 and any(j.started_at for j in e.jobs)
        and any(j.started_at and j.started_at < j.created_at for j in e.jobs)
    )  # fmt: skip
    kept = [j for j in second.jobs if j.started_at and j.started_at < j.created_at]
    assert all(job.conclusion == "success" for job in kept)


def test_broken_main_is_fixed_later(latest):
    runs = [r for r in latest if r["event"] == "push" and r["name"] == "CI"]
    runs = [r for r in runs if r["repository"]["full_name"] == "acme/api"]
    runs.sort(key=lambda run: run["run_number"])
    fixes = [
        (before, after)
        for before, after in pairwise(runs)
        if after["display_title"].startswith("Revert") and after["conclusion"] == "success"
    ]
    assert fixes
    assert all(before["conclusion"] == "failure" for before, _ in fixes)


@pytest.mark.parametrize("hour", [3, 10, 22])
def test_a_main_branch_is_broken_while_people_look_and_mended_before_their_eyes(hour):
    # A Saturday, when nobody pushes in between.
    until = FRIDAY + (hour + 9) * clock.HOUR
    told = [e.runs[0] for e in history(seed=SEED, until=until, days=2)]
    newest = {}
    for run in told:
        if run.head_branch == "main" and run.conclusion in ("success", "failure"):
            newest[run.repository.full_name, run.workflow.name] = run
    red = {name: run for name, run in newest.items() if run.conclusion == "failure"}
    assert red
    fixed = {}
    for _, envelope in islice(traffic(seed=SEED, start=until), 4000):
        run = envelope.runs[0]
        name = (run.repository.full_name, run.workflow.name)
        if name in red and run.head_branch == "main" and run.status == Phase.COMPLETED:
            fixed.setdefault(name, run)
    mended = [run for run in fixed.values() if run.title and run.title.startswith("Revert")]
    assert len(mended) == 1
    assert mended[0].conclusion == "success"


def test_duration_takes_a_step(month):
    minutes = defaultdict(list)
    for envelope in month:
        for job in envelope.jobs:
            if job.name == "test (ubuntu-latest, 3.11)" and job.conclusion == "success":
                took = (job.completed_at - job.started_at) / clock.SECOND
                minutes[envelope.runs[0].created_at // clock.DAY].append(took)
    means = [sum(day) / len(day) for _, day in sorted(minutes.items()) if len(day) >= 5]
    assert max(means) > 1.25 * min(means)


def test_run_numbers_grow_with_time(latest):
    by_workflow = defaultdict(list)
    for run in latest:
        by_workflow[run["workflow_id"]].append((run["run_number"], run["created_at"]))
    assert len(by_workflow) == 14
    for numbered in by_workflow.values():
        numbered.sort()
        assert [at for _, at in numbered] == sorted(at for _, at in numbered)
        assert len({number for number, _ in numbered}) == len(numbered)


def test_failed_job_carries_a_log_with_colours_and_groups(bodies):
    jobs = [job for body in bodies for job in body["jobs"]]
    failed = [job for job in jobs if job["conclusion"] == "failure"]
    assert all("log" in job for job in failed)
    for job in failed[:50]:
        assert "\x1b[" in job["log"]
        assert "##[group]" in job["log"]
        assert "##[error]" in job["log"].splitlines()[-1]
        first, last = job["log"].splitlines()[0][:19], job["log"].splitlines()[-1][:19]
        assert job["started_at"][:19] <= first <= last <= job["completed_at"][:19]
    assert not [job for job in jobs if job["conclusion"] == "success" and "log" in job]


def test_every_step_of_a_log_begins_with_its_own_announcement(bodies):
    failed = [job for body in bodies for job in body["jobs"] if "log" in job]
    for job in failed[:50]:
        steps = [
            StepTimes(step["number"], step["name"], facts.parse_instant(step["started_at"]), None)
            for step in job["steps"]
            if step["completed_at"] > step["started_at"]
        ]
        rows = job["log"].encode().splitlines()
        placed = place_steps(rows, steps)
        assert len(placed) == len(steps)
        assert all(b"Z ##[group]" in rows[step.first - 1] for step in placed)


def test_traffic_is_due_in_order_and_one_run_comes_every_ten_to_thirty_seconds():
    told = list(islice(traffic(seed=SEED, start=FRIDAY), 600))
    due = [at for at, _ in told]
    assert due == sorted(due)
    assert due[0] > FRIDAY
    assert all(envelope.received_at == at for at, envelope in told)
    begun = sorted({e.runs[0].created_at for _, e in told if e.runs[0].created_at > FRIDAY})
    gaps = [(b - a) / clock.SECOND for a, b in pairwise(begun)]
    # A run begins some seconds after what triggers it.
    assert all(6 <= gap <= 34 for gap in gaps)
    assert len({envelope.guid for _, envelope in told}) == len(told)


def test_traffic_goes_through_queued_running_and_completed():
    phases = defaultdict(list)
    for _, envelope in islice(traffic(seed=SEED, start=FRIDAY), 1500):
        run = envelope.runs[0]
        phases[run.run_id, run.attempt].append(run.status)
    whole = [p for p in phases.values() if p[0] == Phase.QUEUED and p[-1] == Phase.COMPLETED]
    assert len(whole) > 10
    for told in whole:
        assert told.count(Phase.COMPLETED) == 1
    assert sum(Phase.IN_PROGRESS in told for told in whole) > 10


def test_traffic_ends_what_the_past_left_open():
    past = list(history(seed=SEED, until=FRIDAY, days=2))
    standing = {}
    for envelope in past:
        run = envelope.runs[0]
        standing[run.run_id] = run.status
    left_open = {run_id for run_id, status in standing.items() if status != Phase.COMPLETED}
    finished = set()
    for due, envelope in traffic(seed=SEED, start=FRIDAY):
        if envelope.runs[0].status == Phase.COMPLETED:
            finished.add(envelope.runs[0].run_id)
        if due > FRIDAY + 3 * clock.HOUR:
            break
    assert left_open <= finished


@pytest.mark.parametrize(("count", "rate", "failures"), [(10, 0.25, 2), (7, 0, 0), (5, 1, 5)])
def test_simulated_runs_fail_as_often_as_asked(count, rate, failures):
    made = simulate(count=count, fail_rate=rate, pipelines=["web", "api"], seed=1, at=FRIDAY)
    runs = [envelope.runs[0] for envelope in made]
    assert len({run.run_id for run in runs}) == count
    assert Counter(run.conclusion for run in runs)["failure"] == failures
    assert {run.workflow.name for run in runs} == {"web", "api"}
    assert all(run.status == Phase.COMPLETED for run in runs)
    assert all(FRIDAY - clock.HOUR < run.created_at < run.updated_at <= FRIDAY for run in runs)
    assert all(run.repository.demo for run in runs)


def test_simulating_twice_makes_other_runs():
    first = simulate(count=3, fail_rate=0, pipelines=["web"], seed=1, at=FRIDAY)
    second = simulate(count=3, fail_rate=0, pipelines=["web"], seed=1, at=FRIDAY + 1)
    assert not {e.guid for e in first} & {e.guid for e in second}
    assert not {r.run_id for e in first for r in e.runs} & {
        r.run_id for e in second for r in e.runs
    }
    assert not {j.job_id for e in first for j in e.jobs} & {
        j.job_id for e in second for j in e.jobs
    }


def test_same_seed_makes_the_same_choices_at_any_instant():
    def choices(*, seed, at):
        made = simulate(count=12, fail_rate=0.5, pipelines=["web", "api"], seed=seed, at=at)
        return [
            (run.workflow.name, run.conclusion, run.actor, run.title, at - run.created_at)
            for (run,) in (envelope.runs for envelope in made)
        ]

    later = FRIDAY + 12_345 * clock.SECOND
    assert choices(seed=7, at=FRIDAY) == choices(seed=7, at=later)
    assert choices(seed=7, at=FRIDAY) != choices(seed=8, at=FRIDAY)


@pytest.mark.parametrize("name", ["ваша труба", "a/b", "x" * 200])
def test_simulated_pipeline_may_have_any_name(name):
    (made,) = simulate(count=1, fail_rate=1, pipelines=[name], seed=3, at=FRIDAY)
    assert made.runs[0].workflow.name == name
