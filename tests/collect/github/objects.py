"""Made-up objects in the shape of GitHub's, and the instants they speak of."""

import json
from typing import Any

from hypothesis import strategies as st

from pulseboard.collect.facts import parse_instant
from pulseboard.collect.github.webhook import open_delivery
from pulseboard.collect.records import Envelope, RepositorySeen

REPOSITORY = {
    "id": 700,
    "full_name": "acme/api",
    "html_url": "https://github.com/acme/api",
    "default_branch": "main",
}
SEEN = RepositorySeen("acme/api", provider_id="700")

# Values of any type where another was expected.
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab\0é🚀\u202b", max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner),
    max_leaves=6,
)


def at(text: str) -> int:
    """Return the instant of an ISO time."""
    instant = parse_instant(text)
    assert instant is not None
    return instant


RECEIVED = at("2026-03-01T12:00:00Z")


def a_run(**changes: Any) -> dict[str, Any]:
    """Return a finished run of main, with changes."""
    return {
        "id": 9001,
        "name": "CI",
        "path": ".github/workflows/ci.yml",
        "display_title": "Fix the parser",
        "workflow_id": 55,
        "run_number": 12,
        "run_attempt": 1,
        "event": "push",
        "status": "completed",
        "conclusion": "success",
        "head_branch": "main",
        "head_sha": "a" * 40,
        "pull_requests": [],
        "created_at": "2026-03-01T10:00:00Z",
        "run_started_at": "2026-03-01T10:00:05Z",
        "updated_at": "2026-03-01T10:05:00Z",
        "html_url": "https://github.com/acme/api/actions/runs/9001",
        "url": "https://api.github.com/repos/acme/api/actions/runs/9001",
        "actor": {"login": "kim"},
        "triggering_actor": {"login": "lee"},
        "head_commit": {
            "message": "Fix the parser\n\nIt lost the last line.",
            "timestamp": "2026-03-01T09:59:00+01:00",
            "author": {"name": "Kim Example"},
        },
        "repository": {key: REPOSITORY[key] for key in ("id", "full_name", "html_url")},
        "head_repository": {key: REPOSITORY[key] for key in ("id", "full_name", "html_url")},
        **changes,
    }


def a_job(**changes: Any) -> dict[str, Any]:
    """Return a finished job of that run, with changes."""
    return {
        "id": 501,
        "run_id": 9001,
        "run_attempt": 1,
        "name": "build",
        "workflow_name": "CI",
        "head_branch": "main",
        "head_sha": "a" * 40,
        "status": "completed",
        "conclusion": "success",
        "created_at": "2026-03-01T10:00:06Z",
        "started_at": "2026-03-01T10:00:20Z",
        "completed_at": "2026-03-01T10:04:50Z",
        "html_url": "https://github.com/acme/api/actions/runs/9001/job/501",
        "url": "https://api.github.com/repos/acme/api/actions/jobs/501",
        "run_url": "https://api.github.com/repos/acme/api/actions/runs/9001",
        "labels": ["ubuntu-latest"],
        "runner_name": "runner 7",
        "runner_group_name": "Default",
        "steps": [
            {
                "number": 1,
                "name": "Set up job",
                "status": "completed",
                "conclusion": "success",
                "started_at": "2026-03-01T10:00:20Z",
                "completed_at": "2026-03-01T10:00:22Z",
            }
        ],
        **changes,
    }


def delivery(**parts: Any) -> bytes:
    """Return the body of a webhook."""
    return json.dumps({"repository": REPOSITORY, "sender": {"login": "sam"}, **parts}).encode()


def read(body: bytes, *, event: str, **changes: Any) -> Envelope:
    """Read a body as the webhook door does."""
    given = {
        "guid": "guid-1",
        "content_type": "application/json",
        "headers": {},
        "received_at": RECEIVED,
    }
    return open_delivery(body, event=event, **{**given, **changes}).understand()
