"""Stand-ins for browsers: sockets that take everything, or nothing for a while."""

import asyncio
import json

from pulseboard.live.messages import RunFacts
from pulseboard.live.stream import Client


class Listener:
    """The server's side of a socket; `stuck` makes it refuse to take anything."""

    def __init__(self, *, stuck=False):
        self.events = []
        self._more = asyncio.Event()
        self.writable = asyncio.Event()
        if not stuck:
            self.writable.set()
        self.incoming = asyncio.Queue()
        self.client = Client(self.send)

    async def send(self, event):
        await self.writable.wait()
        self.events.append(event)
        self._more.set()

    @property
    def messages(self):
        return [json.loads(e["text"]) for e in self.events if e["type"] == "websocket.send"]

    @property
    def closing(self):
        return next((e for e in self.events if e["type"] == "websocket.close"), None)

    def types(self):
        return [message["type"] for message in self.messages]

    def leave(self):
        self.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})

    async def until(self, count):
        async with asyncio.timeout(5):
            while len(self.messages) < count:
                self._more.clear()
                await self._more.wait()
        return self.messages


class Change:
    """What the writer tells of one attempt."""

    def __init__(self, run_id, *, rev=1, attempt=1, demo=False, repository_id=1, workflow_id=1,
                 status="in_progress", conclusion=None, job_ids=(), repository="acme/api",
                 workflow="CI", workflow_path=None, head_branch="main",
                 on_default=True):  # fmt: skip
        self.run_id = run_id
        self.attempt = attempt
        self.repository_id = repository_id
        self.workflow_id = workflow_id
        self.demo = demo
        self.rev = rev
        self.status = status
        self.conclusion = conclusion
        self.repository = repository
        self.workflow = workflow
        self.workflow_path = workflow_path
        self.head_branch = head_branch
        self.on_default = on_default
        self.job_ids = list(job_ids)
        self.facts = RunFacts(
            run_id=f"70{run_id}", repo="Acme/API", workflow=workflow, pipeline=workflow,
            created_at="2026-03-01T12:00:00Z", started_at="2026-03-01T12:00:00Z",
            updated_at="2026-03-01T12:00:09Z", source="github",
        )  # fmt: skip
