"""One click makes a GitHub App; what it needs is kept encrypted and used at once."""

import hmac
import html
import json
import re
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest

from pulseboard.collect.github.app import get_app_key, make_manifest, web_base
from pulseboard.config import load_settings
from pulseboard.model import Secret
from tests.github_fake.apps import private_key
from tests.github_fake.hub import FakeGitHub

APP = "/api/v1/github/app"


@pytest.fixture
def hub():
    with FakeGitHub() as hub:
        yield hub


@pytest.fixture
def server(open_shop, hub, tmp_path):
    with open_shop(github_api_url=hub.url, data=tmp_path) as shop:
        yield shop


def press(server, **form):
    """Press the button; return where GitHub is asked for an App, and what for."""
    answer = server.post(f"{APP}/new", data=form)
    assert answer.status_code == 200
    action = html.unescape(re.search(r'action="([^"]+)"', answer.text)[1])
    manifest = html.unescape(re.search(r'name="manifest" value="([^"]+)"', answer.text)[1])
    return action, json.loads(manifest), answer


def agree(hub, manifest):
    """Do at GitHub what a person does there; return the code it sends back."""
    hub.manifests["code1"] = {"default_events": [], **manifest}
    return "code1"


def state_of(action):
    return parse_qs(urlsplit(action).query)["state"][0]


def connect(server, hub, **form):
    action, manifest, _ = press(server, **form)
    code = agree(hub, manifest)
    return server.get(f"{APP}/callback", params={"code": code, "state": state_of(action)})


def test_app_may_read_actions_and_nothing_else_and_hears_of_runs_and_jobs(server):
    action, manifest, answer = press(server, base_url="https://ci.example.org/")

    assert manifest["default_permissions"] == {"actions": "read", "metadata": "read"}
    assert manifest["default_events"] == ["workflow_run", "workflow_job"]
    assert manifest["hook_attributes"] == {
        "url": "https://ci.example.org/webhook/github", "active": True,
    }  # fmt: skip
    assert manifest["redirect_url"] == f"https://ci.example.org{APP}/callback"
    assert manifest["public"] is False
    assert len(manifest["name"]) <= 34
    assert urlsplit(action).path == "/settings/apps/new"
    web = f"{urlsplit(action).scheme}://{urlsplit(action).netloc}"
    assert f"form-action {web};" in answer.headers["content-security-policy"]


def test_app_of_an_organisation_is_made_there(server):
    action, _, _ = press(server, organization="acme")

    assert urlsplit(action).path == "/organizations/acme/settings/apps/new"


def test_server_that_github_cannot_reach_gets_an_app_that_polls(server):
    _, manifest, _ = press(server)

    assert "hook_attributes" not in manifest
    assert "default_events" not in manifest


def test_app_that_was_made_is_kept_encrypted_and_used(server, hub, database, tmp_path):
    done = connect(server, hub, base_url="https://ci.example.org")
    shown = server.get(APP).json()

    assert done.status_code == 303
    assert done.headers["location"] == shown["install_url"]
    assert shown["install_url"].endswith("/installations/new")
    assert (shown["connected"], shown["source"], shown["webhook"]) == (True, "here", True)
    with database.reading() as session:
        key = get_app_key(session, load_settings(data=tmp_path))
        stored = b"".join(row.value for row in session.query(Secret))
    assert (key.id, key.pem) == (shown["id"], private_key())
    assert b"PRIVATE" not in stored
    assert "PRIVATE" not in server.get(APP).text


def test_secret_of_the_app_counts_at_once(server, hub):
    body = json.dumps({"zen": "x"}).encode()
    assert ping(server, body, "anything").status_code == 200
    connect(server, hub, base_url="https://ci.example.org")
    (app,) = hub.apps.values()

    assert ping(server, body, "anything").status_code == 401
    assert ping(server, body, app.webhook_secret).status_code == 200


def ping(server, body, secret):
    signature = "sha256=" + hmac.new(secret.encode(), body, sha256).hexdigest()
    return server.post(
        "/webhook/github",
        content=body,
        headers={"X-GitHub-Event": "ping", "X-Hub-Signature-256": signature},
    )


def test_link_is_good_once_and_only_for_who_began(server, hub):
    action, manifest, _ = press(server)
    path = {"code": agree(hub, manifest), "state": state_of(action)}

    server.refused(403, "GET", f"{APP}/callback", params=path | {"state": "guess"})
    assert server.get(f"{APP}/callback", params=path).status_code == 303
    server.refused(403, "GET", f"{APP}/callback", params=path)


def test_code_that_github_does_not_know_is_refused_in_words(server, hub):
    action, _, _ = press(server)
    refused = server.refused(
        409, "GET", f"{APP}/callback", params={"code": "old", "state": state_of(action)}
    )

    assert "good once" in refused["detail"]
    assert server.get(APP).json()["connected"] is False


def test_github_that_is_out_is_a_later_time(server, hub):
    action, manifest, _ = press(server)
    agree(hub, manifest)
    with hub.outage():
        server.refused(
            503, "GET", f"{APP}/callback", params={"code": "code1", "state": state_of(action)}
        )


def test_forgotten_app_leaves_nothing(server, hub, database):
    connect(server, hub)
    assert server.request("DELETE", APP).status_code == 204
    with database.reading() as session:
        assert session.query(Secret).count() == 0
    assert server.get(APP).json()["connected"] is False
    assert server.request("DELETE", APP).status_code == 204


def test_app_of_the_settings_is_named_and_no_other(open_shop, tmp_path):
    given = {"github_app_id": 7, "github_app_private_key": private_key(), "data": tmp_path}
    with open_shop(**given) as shop:
        shown = shop.get(APP).json()

    assert (shown["connected"], shown["source"], shown["id"]) == (True, "environment", 7)


@pytest.mark.parametrize(
    "form",
    [{"organization": "no/body"}, {"organization": "-x"}, {"base_url": "javascript:alert(1)"},
     {"base_url": "https://user@example.org"}, {"base_url": "nowhere"}],
)  # fmt: skip
def test_odd_wishes_are_refused(server, form):
    assert server.post(f"{APP}/new", data=form).status_code == 422


def test_strangers_cannot_connect_an_app(open_shop):
    with open_shop(host="0.0.0.0", allow_anonymous="viewer") as shop:
        assert shop.post(f"{APP}/new").status_code == 401
        assert shop.get(f"{APP}/callback?code=a&state=b").status_code == 403
        assert shop.request("DELETE", APP).status_code == 401


@pytest.mark.parametrize(
    ("api", "web"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://ghe.example.org/api/v3", "https://ghe.example.org"),
        ("https://api.acme.ghe.com", "https://acme.ghe.com"),
        ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
    ],
)
def test_people_see_github_beside_its_api(api, web):
    assert web_base(api) == web


@pytest.mark.parametrize(
    ("base", "has_hook"),
    [
        ("https://ci.example.org", True), ("http://10.1.2.3:8000", True),
        ("http://localhost:8000", False), ("http://127.0.0.1:8000", False),
        ("http://[::1]:8000", False), ("http://pulse.localhost", False),
    ],
)  # fmt: skip
def test_webhook_is_asked_for_where_github_takes_the_address(base, has_hook):
    assert ("hook_attributes" in make_manifest(base, name="x")) is has_hook
