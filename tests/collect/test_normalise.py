"""GitHub's objects become records: fact by fact, with every trap that real data has set."""

import json

import pytest

from pulseboard.clock import DAY, SECOND
from pulseboard.collect.github.payload import JobPayload, RunPayload, convert
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.merge import derive, pack_clock
from pulseboard.collect.normalise import (
    DELETED_FORK,
    UNKNOWN_WORKFLOW,
    job_from_github,
    repository_of_job,
    repository_of_run,
    run_from_github,
)
from pulseboard.collect.records import NO_CLOCK, RepositorySeen, WorkflowSeen
from pulseboard.errors import InvalidInput
from pulseboard.model import Job, Run, Step
from pulseboard.vocabulary import Outcome, Phase
from tests.collect.github.objects import RECEIVED, SEEN, a_job, a_run, at, delivery, read


def see_run(**changes):
    return run_from_github(a_run(**changes), SEEN, received_at=RECEIVED)


def see_job(**changes):
    return job_from_github(a_job(**changes), SEEN, received_at=RECEIVED)


def store(database, *objects):
    """Store webhooks of the given runs and jobs, in this order."""
    envelopes = [
        read(delivery(**{kind: thing}), event=kind, guid=f"guid-{number}")
        for number, (kind, thing) in enumerate(objects)
    ]
    commit(database, envelopes)


def only(database, table):
    with database.reading() as session:
        (row,) = session.query(table).all()
        session.expunge(row)
    return row


def test_every_fact_of_a_run_is_taken_over():
    run = see_run()
    assert run.repository == SEEN
    assert run.workflow == WorkflowSeen("CI", provider_id="55", path=".github/workflows/ci.yml")
    assert (run.run_id, run.attempt, run.run_number) == ("9001", 1, 12)
    assert (run.status, run.conclusion, run.source) == ("completed", "success", "github")
    assert run.created_at == at("2026-03-01T10:00:00Z")
    assert run.attempt_started_at == at("2026-03-01T10:00:05Z")
    assert run.updated_at == run.settled_at == at("2026-03-01T10:05:00Z")
    assert (run.event, run.head_branch, run.head_sha) == ("push", "main", "a" * 40)
    assert (run.head_repository, run.pr_number) == (None, None)
    assert (run.title, run.commit_message) == ("Fix the parser", "Fix the parser")
    assert (run.commit_author, run.actor) == ("Kim Example", "lee")
    assert run.committed_at == at("2026-03-01T08:59:00Z")
    assert run.html_url == "https://github.com/acme/api/actions/runs/9001"
    assert (run.ended_at, run.jobs_ended_at, run.meta) == (None, None, None)


def test_clock_is_of_standing_and_time_alone():
    run = see_run()
    assert run.clock == pack_clock(
        "completed", "success", time=run.updated_at, body=b"completed\0success"
    )
    assert see_run(display_title="Another", actor=None).clock == run.clock


@pytest.mark.parametrize(
    ("status", "conclusion", "phase", "word"),
    [
        ("requested", None, Phase.REQUESTED, None),
        ("waiting", None, Phase.WAITING, None),
        ("pending", None, Phase.PENDING, None),
        ("queued", "", Phase.QUEUED, None),
        ("in_progress", None, Phase.IN_PROGRESS, None),
        ("completed", None, Phase.COMPLETED, None),
        ("completed", "never_heard_of", Phase.COMPLETED, "never_heard_of"),
        ("never_heard_of", None, Phase.UNKNOWN, None),
        ("never_heard_of", "success", Phase.UNKNOWN, None),
        # Only what is gone at the source may be that, and a payload is not gone.
        ("deleted", None, Phase.UNKNOWN, None),
        (None, "failure", Phase.COMPLETED, "failure"),
        (None, None, Phase.UNKNOWN, None),
    ],
)
def test_status_and_conclusion_keep_the_providers_words(status, conclusion, phase, word):
    run = see_run(status=status, conclusion=conclusion)
    assert (run.status, run.conclusion) == (phase, word)
    job = see_job(status=status, conclusion=conclusion)
    assert (job.status, job.conclusion) == (phase, word)


