"""The verdict in words is the verdict of the API."""

from zoneinfo import ZoneInfo

import pytest

from pulseboard.metrics.scope import Scope
from pulseboard.pipelines.health import MOST_RED
from pulseboard.pipelines.verdict import judge
from pulseboard.vocabulary import Phase
from pulseboard.wall.sentences import verdict_sentence
from tests.pipelines.past import NOW, Past


@pytest.mark.parametrize(("failing", "state"), [(MOST_RED, "recovering"), (MOST_RED + 1, "red")])
def test_recovering_is_said_only_when_every_red_workflow_is_known_to_be(database, failing, state):
    names = [f"workflow {number}" for number in range(failing)]
    past = Past(database)
    past.runs([{"ago": 60, "workflow": name, "conclusion": "failure"} for name in names])
    past.runs([{"ago": 1, "workflow": name, "status": Phase.IN_PROGRESS} for name in names])

    verdict = past.ask(judge, scope=Scope(default_only=True), at=NOW)
    sentence = verdict_sentence(verdict, zone=ZoneInfo("UTC"))

    assert (verdict.failing, verdict.state, sentence.state) == (failing, state, state)
