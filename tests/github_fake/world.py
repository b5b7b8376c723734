"""Repositories, runs, attempts and jobs that change as those of GitHub do, and tell of it."""

import msgspec

from tests.github_fake import shapes
from tests.github_fake.shapes import iso, number_for


class Repository:
    """One repository; `tell(event, payload, repository)` hears of what happens in it."""

    def __init__(self, full_name, id, *, now, base, tell, private=False, **facts):
        self.full_name, self.id, self.private, self.facts = full_name, id, private, facts
        self.now, self.base, self.tell = now, base, tell
        self.default_branch = facts.pop("default_branch", "main")
        self.created = now()
        self.runs = {}
        self.deleted_runs = {}
        self.workflows = {}
        self.hooks = []
        self.actions_enabled = True
        self._small = None

    def small(self):
        """Return it as it is part of other objects; the same for all of them, as there are many."""
        if self._small is None:
            self._small = shapes.small_repository(
                self.full_name, self.id, private=self.private, base=self.base()
            )
        return self._small

    def whole(self):
        """Return it as it is asked for."""
        return shapes.whole_repository(
            self.full_name, self.id, private=self.private, base=self.base(),
            default_branch=self.default_branch, created=self.created, facts=self.facts,
        )  # fmt: skip

    def rename(self, full_name):
        """Give it another name; the address by its id stays."""
        self.full_name, self._small = full_name, None

    def hook(self, url="https://ci.example.org/webhook/github", *, id=3, active=True):
        """Add a webhook."""
        self.hooks.append(
            shapes.hook(self.full_name, id, url=url, active=active, at=self.now(), base=self.base())
        )

    def run(self, *, workflow="ci.yml", id=None, created=None, **facts):
        """Ask for a run, queued; return it."""
        number = id or 1_000_000 + self.id * 100_000 + len(self.runs) + len(self.deleted_runs)
        found = Run(self, number, workflow, created=created or self.now(), **facts)
        self.runs[number] = found
        found.newest.tell("requested")
        return found

    def workflow(self, file):
        """Return a workflow, made when it is first named."""
        if file not in self.workflows:
            path, home = f".github/workflows/{file}", f"{self.base()}/repos/{self.full_name}"
            number = number_for(f"{self.id}/{file}")
            self.workflows[file] = {
                "id": number, "node_id": f"W_{number}", "name": file.removesuffix(".yml"), "path": path,
                "state": "active", "created_at": iso(self.created), "updated_at": iso(self.created),
                "url": f"{home}/actions/workflows/{number}", "html_url": f"https://github.com/{self.full_name}/blob/main/{path}",
                "badge_url": f"https://github.com/{self.full_name}/workflows/{file}/badge.svg",
            }  # fmt: skip
        return self.workflows[file]

    def listed(self):
        """Return the newest attempts of all runs, the newest run first."""
        runs = sorted(self.runs.values(), key=lambda run: (run.created, run.id), reverse=True)
        return [run.newest for run in runs]


class Run:
    """One run with all its attempts."""

    def __init__(self, home, id, workflow, *, created, event="push", branch="main", actor="kim",
                 head_sha=None, title=None):  # fmt: skip
        self.home, self.id, self.workflow = home, id, home.workflow(workflow)
        self.number = 1 + sum(run.workflow is self.workflow for run in home.runs.values())
        self.created, self.event, self.branch, self.actor = created, event, branch, actor
        self.head_sha = head_sha or f"{id:040x}"
        self.title = title or f"Change {id}"
        self.attempts = [Attempt(self, 1, created, actor)]

    @property
    def newest(self):
        """The newest attempt."""
        return self.attempts[-1]

    def job(self, name="build", **facts):
        """Add a job to the newest attempt, queued; return it."""
        return self.newest.job(name, **facts)

    def start(self):
        """Let the newest attempt run, and the jobs that it has."""
        for job in self.newest.jobs:
            job.start()
        self.newest.change("in_progress")

    def finish(self, conclusion="success"):
        """End the newest attempt and the jobs that have not ended."""
        for job in self.newest.jobs:
            if job.status != "completed":
                job.finish(conclusion)
        self.newest.change("completed", conclusion)

    def again(self, *, actor="kim", silent=False):
        """Run it again; return the new attempt."""
        attempt = Attempt(self, len(self.attempts) + 1, self.home.now(), actor)
        self.attempts.append(attempt)
        if not silent:
            attempt.tell("requested")
        return attempt

    def delete(self):
        """Delete it as people do; nobody is told."""
        self.home.deleted_runs[self.id] = self.home.runs.pop(self.id)

    def jobs(self, *, newest_only):
        """Return the jobs of the newest attempt or of all, the oldest first."""
        attempts = self.attempts[-1:] if newest_only else self.attempts
        return [job for attempt in attempts for job in attempt.jobs]


