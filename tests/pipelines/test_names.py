"""What the names in a question stand for."""

import pytest

from pulseboard.errors import InvalidInput, NotFound
from pulseboard.pipelines import find_scope, has_real_runs, list_repositories, require_repository


def scope_of(past, **names):
    return past.ask(find_scope, demo=False, **names)


def test_names_become_ids_whatever_their_case(past):
    past.run(repo="Acme/Api")
    home = past.ask(require_repository, name="acme/API")

    assert scope_of(past, repositories=["ACME/api"]).repositories == (home.id,)
    assert scope_of(past, repositories=[str(home.id)]).repositories == (home.id,)
    assert not scope_of(past, repositories=["acme/api"]).impossible


def test_workflow_is_its_name_or_its_file(past):
    past.run(workflow="CI", path=".github/workflows/ci.yml")
    past.run(workflow="Other", path=".github/workflows/my-ci.yml")
    one = scope_of(past, workflows=["CI"]).workflows

    assert len(one) == 1
    assert scope_of(past, workflows=["ci.yml"]).workflows == one
    assert scope_of(past, workflows=[".github/workflows/ci.yml"]).workflows == one
    assert scope_of(past, workflows=["_i.yml"]).impossible


def test_name_that_is_not_there_matches_nothing(past):
    past.run(repo="acme/api", workflow="CI")
    past.run(repo="acme/web", workflow="Lint")

    assert scope_of(past, repositories=["acme/none"]).impossible
    assert scope_of(past, workflows=["none"]).impossible
    assert scope_of(past, repositories=["acme/api"], workflows=["Lint"]).impossible
    assert scope_of(past, repositories=["9" * 30]).impossible


def test_branches_are_names_or_each_default_or_any(past):
    assert scope_of(past, branches=["main", "main", "x"]).branches == ("main", "x")
    assert scope_of(past, branches=["@default"]).default_only
    assert scope_of(past, branches=["@any", "x"]).branches == ()
    with pytest.raises(InvalidInput) as refused:
        scope_of(past, branches=["@default", "main"])
    assert refused.value.errors[0].field == "branch"


def test_demo_names_are_apart_from_real_ones(past):
    past.run(repo="acme/demo", demo=True)

    assert not past.ask(has_real_runs)
    assert scope_of(past, repositories=["acme/demo"]).impossible
    assert past.ask(require_repository, name="acme/demo").demo
    past.run(repo="acme/demo")
    assert past.ask(has_real_runs)
    assert not past.ask(require_repository, name="acme/demo").demo
    assert [row.demo for row in past.ask(list_repositories, demo=None)] == [True, False]
    assert [row.demo for row in past.ask(list_repositories, demo=False)] == [False]


def test_unknown_repository_is_not_found(past):
    with pytest.raises(NotFound):
        past.ask(require_repository, name="acme/none")