def test_long_unknown_conclusion_is_cut():
    assert see_run(conclusion="x" * 100).conclusion == "x" * 64


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z"),
        ("2026-03-01T05:00:00-05:00", "2026-03-01T10:00:00Z"),
        ("2026-03-01T15:45:00+0545", "2026-03-01T10:00:00Z"),
        ("2026-03-01t10:00:00.250z", "2026-03-01T10:00:00.250Z"),
        ("2026-03-01T10:00:00.1234569Z", "2026-03-01T10:00:00.123456Z"),
        ("2000-01-01T00:00:00Z", "2000-01-01T00:00:00Z"),
        ("2099-12-31T23:59:59Z", "2099-12-31T23:59:59Z"),
    ],
)
def test_time_with_any_offset_and_fraction_is_read(written, meant):
    assert see_run(created_at=written).created_at == at(meant)


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01T10:00:00",
        "2026-03-01",
        "1999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z",
        "2100-01-01T00:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "yesterday",
        "2026-02-30T10:00:00Z",
        "x" * 5000,
        "",
        1_700_000_000,
        None,
        {"seconds": 5},
    ],
)
def test_time_without_sense_is_left_out(written):
    run = see_run(created_at=written)
    assert run.created_at == at("2026-03-01T10:00:05Z"), "the start of the attempt stands in"
    assert see_run(run_started_at=written).attempt_started_at is None
    assert see_run(updated_at=written).settled_at is None
    assert see_job(completed_at=written).completed_at is None


def test_run_without_any_time_is_of_when_it_was_received():
    run = see_run(created_at=None, run_started_at=None, updated_at=None)
    assert (run.created_at, run.updated_at, run.settled_at) == (RECEIVED, RECEIVED, None)
    assert run.clock == pack_clock(
        "completed", "success", time=RECEIVED, body=b"completed\0success"
    )


def test_texts_are_cut_and_lose_only_their_nuls():
    run = see_run(
        name="w" * 1001,
        display_title="t" * 501,
        head_branch="مرحبا\u200f🚀\0" + "b" * 600,
        head_commit={"message": "\n  First 🎉 line \r\nSecond", "author": {"name": "\0"}},
    )
    assert run.workflow.name == "w" * 1000
    assert run.title == "t" * 500
    assert run.head_branch == ("مرحبا\u200f🚀" + "b" * 600)[:500]
    assert run.commit_message == "First 🎉 line"
    assert run.commit_author is None


@pytest.mark.parametrize(
    ("link", "kept"),
    [
        ("https://ghe.example/acme/api/runs/1", True),
        ("http://ghe.example/x", True),
        ("javascript:alert(1)", False),
        ("data:text/html,x", False),
        ("//ghe.example/x", False),
        ("https://" + "x" * 3000, False),
    ],
)
def test_only_web_links_are_kept(link, kept):
    assert see_run(html_url=link).html_url == (link if kept else None)
    assert see_job(html_url=link).html_url == (link if kept else None)


@pytest.mark.parametrize("number", [1, 2**31, 2**63, 10**150, "77"])
def test_id_of_any_size_is_taken(number):
    assert see_run(id=number).run_id == str(number)
    assert see_job(id=number, run_id=number).job_id == str(number)


@pytest.mark.parametrize(
    "number", [None, 0, -5, "", "abc", "１２", 10**200, True, 1.5, [1], {"id": 1}, "5 or 6"]
)
def test_object_without_a_usable_id_is_refused(number):
    for see, field in ((see_run, "id"), (see_job, "id"), (see_job, "run_id")):
        with pytest.raises(InvalidInput) as refused:
            see(**{field: number})
        assert [error.field for error in refused.value.errors] == [field]


