"""The stand-in behaves as GitHub says it does: its own description is asked about every answer."""

import io
import zipfile

import httpx
import jwt
import pytest

from pulseboard import clock
from tests.collect.github.hub import frozen_clock
from tests.github_fake.apps import private_key
from tests.github_fake.description import complaints
from tests.github_fake.hub import FakeGitHub

REPO = "/repos/{owner}/{repo}"
API = "/repos/acme/api"


@pytest.fixture
def hands(monkeypatch):
    with frozen_clock(monkeypatch, clock.now() // clock.SECOND * clock.SECOND) as hands:
        yield hands


def sign(app_id, *, life=540, issued=-60):
    at = clock.now() // clock.SECOND
    return jwt.encode(
        {"iss": str(app_id), "iat": at + issued, "exp": at + life}, private_key(), algorithm="RS256"
    )


@pytest.mark.parametrize(
    ("path", "described"),
    [
        (API, REPO),
        (f"{API}/actions/runs", f"{REPO}/actions/runs"),
        (f"{API}/actions/workflows/ci.yml/runs", f"{REPO}/actions/workflows/{{workflow_id}}/runs"),
        (f"{API}/actions/workflows", f"{REPO}/actions/workflows"),
        (f"{API}/actions/runs/RUN", f"{REPO}/actions/runs/{{run_id}}"),
        (f"{API}/actions/runs/RUN/attempts/1", f"{REPO}/actions/runs/{{run_id}}/attempts/{{attempt_number}}"),
        (f"{API}/actions/runs/RUN/jobs?filter=all", f"{REPO}/actions/runs/{{run_id}}/jobs"),
        (f"{API}/actions/runs/RUN/attempts/2/jobs", f"{REPO}/actions/runs/{{run_id}}/attempts/{{attempt_number}}/jobs"),
        (f"{API}/actions/jobs/RUN001", f"{REPO}/actions/jobs/{{job_id}}"),
        (f"{API}/hooks", f"{REPO}/hooks"),
        (f"{API}/hooks/3/deliveries", f"{REPO}/hooks/{{hook_id}}/deliveries"),
        ("/orgs/acme/repos", "/orgs/{org}/repos"),
        ("/users/acme/repos", "/users/{username}/repos"),
        ("/rate_limit", "/rate_limit"),
    ],
)  # fmt: skip
def test_answers_are_as_github_describes_them(run, kim, path, described):
    answer = kim.get(path.replace("RUN", str(run.id)))

    assert answer.status_code == 200
    assert complaints(described, answer.json()) == []


def test_queued_run_and_job_are_as_github_describes_them(hub, kim):
    run = hub.repository().run()
    run.job()

    runs = kim.get(f"{API}/actions/runs").json()
    jobs = kim.get(f"{API}/actions/runs/{run.id}/jobs").json()
    assert complaints(f"{REPO}/actions/runs", runs) == []
    assert complaints(f"{REPO}/actions/runs/{{run_id}}/jobs", jobs) == []


def test_answers_of_apps_are_as_github_describes_them(hub, visit, run):
    app = hub.app()
    place = app.install("acme")
    run.again()
    as_app = visit(sign(app.id))
    token_path = f"/app/installations/{place.id}/access_tokens"
    token = as_app.ask("POST", token_path)
    hub.manifests["code"] = {"name": "Pulse", "default_permissions": {}, "default_events": []}

    assert token.status_code == 201
    assert complaints(
        "/app/installations/{installation_id}/access_tokens", token.json(), method="post", status=201
    ) == []  # fmt: skip
    assert complaints("/app", as_app.get("/app").json()) == []
    # The description of the list asks for an account that is a user and an enterprise at once.
    (listed,) = as_app.get("/app/installations").json()
    assert complaints(f"{REPO}/installation", listed) == []
    assert complaints(f"{REPO}/installation", as_app.get(f"{API}/installation").json()) == []
    assert complaints("/app/hook/deliveries", as_app.get("/app/hook/deliveries").json()) == []
    installed = visit(token.json()["token"]).get("/installation/repositories")
    assert complaints("/installation/repositories", installed.json()) == []
    converted = visit(None).ask("POST", "/app-manifests/code/conversions")
    assert complaints(
        "/app-manifests/{code}/conversions", converted.json(), method="post", status=201
    ) == []  # fmt: skip
    assert visit(None).ask("POST", "/app-manifests/code/conversions").status_code == 404


def test_pages_follow_each_other_and_end(hub, kim):
    repository = hub.repository()
    ids = [repository.run().id for _ in range(7)]

    seen, url = [], f"{API}/actions/runs?per_page=3"
    while url:
        answer = kim.get(url)
        seen += [one["id"] for one in answer.json()["workflow_runs"]]
        url = answer.links.get("next", {}).get("url")

    assert seen == ids[::-1]


def test_jobs_are_those_of_the_newest_attempt_unless_all_are_asked_for(kim, run):
    path = f"{API}/actions/runs/{run.id}/jobs"

    assert [job["run_attempt"] for job in kim.get(path).json()["jobs"]] == [2]
    all_jobs = kim.get(f"{path}?filter=all").json()["jobs"]
    assert [job["run_attempt"] for job in all_jobs] == [1, 2]


def test_listing_shows_the_newest_attempt_and_where_the_one_before_lies(kim, run):
    (shown,) = kim.get(f"{API}/actions/runs").json()["workflow_runs"]

    assert (shown["run_attempt"], shown["conclusion"]) == (2, "success")
    before = kim.get(shown["previous_attempt_url"]).json()
    assert (before["run_attempt"], before["conclusion"]) == (1, "failure")
    assert before["previous_attempt_url"] is None


def test_question_with_a_filter_shows_no_more_than_a_thousand(hub, kim):
    repository = hub.repository()
    for number in range(1001):
        repository.run(created=hub.now() - number * clock.SECOND)

    path = f"{API}/actions/runs?per_page=100&page="
    assert len(kim.get(f"{path}11").json()["workflow_runs"]) == 1
    last = kim.get(f"{path}10&event=push")
    assert (len(last.json()["workflow_runs"]), "link" in last.headers) == (100, False)
    assert kim.get(f"{path}11&event=push").json()["workflow_runs"] == []


def test_total_above_2500_is_a_word(hub, kim):
    repository = hub.repository()
    for _ in range(3):
        repository.run()
    many = dict.fromkeys(range(2501), next(iter(repository.runs.values())))
    repository.runs = many

    assert kim.get(f"{API}/actions/runs").json()["total_count"] == "2,500+"


def test_far_pages_without_a_filter_are_refused(hub, kim):
    hub.repository().run()

    assert kim.get(f"{API}/actions/runs?per_page=100&page=400").status_code == 200
    assert kim.get(f"{API}/actions/runs?per_page=100&page=401").status_code == 422


def test_windows_hold_both_their_ends(hub, kim):
    repository = hub.repository()
    start = hub.now() // clock.DAY * clock.DAY
    ids = [repository.run(created=start + n * clock.SECOND).id for n in range(5)]
    iso = [clock.to_iso(start + n * clock.SECOND) for n in range(5)]

    def within(span):
        answer = kim.get(f"{API}/actions/runs?created={span}").json()
        return {one["id"] for one in answer["workflow_runs"]}

    assert within(f"{iso[1]}..{iso[3]}") == set(ids[1:4])
    assert within(f"*..{iso[1]}") == set(ids[:2])
    assert within(f">{iso[3]}") == {ids[4]}


def test_unchanged_answer_is_free_and_belongs_to_the_token(hub, visit, run):
    kim, ann = visit(), visit("ghp_ann")
    hub.token("ghp_ann")
    first = kim.get(f"{API}/actions/runs")
    again = kim.get(f"{API}/actions/runs", If_None_Match=first.headers["etag"])
    other = ann.get(f"{API}/actions/runs", If_None_Match=first.headers["etag"])

    assert [first.status_code, again.status_code, other.status_code] == [200, 304, 200]
    assert first.headers["x-ratelimit-remaining"] == "4999"
    assert again.headers["x-ratelimit-remaining"] == "4999"
    run.again()
    assert kim.get(f"{API}/actions/runs", If_None_Match=first.headers["etag"]).status_code == 200


def test_hour_that_is_used_up_refuses_until_it_ends(hub, visit, hands):
    hub.repository()
    hub.token("ghp_poor", limit=2)
    poor = visit("ghp_poor")
    codes = [poor.get(API).status_code for _ in range(3)]
    refused = poor.get(API)

    assert codes == [200, 200, 403]
    assert refused.headers["x-ratelimit-remaining"] == "0"
    assert int(refused.headers["x-ratelimit-reset"]) * clock.SECOND == clock.now() + clock.HOUR
    hands.forward(hours=1)
    assert poor.get(API).status_code == 200


def test_too_many_in_a_minute_mean_a_pause(hub, kim, hands):
    hub.repository()
    account = hub.accounts["ghp_kim"]
    for _ in range(900):
        account.minute.count(1, now=clock.now())
    refused = kim.get(API)

    assert (refused.status_code, refused.headers["retry-after"]) == (403, "60")
    assert "secondary rate limit" in refused.json()["message"]
    hands.forward(seconds=59)
    assert kim.get(API).status_code == 403
    assert account.offences == 1
    hands.forward(seconds=2)
    assert kim.get(API).status_code == 200


def test_renamed_repository_leads_to_itself(hub, kim, run):
    hub.rename(run.home, "acme/new")
    moved = kim.get(f"{API}/actions/runs?per_page=5")

    assert moved.status_code == 301
    assert (
        moved.headers["location"] == f"{hub.url}/repositories/{run.home.id}/actions/runs?per_page=5"
    )
    shown = kim.get(moved.headers["location"]).json()["workflow_runs"][0]
    assert shown["repository"]["full_name"] == "acme/new"


def test_private_repository_is_hidden_from_who_may_not_see_it(hub, visit):
    hub.repository("acme/secret", private=True)
    hub.token("ghp_narrow", scopes=["read:user"])
    refused = visit("ghp_narrow").get("/repos/acme/secret")

    assert refused.status_code == 404
    assert refused.headers["x-accepted-oauth-scopes"] == "repo"
    assert visit(None).get("/repos/acme/secret").status_code == 404
    assert visit("ghp_wrong").get("/repos/acme/secret").status_code == 401


def test_deleted_run_is_gone_and_disabled_actions_say_so(hub, kim, run):
    run.delete()
    assert kim.get(f"{API}/actions/runs/{run.id}").status_code == 404
    assert kim.get(f"{API}/actions/runs").json()["workflow_runs"] == []
    run.home.actions_enabled = False
    assert kim.get(f"{API}/actions/runs").status_code == 403


def test_log_lies_elsewhere_for_a_minute(hub, kim, run, hands):
    (job,) = run.newest.jobs
    found = kim.get(f"{API}/actions/jobs/{job.id}/logs")

    assert found.status_code == 302
    assert httpx.get(found.headers["location"], trust_env=False).text == "compiled\n"
    hands.forward(seconds=61)
    assert httpx.get(found.headers["location"], trust_env=False).status_code == 403
    zipped = kim.get(f"{API}/actions/runs/{run.id}/logs").headers["location"]
    with zipfile.ZipFile(io.BytesIO(httpx.get(zipped, trust_env=False).content)) as archive:
        assert archive.read("0_build.txt") == b"compiled\n"
    hands.forward(days=90)
    assert kim.get(f"{API}/actions/jobs/{job.id}/logs").status_code == 410


def test_lost_delivery_is_listed_and_delivered_again_under_its_own_name(hub, kim, visit, hands):
    app = hub.app()
    app.install("acme")
    heard = []
    hub.on_delivery = lambda one: heard.append(one) or (502 if len(heard) == 1 else 202)
    hub.repository().run()
    as_app = visit(sign(app.id))
    (failed,) = as_app.get("/app/hook/deliveries?status=failure").json()

    assert (failed["status_code"], failed["event"], failed["redelivery"]) == (
        502,
        "workflow_run",
        False,
    )
    assert as_app.ask("POST", f"/app/hook/deliveries/{failed['id']}/attempts").status_code == 202
    again, first = as_app.get("/app/hook/deliveries").json()
    assert (again["guid"], again["redelivery"], again["status_code"]) == (first["guid"], True, 202)
    headers, body = heard[1].request(app.webhook_secret)
    assert headers["X-GitHub-Delivery"] == first["guid"]
    assert b'"workflow_run"' in body
    hands.forward(days=3)
    assert visit(sign(app.id)).get("/app/hook/deliveries").json() == []


def test_signature_of_an_app_is_checked(hub, visit):
    app = hub.app()

    assert visit(sign(app.id)).get("/app").status_code == 200
    assert visit(sign(app.id, life=660)).get("/app").status_code == 401
    assert visit(sign(app.id, life=-1)).get("/app").status_code == 401
    assert visit(sign(app.id, issued=30)).get("/app").status_code == 401
    assert visit(sign(12345)).get("/app").status_code == 401
    assert visit("ghp_kim").get("/app").status_code == 401


def test_token_of_an_installation_lasts_an_hour_and_sees_its_account(hub, visit, hands):
    app = hub.app()
    place = app.install("acme")
    hub.repository("acme/api", private=True)
    hub.repository("other/api", private=True)
    path = f"/app/installations/{place.id}/access_tokens"
    issued = visit(sign(app.id)).ask("POST", path).json()
    installed = visit(issued["token"])

    assert installed.get("/repos/acme/api").status_code == 200
    assert installed.get("/repos/other/api").status_code == 404
    hands.forward(hours=1)
    assert installed.get("/repos/acme/api").status_code == 401
    place.suspended_at = clock.now()
    assert visit(sign(app.id)).ask("POST", path).status_code == 403


def test_faults_come_on_command_and_go(hub, kim):
    hub.repository()
    hub.fail(kind="html", times=2)
    assert [kim.get(API).status_code for _ in range(3)] == [502, 502, 200]
    hub.fail(kind="cut")
    with pytest.raises(httpx.RemoteProtocolError):
        kim.get(API)
    hub.fail(kind="drop")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting|delimiter"):
        kim.get(API).json()
    hub.fail(kind="pause", seconds=7)
    assert kim.get(API).headers["retry-after"] == "7"
    hub.accounts["ghp_kim"].paused_until = 0
    hub.fail("nowhere", kind="html")
    assert kim.get(API).status_code == 200
    with hub.outage(status=503):
        assert kim.get(API).status_code == 503
    hub.fail(kind="slow", seconds=0.01)
    assert kim.get(API).status_code == 200


def test_its_clock_may_be_wrong_and_its_address_that_of_an_enterprise_server():
    with FakeGitHub(prefix="/api/v3", skew=clock.HOUR) as hub:
        hub.repository().run()
        answer = httpx.get(f"{hub.url}{API}/actions/runs", trust_env=False)

    assert hub.url.endswith("/api/v3")
    assert answer.json()["workflow_runs"][0]["url"].startswith(f"{hub.url}/repos/acme/api/")
    reset = int(answer.headers["x-ratelimit-reset"]) * clock.SECOND
    assert reset > clock.now() + clock.HOUR + 59 * clock.MINUTE
