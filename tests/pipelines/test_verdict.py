"""The verdict on default branches: red since when, by which commit, and what is not known."""

import pytest

from pulseboard import clock
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.normalise import run_from_github
from pulseboard.collect.records import Envelope, RepositorySeen
from pulseboard.metrics.scope import Scope
from pulseboard.pipelines.verdict import State, judge
from pulseboard.vocabulary import Source

NOW = 1_795_186_800 * clock.SECOND
MINUTE = clock.MINUTE


class History:
    """Stores runs of one workflow (or more) of acme/app, minute by minute before NOW."""

    def __init__(self, database):
        self.database = database
        self.numbers = 0
        self.workflows = {}

    def run(self, ago, conclusion, *, sha=None, workflow="CI", branch="main", status="completed",
            number=None, heard=None, demo=False, home="acme/app", again=None):  # fmt: skip
        """`again` is the number of an earlier run of which this is the second attempt."""
        self.numbers += 1
        number = again or number or self.numbers
        begun, ended = NOW - ago * MINUTE, NOW - (ago - 2) * MINUTE
        home = RepositorySeen(full_name=home, provider_id="1" if home == "acme/app" else "2",
                              default_branch="main", demo=demo)  # fmt: skip
        run = run_from_github(
            {
                "id": 1000 + (again or self.numbers),
                "run_attempt": 2 if again else 1,
                "name": workflow,
                "workflow_id": self.workflows.setdefault(workflow, 7 + len(self.workflows)),
                "run_number": number,
                "status": status,
                "conclusion": conclusion,
                "head_branch": branch,
                "head_sha": sha or f"{number:040x}",
                "created_at": clock.to_iso(begun),
                "run_started_at": clock.to_iso(begun),
                "updated_at": clock.to_iso(ended if status == "completed" else begun),
            },
            home,
        )
        at = NOW - heard * MINUTE if heard is not None else ended
        envelope = Envelope(
            guid=f"g{self.numbers}", source=Source.WEBHOOK, event="workflow_run", received_at=at,
            body=b"{}", repository=home, runs=[run],
        )  # fmt: skip
        commit(self.database, [envelope])

    def judge(self, *, demo=False, at=NOW):
        with self.database.reading() as session:
            return judge(session, scope=Scope(default_only=True, demo=demo), at=at)


@pytest.fixture
def history(database):
    return History(database)


def test_nothing_stored_is_no_verdict(history):
    verdict = history.judge()
    assert (verdict.total, verdict.failing, verdict.last_event_at) == (0, 0, None)
    assert verdict.state is State.EMPTY


def test_green_when_the_newest_finished_run_of_each_workflow_passed(history):
    history.run(60, "failure")
    history.run(30, "success")
    history.run(20, "success", workflow="Deploy")
    verdict = history.judge()
    assert (verdict.total, verdict.failing) == (2, 0)
    assert verdict.branches == ["main"]
    assert verdict.last_failure_at == NOW - 58 * MINUTE


def test_red_since_the_first_failure_after_the_last_success(history):
    history.run(90, "success", sha="a" * 40)
    history.run(60, "failure", sha="b" * 40)
    history.run(30, "timed_out", sha="c" * 40)
    history.run(20, "success", workflow="Deploy", sha="c" * 40)
    (red,) = history.judge().red
    assert red.newest.head_sha == "c" * 40
    assert red.first_bad.head_sha == "b" * 40
    assert red.since == NOW - 58 * MINUTE
    assert red.last_green.head_sha == "a" * 40
    assert red.untested == 0
    assert not red.is_recovering


def test_cancelled_and_skipped_runs_decide_nothing(history):
    history.run(60, "failure")
    history.run(40, "cancelled")
    history.run(30, "skipped")
    history.run(20, "action_required")
    assert history.judge().failing == 1


