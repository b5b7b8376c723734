"""Runs whose waterfalls are out of the ordinary: long, short, of very many jobs, running, empty."""

from datetime import timedelta
from typing import Final

from tests.browser.golden import Golden

REPO: Final = "acme/bars"
MATRIX, SHORT, LONG, RUNNING, EMPTY, SKEWED = (
    "Matrix",
    "Short",
    "Long",
    "Running",
    "Empty",
    "Skewed",
)
JOBS: Final = 64
FAILED: Final = (7, 40)
LONG_SECONDS: Final = 1200
SHORT_SECONDS: Final = 60


def make_waterfalls(golden: Golden) -> Golden:
    """Add one run of each kind."""
    _add_matrix(golden)
    at = golden.now - timedelta(hours=2)
    for name, seconds in ((LONG, LONG_SECONDS), (SHORT, SHORT_SECONDS)):
        run_id = golden.run(REPO, name, "success", at=at, seconds=seconds)
        half = timedelta(seconds=seconds / 2)
        golden.job(run_id, "build", "success", repo=REPO, at=at, seconds=seconds // 2, waited=0)
        golden.job(run_id, "verify", "success", repo=REPO, at=at + half, seconds=seconds // 2)
    _add_running(golden)
    golden.run(REPO, EMPTY, "success", at=at)
    run_id = golden.run(REPO, SKEWED, "success", at=at)
    golden.job(run_id, "ahead", "success", repo=REPO, at=at, waited=-3600)
    golden.job(run_id, "backwards", "success", repo=REPO, at=at, seconds=-600)
    golden.job(run_id, "usual", "success", repo=REPO, at=at + timedelta(minutes=1))
    return golden


def _add_matrix(golden: Golden) -> None:
    """Add a run of a matrix with names as long as matrices make them, two jobs of which failed."""
    at = golden.now - timedelta(hours=1)
    run_id = golden.run(REPO, MATRIX, "failure", at=at, seconds=900)
    for index in range(JOBS):
        system = ("ubuntu-24.04", "macos-15-xlarge", "windows-2025")[index % 3]
        name = (
            f"linux / test-with-everything (3.{9 + index % 6}, {system}, postgres, shard {index})"
        )
        fate = "failure" if index in FAILED else "success"
        begun = at + timedelta(seconds=10 + index * 9)
        seconds = 90 + index * 7 % 200
        golden.job(run_id, name, fate, repo=REPO, at=begun, seconds=seconds, waited=5 + index)


def _add_running(golden: Golden) -> None:
    """Add a run with a job that is done, one that is running and one that waits."""
    at = golden.now - timedelta(minutes=4)
    run_id = golden.run(REPO, RUNNING, None, at=at)
    golden.job(run_id, "lint", "success", repo=REPO, at=at, seconds=60)
    golden.job(run_id, "verify", "success", repo=REPO, at=at)
    golden.objects[-1] |= {"status": "in_progress", "conclusion": None, "completed_at": None}
    golden.objects[-1]["steps"] = []
    golden.job(run_id, "deploy", "success", repo=REPO, at=at + timedelta(minutes=1))
    golden.objects[-1] |= {"status": "queued", "conclusion": None, "completed_at": None}
    golden.objects[-1] |= {"started_at": None, "steps": [], "runner_name": None}