@pytest.mark.parametrize("attempt", [0, -1, 100_001, "two", [2], 1.5])
def test_impossible_attempt_is_refused_and_not_guessed(attempt):
    for see in (see_run, see_job):
        with pytest.raises(InvalidInput) as refused:
            see(run_attempt=attempt)
        assert [error.field for error in refused.value.errors] == ["run_attempt"]


@pytest.mark.parametrize(("attempt", "number"), [(None, 1), (1, 1), ("3", 3), (100_000, 100_000)])
def test_attempt_is_one_unless_told(attempt, number):
    assert see_run(run_attempt=attempt).attempt == number
    assert see_job(run_attempt=attempt).run.attempt == number


@pytest.mark.parametrize("name", [None, "", "\0", 5])
def test_job_without_a_name_is_refused(name):
    with pytest.raises(InvalidInput) as refused:
        see_job(name=name)
    assert [error.field for error in refused.value.errors] == ["name"]


def test_numbers_beyond_the_database_are_left_out():
    assert see_run(run_number=2**63).run_number is None
    assert see_run(run_number=-1).run_number is None
    assert see_run(pull_requests=[{"number": 2**70}]).pr_number is None
    assert (
        see_job(steps=[{"number": 2**31, "name": "x"}, {"number": -1}, {"name": "x"}]).steps == []
    )


def test_name_of_the_file_is_only_a_stand_in_for_the_workflows():
    path = ".github/workflows/ci.yml"
    assert see_run(name=path).workflow == WorkflowSeen(path, provider_id="55", path=path)
    assert see_run(name=None).workflow.name == path
    assert see_run(name=None, path=None).workflow.name == UNKNOWN_WORKFLOW


def test_ref_behind_the_path_of_a_required_workflow_is_cut_off():
    path = ".github/workflows/ci.yml"
    assert see_run(path=f"{path}@refs/heads/main").workflow.path == path
    weak = see_run(name=f"{path}@main", path=f"{path}@main").workflow
    assert (weak.name, weak.path) == (path, path)
    assert see_run(path="dynamic/agents/a@b").workflow.path == "dynamic/agents/a@b"


@pytest.mark.parametrize(
    ("branch", "number"),
    [
        ("gh-readonly-queue/main/pr-104-" + "0123456789abcdef" * 2, 104),
        ("refs/heads/gh-readonly-queue/release/2.x/pr-7-abc123", 7),
        ("gh-readonly-queue/main/pr-x-abc", None),
        ("pr-104-abc", None),
    ],
)
def test_merge_queue_ref_names_the_pull_request(branch, number):
    run = see_run(event="merge_group", head_branch=branch)
    assert (run.head_branch, run.pr_number) == (branch, number)


def test_pull_request_of_the_run_comes_first():
    run = see_run(pull_requests=[{"number": 8}, {"number": 9}])
    assert run.pr_number == 8


def test_head_repository_is_named_only_for_a_fork():
    assert see_run(head_repository={"id": 8, "full_name": "kim/api"}).head_repository == "kim/api"
    assert see_run(head_repository={"id": 700, "full_name": "ACME/Api"}).head_repository is None
    renamed = see_run(head_repository={"id": 700, "full_name": "acme/old-name"})
    assert renamed.head_repository is None
    assert see_run(head_repository={"full_name": ""}).head_repository is None


def test_pull_request_from_a_deleted_fork_is_still_of_a_fork():
    gone = see_run(event="pull_request", head_repository=None)
    assert gone.head_repository == DELETED_FORK
    assert see_run(event="push", head_repository=None).head_repository is None
    without = a_run(event="pull_request")
    del without["head_repository"]
    assert run_from_github(without, SEEN).head_repository is None
    # The merge keeps the greater text, so a name that was ever seen wins.
    assert DELETED_FORK < "0ctocat/api"


def test_actor_is_who_triggered_the_attempt():
    assert see_run().actor == "lee"
    assert see_run(triggering_actor=None).actor == "kim"
    assert see_run(triggering_actor={"login": ""}, actor=[]).actor is None


