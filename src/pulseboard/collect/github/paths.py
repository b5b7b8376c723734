"""Addresses within GitHub's API: whatever a name is, it stays one part of its address."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from pulseboard.collect.github.answers import Refused
from pulseboard.vocabulary import FeedState

# They lead to another address, also when they are escaped.
_STEPS: Final = frozenset({".", ".."})


def path_of(*parts: str | int) -> str:
    """Return the address made of these parts, each escaped.

    Raises Refused when one of them would lead elsewhere: GitHub has nothing of such a name.
    """
    words = [str(part) for part in parts]
    if _STEPS & set(words):
        raise Refused(
            FeedState.NOT_FOUND,
            f"GitHub has nothing that is called {'/'.join(words)}.",
            next_step="Names there have no parts such as . or ..",
        )
    return "".join(f"/{quote(word, safe='')}" for word in words)


def repository_path(full_name: str) -> str:
    """Return the address of a repository."""
    return path_of("repos", *full_name.split("/"))


def run_paths(full_name: str, workflows: Sequence[str] | None) -> list[str]:
    """Return the addresses that list a repository's runs: one, or one for each workflow file."""
    home = repository_path(full_name) + "/actions"
    if workflows is None:
        return [f"{home}/runs"]
    return [home + path_of("workflows", file, "runs") for file in workflows]


def run_path(full_name: str, run_id: str) -> str:
    """Return the address of a run."""
    return repository_path(full_name) + path_of("actions", "runs", run_id)


def job_log_path(full_name: str, job_id: str) -> str:
    """Return the address of a job's log."""
    return repository_path(full_name) + path_of("actions", "jobs", job_id, "logs")
