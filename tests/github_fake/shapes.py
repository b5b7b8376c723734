"""GitHub's objects with every field that its description asks for."""

from functools import cache
from hashlib import sha1

from pulseboard import clock

_REPOSITORY_URLS = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
]
_USER_URLS = [
    "events",
    "followers",
    "following",
    "gists",
    "organizations",
    "received_events",
    "repos",
    "starred",
    "subscriptions",
]


def iso(instant):
    """Return an instant as GitHub writes it, to the second; None stays None."""
    return None if instant is None else clock.to_iso(instant // clock.SECOND * clock.SECOND)


@cache
def number_for(text, *, below=10**9):
    """Return a number that is always the same for a text."""
    return int(sha1(text.encode()).hexdigest(), 16) % below


def user(login, kind="User"):
    """Return a person, an organisation or a bot."""
    api = f"https://api.github.com/users/{login}"
    return {
        "login": login, "id": number_for(login), "node_id": f"U_{login}", "type": kind,
        "avatar_url": f"https://avatars.githubusercontent.com/{login}", "gravatar_id": "",
        "url": api, "html_url": f"https://github.com/{login}", "site_admin": False,
        **{f"{name}_url": f"{api}/{name}" for name in _USER_URLS},
    }  # fmt: skip


def small_repository(full_name, id, *, private, base):
    """Return a repository as it is part of a run."""
    owner, name = full_name.split("/")
    api = f"{base}/repos/{full_name}"
    return {
        "id": id, "node_id": f"R_{id}", "name": name, "full_name": full_name, "private": private,
        "owner": user(owner, "Organization"), "html_url": f"https://github.com/{full_name}",
        "description": None, "fork": False, "url": api,
        **{f"{part}_url": f"{api}/{part}" for part in _REPOSITORY_URLS},
    }  # fmt: skip


def whole_repository(full_name, id, *, private, base, default_branch, created, facts):
    """Return a repository as it is asked for by its name."""
    page = f"https://github.com/{full_name}"
    counts = dict.fromkeys(
        ("forks", "forks_count", "open_issues", "open_issues_count", "stargazers_count",
         "watchers", "watchers_count", "network_count", "subscribers_count", "size"), 0,
    )  # fmt: skip
    return {
        **small_repository(full_name, id, private=private, base=base), **counts,
        "default_branch": default_branch, "archived": False, "disabled": False,
        "visibility": "private" if private else "public", "clone_url": f"{page}.git",
        "git_url": f"git://github.com/{full_name}.git", "svn_url": page, "mirror_url": None,
        "ssh_url": f"git@github.com:{full_name}.git", "homepage": None, "language": None,
        "license": None, "has_issues": True, "has_projects": True, "has_wiki": True,
        "has_pages": False, "has_discussions": False, "has_downloads": True,
        "created_at": iso(created), "updated_at": iso(created), "pushed_at": iso(created), **facts,
    }  # fmt: skip


def commit(sha, message, at):
    """Return the head commit of a run."""
    who = {"name": "Kim", "email": "kim@example.org"}
    return {"id": sha, "tree_id": sha, "message": message, "timestamp": iso(at),
            "author": who, "committer": who}  # fmt: skip


def integration(app):
    """Return an App."""
    return {
        "id": app.id, "slug": app.slug, "node_id": f"A_{app.id}", "client_id": f"Iv1.{app.id}",
        "owner": user(app.owner, "Organization"), "name": app.slug, "description": None,
        "external_url": "https://example.org", "html_url": f"https://github.com/apps/{app.slug}",
        "created_at": iso(app.created), "updated_at": iso(app.created),
        "permissions": app.permissions, "events": app.events,
    }  # fmt: skip


def installation(app, place, *, base):
    """Return where an App is installed."""
    return {
        "id": place.id, "app_id": app.id, "app_slug": app.slug, "target_type": "Organization",
        "account": user(place.account, "Organization"), "target_id": number_for(place.account),
        "single_file_name": None, "repository_selection": "all", "suspended_by": None,
        "access_tokens_url": f"{base}/app/installations/{place.id}/access_tokens",
        "repositories_url": f"{base}/installation/repositories",
        "html_url": f"https://github.com/organizations/{place.account}/settings/installations",
        "events": app.events, "permissions": app.permissions, "created_at": iso(app.created),
        "updated_at": iso(app.created), "suspended_at": iso(place.suspended_at),
    }  # fmt: skip


def hook(full_name, id, *, url, active, at, base):
    """Return a webhook of a repository."""
    me = f"{base}/repos/{full_name}/hooks/{id}"
    return {
        "id": id, "type": "Repository", "name": "web", "active": active, "url": me,
        "events": ["workflow_run", "workflow_job"],
        "config": {"url": url, "content_type": "json", "insecure_ssl": "0", "secret": "********"},
        "created_at": iso(at), "updated_at": iso(at), "test_url": f"{me}/test",
        "ping_url": f"{me}/pings", "deliveries_url": f"{me}/deliveries",
        "last_response": {"code": None, "status": "unused", "message": None},
    }  # fmt: skip


def delivery(one):
    """Return one entry of a list of deliveries."""
    return {
        "id": one.id, "guid": one.guid, "delivered_at": iso(one.delivered_at),
        "redelivery": one.redelivery, "duration": 0.1, "status_code": one.status_code,
        "status": "OK" if 200 <= one.status_code < 300 else "failed to connect to host",
        "event": one.event, "action": one.action, "installation_id": one.installation_id,
        "repository_id": one.repository_id, "throttled_at": None,
    }  # fmt: skip
