"""Filters of subscriptions: by what a change says of itself, known or not."""

import pytest

from pulseboard.live.filter import Filter
from pulseboard.live.messages import AlertsChanged, Invalidated, Message, Trouble, run_data
from tests.live.listeners import Change

PATH = ".github/workflows/ci.yml"


def passes(wanted, change):
    return wanted.lets_through(Message(1, "run.upserted", run_data(change), about=(change,)))


@pytest.mark.parametrize(
    ("wanted", "is_wanted"),
    [
        ({}, True),
        ({"repositories": {"acme/api"}}, True),
        ({"repositories": {"acme/web", 5}}, True),
        ({"repositories": {"acme/web"}}, False),
        ({"workflows": {"CI"}}, True),
        ({"workflows": {"ci.yml"}}, True),
        ({"workflows": {PATH}}, True),
        ({"workflows": {"i.yml", "ci", "7"}}, False),
        ({"workflows": {7}}, True),
        ({"branches": {"fix/1", "fix/2"}}, True),
        ({"branches": {"main"}}, False),
        ({"default_branch": True}, False),
        ({"default_branch": True, "branches": {"fix/1"}}, True),
        ({"demo": True}, False),
        ({"repositories": {"acme/api"}, "branches": {"main"}}, False),
    ],
)
def test_run_passes_by_names_ids_and_branches(wanted, is_wanted):
    change = Change(1, repository_id=5, workflow_id=7, workflow_path=PATH, head_branch="fix/1",
                    on_default=False)  # fmt: skip
    sets = {k: frozenset(v) if isinstance(v, set) else v for k, v in wanted.items()}

    assert passes(Filter(**sets), change) is is_wanted


def test_run_on_the_default_branch_passes_whatever_its_name_is():
    wanted = Filter(default_branch=True)

    assert passes(wanted, Change(1, head_branch="trunk", on_default=True))
    assert not passes(wanted, Change(1, head_branch=None, on_default=False))


def test_run_without_a_workflow_file_passes_no_file():
    assert not passes(Filter(workflows=frozenset({"ci.yml"})), Change(1, workflow_path=None))


def test_numbers_are_out_of_date_for_whoever_looks_at_the_repository():
    changes = [Change(1, head_branch="fix/1"), Change(2, repository="acme/web", repository_id=2)]
    stale = Message(1, "metrics.invalidated", Invalidated((), (1, 2)), about=changes)

    assert Filter(repositories=frozenset({"acme/web"})).lets_through(stale)
    assert Filter(branches=frozenset({"main"})).lets_through(stale)
    assert not Filter(repositories=frozenset({"acme/ui"})).lets_through(stale)


def test_what_concerns_everybody_passes_every_filter_but_that_of_demo_data():
    narrow = Filter(repositories=frozenset({"no/where"}), demo=False)
    demo = AlertsChanged((1,), demo=True, open=1, unacknowledged=1)

    assert narrow.lets_through(Message(1, "error", Trouble("?")))
    assert not narrow.lets_through(Message(1, "alert.changed", demo))
