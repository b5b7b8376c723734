"""What GitHub answers at which address."""

import io
import re
import secrets
import zipfile
from urllib.parse import unquote

from pulseboard import clock
from tests.github_fake import shapes
from tests.github_fake.limits import Account

_ROUTES = []
_CAP = 1000
_COUNTED = 2500
# What makes GitHub show no more than 1,000 results.
_FILTERS = {"actor", "branch", "check_suite_id", "created", "event", "head_sha", "status"}


class Failure(Exception):
    """An answer that is a refusal."""

    def __init__(self, status, message, **headers):
        self.status, self.message, self.headers = status, message, headers


def route(method, pattern):
    """Let a function answer what is asked at an address such as /repos/{repo}/actions/runs."""
    parts = pattern.replace("{repo}", r"(?P<repo>repos/[^/]+/[^/]+|repositories/\d+)")
    compiled = re.compile("/" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", parts).lstrip("/"))

    def add(answer):
        _ROUTES.append((method, compiled, answer))
        return answer

    return add


def find_route(hub, asked, path, account):
    """Return status, data and headers of the answer; raises Failure."""
    for method, pattern, answer in _ROUTES:
        match = pattern.fullmatch(path) if method == asked.method else None
        if match is None:
            continue
        found = {name: unquote(value) for name, value in match.groupdict().items()}
        if "repo" in found:
            found["repo"] = _repository(hub, found["repo"], asked, account)
        return answer(hub, asked, account, **found)
    raise Failure(404, "Not Found")


def _repository(hub, name, asked, account):
    kind, _, name = name.partition("/")
    if kind == "repositories":
        found = hub.repositories.get(int(name))
    else:
        wanted = name.lower()
        found = next((r for r in hub.repositories.values() if r.full_name.lower() == wanted), None)
        moved = hub.renamed.get(name.lower())
        if found is None and moved in hub.repositories:
            rest = asked.target.split(name, 1)[1]
            raise Failure(
                301, "Moved Permanently", Location=f"{hub.url}/repositories/{moved}{rest}"
            )
    if found is None or not _may_see(account, found):
        raise Failure(404, "Not Found", **_scopes(account))
    return found


def _may_see(account, repository):
    owner = repository.full_name.split("/")[0]
    if account.kind == "app":
        return any(place.account == owner for place in account.name.installations)
    if account.scopes is not None:
        return not repository.private or "repo" in account.scopes
    if account.sees is not None:
        return repository.full_name in account.sees or f"{owner}/*" in account.sees
    return account.name != "nobody" or not repository.private


def _scopes(account):
    if account.scopes is None:
        return {}
    return {"X-OAuth-Scopes": ", ".join(account.scopes), "X-Accepted-OAuth-Scopes": "repo"}


def _page(hub, asked, items, show, *, name=None, total=None):
    """Return a page of a list; `show` makes GitHub's object of an item."""
    size = min(100, max(1, int(asked.params.get("per_page", 30))))
    number = max(1, int(asked.params.get("page", 1)))
    start = (number - 1) * size
    shown = [show(item) for item in items[start : start + size]]
    headers = hub.link(asked, number, start + size < len(items))
    if name is None:
        return 200, shown, headers
    return 200, {"total_count": len(items) if total is None else total, name: shown}, headers


@route("GET", "{repo}")
def _show_repository(hub, asked, account, repo):
    return 200, repo.whole(), _scopes(account)


@route("GET", "/orgs/{owner}/repos")
@route("GET", "/users/{owner}/repos")
def _list_repositories(hub, asked, account, owner):
    theirs = [one for one in hub.repositories.values()
              if one.full_name.lower().startswith(f"{owner.lower()}/")]  # fmt: skip
    if not theirs:
        raise Failure(404, "Not Found")
    return _page(hub, asked, [one for one in theirs if _may_see(account, one)], _whole)


@route("GET", "/installation/repositories")
def _list_installed(hub, asked, account):
    seen = [one for one in hub.repositories.values() if _may_see(account, one)]
    return _page(hub, asked, seen, _whole, name="repositories")


def _whole(repository):
    return repository.whole()


def _require_actions(repo):
    if not repo.actions_enabled:
        raise Failure(403, "Actions has been disabled for this repository.")


@route("GET", "{repo}/actions/runs")
def _list_runs(hub, asked, account, repo):
    _require_actions(repo)
    return _list_attempts(hub, asked, repo.listed())


@route("GET", "{repo}/actions/workflows/{workflow}/runs")
def _list_runs_of_workflow(hub, asked, account, repo, workflow):
    _require_actions(repo)
    known = [one for file, one in repo.workflows.items() if workflow in (file, str(one["id"]))]
    if not known:
        raise Failure(404, "Not Found")
    return _list_attempts(hub, asked, [a for a in repo.listed() if a.run.workflow is known[0]])


def _list_attempts(hub, asked, attempts):
    asked_for = _FILTERS & set(asked.params)
    found = [attempt for attempt in attempts if _fits(attempt, asked.params)]
    number, size = int(asked.params.get("page", 1)), int(asked.params.get("per_page", 30))
    if number * size > hub.listing_limit:
        raise Failure(422, "In order to keep the API fast for everyone, pagination is limited.")
    total = len(found) if len(found) <= _COUNTED else f"{_COUNTED:,}+"
    shown = found[:_CAP] if asked_for else found
    return _page(hub, asked, shown, lambda one: one.packed(), name="workflow_runs", total=total)


def _fits(attempt, params):
    run = attempt.run
    facts = {"branch": run.branch, "event": run.event, "actor": run.actor, "head_sha": run.head_sha}
    if any(params.get(name, fact) != fact for name, fact in facts.items()):
        return False
    if params.get("status") not in (None, attempt.status, attempt.conclusion):
        return False
    return _lies_in(shapes.iso(run.created), params.get("created", ""))


def _lies_in(moment, span):
    if ".." in span:
        first, last = span.split("..")
        return (first in ("", "*") or first <= moment) and (last in ("", "*") or moment <= last)
    for sign in (">=", "<=", ">", "<"):
        if span.startswith(sign):
            other = span.removeprefix(sign)
            return {">=": moment >= other, "<=": moment <= other, ">": moment > other,
                    "<": moment < other}[sign]  # fmt: skip
    return moment.startswith(span)


@route("GET", "{repo}/actions/workflows")
def _list_workflows(hub, asked, account, repo):
    return _page(hub, asked, list(repo.workflows.values()), dict, name="workflows")


def _run(repo, id):
    if not id.isdigit() or int(id) not in repo.runs:
        raise Failure(404, "Not Found")
    return repo.runs[int(id)]


@route("GET", "{repo}/actions/runs/{run}")
def _show_run(hub, asked, account, repo, run):
    return 200, _run(repo, run).newest.shown(), {}


def _attempt(repo, run, number):
    attempts = _run(repo, run).attempts
    if not 0 < int(number) <= len(attempts):
        raise Failure(404, "Not Found")
    return attempts[int(number) - 1]


@route("GET", "{repo}/actions/runs/{run}/attempts/{number}")
def _show_attempt(hub, asked, account, repo, run, number):
    return 200, _attempt(repo, run, number).shown(), {}


@route("GET", "{repo}/actions/runs/{run}/jobs")
def _list_jobs(hub, asked, account, repo, run):
    jobs = _run(repo, run).jobs(newest_only=asked.params.get("filter", "latest") == "latest")
    return _page(hub, asked, jobs, lambda job: job.shown(), name="jobs")


@route("GET", "{repo}/actions/runs/{run}/attempts/{number}/jobs")
def _list_jobs_of_attempt(hub, asked, account, repo, run, number):
    jobs = _attempt(repo, run, number).jobs
    return _page(hub, asked, jobs, lambda job: job.shown(), name="jobs")


def _job(repo, id):
    found = (job for run in repo.runs.values() for job in run.jobs(newest_only=False))
    job = next((job for job in found if str(job.id) == id), None)
    if job is None:
        raise Failure(404, "Not Found")
    return job


@route("GET", "{repo}/actions/jobs/{job}")
def _show_job(hub, asked, account, repo, job):
    return 200, _job(repo, job).shown(), {}


@route("GET", "{repo}/actions/jobs/{job}/logs")
def _show_log(hub, asked, account, repo, job):
    found = _job(repo, job)
    if found.log is None or found.status != "completed":
        raise Failure(404, "Not Found")
    if found.completed < hub.now() - 90 * clock.DAY:
        raise Failure(410, "Server Error")
    return 302, None, {"Location": hub.keep_file(f"job-{found.id}", found.log.encode())}


@route("GET", "{repo}/actions/runs/{run}/logs")
def _show_logs(hub, asked, account, repo, run):
    return _pack_logs(hub, run, _run(repo, run).newest)


@route("GET", "{repo}/actions/runs/{run}/attempts/{attempt}/logs")
def _show_logs_of_attempt(hub, asked, account, repo, run, attempt):
    found = next((one for one in _run(repo, run).attempts if str(one.number) == attempt), None)
    if found is None:
        raise Failure(404, "Not Found")
    return _pack_logs(hub, f"{run}-{attempt}", found)


def _pack_logs(hub, name, attempt):
    if attempt.status != "completed":
        raise Failure(404, "Not Found")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number, job in enumerate(attempt.jobs):
            archive.writestr(f"{number}_{job.name}.txt", job.log or "")
    return 302, None, {"Location": hub.keep_file(f"run-{name}", packed.getvalue())}


@route("GET", "/rate_limit")
def _show_limit(hub, asked, account):
    account.used -= 1
    rate = {"limit": account.limit, "used": account.used + 1, "reset": account.resets_at // clock.SECOND,
            "remaining": account.limit - account.used - 1}  # fmt: skip
    return 200, {"resources": {"core": rate, "search": rate}, "rate": rate}, _scopes(account)


def _require_hooks(account):
    """Webhooks are shown only to who may manage them."""
    if account.scopes is not None and "admin:repo_hook" not in account.scopes:
        raise Failure(404, "Not Found", **_scopes(account) | {
            "X-Accepted-OAuth-Scopes": "admin:repo_hook, repo"
        })  # fmt: skip


@route("GET", "{repo}/hooks")
def _list_hooks(hub, asked, account, repo):
    _require_hooks(account)
    return _page(hub, asked, repo.hooks, dict)


def _require_hook(account, repo, hook):
    _require_hooks(account)
    if hook not in {str(one["id"]) for one in repo.hooks}:
        raise Failure(404, "Not Found")


@route("GET", "{repo}/hooks/{hook}/deliveries")
def _list_hook_deliveries(hub, asked, account, repo, hook):
    _require_hook(account, repo, hook)
    return _list_deliveries(
        hub, asked, [one for one in hub.kept_deliveries() if one.repository_id == repo.id]
    )


@route("POST", "{repo}/hooks/{hook}/deliveries/{delivery}/attempts")
def _redeliver_of_hook(hub, asked, account, repo, hook, delivery):
    _require_hook(account, repo, hook)
    return _redeliver(hub, delivery)


def _require_app(account):
    if account.kind != "app":
        raise Failure(401, "A JSON web token could not be decoded")
    return account.name


@route("GET", "/app")
def _show_app(hub, asked, account):
    return 200, shapes.integration(_require_app(account)), {}


@route("GET", "/app/hook/deliveries")
def _list_app_deliveries(hub, asked, account):
    _require_app(account)
    return _list_deliveries(hub, asked, hub.kept_deliveries())


def _list_deliveries(hub, asked, kept):
    status = asked.params.get("status")
    if status is not None:
        kept = [one for one in kept if (200 <= one.status_code < 300) == (status == "success")]
    cursor = int(asked.params.get("cursor", 1 << 60))
    kept = [one for one in kept if one.id < cursor]
    size = min(100, int(asked.params.get("per_page", 30)))
    headers = {}
    if len(kept) > size:
        path = asked.path.removeprefix(hub.prefix)
        next_page = f"{hub.url}{path}?per_page={size}&cursor={kept[size - 1].id}"
        headers["Link"] = f'<{next_page}>; rel="next"'
    return 200, [shapes.delivery(one) for one in kept[:size]], headers


@route("POST", "/app/hook/deliveries/{delivery}/attempts")
def _redeliver_of_app(hub, asked, account, delivery):
    _require_app(account)
    return _redeliver(hub, delivery)


def _redeliver(hub, delivery):
    found = next((one for one in hub.kept_deliveries() if str(one.id) == delivery), None)
    if found is None:
        raise Failure(404, "Not Found")
    hub.redeliver(found)
    return 202, {}, {}


@route("GET", "/app/installations")
def _list_installations(hub, asked, account):
    app = _require_app(account)
    places = app.installations
    return _page(hub, asked, places, lambda one: shapes.installation(app, one, base=hub.url))


@route("GET", "{repo}/installation")
def _show_installation_of_repository(hub, asked, account, repo):
    return _show_installation(hub, asked, account, account=repo.full_name.split("/")[0])


def _show_installation(hub, asked, asker, *, account):
    app = _require_app(asker)
    for place in app.installations:
        if place.account.lower() == account.lower():
            return 200, shapes.installation(app, place, base=hub.url), {}
    raise Failure(404, "Not Found")


@route("POST", "/app/installations/{installation}/access_tokens")
def _issue_token(hub, asked, account, installation):
    app = _require_app(account)
    place = next((one for one in app.installations if str(one.id) == installation), None)
    if place is None:
        raise Failure(404, "Not Found")
    if place.suspended_at is not None:
        raise Failure(403, "This installation has been suspended")
    token = f"ghs_{secrets.token_hex(18)}"
    until = hub.now() + clock.HOUR
    shared = getattr(place, "limits", None)
    issued = Account(token, limit=place_limit(hub, place), sees={f"{place.account}/*"}, until=until,
                     kind="installation")  # fmt: skip
    if shared is not None:
        # A new token does not begin a new hour.
        issued.used, issued.resets_at, issued.minute = shared.used, shared.resets_at, shared.minute
    place.limits = hub.accounts[token] = issued
    place.issued.append(token)
    return 201, {
        "token": token, "expires_at": shapes.iso(until), "permissions": app.permissions,
        "repository_selection": "all",
    }, {}  # fmt: skip


def place_limit(hub, place):
    """Return the hourly limit of an installation: it grows with the repositories."""
    theirs = sum(one.full_name.startswith(f"{place.account}/") for one in hub.repositories.values())
    return min(12_500, 5000 + 50 * max(0, theirs - 20))


@route("POST", "/app-manifests/{code}/conversions")
def _convert_manifest(hub, asked, account, code):
    manifest = hub.manifests.pop(code, None)
    if manifest is None:
        raise Failure(404, "Not Found")
    app = hub.app(
        id=9000 + len(hub.apps), slug=manifest["name"].lower().replace(" ", "-"),
        permissions=manifest["default_permissions"], events=manifest["default_events"],
        webhook_secret=secrets.token_hex(20),
    )  # fmt: skip
    return 201, {
        **shapes.integration(app), "client_id": f"Iv1.{app.id}", "client_secret": "client",
        "webhook_secret": app.webhook_secret, "pem": app.pem,
    }, {}  # fmt: skip
