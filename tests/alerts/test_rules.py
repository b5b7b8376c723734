"""Rules as data: what is understood, and what is refused in clear words."""

import pytest
from pydantic import ValidationError

from pulseboard.alerts.rules import Kind, Rule, RuleScope, starter_rules


def refusal(**fields):
    with pytest.raises(ValidationError) as caught:
        Rule(**{"name": "x", "kind": "consecutive_failures", **fields})
    return caught.value.errors()[0]["msg"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"threshold": 0}, "above 0"),
        ({"threshold": float("nan")}, "should be a number"),
        ({"threshold": float("inf")}, "should be a number"),
        ({"kind": "success_rate", "threshold": 1.01}, "fraction"),
        ({"kind": "success_rate", "threshold": 101}, "fraction"),
        ({"kind": "failure_rate", "threshold": 1.01}, "fraction"),
        ({"kind": "failure_rate", "threshold": 1}, "never above 100 %"),
        ({"kind": "api_budget", "threshold": 0}, "fraction"),
        ({"kind": "duration", "threshold": -1}, "above 0"),
        ({"threshold": 1.5}, "whole number"),
        ({"kind": "flapping", "threshold": 11, "within_runs": 10}, "never be reached"),
        ({"kind": "flapping", "threshold": 11}, "never be reached"),
        ({"kind": "success_rate", "threshold": 0.5, "within_runs": 1}, "no success rate"),
        ({"within_runs": 5, "within_minutes": 5}, "exclude each other"),
        ({"message": "{secret} broke"}, "there is no {secret}; there are author, branch, commit"),
        ({"message": "{commit:7}"}, "there is no {commit:7}"),
        ({"scope": {"repositories": [" "]}}, "pattern"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(fields, words):
    assert words in refusal(**fields)


def test_names_of_the_documents_mean_the_same_rules():
    rule = Rule.model_validate(
        {"name": "slow", "threshold_type": "slow_build", "threshold_value": 1200}
    )

    assert (rule.kind, rule.threshold, rule.within_runs) == (Kind.DURATION, 1200, 10)


def test_exactly_one_starter_rule_is_on():
    rules = starter_rules(threshold=3)

    assert [(rule.name, rule.threshold) for rule in rules if rule.enabled] == [
        ("Failure on the default branch", 3)
    ]
    assert {rule.kind for rule in rules} >= set(Kind) - {Kind.FAILURE_RATE}


@pytest.mark.parametrize(
    ("branches", "branch", "on_default", "covered"),
    [
        (["@default"], "main", True, True),
        (["@default"], "main", False, False),
        (["@any"], None, False, True),
        (["release/*"], "release/1", False, True),
        (["release/*"], "main", True, False),
    ],
)
def test_branches_are_named_by_pattern(branches, branch, on_default, covered):
    assert RuleScope(branches=branches).covers_branch(branch, on_default=on_default) is covered


@pytest.mark.parametrize(
    ("events", "event", "covered"),
    [
        ([], None, True),
        (["push"], "push", True),
        (["pull_request*"], "pull_request_target", True),
        (["pull_request*"], "push", False),
        (["*"], None, False),
    ],
)
def test_events_are_named_by_pattern(events, event, covered):
    assert RuleScope(events=events).covers_event(event) is covered


def test_workflows_are_named_by_name_or_file():
    scope = RuleScope(repositories=["ACME/*"], workflows=["ci.yml"])

    assert scope.covers_workflow("acme/api", name="Tests", path=".github/workflows/ci.yml")
    assert not scope.covers_workflow("acme/api", name="Deploy", path=".github/workflows/cd.yml")
    assert not scope.covers_workflow("other/api", name="ci.yml", path=None)
