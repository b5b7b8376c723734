"""One run: found by its ids, compared with the ones before."""

import pytest
from sqlalchemy import text

from pulseboard import clock
from pulseboard.errors import Conflict, Gone, NotFound
from pulseboard.pipelines import (
    get_last_green,
    get_run,
    list_attempts,
    list_durations_before,
    require_run,
)
from pulseboard.vocabulary import Phase


def test_run_goes_by_our_id_else_the_providers(past):
    own = past.run(run_id="900")

    assert past.ask(require_run, name=str(own)).id == own
    assert past.ask(require_run, name="900").id == own
    with pytest.raises(NotFound):
        past.ask(require_run, name="901")
    with pytest.raises(NotFound):
        past.ask(require_run, name="9" * 40)


def test_id_of_two_repositories_asks_which_unless_only_one_is_real(past):
    api = past.run(run_id="900", repo="acme/api")
    past.run(run_id="900", repo="acme/demo", demo=True)
    assert past.ask(require_run, name="900").id == api
    web = past.run(run_id="900", repo="acme/web")

    with pytest.raises(Conflict):
        past.ask(require_run, name="900")
    assert past.ask(require_run, name="900", repository="ACME/web").id == web


def test_real_run_by_its_providers_id_comes_before_a_demo_run_by_ours(past):
    made_up = past.run(run_id="900", repo="acme/demo", demo=True)
    assert past.ask(require_run, name=str(made_up)).id == made_up
    other = past.run(run_id="800")
    real = past.run(run_id=str(made_up))

    assert past.ask(require_run, name=str(made_up)).id == real
    assert past.ask(require_run, name=str(made_up), repository="acme/demo").id == made_up
    assert past.ask(require_run, name=str(real)).id == real
    past.run(run_id=str(other), repo="acme/web")
    assert past.ask(require_run, name=str(other)).id == other


def test_attempts_are_listed_and_chosen(past):
    run_id = past.run(run_id="7", attempt=1, conclusion="failure")
    past.run(run_id="7", attempt=3, started=5)

    assert [row.attempt for row in past.ask(list_attempts, run_id=run_id)] == [1, 3]
    assert past.ask(get_run, run_id=run_id).attempt == 3
    assert past.ask(get_run, run_id=run_id, attempt=1).conclusion == "failure"
    assert past.ask(get_run, run_id=run_id, attempt=2) is None


def test_usual_duration_is_that_of_the_fifty_finished_before(past):
    past.runs({"ago": 200 - i, "seconds": i} for i in range(60))
    past.run(ago=100, seconds=9000, conclusion="cancelled")
    past.run(ago=99, seconds=9000, workflow="Other")
    past.run(ago=98, status=Phase.IN_PROGRESS)
    last = past.ask(get_run, run_id=past.run(ago=5, seconds=1))

    found = past.ask(list_durations_before, run=last)

    assert found == [i * 1_000_000 for i in range(10, 60)]


def test_last_green_is_of_the_same_workflow_and_branch(past):
    green = past.run(ago=50, sha="g")
    past.run(ago=40, sha="x", branch="fix/1")
    past.run(ago=39, sha="y", workflow="Other")
    past.run(ago=30, sha="b", conclusion="failure")
    past.run(ago=29, sha="b", conclusion="failure")
    red = past.ask(get_run, run_id=past.run(ago=5, sha="c", conclusion="failure"))

    found = past.ask(get_last_green, run=red)

    assert (found.run.id, found.commits_since) == (green, 2)
    assert past.ask(get_last_green, run=found.run) is None


def test_last_green_is_of_a_smaller_number_whenever_it_ran(past):
    past.run(ago=50, run_number=4, sha="d")
    past.run(ago=40, run_number=5, sha="e", run_id="5", conclusion="failure")
    red = past.run(ago=30, run_number=6, sha="f", run_id="6", conclusion="failure")
    late = past.run(ago=20, run_number=7, sha="g")
    green = past.run(ago=40, run_number=5, sha="e", run_id="5", attempt=2, started=10)

    def ask(run_id):
        return past.ask(get_last_green, run=past.ask(get_run, run_id=run_id))

    assert (ask(red).run.id, ask(red).run.attempt, ask(red).commits_since) == (green, 2, 1)
    past.run(ago=30, run_number=6, sha="f", run_id="6", conclusion="failure", attempt=2, started=5)
    assert ask(red).run.id == green
    assert (ask(late).run.id, ask(late).commits_since) == (green, 2)


def test_last_green_of_a_fork_is_its_own(past):
    green = past.run(ago=50, run_number=1)
    fork = past.run(ago=40, run_number=2, head_repository="eve/api")
    past.run(ago=30, run_number=3, head_repository="eve/api", sha="x", conclusion="failure")
    red = past.run(ago=20, run_number=4, conclusion="failure", sha="b")
    stranger = past.run(ago=10, run_number=5, head_repository="eve/api", conclusion="failure")

    def ask(run_id):
        found = past.ask(get_last_green, run=past.ask(get_run, run_id=run_id))
        return (found.run.id, found.commits_since)

    assert ask(red) == (green, 1)
    assert ask(stranger) == (fork, 1)


def test_run_that_was_removed_is_told_from_one_that_never_was(past):
    own = past.run(run_id="900")
    kept = past.run(run_id="901", repo="acme/web")
    with past.database.writing() as session:
        session.execute(text("DELETE FROM runs WHERE id = :id"), {"id": own})

    with pytest.raises(Gone, match="demo data"):
        past.ask(require_run, name=str(own))
    with past.database.writing() as session:
        session.execute(
            text("INSERT INTO counters (name, value) VALUES ('retention.floor', :at)"),
            {"at": 20_000 * clock.DAY},
        )
    with pytest.raises(
        Gone, match=r"by age.* none created before 2024-10-04, or with the demo data"
    ):
        past.ask(require_run, name=str(own))
    with past.database.writing() as session:
        session.execute(text("UPDATE counters SET value = value + 1 WHERE name LIKE 'ret%floor'"))
    with pytest.raises(Gone, match="none created before 2024-10-05"):
        past.ask(require_run, name=str(own))
    for name, repository in ((str(kept + 1), None), ("900", None), (str(kept), "acme/api")):
        with pytest.raises(NotFound) as refused:
            past.ask(require_run, name=name, repository=repository)
        assert refused.type is NotFound
