"""Secrets of single repositories: kept encrypted, used for them alone."""

import hmac
import json
from hashlib import sha256

import pytest
from sqlalchemy import select

from pulseboard.collect.github.answers import Purpose, Refused
from pulseboard.collect.github.connecting import connect
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.keys import Kind, get_token, keep
from pulseboard.collect.github.webhook import Told, repository_told
from pulseboard.collect.github.wishes import Wish
from pulseboard.config import load_settings
from pulseboard.model import Repository, Run, Secret
from pulseboard.vocabulary import FeedState
from tests.api.conftest import *  # noqa: F403  # A whole application, from there.
from tests.collect.github.objects import a_run
from tests.github_fake.hub import FakeGitHub


@pytest.fixture
def server(open_shop, tmp_path):
    with open_shop(data=tmp_path) as shop:
        yield shop


def track(server, name, **secrets):
    answer = server.post("/api/v1/repos", json={"full_name": name, **secrets})
    assert answer.status_code in (200, 201)
    return answer


def deliver(server, name, secret, *, number=1):
    repository = {"id": number, "full_name": name}
    body = json.dumps({"action": "x", "repository": repository}).encode()
    return send(server, body, secret, event="star").status_code


def send(server, body, secret, *, event):
    headers = {"X-GitHub-Event": event, "Content-Type": "application/json"}
    if secret is not None:
        made = hmac.new(secret.encode(), body, sha256).hexdigest()
        headers["X-Hub-Signature-256"] = f"sha256={made}"
    return server.post("/webhook/github", content=body, headers=headers)


def test_secrets_are_written_and_never_shown(server, database):
    answer = track(server, "acme/api", webhook_secret="own-secret", token="ghp_own")

    assert "own-secret" not in answer.text
    assert "ghp_own" not in answer.text
    with database.reading() as session:
        values = [row.value for row in session.query(Secret)]
    assert len(values) == 2
    assert b"own-secret" not in b"".join(values)


def test_repository_with_a_secret_of_its_own_is_believed_by_that_alone(server):
    track(server, "acme/api", webhook_secret="own-secret")

    assert deliver(server, "Acme/API", "own-secret") == 202
    assert deliver(server, "acme/api", "other") == 401
    assert deliver(server, "acme/api", None) == 401
    # On loopback, where nothing is set for the others.
    assert deliver(server, "acme/web", None) == 202


def test_secret_of_one_repository_does_not_speak_for_another(open_shop, tmp_path):
    with open_shop(data=tmp_path, webhook_secrets="shared") as server:
        track(server, "acme/api", webhook_secret="own-secret")

        assert deliver(server, "acme/web", "own-secret") == 401
        assert deliver(server, "acme/web", "shared") == 202
        assert deliver(server, "acme/api", "shared") == 202
        assert deliver(server, "acme/api", "own-secret") == 202


def test_secret_of_an_account_speaks_for_all_it_has(server):
    track(server, "acme/*", webhook_secret="account-secret")

    assert deliver(server, "acme/anything", "account-secret") == 202
    assert deliver(server, "acme/anything", "other") == 401


def test_repository_is_asked_for_with_its_own_token_first(server, database, tmp_path):
    with FakeGitHub() as hub:
        hub.token("ghp_own", sees={"acme/api"})
        hub.token("ghp_all", sees={"acme/web"})
        hub.repository("acme/api", private=True)
        hub.repository("acme/web", private=True)
        track(server, "acme/api", token="ghp_own")
        settings = load_settings(github_api_url=hub.url, data=tmp_path, github_token="ghp_all")
        github = connect(settings, database=database, etags=EtagShelf(database))
        for name in ("acme/api", "acme/web"):
            github.get(f"/repos/{name}", repository=name, purpose=Purpose.POLL)
        with pytest.raises(Refused):
            github.get("/repos/acme/no", repository="acme/no", purpose=Purpose.POLL)
        github.close()

    assert {name: one.used for name, one in hub.accounts.items()} == {"ghp_own": 1, "ghp_all": 2}


def test_what_was_copied_along_with_a_secret_is_left_out(server, database, tmp_path):
    track(server, "acme/api", webhook_secret=" own-secret\n", token="ghp_own\n")
    settings = load_settings(data=tmp_path)
    with database.reading() as session:
        assert get_token(session, settings, "acme/api") == "ghp_own"

    assert deliver(server, "acme/api", "own-secret") == 202


@pytest.mark.parametrize(
    "secrets",
    [
        {"token": "ghp_own\nmore"},
        {"token": "ghp_ówn"},
        {"webhook_secret": "own\nsecret"},
    ],
)
def test_what_cannot_be_a_secret_is_refused_unshown(server, database, secrets):
    answer = server.post("/api/v1/repos", json={"full_name": "acme/api", **secrets})

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == list(secrets)
    assert "wn" not in answer.text.replace("unknown", "")
    with database.reading() as session:
        assert session.scalars(select(Repository)).all() == []


def test_token_of_a_repository_that_has_expired_is_to_be_given_for_it_again(
    server, database, tmp_path
):
    track(server, "acme/api", token="ghp_expired")
    with FakeGitHub() as hub:
        hub.repository("acme/api", private=True)
        settings = load_settings(github_api_url=hub.url, data=tmp_path)
        github = connect(settings, database=database, etags=EtagShelf(database))
        with pytest.raises(Refused) as refused:
            github.get("/repos/acme/api", repository="acme/api", purpose=Purpose.POLL)
        github.close()

    assert refused.value.state is FeedState.UNAUTHORISED
    assert refused.value.next_step == (
        "Make a new one, and add acme/api or its account once more with it."
    )


