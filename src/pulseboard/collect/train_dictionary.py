"""Trains the dictionary for raw payloads: `python -m pulseboard.collect.train_dictionary FILE`.

The samples are made up here in the shape of GitHub's deliveries: the names of fields and the
patterns of addresses are GitHub's, what stands in them is ours. A released dictionary never
changes; a better one gets the next version (payloads.CURRENT).
"""

import sys
from collections.abc import Iterator
from hashlib import sha1
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec
from zstandard import train_dictionary

from pulseboard.clock import SECOND, to_iso
from pulseboard.collect.payloads import LEVEL

SIZE: Final = 64 * 1024
SAMPLES: Final = 1500
_SEED: Final = 20_260_101
_EPOCH: Final = 1_767_225_600
_API: Final = "https://api.github.com"
_WEB: Final = "https://github.com"

Payload = dict[str, Any]

# An address with braces is a template, and GitHub repeats all of them in every repository.
_REPOSITORY_LINKS: Final = (
    "forks", "keys{/key_id}", "collaborators{/collaborator}", "teams", "hooks",
    "issues/events{/number}", "events", "assignees{/user}", "branches{/branch}", "tags",
    "git/blobs{/sha}", "git/tags{/sha}", "git/refs{/sha}", "git/trees{/sha}", "statuses/{sha}",
    "languages", "stargazers", "contributors", "subscribers", "subscription", "commits{/sha}",
    "git/commits{/sha}", "comments{/number}", "issues/comments{/number}", "contents/{+path}",
    "compare/{base}...{head}", "merges", "{archive_format}{/ref}", "downloads",
    "issues{/number}", "pulls{/number}", "milestones{/number}",
    "notifications{?since,all,participating}", "labels{/name}", "releases{/id}", "deployments",
)  # fmt: skip
_REPOSITORY_LINK_NAMES: Final = (
    "forks", "keys", "collaborators", "teams", "hooks", "issue_events", "events", "assignees",
    "branches", "tags", "blobs", "git_tags", "git_refs", "trees", "statuses", "languages",
    "stargazers", "contributors", "subscribers", "subscription", "commits", "git_commits",
    "comments", "issue_comment", "contents", "compare", "merges", "archive", "downloads",
    "issues", "pulls", "milestones", "notifications", "labels", "releases", "deployments",
)  # fmt: skip
_USER_LINKS: Final = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_WORKFLOWS: Final = ("CI", "Tests", "Build", "Lint", "Release", "Deploy", "Docs", "CodeQL")
_JOBS: Final = (
    "build", "test", "lint", "deploy", "docs", "unit tests", "integration tests", "type check",
    "build (ubuntu-latest, 3.12)", "test (windows-latest, 20)", "test (macos-latest, 22)",
    "release / publish",
)  # fmt: skip
_STEPS: Final = (
    "Run actions/checkout@v4", "Run actions/setup-node@v4", "Run actions/setup-python@v5",
    "Run actions/setup-go@v5", "Run actions/setup-java@v4", "Run actions/cache@v4",
    "Install dependencies", "Run npm ci", "Run npm test", "Run npm run build", "Run pytest",
    "Run go test ./...", "Run make test", "Build", "Test", "Lint", "Upload coverage",
    "Run actions/upload-artifact@v4", "Run docker/build-push-action@v6", "Publish",
)  # fmt: skip
_RUNNERS: Final = (
    ["ubuntu-latest"], ["ubuntu-24.04"], ["windows-latest"], ["macos-latest"],
    ["self-hosted", "linux", "x64"],
)  # fmt: skip
_WORDS: Final = (
    "Fix flaky test of the parser", "Update dependencies", "Add retry to the uploader",
    "Bump version", "Remove unused settings", "Document the new option", "Speed up the build",
    "Handle empty responses", "Refactor the scheduler", "Make the cache key stable",
)  # fmt: skip
_CONCLUSIONS: Final = ("success", "success", "success", "failure", "cancelled", "skipped")


def samples(count: int, *, seed: int = _SEED) -> Iterator[bytes]:
    """Yield deliveries of runs and jobs, and the objects that imports carry, compact or spaced."""
    dice = Random(seed)  # noqa: S311  # Nothing here is secret.
    for number in range(count):
        delivery = _delivery(dice)
        thing = delivery.get("workflow_run") or delivery["workflow_job"]
        body = msgspec.json.encode(thing if number % 5 == 0 else delivery)
        yield msgspec.json.format(body, indent=2) if number % 10 == 1 else body


