"""The golden data: a small company whose numbers are known, as GitHub's API would list it.

In the last 7 days on main: 14 workflows of 2 repositories, 1,402 runs, of which 1,284 passed, 79
failed and 39 were cancelled or skipped; CI and e2e of acme/api are red.
"""

import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Final

REPOSITORIES: Final = ("acme/api", "acme/web")
WORKFLOWS: Final = ("CI", "e2e", "Lint", "Build", "Deploy", "Nightly", "Docs")
PASSED, FAILED, EXCLUDED = 1284, 79, 39
RED: Final = (("acme/api", "CI"), ("acme/api", "e2e"))
FIRST_BAD: Final = "a1b2c3d" + "0" * 33
LAST_GREEN: Final = "9f0e1d2" + "0" * 33
FLAKY_TITLE: Final = "Passed on the second attempt"
WEEK: Final = timedelta(days=7)


def _iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Golden:
    """Makes runs and jobs; all times hang on `now`."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.objects: list[dict[str, object]] = []
        self._ids = count(10_000)
        self._numbers = dict.fromkeys(
            ((repo, name) for repo in REPOSITORIES for name in WORKFLOWS), 4000
        )

    def run(
        self,
        repo: str,
        workflow: str,
        conclusion: str | None,
        *,
        at: datetime,
        seconds: int = 300,
        branch: str = "main",
        sha: str | None = None,
        title: str = "Tidy up",
        attempt: int = 1,
        run_id: int | None = None,
    ) -> int:
        """Add one attempt of a run; without a conclusion it is still going."""
        number = self._numbers.get((repo, workflow), 0) + (attempt == 1)
        self._numbers[(repo, workflow)] = number
        ident = run_id or next(self._ids)
        ended = at + timedelta(seconds=seconds)
        self.objects.append(
            {
                "id": ident,
                "name": workflow,
                "workflow_id": number_of(repo + workflow),
                "path": f".github/workflows/{workflow[:20].lower()}.yml",
                "run_number": number,
                "run_attempt": attempt,
                "event": "push",
                "status": "completed" if conclusion else "in_progress",
                "conclusion": conclusion,
                "head_branch": branch,
                "head_sha": sha or sha_of(ident),
                "display_title": title,
                "actor": {"login": "kim"},
                "created_at": _iso(at),
                "run_started_at": _iso(at),
                "updated_at": _iso(ended if conclusion else at),
                "html_url": f"https://github.example/{repo}/actions/runs/{ident}",
                "head_commit": {
                    "id": sha or sha_of(ident),
                    "message": title,
                    "timestamp": _iso(at),
                    "author": {"name": "Kim"},
                },
                "repository": {"full_name": repo, "default_branch": "main", "id": number_of(repo)},
            }
        )
        return ident

    def job(
        self,
        run_id: int,
        name: str,
        conclusion: str,
        *,
        repo: str,
        at: datetime,
        seconds: int = 120,
        waited: int = 10,
        attempt: int = 1,
    ) -> None:
        """Add a job with three steps; the middle one takes the job's fate."""
        third = seconds // 3
        fates = ("success", conclusion, "success" if conclusion == "success" else "skipped")
        steps = [
            {
                "number": number + 1,
                "name": ("Set up job", "Run tests", "Upload")[number],
                "status": "completed",
                "conclusion": fates[number],
                "started_at": _iso(at + timedelta(seconds=number * third)),
                "completed_at": _iso(at + timedelta(seconds=(number + 1) * third)),
            }
            for number in range(3)
        ]
        self.objects.append(
            {
                "id": next(self._ids),
                "run_id": run_id,
                "run_attempt": attempt,
                "run_url": f"https://api.github.example/repos/{repo}/actions/runs/{run_id}",
                "name": name,
                "status": "completed",
                "conclusion": conclusion,
                "created_at": _iso(at - timedelta(seconds=waited)),
                "started_at": _iso(at),
                "completed_at": _iso(at + timedelta(seconds=seconds)),
                "labels": ["ubuntu-latest"],
                "runner_name": "runner 1",
                "html_url": f"https://github.example/{repo}/actions/runs/{run_id}/job/1",
                "steps": steps,
            }
        )

    def write(self, path: Path) -> Path:
        """Write everything as JSON lines."""
        path.write_text("\n".join(json.dumps(one) for one in self.objects), encoding="utf-8")
        return path