def test_untested_commits_between_green_and_bad_make_it_a_range(history):
    history.run(90, "success", sha="a" * 40)
    history.run(80, "cancelled", sha="b" * 40)
    history.run(75, "success", workflow="Deploy", sha="b" * 40)
    history.run(70, "success", workflow="Deploy", sha="d" * 40)
    history.run(60, "failure", sha="c" * 40)
    (red,) = history.judge().red
    assert red.untested == 2


def test_other_branches_and_pull_requests_have_no_say(history):
    history.run(60, "success")
    history.run(30, "failure", branch="fix")
    assert history.judge().failing == 0


def test_newest_is_by_run_number_not_by_start(history):
    # A re-run of an old run starts late but is older code.
    history.run(50, "success", number=2)
    history.run(20, "failure", number=1)
    assert history.judge().failing == 0


def test_recovering_while_a_newer_run_is_under_way(history):
    history.run(60, "failure")
    history.run(5, None, status="in_progress")
    (red,) = history.judge().red
    assert red.is_recovering


def test_older_open_run_is_no_recovery(history):
    history.run(70, None, status="in_progress")
    history.run(60, "failure")
    (red,) = history.judge().red
    assert not red.is_recovering


def test_run_that_was_pushed_and_forgotten_is_no_recovery(past):
    past.run(ago=26 * 60, source=Source.PUSH, conclusion="failure")
    past.run(ago=25 * 60, source=Source.PUSH, status="in_progress")
    scope = Scope(default_only=True)

    late = past.ask(judge, scope=scope, at=clock.now())
    early = past.ask(judge, scope=scope, at=clock.now() - 2 * clock.HOUR)

    assert (late.state, late.red[0].running) == (State.RED, None)
    assert early.state is State.RECOVERING


def test_run_of_github_that_takes_days_is_a_recovery(past):
    past.run(ago=26 * 60, conclusion="failure")
    past.run(ago=25 * 60, status="in_progress")

    assert past.ask(judge, scope=Scope(default_only=True), at=clock.now()).state is State.RECOVERING


def test_always_red_begins_with_the_first_run(history):
    history.run(60, "failure", sha="a" * 40)
    history.run(50, "failure", sha="b" * 40)
    (red,) = history.judge().red
    assert red.first_bad.head_sha == "a" * 40
    assert red.last_green is None


def test_longest_red_comes_first(history):
    history.run(60, "failure", workflow="Deploy")
    history.run(90, "failure")
    assert [red.newest.workflow for red in history.judge().red] == ["CI", "Deploy"]


def test_workflow_not_run_for_ninety_days_has_no_say(history):
    history.run(91 * 24 * 60, "failure")
    history.run(60, "success", workflow="Deploy")
    verdict = history.judge()
    assert (verdict.total, verdict.failing) == (1, 0)


def test_silence_beats_green(history):
    history.run(60, "success", heard=60)
    assert history.judge().state is State.GREEN
    assert history.judge(at=NOW + 5 * clock.DAY).state is State.STALE


def test_silence_is_judged_by_how_often_a_repository_is_heard(history):
    for hours in range(30, 0, -1):
        history.run(hours * 60, "success")
    assert history.judge(at=NOW + 10 * clock.HOUR).state is State.GREEN
    assert history.judge(at=NOW + 13 * clock.HOUR).state is State.STALE


def test_fleet_is_silent_when_all_of_it_is(history):
    history.run(9 * 24 * 60, "success", home="acme/old")
    history.run(60, "success")
    assert history.judge().state is State.GREEN
    assert history.judge(at=NOW + 5 * clock.DAY).state is State.STALE


def test_red_stays_red_however_long_nothing_is_heard(history):
    history.run(60, "failure")
    verdict = history.judge(at=NOW + 40 * clock.DAY)
    assert (verdict.state, verdict.is_silent) == (State.RED, True)