def _delivery(dice: Random) -> Payload:
    owner = _user(dice, dice.choice(("User", "Organization")))
    repository = _repository(dice, owner)
    sender = _user(dice, "User")
    status = dice.choice(("queued", "in_progress", "completed", "completed", "waiting"))
    if dice.random() < 0.45:
        run = _run(dice, repository, sender, status)
        action = "completed" if status == "completed" else dice.choice(("requested", "in_progress"))
        delivery = {"action": action, "workflow_run": run, "workflow": _workflow(dice, run)}
    else:
        delivery = {"action": status, "workflow_job": _job(dice, repository, status)}
    delivery["repository"] = repository
    if owner["type"] == "Organization":
        delivery["organization"] = _organization(owner)
    delivery["sender"] = sender
    delivery["installation"] = {"id": dice.randrange(10**8), "node_id": _node(dice, "MDI")}
    return delivery


def _node(dice: Random, prefix: str) -> str:
    return prefix + dice.randbytes(9).hex()


def _sha(dice: Random) -> str:
    return sha1(dice.randbytes(8), usedforsecurity=False).hexdigest()


def _time(dice: Random) -> str:
    return to_iso((_EPOCH + dice.randrange(60_000_000)) * SECOND)


def _login(dice: Random) -> str:
    return dice.choice("abcdefghij") + dice.randbytes(3).hex()


