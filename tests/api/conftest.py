"""A whole application on a fresh database, and a few sentences to fill it with runs."""

import asyncio
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from functools import partial
from itertools import count

import httpx
import pytest
from anyio.from_thread import start_blocking_portal

from pulseboard import clock
from pulseboard.app import create_app
from pulseboard.config import load_settings


def ago(**units):
    """Return the ISO time that lies so many hours, days … back: ago(days=2)."""
    widths = {"seconds": clock.SECOND, "minutes": clock.MINUTE, "hours": clock.HOUR,
              "days": clock.DAY}  # fmt: skip
    back = sum(int(widths[unit] * number) for unit, number in units.items())
    return clock.to_iso((clock.now() - back) // clock.SECOND * clock.SECOND)


def later(iso, seconds):
    """Return the ISO time so many seconds after another."""
    return clock.to_iso(clock_of(iso) + seconds * clock.SECOND)


def clock_of(iso):
    """Return the instant of an ISO time."""
    return clock.to_instant(datetime.fromisoformat(iso))


class Shop:
    """A client of an application that also plays GitHub and a CI that pushes."""

    def __init__(self, portal, client):
        self._portal = portal
        self._client = client
        self._numbers = count(1)

    def request(self, method, path, **options):
        """Send a request and return the whole answer."""
        return self._portal.call(partial(self._client.request, method, path, **options))

    def get(self, path, **options):
        """Send a GET."""
        return self.request("GET", path, **options)

    def post(self, path, **options):
        """Send a POST."""
        return self.request("POST", path, **options)

    def push(self, **fields):
        """Push a run of `acme/api`, successful unless said otherwise; return what is stored."""
        event = {"id": f"push-{next(self._numbers)}", "workflow": "build", "status": "success",
                 "repo": "acme/api", "branch": "main", **fields}  # fmt: skip
        answer = self.post("/api/events", json=event)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    def deliver(self, **run):
        """Deliver a workflow_run webhook of GitHub and return the door's answer."""
        return self._deliver("workflow_run", run_delivery(**run))

    def deliver_job(self, **job):
        """Deliver a workflow_job webhook of GitHub and return the door's answer."""
        return self._deliver("workflow_job", job_delivery(**job))

    def _deliver(self, event, body):
        headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": f"guid-{next(self._numbers)}"}
        answer = self.post("/webhook/github", json=body, headers=headers)
        assert answer.status_code == 202, answer.text
        assert answer.json()["result"] == "stored", answer.text
        return answer.json()

    def simulate(self, count=3, **options):
        """Make demo runs and return them."""
        answer = self.post("/api/simulate", params={"count": count, **options})
        assert answer.status_code in (200, 201), answer.text
        return answer.json()["runs"]

    def read(self, path, **params):
        """GET a path that must answer 200 and return its JSON."""
        answer = self.get(path, params=params or None)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, status, method, path, **options):
        """Send a request that must be refused so and return the problem."""
        answer = self.request(method, path, **options)
        assert answer.status_code == status, (answer.status_code, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == status
        assert {"type", "title", "status", "detail", "request_id"} <= set(problem)
        assert problem["request_id"] == answer.headers["x-request-id"]
        return problem


def run_delivery(
    *,
    id=1001,
    number=1,
    attempt=1,
    status="completed",
    conclusion="success",
    repo="acme/api",
    repo_id=77,
    workflow="CI",
    workflow_id=5,
    path=".github/workflows/ci.yml",
    branch="main",
    sha="4d6ee57193c29fc3b23723c386f462287b60bf87",
    actor="kim",
    event="push",
    created=None,
    started=None,
    seconds=60,
    default_branch="main",
):
    """Return the body of a workflow_run webhook as GitHub shapes it."""
    created = created or ago(hours=1)
    started = started or created
    return {
        "action": "completed" if status == "completed" else status,
        "workflow_run": {
            "id": id,
            "name": workflow,
            "path": path,
            "workflow_id": workflow_id,
            "run_number": number,
            "run_attempt": attempt,
            "event": event,
            "status": status,
            "conclusion": conclusion if status == "completed" else None,
            "head_branch": branch,
            "head_sha": sha,
            "head_commit": {"id": sha, "message": "Bump protobuf\n\nMore.", "timestamp": created,
                            "author": {"name": "Kim", "email": "kim@example.org"}},
            "head_repository": {"full_name": repo, "id": repo_id},
            "display_title": "Bump protobuf",
            "actor": {"login": actor},
            "triggering_actor": {"login": actor},
            "created_at": created,
            "run_started_at": started,
            "updated_at": later(started, seconds),
            "html_url": f"https://github.com/{repo}/actions/runs/{id}",
            "pull_requests": [],
        },
        "repository": repository(repo, repo_id, default_branch),
        "sender": {"login": actor},
    }  # fmt: skip


def job_delivery(
    *,
    id=501,
    run_id=1001,
    attempt=1,
    name="test",
    status="completed",
    conclusion="success",
    repo="acme/api",
    repo_id=77,
    workflow="CI",
    created=None,
    queue=5,
    seconds=30,
    steps=(),
):
    """Return the body of a workflow_job webhook as GitHub shapes it."""
    created = created or ago(hours=1)
    started = later(created, queue)
    done = status == "completed"
    return {
        "action": status,
        "workflow_job": {
            "id": id,
            "run_id": run_id,
            "run_attempt": attempt,
            "name": name,
            "workflow_name": workflow,
            "status": status,
            "conclusion": conclusion if done else None,
            "created_at": created,
            "started_at": started,
            "completed_at": later(started, seconds) if done else None,
            "labels": ["ubuntu-latest", "self-hosted"],
            "runner_name": "runner-1",
            "runner_group_name": "Default",
            "head_branch": "main",
            "head_sha": "4d6ee57193c29fc3b23723c386f462287b60bf87",
            "html_url": f"https://github.com/{repo}/actions/runs/{run_id}/job/{id}",
            "steps": list(steps),
        },
        "repository": repository(repo, repo_id, "main"),
        "sender": {"login": "kim"},
    }


def repository(full_name, provider_id, default_branch):
    """Return a repository as GitHub shapes it."""
    return {
        "id": provider_id,
        "full_name": full_name,
        "html_url": f"https://github.com/{full_name}",
        "default_branch": default_branch,
    }


@asynccontextmanager
async def living(app):
    """Start an application and stop it, as a server does."""
    said, heard = asyncio.Queue(), asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan", "state": {}}, heard.get, said.put))
    await heard.put({"type": "lifespan.startup"})
    assert await said.get() == {"type": "lifespan.startup.complete"}
    try:
        yield
    finally:
        await heard.put({"type": "lifespan.shutdown"})
        assert await said.get() == {"type": "lifespan.shutdown.complete"}
        await life


@pytest.fixture
def open_shop(database_address, tmp_path):
    """Return a function that starts the application on the test's database with settings."""

    @contextmanager
    def start(**overrides):
        settings = load_settings(
            **{"database_url": database_address, "data": tmp_path, "background": False, **overrides}
        )
        app = create_app(settings)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        client = httpx.AsyncClient(transport=transport, base_url="http://localhost:8000")
        with start_blocking_portal() as portal, portal.wrap_async_context_manager(living(app)):
            yield Shop(portal, client)
            portal.call(client.aclose)

    return start


@pytest.fixture
def shop(open_shop):
    """The application as a newcomer starts it: on loopback, everything open."""
    with open_shop() as client:
        yield client