def test_every_fact_of_a_job_is_taken_over():
    job = see_job()
    assert (job.job_id, job.name) == ("501", "build")
    assert (job.status, job.conclusion) == ("completed", "success")
    assert job.created_at == at("2026-03-01T10:00:06Z")
    assert job.started_at == at("2026-03-01T10:00:20Z")
    assert job.completed_at == at("2026-03-01T10:04:50Z")
    assert (job.runner_name, job.runner_group) == ("runner 7", "Default")
    assert job.labels == '["ubuntu-latest"]'
    assert job.html_url == "https://github.com/acme/api/actions/runs/9001/job/501"
    assert [(step.number, step.name, step.conclusion) for step in job.steps] == [
        (1, "Set up job", "success")
    ]


def test_job_gives_away_what_it_knows_about_its_attempt():
    run = see_job(run_attempt=3).run
    assert (run.run_id, run.attempt) == ("9001", 3)
    assert (run.status, run.conclusion) == (Phase.IN_PROGRESS, None), "the next job may follow"
    assert run.workflow == WorkflowSeen("CI")
    assert run.html_url == "https://github.com/acme/api/actions/runs/9001"
    assert (run.head_branch, run.head_sha) == ("main", "a" * 40)
    assert run.created_at == at("2026-03-01T10:00:06Z")
    assert run.jobs_ended_at == at("2026-03-01T10:04:50Z")
    assert (run.attempt_started_at, run.settled_at, run.ended_at) == (None, None, None)


@pytest.mark.parametrize(
    ("status", "conclusion", "shown"),
    [
        ("waiting", None, "waiting"),
        ("pending", None, "pending"),
        ("queued", None, "queued"),
        ("in_progress", None, "in_progress"),
        ("completed", "success", "in_progress"),
        ("completed", "failure", "in_progress"),
        ("completed", "cancelled", "in_progress"),
        # Decided, which is no sign that anything has begun.
        ("completed", "skipped", "queued"),
    ],
)
def test_job_shows_where_its_run_stands_until_the_run_tells_itself(status, conclusion, shown):
    run = see_job(status=status, conclusion=conclusion).run
    assert (run.status, run.conclusion) == (shown, None)
    told = see_run(status=shown, conclusion=None, updated_at="2026-01-01T00:00:00Z")
    assert run.clock < told.clock, "of two words of a rank the run's own wins"


def test_job_with_an_odd_status_says_nothing_of_its_run():
    run = see_job(status="never_heard_of", conclusion=None).run
    assert (run.status, run.clock) == (Phase.UNKNOWN, NO_CLOCK)


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("https://ghe.example/o/r/actions/runs/7/job/8", "https://ghe.example/o/r/actions/runs/7"),
        ("https://github.com/o/r/actions/runs/7/attempts/2/job/8",
         "https://github.com/o/r/actions/runs/7"),
        ("https://github.com/o/r/runs/8?check_suite_focus=true", None),
        ("javascript:alert(1)", None),
        (None, None),
    ],
)  # fmt: skip
def test_page_of_a_run_is_read_off_the_page_of_its_job(page, expected):
    assert see_job(html_url=page).run.html_url == expected


@pytest.mark.parametrize("status", ["queued", "waiting", "pending", "never_heard_of"])
def test_start_that_github_fills_in_while_queued_is_dropped(status):
    job = see_job(status=status, conclusion=None)
    assert (job.started_at, job.completed_at, job.run.jobs_ended_at) == (None, None, None)
    assert job.created_at == at("2026-03-01T10:00:06Z")


def test_labels_are_sorted_and_none_are_nothing():
    assert see_job(labels=["x64", "linux", "x64", "", None]).labels == '["linux","x64"]'
    # "[]" would win the merge against any list: the greater text is kept.
    assert see_job(labels=[]).labels is None
    assert see_job(labels=None).labels is None