def _user(dice: Random, kind: str) -> Payload:
    login, number = _login(dice), dice.randrange(10**8)
    url = f"{_API}/users/{login}"
    return {
        "login": login,
        "id": number,
        "node_id": _node(dice, "MDQ6VXNlc"),
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{_WEB}/{login}",
        **{name: url + path for name, path in _USER_LINKS.items()},
        "type": kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def _organization(owner: Payload) -> Payload:
    url = f"{_API}/orgs/{owner['login']}"
    return {
        "login": owner["login"],
        "id": owner["id"],
        "node_id": owner["node_id"],
        "url": url,
        "repos_url": f"{url}/repos",
        "events_url": f"{url}/events",
        "hooks_url": f"{url}/hooks",
        "issues_url": f"{url}/issues",
        "members_url": f"{url}/members{{/member}}",
        "public_members_url": f"{url}/public_members{{/member}}",
        "avatar_url": owner["avatar_url"],
        "description": None,
    }


def _repository_core(dice: Random, owner: Payload) -> Payload:
    name = "repo-" + dice.randbytes(2).hex()
    full_name = f"{owner['login']}/{name}"
    url = f"{_API}/repos/{full_name}"
    links = zip(_REPOSITORY_LINK_NAMES, _REPOSITORY_LINKS, strict=True)
    return {
        "id": dice.randrange(10**9),
        "node_id": _node(dice, "R_kgDO"),
        "name": name,
        "full_name": full_name,
        "private": dice.random() < 0.5,
        "owner": owner,
        "html_url": f"{_WEB}/{full_name}",
        "description": None,
        "fork": False,
        "url": url,
        **{f"{key}_url": f"{url}/{path}" for key, path in links},
    }


def _repository(dice: Random, owner: Payload) -> Payload:
    core = _repository_core(dice, owner)
    name = core["full_name"]
    return {
        **core,
        **{name: _time(dice) for name in ("created_at", "updated_at", "pushed_at")},
        "git_url": f"git://github.com/{name}.git",
        "ssh_url": f"git@github.com:{name}.git",
        "clone_url": f"{_WEB}/{name}.git",
        "svn_url": f"{_WEB}/{name}",
        "homepage": None,
        "size": dice.randrange(10**5),
        "stargazers_count": dice.randrange(100),
        "watchers_count": dice.randrange(100),
        "language": dice.choice(("Python", "TypeScript", "Go", "Java", "Rust", None)),
        **dict.fromkeys(("has_issues", "has_projects", "has_downloads", "has_wiki"), True),
        **dict.fromkeys(("has_pages", "has_discussions"), False),
        "forks_count": 0,
        "mirror_url": None,
        **dict.fromkeys(("archived", "disabled"), False),
        "open_issues_count": dice.randrange(50),
        "license": None,
        "allow_forking": True,
        **dict.fromkeys(("is_template", "web_commit_signoff_required"), False),
        "topics": [],
        "visibility": dice.choice(("public", "private", "internal")),
        **dict.fromkeys(("forks", "open_issues", "watchers"), 0),
        "default_branch": dice.choice(("main", "master")),
        "custom_properties": {},
    }


def _run(dice: Random, repository: Payload, actor: Payload, status: str) -> Payload:
    number, workflow_id = dice.randrange(10**10, 2 * 10**10), dice.randrange(10**9)
    suite = dice.randrange(10**10, 5 * 10**10)
    api, name = repository["url"], repository["full_name"]
    url = f"{api}/actions/runs/{number}"
    title = dice.choice(_WORKFLOWS)
    sha, created, subject = _sha(dice), _time(dice), dice.choice(_WORDS)
    person = {"name": actor["login"], "email": f"{actor['login']}@users.noreply.github.com"}
    core = {key: repository[key] for key in _CORE_KEYS if key in repository}
    return {
        "id": number,
        "name": title,
        "node_id": _node(dice, "WFR_kwLO"),
        "head_branch": dice.choice(("main", "master", "feature/cache", "fix/parser")),
        "head_sha": sha,
        "path": f".github/workflows/{title.lower()}.yml",
        "display_title": subject,
        "run_number": dice.randrange(5000),
        "event": dice.choice(("push", "pull_request", "schedule", "workflow_dispatch")),
        "status": status,
        "conclusion": dice.choice(_CONCLUSIONS) if status == "completed" else None,
        "workflow_id": workflow_id,
        "check_suite_id": suite,
        "check_suite_node_id": _node(dice, "CS_kwDO"),
        "url": url,
        "html_url": f"{_WEB}/{name}/actions/runs/{number}",
        "pull_requests": [],
        "created_at": created,
        "updated_at": _time(dice),
        "actor": actor,
        "run_attempt": dice.choice((1, 1, 1, 2)),
        "referenced_workflows": [],
        "run_started_at": created,
        "triggering_actor": actor,
        **{f"{name}_url": f"{url}/{name}" for name in ("jobs", "logs")},
        "check_suite_url": f"{api}/check-suites/{suite}",
        **{f"{name}_url": f"{url}/{name}" for name in ("artifacts", "cancel", "rerun")},
        "previous_attempt_url": None,
        "workflow_url": f"{api}/actions/workflows/{workflow_id}",
        "head_commit": {
            "id": sha,
            "tree_id": _sha(dice),
            "message": f"{subject} (#{dice.randrange(5000)})",
            "timestamp": created,
            "author": person,
            "committer": {"name": "GitHub", "email": "noreply@github.com"},
        },
        "repository": core,
        "head_repository": core,
    }


_CORE_KEYS: Final = (
    "id", "node_id", "name", "full_name", "private", "owner", "html_url", "description", "fork",
    "url", *(f"{name}_url" for name in _REPOSITORY_LINK_NAMES),
)  # fmt: skip


def _workflow(dice: Random, run: Payload) -> Payload:
    file = run["path"].rpartition("/")[2]
    home = run["html_url"].partition("/actions/")[0]
    return {
        "id": run["workflow_id"],
        "node_id": _node(dice, "W_kwDO"),
        "name": run["name"],
        "path": run["path"],
        "state": "active",
        "created_at": _time(dice),
        "updated_at": _time(dice),
        "url": run["workflow_url"],
        "html_url": f"{home}/blob/main/{run['path']}",
        "badge_url": f"{home}/workflows/{run['name']}/badge.svg?file={file}",
    }


def _job(dice: Random, repository: Payload, status: str) -> Payload:
    number, run = dice.randrange(10**10, 6 * 10**10), dice.randrange(10**10, 2 * 10**10)
    api, name = repository["url"], repository["full_name"]
    is_over, created = status == "completed", _time(dice)
    runs = status in ("completed", "in_progress")
    return {
        "id": number,
        "run_id": run,
        "workflow_name": dice.choice(_WORKFLOWS),
        "head_branch": dice.choice(("main", "master", "feature/cache", "fix/parser")),
        "run_url": f"{api}/actions/runs/{run}",
        "run_attempt": 1,
        "node_id": _node(dice, "CR_kwDO"),
        "head_sha": _sha(dice),
        "url": f"{api}/actions/jobs/{number}",
        "html_url": f"{_WEB}/{name}/actions/runs/{run}/job/{number}",
        "status": status,
        "conclusion": dice.choice(_CONCLUSIONS) if is_over else None,
        "created_at": created,
        "started_at": created,
        "completed_at": _time(dice) if is_over else None,
        "name": dice.choice(_JOBS),
        "steps": _steps(dice, is_over=is_over) if runs else [],
        "check_run_url": f"{api}/check-runs/{number}",
        "labels": dice.choice(_RUNNERS),
        "runner_id": dice.randrange(1, 5000) if runs else None,
        "runner_name": f"GitHub Actions {dice.randrange(1000)}" if runs else None,
        "runner_group_id": 0 if runs else None,
        "runner_group_name": dice.choice(("GitHub Actions", "Default")) if runs else None,
    }


def _steps(dice: Random, *, is_over: bool) -> list[Payload]:
    names = dice.sample(_STEPS, dice.randrange(3, 9))
    names = ["Set up job", *names, *(f"Post {name}" for name in names[:2]), "Complete job"]
    steps: list[Payload] = []
    for number, name in enumerate(names, start=1):
        ends = is_over or number < len(names) // 2
        steps.append(
            {
                "name": name,
                "status": "completed" if ends else "queued",
                "conclusion": dice.choice(_CONCLUSIONS) if ends else None,
                "number": number,
                "started_at": _time(dice) if ends else None,
                "completed_at": _time(dice) if ends else None,
            }
        )
    return steps


def main(target: Path) -> None:
    """Train a dictionary and write it to the file."""
    dictionary = train_dictionary(SIZE, list(samples(SAMPLES)), level=LEVEL)
    target.write_bytes(dictionary.as_bytes())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
