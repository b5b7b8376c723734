"""Data that tries to break the page: markup in every string, endless and foreign names, odd clocks."""

from datetime import timedelta
from typing import Final

from tests.browser.golden import Golden, make_golden, sha_of

REPO: Final = "acme/odd"
MARKUP: Final = "<script>window.hit = 1</script><img src=x onerror='window.hit = 2'>"
LONG: Final = "a-matrix-of-everything-" * 13 + "x"
ARABIC: Final = "فحص الجودة والنشر على الخادم"
BRANCH: Final = 'feature/"quoted"/<b>bold</b>/and-a-name-that-goes-on-and-on'
SKEWED: Final = "Clock of tomorrow"
PLENTY: Final = 500


def make_hostile() -> Golden:
    """Return the golden data with a repository of oddities, and one of very many workflows."""
    golden = make_golden()
    _add_names(golden)
    _add_skewed_clock(golden)
    for index in range(PLENTY):
        at = golden.now - timedelta(minutes=200 + index)
        fate = "failure" if index % 50 == 0 else "success"
        golden.run("acme/plenty", f"Package {index:03}", fate, at=at)
    return golden


def _add_names(golden: Golden) -> None:
    """Add a failed run for each odd name, with the markup wherever GitHub lets people write."""
    for index, name in enumerate((MARKUP, LONG, ARABIC)):
        at = golden.now - timedelta(minutes=90 + index)
        run_id = golden.run(REPO, name, "failure", at=at, title=MARKUP)
        run = golden.objects[-1]
        run["actor"] = {"login": MARKUP}
        run["head_commit"] = {
            "id": sha_of(run_id),
            "message": f"{MARKUP}\n\n{ARABIC}",
            "timestamp": run["created_at"],
            "author": {"name": MARKUP},
        }
        golden.job(run_id, f"{name} (1, 2, 3)", "failure", repo=REPO, at=at)
        job = golden.objects[-1]
        job |= {"runner_name": MARKUP, "labels": [MARKUP, ARABIC]}
        for step in job["steps"]:
            step["name"] = f"{step['name']} {MARKUP}"
        golden.run(REPO, name, "failure", at=at, branch=BRANCH, title=MARKUP)


def _add_skewed_clock(golden: Golden) -> None:
    """Add a run of a machine whose clock is five hours ahead, and a job that ends before it began."""
    at = golden.now + timedelta(hours=5)
    run_id = golden.run(REPO, SKEWED, "success", at=at)
    golden.job(run_id, "ahead", "success", repo=REPO, at=at, waited=-3600)
    golden.job(run_id, "backwards", "success", repo=REPO, at=at, seconds=-600)