def test_names_of_matrix_and_reusable_jobs_stay_as_they_are():
    name = "call / test (ubuntu-latest, 3.12, a, b) / 🧪"
    assert see_job(name=name).name == name


def test_repository_is_found_in_the_addresses_of_a_rest_object():
    def of_job(**addresses):
        return repository_of_job(convert({**a_job(), **addresses}, JobPayload))

    assert of_job() == RepositorySeen("acme/api")
    assert of_job(run_url=None) == RepositorySeen("acme/api")
    enterprise = "https://ghe.example/api/v3/repos/acme/api/actions/jobs/1"
    assert of_job(run_url=None, url=enterprise) == RepositorySeen("acme/api")
    page = "https://github.com/acme/api/runs/1?check_suite_focus=true"
    assert of_job(run_url=None, url=None, html_url=page) == RepositorySeen("acme/api")
    assert of_job(run_url=None, url=None, html_url=None) is None
    bare = convert({**a_run(), "repository": None}, RunPayload)
    assert repository_of_run(bare) == RepositorySeen("acme/api")


def test_demo_repository_makes_simulated_runs():
    demo = RepositorySeen("acme/api", demo=True)
    assert run_from_github(a_run(), demo).source == "simulator"
    assert job_from_github(a_job(), demo).run.source == "simulator"


# The traps that real data has set (each one broke somebody), with data of the same shape.


def test_update_400_days_later_does_not_lengthen_a_run(database):
    wandered = a_run(updated_at="2027-04-05T10:00:07Z")
    store(database, ("workflow_job", a_job()), ("workflow_run", wandered))
    run = only(database, Run)
    assert run.updated_at - run.created_at > 399 * DAY
    assert run.completed_at == at("2026-03-01T10:04:50Z"), "the end of the last job"
    assert run.duration == 285 * SECOND


def test_first_of_two_updates_after_the_end_counts_without_jobs(database):
    wandered = a_run(updated_at="2027-04-05T10:00:07Z")
    store(database, ("workflow_run", wandered), ("workflow_run", a_run()))
    assert only(database, Run).duration == 295 * SECOND


def test_rerun_job_may_be_created_after_it_started(database):
    rerun = a_job(run_attempt=2, created_at="2026-03-01T17:54:56Z")
    store(database, ("workflow_job", rerun), ("workflow_run", a_run(run_attempt=2)))
    job = only(database, Job)
    assert job.queue == -28_476 * SECOND
    assert job.duration == 270 * SECOND
    assert only(database, Run).created_at == at("2026-03-01T10:00:00Z")


def test_skipped_job_may_end_before_it_starts(database):
    skipped = a_job(
        conclusion="skipped",
        started_at="2026-03-01T10:00:09Z",
        completed_at="2026-03-01T10:00:08Z",
        labels=[],
        runner_name=None,
        runner_group_name=None,
        steps=[],
    )
    store(database, ("workflow_job", skipped), ("workflow_run", a_run()))
    job = only(database, Job)
    assert (job.duration, job.queue, job.labels, job.runner_name) == (None, None, None, None)
    assert job.outcome == Outcome.SKIPPED
    run = only(database, Run)
    assert run.jobs_ended_at is None
    assert run.duration == 295 * SECOND


def test_startup_failure_has_no_jobs_and_counts_as_failure(database):
    store(database, ("workflow_run", a_run(conclusion="startup_failure", run_attempt=10)))
    run = only(database, Run)
    assert (run.outcome, run.attempt, run.conclusion) == (Outcome.FAILURE, 10, "startup_failure")
    assert run.duration == 295 * SECOND


def test_waiting_for_approval_is_no_outcome(database):
    waiting = a_run(conclusion="action_required")
    assert see_run(conclusion="action_required").settled_at is None
    store(database, ("workflow_run", waiting))
    run = only(database, Run)
    assert (run.outcome, run.completed_at, run.duration) == (Outcome.OPEN, None, None)