def test_failure_that_is_being_run_again_is_red_until_that_has_finished(history):
    history.run(60, "success", sha="a" * 40)
    history.run(30, "failure", sha="b" * 40)
    history.run(20, None, status="queued", again=2)
    assert history.judge().state is State.RED

    history.run(20, None, status="in_progress", again=2)
    verdict = history.judge()
    (red,) = verdict.red
    assert (verdict.state, verdict.failing, verdict.total) == (State.RECOVERING, 1, 1)
    assert (red.newest.attempt, red.newest.conclusion) == (1, "failure")
    assert red.since == red.newest.completed_at == NOW - 28 * MINUTE
    assert (red.first_bad.head_sha, red.last_green.head_sha) == ("b" * 40, "a" * 40)
    assert (red.running.run_number, red.running.attempt) == (2, 2)

    history.run(20, "success", again=2)
    assert history.judge().state is State.GREEN


def test_success_that_is_being_run_again_stays_green(history):
    history.run(60, "failure")
    history.run(30, "success")
    history.run(20, None, status="in_progress", again=2)
    verdict = history.judge()
    assert (verdict.state, verdict.failing, verdict.total) == (State.GREEN, 0, 1)


def test_only_run_that_is_being_run_again_has_its_say(history):
    history.run(30, "failure")
    history.run(20, None, status="in_progress", again=1)
    verdict = history.judge()
    assert (verdict.state, verdict.failing, verdict.total) == (State.RECOVERING, 1, 1)


def test_old_run_that_is_run_again_says_nothing_about_now(history):
    history.run(60, "failure")
    history.run(30, "success")
    history.run(20, None, status="in_progress", again=1)
    assert history.judge().state is State.GREEN


def test_demo_and_real_are_judged_apart(history):
    history.run(60, "success")
    history.run(30, "failure", demo=True)
    assert history.judge(demo=False).failing == 0
    assert history.judge(demo=True).failing == 1


def test_named_branches_are_judged_each_by_itself(history):
    history.run(60, "success")
    history.run(50, "failure", branch="fix", sha="b" * 40)
    history.run(40, "success", branch="docs")

    with history.database.reading() as session:
        found = judge(session, scope=Scope(branches=("fix", "docs", "gone")), at=NOW)
        one = judge(session, scope=Scope(branches=("docs",)), at=NOW)

    assert (found.state, found.failing, found.total) == (State.RED, 1, 2)
    assert found.red[0].newest.head_branch == "fix"
    assert found.branch_label == "One of 3 branches"
    assert (one.state, one.failing, one.total, one.branch_label) == (State.GREEN, 0, 1, "docs")


def test_scope_that_matches_nothing_is_empty_not_everything(history):
    history.run(60, "failure")

    with history.database.reading() as session:
        found = judge(session, scope=Scope(impossible=True), at=NOW)

    assert (found.state, found.total, found.last_event_at) == (State.EMPTY, 0, None)


def test_red_stretch_is_followed_further_back_than_the_first_look(history):
    history.run(90, "success", sha="a" * 40)
    for ago in range(80, 50, -1):
        history.run(ago, "failure")

    (red,) = history.judge().red

    assert red.last_green.head_sha == "a" * 40
    assert red.first_bad.run_number == 2


def test_numbers_out_of_step_with_time_give_one_answer(history):
    history.run(10 * 60, "success", number=10)
    for number in (1, 2, 3):
        history.run((6 - number) * 60, "failure", number=number)
    history.run(60, "failure", workflow="Deploy")

    verdict = history.judge()

    assert [(red.newest.workflow, red.newest.outcome) for red in verdict.red] == [
        ("Deploy", "failure")
    ]
    assert (verdict.failing, len(verdict.failing_ids), verdict.total) == (1, 1, 2)


def test_forks_branch_of_the_same_name_is_another_one(past):
    past.run(ago=50)
    past.run(ago=40, head_repository="eve/api", conclusion="failure")
    past.run(ago=30, branch="fix", conclusion="failure")
    past.run(ago=20, branch="fix", head_repository="eve/api")

    def judged(branch):
        return past.ask(judge, scope=Scope(branches=(branch,)), at=clock.now())

    assert (judged("main").state, judged("main").last_failure_at) == (State.GREEN, None)
    assert (judged("fix").state, judged("fix").failing) == (State.RED, 1)
