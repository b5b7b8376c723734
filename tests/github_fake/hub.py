"""A GitHub of one's own: its state, who may ask it, its limits, its faults, and its server."""

import threading
import time
from collections import deque
from contextlib import AbstractContextManager, contextmanager
from email.utils import formatdate
from hashlib import sha256
from itertools import count
from urllib.parse import urlencode

import msgspec

from pulseboard import clock
from tests.github_fake.apps import App, Delivery
from tests.github_fake.limits import Account
from tests.github_fake.routes import Failure, find_route
from tests.github_fake.server import Reply, serving
from tests.github_fake.world import Repository

JSON = {"Content-Type": "application/json; charset=utf-8"}
_encode = msgspec.json.encode
# What may be seen of deliveries, and for how long.
KEEP_DELIVERIES = 3 * clock.DAY


class Fault:
    """What goes wrong with the next so many requests whose address has some part."""

    def __init__(self, part, kind, *, times, status=502, seconds=60):
        self.part, self.kind, self.times = part, kind, times
        self.status, self.seconds = status, seconds


class FakeGitHub(AbstractContextManager):
    """GitHub within the test's own process, on a port of this machine.

    Its clock is that of the test, `skew` ahead. Deliveries go to `on_delivery`, which answers with
    a status; without one they fail, as where nothing listens.
    """

    def __init__(self, *, prefix="", skew=0):
        self.prefix, self.skew = prefix, skew
        self.repositories, self.accounts, self.apps, self.manifests = {}, {}, {}, {}
        self.files, self.faults, self.asked = {}, [], []
        self.deliveries, self.on_delivery = deque(), None
        self._delivery_ids = count(1)
        # Called with every request, before it is answered.
        self.on_asked = None
        # Old addresses of repositories that were renamed.
        self.renamed = {}
        self.nobody = Account("nobody", limit=60)
        self.url = None
        self.listing_limit = 40_000
        self._lock = threading.RLock()
        self._server = None

    def __enter__(self):
        self._server = serving(self._serve)
        self.url = self._server.__enter__() + self.prefix
        return self

    def __exit__(self, *error):
        return self._server.__exit__(*error)

    def now(self):
        """Return its time."""
        return clock.now() + self.skew

    # What a test puts there.

    def repository(self, full_name="acme/api", *, id=None, **facts):
        """Add a repository and return it."""
        number = id or 7000 + len(self.repositories)
        found = Repository(full_name, number, now=self.now, base=lambda: self.url,
                           tell=self._deliver, **facts)  # fmt: skip
        self.repositories[number] = found
        return found

    def rename(self, repository, full_name):
        """Rename a repository; the old address leads to the new one."""
        self.renamed[repository.full_name.lower()] = repository.id
        repository.rename(full_name)

    def remove(self, repository):
        """Delete a repository."""
        del self.repositories[repository.id]

    def token(self, token="ghp_fake", **facts):
        """Accept a token; return whose it is."""
        self.accounts[token] = account = Account(token, **facts)
        return account

    def app(self, id=77, owner="acme", slug="pulse", **facts):
        """Add an App and return it."""
        facts = {"permissions": {"actions": "read", "metadata": "read"},
                 "events": ["workflow_run", "workflow_job"], "created": self.now()} | facts  # fmt: skip
        self.apps[id] = app = App(id, owner, slug, **facts)
        return app

    def fail(self, part="", kind="status", *, times=1, **facts):
        """Let the next requests go wrong: status, html, cut, slow, drop or pause."""
        self.faults.append(Fault(part, kind, times=times, **facts))

    @contextmanager
    def outage(self, part="", kind="status", **facts):
        """Let all requests go wrong for a while."""
        fault = Fault(part, kind, times=1 << 60, **facts)
        self.faults.append(fault)
        try:
            yield
        finally:
            self.faults.remove(fault)

    def count(self, part=""):
        """Count the requests whose address contains something."""
        return sum(part in target for target in self.asked)

    # Deliveries.

    def _deliver(self, event, payload, repository):
        place = next(
            ((app, place) for app in self.apps.values() for place in app.installations
             if place.account.lower() == repository.full_name.split("/")[0].lower()), None,
        )  # fmt: skip
        whole = {**payload, "repository": repository.whole(), "sender": {"login": "kim"}}
        if place is not None:
            whole["installation"] = {"id": place[1].id}
        with self._lock:
            one = Delivery(
                next(self._delivery_ids), event, payload.get("action"), _encode(whole), at=self.now(),
                repository_id=repository.id, installation_id=place and place[1].id,
            )  # fmt: skip
            self._send(one)

    def redeliver(self, one):
        """Deliver once more."""
        with self._lock:
            self._send(one.again(next(self._delivery_ids), at=self.now()))

    def _send(self, one):
        self._forget_deliveries()
        self.deliveries.append(one)
        one.status_code = self.on_delivery(one) if self.on_delivery else 502

    def kept_deliveries(self):
        """Return the deliveries that are not too old to be seen, the newest first."""
        self._forget_deliveries()
        return list(reversed(self.deliveries))

    def _forget_deliveries(self):
        while self.deliveries and self.deliveries[0].delivered_at <= self.now() - KEEP_DELIVERIES:
            self.deliveries.popleft()

    # What it answers.

    def _serve(self, asked):
        with self._lock:
            account = self._account(asked) or self.nobody
            account.at_once += 1
            account.most_at_once = max(account.most_at_once, account.at_once)
        try:
            return self._serve_in_turn(asked)
        finally:
            with self._lock:
                account.at_once -= 1

    def _serve_in_turn(self, asked):
        with self._lock:
            self.asked.append(asked.target)
            if self.on_asked is not None:
                self.on_asked()
            fault = next((f for f in self.faults if f.times > 0 and f.part in asked.target), None)
            if fault is not None:
                fault.times -= 1
            if fault is not None and fault.kind in ("status", "html"):
                return _broken(fault)
            reply = self._answer(asked, fault)
        reply.headers["Date"] = formatdate(self.now() / clock.SECOND, usegmt=True)
        if fault is not None and fault.kind == "cut":
            return reply._replace(sent=len(reply.body) // 2)
        if fault is not None and fault.kind == "drop":
            return reply._replace(body=reply.body[: len(reply.body) // 2])
        if fault is not None and fault.kind == "slow":
            return reply._replace(wait=lambda: time.sleep(fault.seconds))
        return reply

    def _answer(self, asked, fault):
        path = asked.path.removeprefix(self.prefix)
        if path.startswith("/storage/"):
            return self._file(path)
        account = self._account(asked)
        if account is None:
            return _complain(401, "Bad credentials", {})
        reason = account.begin(5 if asked.method == "POST" else 1, now=self.now())
        if fault is not None and fault.kind == "pause":
            account.paused_until = self.now() + fault.seconds * clock.SECOND
            reason = "secondary"
        if reason is not None:
            return self._limited(account, reason)
        reply = self._reply(asked, path, account)
        # What has not changed costs nothing of the hour.
        account.used += reply.status != 304
        return reply._replace(headers={**reply.headers, **account.headers()})

    def _account(self, asked):
        kind, _, token = (asked.headers["Authorization"] or "").partition(" ")
        if not token:
            return self.nobody
        if token.count(".") == 2:
            return self._app_account(token)
        account = self.accounts.get(token)
        if kind.lower() not in ("bearer", "token") or account is None:
            return None
        return None if account.until is not None and account.until <= self.now() else account

    def _app_account(self, token):
        for app in self.apps.values():
            reason = app.accepts(token, now=self.now())
            if reason is None:
                return self.accounts.setdefault(f"app {app.id}", Account(app, kind="app"))
        return None

    def _reply(self, asked, path, account):
        try:
            status, data, headers = find_route(self, asked, path, account)
        except Failure as failure:
            return _complain(failure.status, failure.message, failure.headers)
        body = b"" if data is None else _encode(data)
        # It belongs to whoever asked, as GitHub's do.
        etag = f'W/"{sha256(body + str(account.name).encode()).hexdigest()}"'
        if asked.method == "GET" and asked.headers["If-None-Match"] == etag:
            return Reply(304, b"", {"ETag": etag})
        return Reply(status, body, {**JSON, "ETag": etag, **headers})

    def _limited(self, account, reason):
        if reason == "primary":
            words = "API rate limit exceeded for user ID 1."
            return _complain(403, words, account.headers())
        wait = -(-(account.paused_until - self.now()) // clock.SECOND)
        words = "You have exceeded a secondary rate limit. Please wait a few minutes."
        return _complain(403, words, {**account.headers(), "Retry-After": str(wait)})

    def link(self, asked, number, more):
        """Return the Link header of a page."""
        if not more:
            return {}
        query = urlencode(asked.params | {"page": str(number + 1)})
        path = asked.path.removeprefix(self.prefix)
        return {"Link": f'<{self.url}{path}?{query}>; rel="next"'}

    def keep_file(self, name, body):
        """Keep a file for a minute; return its address."""
        self.files[name] = body, self.now() + clock.MINUTE
        return f"{self.url}/storage/{name}"

    def _file(self, path):
        body, until = self.files.get(path.removeprefix("/storage/"), (b"", 0))
        if until <= self.now():
            return Reply(403, b"<Error>expired</Error>", {"Content-Type": "application/xml"})
        return Reply(200, body, {"Content-Type": "text/plain"})


def _broken(fault):
    if fault.kind == "html":
        page = b"<html><body>Unicorn!</body></html>"
        return Reply(fault.status, page, {"Content-Type": "text/html"})
    return _complain(fault.status, "Server Error", {})


def _complain(status, message, headers):
    body = {"message": message, "documentation_url": "https://docs.github.com/rest"}
    return Reply(status, _encode(body), {**JSON, **headers})