class Attempt:
    """One attempt at a run."""

    def __init__(self, run, number, started, actor):
        self.run, self.number, self.started, self.actor = run, number, started, actor
        self.updated = started
        self.status, self.conclusion = "queued", None
        self.jobs = []
        self._packed = None, None

    def job(self, name, *, id=None, **facts):
        """Add a job, queued; return it."""
        number = id or self.run.id * 1000 + sum(len(a.jobs) for a in self.run.attempts)
        job = Job(self, number, name, **facts)
        self.jobs.append(job)
        job.tell("queued")
        return job

    def change(self, status, conclusion=None, *, silent=False):
        """Change how it stands, and tell of it."""
        self.status, self.conclusion, self.updated = status, conclusion, self.run.home.now()
        if not silent:
            self.tell(status)

    def tell(self, action):
        """Send the event of a run."""
        home = self.run.home
        home.tell("workflow_run", {"action": action, "workflow_run": self.shown(),
                                   "workflow": self.run.workflow}, home)  # fmt: skip

    def packed(self):
        """Return it as it is shown, in JSON already: made anew only once something has changed."""
        run, home = self.run, self.run.home
        stands = (
            self.status, self.conclusion, self.started, self.updated, self.actor, run.branch,
            run.event, run.actor, run.title, run.head_sha, run.created, home.full_name,
        )  # fmt: skip
        if self._packed[0] != stands:
            self._packed = stands, msgspec.Raw(msgspec.json.encode(self.shown()))
        return self._packed[1]

    def shown(self):
        """Return it as GitHub shows a run."""
        run, home = self.run, self.run.home
        api = f"{home.base()}/repos/{home.full_name}"
        me = f"{api}/actions/runs/{run.id}"
        before = f"{me}/attempts/{self.number - 1}" if self.number > 1 else None
        return {
            "id": run.id, "node_id": f"WFR_{run.id}", "name": run.workflow["name"],
            "path": run.workflow["path"], "workflow_id": run.workflow["id"],
            "run_number": run.number, "run_attempt": self.number, "event": run.event,
            "status": self.status, "conclusion": self.conclusion, "head_branch": run.branch,
            "head_sha": run.head_sha, "display_title": run.title, "pull_requests": [],
            "check_suite_id": run.id + 7, "check_suite_node_id": f"CS_{run.id}",
            "created_at": iso(run.created), "run_started_at": iso(self.started),
            "updated_at": iso(self.updated), "url": me,
            "html_url": f"https://github.com/{home.full_name}/actions/runs/{run.id}",
            "jobs_url": f"{me}/jobs", "logs_url": f"{me}/logs", "cancel_url": f"{me}/cancel",
            "rerun_url": f"{me}/rerun", "artifacts_url": f"{me}/artifacts",
            "check_suite_url": f"{api}/check-suites/{run.id + 7}", "previous_attempt_url": before,
            "workflow_url": run.workflow["url"], "referenced_workflows": [],
            "actor": shapes.user(run.actor), "triggering_actor": shapes.user(self.actor),
            "head_commit": shapes.commit(run.head_sha, run.title, run.created),
            "repository": home.small(), "head_repository": home.small(),
        }  # fmt: skip


class Job:
    """One job of an attempt."""

    def __init__(self, attempt, id, name, *, labels=("ubuntu-latest",), steps=("build",), log=None):
        self.attempt, self.id, self.name, self.labels = attempt, id, name, list(labels)
        self.created = attempt.run.home.now()
        self.started = self.completed = None
        self.status, self.conclusion = "queued", None
        self.steps = list(steps)
        self.log = log
        self.runner = None

    def start(self):
        """Give it to a runner."""
        self.status, self.started = "in_progress", self.attempt.run.home.now()
        self.runner = "GitHub Actions 7"
        self.tell("in_progress")

    def finish(self, conclusion="success"):
        """End it."""
        self.started = self.started or self.attempt.run.home.now()
        self.status, self.conclusion = "completed", conclusion
        self.completed = self.attempt.run.home.now()
        self.tell("completed")

    def tell(self, action):
        """Send the event of a job."""
        home = self.attempt.run.home
        home.tell("workflow_job", {"action": action, "workflow_job": self.shown()}, home)

    def shown(self):
        """Return it as GitHub shows a job."""
        run = self.attempt.run
        home = run.home
        api = f"{home.base()}/repos/{home.full_name}"
        step = {"status": self.status, "conclusion": self.conclusion,
                "started_at": iso(self.started), "completed_at": iso(self.completed)}  # fmt: skip
        return {
            "id": self.id, "node_id": f"CR_{self.id}", "run_id": run.id,
            "run_url": f"{api}/actions/runs/{run.id}", "run_attempt": self.attempt.number,
            "workflow_name": run.workflow["name"], "head_branch": run.branch,
            "head_sha": run.head_sha, "name": self.name, "status": self.status,
            "conclusion": self.conclusion, "created_at": iso(self.created),
            # A job that waits has, as GitHub has it, started when it was created.
            "started_at": iso(self.started or self.created), "completed_at": iso(self.completed),
            "url": f"{api}/actions/jobs/{self.id}", "labels": self.labels,
            "html_url": f"https://github.com/{home.full_name}/actions/runs/{run.id}/job/{self.id}",
            "check_run_url": f"{api}/check-runs/{self.id}",
            "runner_id": 7 if self.runner else None, "runner_name": self.runner,
            "runner_group_id": 2 if self.runner else None,
            "runner_group_name": "GitHub Actions" if self.runner else None,
            "steps": [{"number": n, "name": name, **step} for n, name in enumerate(self.steps, 1)]
            if self.started else [],
        }  # fmt: skip
