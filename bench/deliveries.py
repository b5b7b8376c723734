"""Deliveries of runs to measure with: bodies that GitHub really sent, each with facts of its own.

The dictionary for raw payloads was trained on made-up bodies. On more of those a payload comes to
half of what it does on GitHub's own, and a limit that writes such payloads is too fast by as much
(decision 0010).
"""

import json
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

from pulseboard.collect.train_dictionary import samples

_EXAMPLES = Path(__file__).parents[1] / "tests/npm/node_modules/@octokit/webhooks-examples"
# What GitHub's examples are about.
_REPOSITORIES = ("octo-org/octo-repo", "Codertocat/Hello-World")
_FACTS = (
    "name", "path", "head_branch", "display_title", "event", "status", "conclusion", "run_number",
    "run_attempt", "workflow_id",
)  # fmt: skip

Payload = dict[str, Any]


def run_deliveries(count: int, *, seed: int) -> Iterator[Payload]:
    """Yield the run deliveries among `count` made-up ones, in bodies of GitHub's own examples.

    Each is of a repository of its own. Raises FileNotFoundError while the examples are missing.
    """
    texts = cycle(_example_texts())
    for body in samples(count, seed=seed):
        made_up = json.loads(body)
        if "workflow_run" in made_up:
            yield _dress(next(texts), made_up)


def _example_texts() -> list[str]:
    """Return GitHub's distinct examples of run deliveries, as it sends them now."""
    path = _EXAMPLES / "api.github.com" / "index.json"
    kinds = json.loads(path.read_text(encoding="utf-8"))
    found = [
        json.dumps(example)
        for kind in kinds
        if kind["name"] == "workflow_run"
        for example in kind["examples"]
    ]
    return list(dict.fromkeys(found))


def _dress(text: str, made_up: Payload) -> Payload:
    facts, repository = made_up["workflow_run"], made_up["repository"]
    for name in _REPOSITORIES:
        text = text.replace(name, repository["full_name"])
    delivery: Payload = json.loads(text)
    delivery["action"] = made_up["action"]
    delivery["repository"]["id"] = repository["id"]
    delivery["repository"]["default_branch"] = repository["default_branch"]
    run = delivery["workflow_run"]
    run |= {name: facts[name] for name in _FACTS}
    run["repository"]["id"] = run["head_repository"]["id"] = repository["id"]
    delivery["workflow"] |= {key: made_up["workflow"][key] for key in ("id", "name", "path")}
    return delivery
