"""What those parameters mean that mean the same on every route: the words of OpenAPI for them."""

from typing import Any, Final

_REPOSITORY: Final = "owner/name (also owner%2Fname), or our id."
_NUMBER: Final = "Number of the {}."
_BY_NAME: Final = {
    "actor": "Login of who began the run; may be repeated.",
    "backfill_id": _NUMBER.format("backfill"),
    "branch": "Name of a branch, @default or @any; may be repeated.",
    "code": "What GitHub exchanges for the new App's keys.",
    "delivery_id": _NUMBER.format("delivery"),
    "event": "What began the run, such as push or schedule; may be repeated.",
    "field": "Whose values to count.",
    "format": "json, or yaml.",
    "job": "Part of a job's name; may be repeated.",
    "letter_id": "Number of what was given up.",
    "limit": "How many to answer with at most.",
    "min_attempt": "Only runs that were run at least so many times.",
    "minutes": "Length of the window, which ends now.",
    "offset": "How many of the newest to leave out.",
    "poll_id": _NUMBER.format("poll"),
    "repo": _REPOSITORY,
    "state": "What this server gave GitHub along, to know the answer by.",
    "step": "Part of a step's name; may be repeated.",
    "wall_id": _NUMBER.format("wall"),
    "workflow": "Name or file of a workflow; may be repeated.",
}


def describe_parameters(found: dict[str, Any]) -> None:
    """Give the parameters of an OpenAPI description their words, where the route has none."""
    for methods in found["paths"].values():
        for operation in methods.values():
            for parameter in operation.get("parameters", ()):
                words = _BY_NAME.get(parameter["name"])
                if words is not None:
                    parameter.setdefault("description", words)