def number_of(text: str) -> int:
    """Return a number that is the same in every process."""
    return int.from_bytes(text.encode(), "big") % 1_000_003


def sha_of(ident: int) -> str:
    """Return the commit of a run that has none of its own."""
    return sha256(str(ident).encode()).hexdigest()[:40]


def make_golden(now: datetime | None = None) -> Golden:
    """Return the golden data as of `now`."""
    golden = Golden((now or datetime.now(UTC)).replace(microsecond=0))
    _fill_week(golden)
    _break_main(golden)
    _pass_on_second_attempt(golden)
    _fill_week_before(golden)
    _add_branches(golden)
    return golden


def _places() -> list[tuple[str, str]]:
    return [(repo, name) for repo in REPOSITORIES for name in WORKFLOWS]


def _fill_week(golden: Golden) -> None:
    """Most of the week; its last runs passed, so that only what is broken later is red."""
    quiet = 60
    mixed = ["failure"] * (FAILED - 6) + ["cancelled"] * (EXCLUDED - 9) + ["skipped"] * 9
    mixed += ["success"] * (PASSED - 7 - quiet)
    # 997 is a prime: fates are spread over the week, and each is taken once.
    fates = [mixed[index * 997 % len(mixed)] for index in range(len(mixed))] + ["success"] * quiet
    places = _places()
    start = golden.now - timedelta(days=6, hours=18)
    step = timedelta(days=6, hours=12) / len(fates)
    for index, fate in enumerate(fates):
        repo, name = places[index % len(places)]
        golden.run(repo, name, fate, at=start + index * step, seconds=200 + index % 200)


def _break_main(golden: Golden) -> None:
    """Add the last green runs, and three failures in a row of each workflow that is red."""
    for repo, name in RED:
        green = golden.now - timedelta(hours=3, minutes=40)
        golden.run(repo, name, "success", at=green, sha=LAST_GREEN, title="Add a health check")
        for index in range(3):
            at = golden.now - timedelta(hours=3) + timedelta(minutes=50 * index)
            title = "Bump protobuf to 5.1" if index == 0 else "Retry the upload"
            sha = FIRST_BAD if index == 0 else None
            run_id = golden.run(repo, name, "failure", at=at, sha=sha, title=title)
            begun = at + timedelta(seconds=12)
            golden.job(run_id, "lint", "success", repo=repo, at=begun, seconds=60)
            golden.job(run_id, "test (3.12)", "failure", repo=repo, at=begun, seconds=180)


def _pass_on_second_attempt(golden: Golden) -> None:
    for index in range(5):
        at = golden.now - timedelta(hours=2, minutes=index * 5)
        run_id = golden.run("acme/web", "CI", "failure", at=at, title=FLAKY_TITLE)
        begun = at + timedelta(seconds=12)
        golden.job(run_id, "browser", "failure", repo="acme/web", at=begun)
        again = at + timedelta(minutes=20)
        golden.run(
            "acme/web", "CI", "success", at=again, title=FLAKY_TITLE, attempt=2, run_id=run_id
        )
        begun = again + timedelta(seconds=12)
        golden.job(run_id, "browser", "success", repo="acme/web", at=begun, attempt=2)


def _fill_week_before(golden: Golden) -> None:
    start = golden.now - 2 * WEEK + timedelta(hours=1)
    for index in range(400):
        repo, name = _places()[index % 14]
        fate = "failure" if index % 25 == 0 else "success"
        golden.run(repo, name, fate, at=start + index * timedelta(minutes=20), seconds=240)


def _add_branches(golden: Golden) -> None:
    names = ("feature/uploads", 'fix/"quoted" names', "dependabot/npm/react-19")
    for index in range(60):
        at = golden.now - timedelta(hours=5 + index)
        fate = "failure" if index % 6 == 0 else "success"
        golden.run("acme/api", "CI", fate, at=at, branch=names[index % 3], title="On a branch")
