"""A GitHub within the test's own process: repositories, runs, attempts and jobs that change."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from urllib.parse import unquote

from pulseboard import clock
from pulseboard.collect.github.answers import Answer, Later, Refused
from pulseboard.vocabulary import FeedState

TOKEN = "fingerprint-of-the-token"


def iso(instant):
    """Return an instant as GitHub writes it, to the second."""
    return clock.to_iso(instant // clock.SECOND * clock.SECOND)


class Hub:
    """Answers as client.GitHub does, from what the test has put there."""

    def __init__(self, etags):
        self.etags = etags
        self.repositories = {}
        # What lists of the repositories of organisations say.
        self.owners = {}
        self.asked = []
        # What is raised instead of an answer, by the beginning of a path.
        self.trouble = {}
        self.before = lambda path: None

    def repository(self, full_name="acme/api", *, id=77, **facts):
        """Add a repository and return it."""
        found = Repository(full_name, id, facts)
        self.repositories[full_name] = found
        return found

    def get(self, path, *, repository, purpose, params=None, conditional=False):
        params = {key: str(value) for key, value in (params or {}).items()}
        url = path + "?" + "&".join(f"{key}={params[key]}" for key in sorted(params))
        self.asked.append(url.removesuffix("?"))
        self.before(path)
        for start, error in self.trouble.items():
            if path.startswith(start):
                raise error
        body, more = self._answer(path, params)
        data = json.dumps(body).encode()
        etag = sha256(data).hexdigest()
        if conditional and self.etags.find(TOKEN, url) == etag:
            return Answer(304, b"", etag=etag, not_modified=True, date=clock.now())
        if conditional:
            self.etags.keep(TOKEN, url, etag)
        return Answer(200, data, etag=etag, next_url="next" if more else None, date=clock.now())

    def count(self, part=""):
        """Count the requests whose address contains something."""
        return sum(part in url for url in self.asked)

    def forget(self):
        """Count from zero again."""
        self.asked.clear()

    def _answer(self, path, params):
        parts = [unquote(part) for part in path.strip("/").split("/")]
        if parts[0] == "orgs" and parts[1] in self.owners:
            return self.owners[parts[1]], False
        found = self.repositories.get("/".join(parts[1:3]))
        if found is None or parts[0] != "repos":
            raise gone(path)
        return found.answer(parts[3:], params)


def gone(path="it"):
    """Return what a 404 comes to."""
    return Refused(FeedState.NOT_FOUND, f"{path} is not there.", next_step="Look for it.")


def limited(until):
    """Return what a limit comes to."""
    return Later("GitHub's limit is used up.", until=until)


class Repository:
    """One repository of the hub."""

    def __init__(self, full_name, id, facts):
        self.full_name = full_name
        self.facts = {
            "id": id,
            "full_name": full_name,
            "html_url": f"https://github.com/{full_name}",
            "default_branch": "main",
            **facts,
        }
        self.runs = {}

    def run(self, id, *, created, workflow="ci.yml", jobs=1, **facts):
        """Add a run with its first attempt and return it."""
        self.runs[id] = run = Run(self, id, created=created, workflow=workflow, **facts)
        for number in range(jobs):
            run.job(id * 1000 + number)
        return run

    def delete(self, id):
        """Delete a run as people do at GitHub."""
        del self.runs[id]

    def answer(self, parts, params):
        match parts:
            case []:
                return self.facts, False
            case ["actions", "runs"]:
                return self._list(list(self.runs.values()), params)
            case ["actions", "workflows", file, "runs"]:
                chosen = [run for run in self.runs.values() if run.workflow == file]
                if not chosen:
                    raise gone(file)
                return self._list(chosen, params)
            case ["actions", "runs", id]:
                return self._require(id).newest(), False
            case ["actions", "runs", id, "jobs"]:
                return _page("jobs", self._require(id).all_jobs(), params)
            case ["actions", "runs", id, "attempts", number]:
                return self._require(id).attempts[int(number) - 1], False
        raise gone("/".join(parts))

    def _list(self, runs, params):
        chosen = [run.newest() for run in runs]
        if "created" in params:
            first, last = params["created"].split("..")
            chosen = [run for run in chosen if first <= run["created_at"] <= last]
        chosen.sort(key=lambda run: (run["created_at"], run["id"]), reverse=True)
        capped = chosen[:1000] if "created" in params else chosen
        return _page("workflow_runs", capped, params, total=len(chosen))

    def _require(self, id):
        if int(id) not in self.runs:
            raise gone(id)
        return self.runs[int(id)]


def _page(name, items, params, *, total=None):
    size, number = int(params.get("per_page", 30)), int(params.get("page", 1))
    start = (number - 1) * size
    total = len(items) if total is None else total
    # As GitHub does since it caps counts: nobody may take it for the truth.
    body = {"total_count": total if total <= 2500 else "2,500+", name: items[start : start + size]}
    return body, start + size < len(items)


class Run:
    """One run with all its attempts and their jobs."""

    def __init__(self, home, id, *, created, workflow, seconds=60, **facts):
        self.home, self.id, self.workflow = home, id, workflow
        self.created = created
        self.attempts = []
        self.jobs = []
        self._attempt(started=created, seconds=seconds, facts=facts)

    def _attempt(self, *, started, seconds, facts):
        number = len(self.attempts) + 1
        name = self.home.full_name
        self.attempts.append({
            "id": self.id, "name": self.workflow.removesuffix(".yml").upper(),
            "path": f".github/workflows/{self.workflow}", "workflow_id": 5 + len(self.workflow),
            "run_number": self.id, "run_attempt": number, "event": "push",
            "status": "completed", "conclusion": "success", "head_branch": "main",
            "head_sha": f"{self.id:040x}", "display_title": f"Change {self.id}",
            "created_at": iso(self.created), "run_started_at": iso(started),
            "updated_at": iso(started + seconds * clock.SECOND),
            "html_url": f"https://github.com/{name}/actions/runs/{self.id}",
            "url": f"https://api.github.com/repos/{name}/actions/runs/{self.id}",
            "actor": {"login": "kim"}, "triggering_actor": {"login": "kim"},
            "repository": {"id": self.home.facts["id"], "full_name": name},
            **facts,
        })  # fmt: skip

    def newest(self):
        """Return the run as it stands."""
        return self.attempts[-1]

    def change(self, *, at, **facts):
        """Change the newest attempt."""
        self.attempts[-1] |= {"updated_at": iso(at), **facts}

    def again(self, *, at, job=None, seconds=60, **facts):
        """Run it again, with one job."""
        self._attempt(started=at, seconds=seconds, facts=facts)
        self.job(job or self.id * 1000 + 500 + len(self.attempts))

    def job(self, id, **facts):
        """Add a job to the newest attempt and return it."""
        run = self.attempts[-1]
        job = {
            "id": id, "run_id": self.id, "run_attempt": run["run_attempt"], "name": f"job {id}",
            "workflow_name": run["name"], "status": run["status"], "conclusion": run["conclusion"],
            "created_at": run["run_started_at"], "started_at": run["run_started_at"],
            "completed_at": run["updated_at"] if run["status"] == "completed" else None,
            "run_url": run["url"], "labels": ["ubuntu-latest"], "runner_name": "r1",
            "steps": [{"number": 1, "name": "build", "status": run["status"],
                       "conclusion": run["conclusion"]}],
            **facts,
        }  # fmt: skip
        self.jobs.append(job)
        return job

    def all_jobs(self):
        """Return the jobs of all attempts, the newest first."""
        return self.jobs[::-1]


@contextmanager
def frozen_clock(monkeypatch, start) -> Iterator["Hands"]:
    """Let the test say what time it is."""
    hands = Hands(start)
    monkeypatch.setattr(clock, "now", lambda: hands.time)
    yield hands


class Hands:
    """The time of a test."""

    def __init__(self, start):
        self.time = start

    def forward(self, **units):
        """Let so many minutes, hours … pass."""
        widths = {"seconds": clock.SECOND, "minutes": clock.MINUTE, "hours": clock.HOUR,
                  "days": clock.DAY}  # fmt: skip
        self.time += sum(int(widths[unit] * number) for unit, number in units.items())
        return self.time
