"""The values that filters offer."""

from pulseboard.collect.groupcommit import commit
from pulseboard.metrics.scope import Scope
from pulseboard.pipelines import RunFilter
from pulseboard.pipelines.facets import (
    FacetField,
    FacetValue,
    count_values,
    list_facets,
    without_field,
)
from pulseboard.vocabulary import Phase
from tests.factories import envelope, repository_seen, run_seen


def test_facets_are_sorted_and_of_one_lane_only(past):
    past.run(repo="acme/b", workflow="Z", branch="main", actor="kim")
    past.run(repo="acme/a", workflow="A", branch="fix/1", conclusion="neutral")
    past.run(repo="acme/a", workflow="A", branch="fix/1", status=Phase.QUEUED)
    past.run(repo="acme/demo", branch="demo", actor="demo", demo=True)

    real, demo = past.ask(list_facets, demo=False), past.ask(list_facets, demo=True)

    assert (real.repos, real.workflows) == (["acme/a", "acme/b"], ["A", "Z"])
    assert (real.branches, real.actors) == (["fix/1", "main"], ["kim"])
    assert real.statuses == ["neutral", "queued", "success"]
    assert (demo.repos, demo.branches, demo.actors) == (["acme/demo"], ["demo"], ["demo"])


def test_repository_that_was_made_anew_is_one_name(past):
    seen = [run_seen("completed", "success", run_id=number,
                     repository=repository_seen(provider_id=number)) for number in ("1", "2")]  # fmt: skip
    commit(past.database, [envelope(runs=[run], repository=run.repository) for run in seen])

    assert past.ask(list_facets, demo=False).repos == ["acme/api"]


def test_values_are_counted_commonest_first(past):
    past.runs({"actor": actor} for actor in ("kim", "lee", "kim", None, "KIMBERLEY"))
    wanted = RunFilter(Scope())

    assert past.ask(count_values, wanted=wanted, field=FacetField.ACTOR) == [
        FacetValue("kim", "kim", 2),
        FacetValue("KIMBERLEY", "KIMBERLEY", 1),
        FacetValue("lee", "lee", 1),
    ]
    some = past.ask(count_values, wanted=wanted, field=FacetField.ACTOR, part="Kim", limit=1)
    assert some == [FacetValue("kim", "kim", 2)]


def test_each_field_can_be_left_open():
    scope = Scope(repositories=(1,), workflows=(2,), branches=("x",))
    wanted = RunFilter(scope, statuses=("failure",), events=("push",), actors=("kim",),
                       labels=("gpu",), commit="4d6ee57")  # fmt: skip

    for field in FacetField:
        assert without_field(wanted, field) != wanted
    assert without_field(wanted, FacetField.BRANCH).scope.branches == ()
    assert without_field(wanted, FacetField.REPO).scope.workflows == (2,)