def test_approval_may_take_a_fortnight(database):
    approved = a_run(updated_at="2026-03-15T09:03:58Z")
    store(database, ("workflow_run", a_run(conclusion="action_required")),
          ("workflow_run", approved))  # fmt: skip
    run = only(database, Run)
    assert (run.outcome, run.duration) == (Outcome.SUCCESS, 1_206_233 * SECOND)


def test_completed_run_without_conclusion_is_excluded(database):
    store(database, ("workflow_run", a_run(conclusion=None)))
    run = only(database, Run)
    assert (run.status, run.conclusion, run.outcome) == ("completed", None, Outcome.OTHER)


def test_step_times_may_carry_offsets_and_milliseconds(database):
    steps = [
        {"number": 1, "name": "a", "status": "completed", "conclusion": "success",
         "started_at": "2026-03-01T05:00:20.125-05:00",
         "completed_at": "2026-03-01T06:00:22.000-04:00"},
        # Numbers have gaps.
        {"number": 17, "name": "b", "status": "queued", "conclusion": None,
         "started_at": None, "completed_at": None},
    ]  # fmt: skip
    store(database, ("workflow_job", a_job(steps=steps)))
    with database.reading() as session:
        first, last = session.query(Step).order_by(Step.number).all()
        assert first.started_at == at("2026-03-01T10:00:20.125Z")
        assert first.completed_at == at("2026-03-01T10:00:22Z")
        assert (last.number, last.status, last.started_at) == (17, "queued", None)


def test_old_job_lacks_half_of_its_fields(database):
    old = a_job()
    for field in ("created_at", "head_branch", "workflow_name", "run_attempt"):
        del old[field]
    store(database, ("workflow_job", old))
    job, run = only(database, Job), only(database, Run)
    assert (job.created_at, job.queue, job.duration) == (None, None, 270 * SECOND)
    assert (run.attempt, run.head_branch, run.status) == (1, None, "in_progress")
    assert run.created_at == at("2026-03-01T10:00:20Z")


def test_old_run_lacks_path_and_title(database):
    old = a_run()
    for field in ("path", "display_title", "run_attempt", "run_started_at", "triggering_actor"):
        del old[field]
    store(database, ("workflow_run", old))
    run = only(database, Run)
    assert (run.attempt, run.title, run.actor, run.duration) == (1, None, "kim", 300 * SECOND)


ODD = [5, -1.5, "odd", True, [], ["odd"], [None], {}, {"login": 5}, None]


@pytest.mark.parametrize("odd", ODD, ids=json.dumps)
def test_one_odd_field_never_loses_the_delivery(odd):
    identity = {"id", "run_id", "run_attempt", "name"}
    for kind, thing in (("workflow_run", a_run()), ("workflow_job", a_job())):
        for field in thing.keys() - identity:
            envelope = read(delivery(**{kind: {**thing, field: odd}}), event=kind)
            assert envelope.result == "stored", (kind, field, envelope.reason)
            run = envelope.runs[0] if envelope.runs else envelope.jobs[0].run
            assert run.run_id == "9001"


def test_odd_field_is_the_only_one_that_is_lost():
    envelope = read(
        delivery(workflow_run=a_run(head_branch=5, actor="kim", pull_requests=[None, 3])),
        event="workflow_run",
    )
    (run,) = envelope.runs
    assert (run.head_branch, run.pr_number) == (None, None)
    untouched = see_run(head_branch=None, actor=None)
    untouched.repository = run.repository
    assert run == untouched


def test_merged_facts_of_a_run_and_its_job_give_outcome_and_duration():
    run = see_run()
    row = {name: getattr(run, name) for name in run.__struct_fields__}
    row["jobs_ended_at"] = see_job().run.jobs_ended_at
    assert derive(row) == (Outcome.SUCCESS, at("2026-03-01T10:04:50Z"), 285 * SECOND)