def test_odd_token_that_was_kept_before_is_not_shown_by_what_it_leads_to(
    server, database, tmp_path
):
    track(server, "acme/api")
    with FakeGitHub() as hub:
        hub.repository("acme/api", private=True)
        settings = load_settings(github_api_url=hub.url, data=tmp_path)
        with database.writing() as session:
            number = session.scalar(select(Repository.id))
            wish = Wish("acme", number, is_new=False)
            keep(session, settings, wish, kind=Kind.TOKEN, secret="ghp_own\nmore")
        github = connect(settings, database=database, etags=EtagShelf(database))
        with pytest.raises(Refused) as refused:
            github.get("/repos/acme/api", repository="acme/api", purpose=Purpose.POLL)
        github.close()

    assert refused.value.state is FeedState.UNAUTHORISED
    assert "ghp_" not in refused.value.detail
    assert refused.value.next_step == "Copy it again, and enter it anew."


@pytest.mark.parametrize(
    ("body", "kind", "told"),
    [
        (b'{"repository": {"full_name": "Acme/API"}}', None, Told(("acme/api", "acme/*"))),
        (b'{"repository": {"id": 7, "full_name": "a/b"}}', None, Told(("a/b", "a/*"), "7")),
        (b"payload=%7B%22repository%22%3A%7B%22full_name%22%3A%22a%2Fb%22%7D%7D",
         "application/x-www-form-urlencoded", Told(("a/b", "a/*"))),
        (b'{"repository": {"full_name": 7}}', None, Told()),
        (b'{"repository": null}', None, Told()),
        (b"[]", None, Told()),
        (b"{", None, Told()),
        (b"\xff", None, Told()),
        # What the writer makes sense of is made sense of here as well.
        (b'\xef\xbb\xbf{"repository": {"full_name": "a/b"}}', None, Told(("a/b", "a/*"))),
        (b'{"repository": {"full_name": "a/b\\u0000"}, "x": "\\ud83d"}', None,
         Told(("a/b", "a/*"))),
        (b'{"workflow_run": {"repository": {"id": 7, "full_name": "a/b"}}}', None,
         Told(("a/b", "a/*"), "7")),
        (b'{"repository": {}, "workflow_run": {"html_url": "https://github.com/a/b/actions/runs/1"}}',
         None, Told(("a/b", "a/*"))),
        (b'{"workflow_job": {"html_url": "https://github.com/a/b/actions/runs/1"}}', None, Told()),
    ],
)  # fmt: skip
def test_body_names_its_repository_or_nothing(body, kind, told):
    assert repository_told(body, event="workflow_run", content_type=kind) == told


ODD_BODIES = {
    "half a character": b'{"workflow_run": %s, "repository": {"id": 1, "full_name": "acme/api"},'
    b' "x": "\\ud83d"}',
    "a byte order mark": b'\xef\xbb\xbf{"workflow_run": %s, "repository": {"full_name": "acme/api"}}',
    "only the run's": b'{"workflow_run": %s}',
    "a NUL": b'{"workflow_run": %s, "repository": {"full_name": "acme/api\\u0000"}}',
    "another name": b'{"workflow_run": %s, "repository": {"id": 111, "full_name": "a/thief"}}',
}


@pytest.mark.parametrize("odd", ODD_BODIES)
def test_no_odd_body_gets_around_the_secret_of_its_repository(server, database, odd):
    track(server, "acme/api", webhook_secret="own-secret")
    with database.writing() as session:
        session.scalars(select(Repository)).one().provider_id = "111"
    run = a_run(id=5, repository={"id": 111, "full_name": "acme/api"})
    body = ODD_BODIES[odd] % json.dumps(run).encode()

    assert send(server, body, None, event="workflow_run").status_code == 401
    assert send(server, body, "other", event="workflow_run").status_code == 401
    with database.reading() as session:
        assert session.scalars(select(Run.id)).all() == []
    answer = send(server, body, "own-secret", event="workflow_run")
    expected = (401, None) if odd == "another name" else (202, "stored")
    assert (answer.status_code, answer.json().get("result")) == expected


def test_secret_of_one_repository_does_not_speak_for_another_by_its_id(server, database):
    track(server, "acme/api", webhook_secret="own-secret")
    track(server, "corp/*", webhook_secret="corp-secret")
    with database.writing() as session:
        for number, name in ((111, "acme/api"), (222, "acme/web"), (333, "corp/old")):
            known = session.scalar(select(Repository).where(Repository.name_key == name))
            repository = known or make_repository(session, name)
            repository.provider_id = str(number)

    assert deliver(server, "acme/api", "own-secret", number=111) == 202
    assert deliver(server, "acme/api", "own-secret", number=999) == 202
    assert deliver(server, "acme/api", "own-secret", number=222) == 401
    # An account may speak of all it has, also of what it has renamed.
    assert deliver(server, "corp/new", "corp-secret", number=333) == 202
    assert deliver(server, "corp/new", "corp-secret", number=222) == 401


def make_repository(session, name):
    repository = Repository(
        provider="github", full_name=name, name_key=name, named_at=0, default_branch_rank=0,
        default_branch_at=0, demo=False, created_at=0,
    )  # fmt: skip
    session.add(repository)
    return repository


@pytest.mark.parametrize("name", ["acme/api", "acme/*"])
def test_token_is_forgotten_with_what_it_was_for(server, database, name):
    track(server, name, webhook_secret="own-secret", token="ghp_own")
    assert server.request("DELETE", f"/api/v1/repos/{name}").status_code == 204
    with database.reading() as session:
        (left,) = session.scalars(select(Secret.name))
    assert left.endswith("/webhook-secret")
