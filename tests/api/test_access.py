"""Who is let in: on loopback, on an open address, from pages of other sites."""

import pytest

from tests.api.conftest import run_delivery

EVERY_READ = ["/api/config", "/metrics", "/openapi.json", "/docs", "/api/runs", "/api/v1/repos",
              "/", "/nowhere", "/api/v1/deliveries/1/raw"]  # fmt: skip


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]:8000", "[::1]", "LOCALHOST:1"]
)
def test_local_host_names_are_answered(shop, host):
    assert shop.get("/api/config", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8000", "localhost.evil.example", "127.0.0.1.evil.example",
             "10.0.0.5:8000", ""],
)  # fmt: skip
def test_foreign_host_name_is_not_answered_on_loopback(shop, host):
    for path in ("/api/config", "/health", "/", "/api/runs"):
        shop.refused(421, "GET", path, headers={"Host": host})
    shop.refused(421, "POST", "/api/events", headers={"Host": host}, json={})
    body = run_delivery()
    answer = shop.post(
        "/webhook/github", json=body, headers={"Host": host, "X-GitHub-Event": "workflow_run"}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://[::1"},
        {"Origin": "http://localhost:9999"}, {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "cross-site"},
    ],
)  # fmt: skip
def test_page_of_another_site_may_not_write(shop, headers):
    event = {"id": "1", "workflow": "b", "status": "success", "repo": "a/b"}

    for path in ("/api/events", "/api/events/run", "/api/simulate", "/api/v1/repos"):
        shop.refused(403, "POST", path, json=event, headers=headers)
    assert shop.read("/api/runs") == []
    assert shop.get("/api/runs", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"Origin": "http://localhost:8000"}, {"Origin": "http://localhost:5173"},
        {"Origin": "http://localhost:8000", "Sec-Fetch-Site": "same-origin"},
        {"Origin": "http://localhost:5173", "Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)  # fmt: skip
def test_own_pages_the_development_server_and_programs_may_write(shop, headers):
    assert shop.post("/api/simulate?count=1", headers=headers).status_code == 200


def test_only_allowed_origins_may_read_across(open_shop):
    with open_shop(environment="prod", cors_origins="https://ci.example.org") as shop:
        theirs = shop.get("/api/runs", headers={"Origin": "https://evil.example"})
        ours = shop.get("/api/runs", headers={"Origin": "https://ci.example.org"})
        development = shop.get("/api/runs", headers={"Origin": "http://localhost:5173"})

    assert "access-control-allow-origin" not in theirs.headers
    assert ours.headers["access-control-allow-origin"] == "https://ci.example.org"
    assert "access-control-allow-origin" not in development.headers


def test_any_host_name_is_answered_on_an_open_address(open_shop):
    with open_shop(host="0.0.0.0", allow_anonymous="viewer") as shop:
        answer = shop.get("/api/config", headers={"Host": "ci.example.org"})

    assert answer.status_code == 200


def test_anybody_may_read_where_viewers_are_allowed_and_nobody_may_write(open_shop):
    with open_shop(host="0.0.0.0", allow_anonymous="viewer") as shop:
        for path in ("/api/config", "/metrics", "/openapi.json", "/api/runs", "/api/v1/repos",
                     "/health", "/health/live"):  # fmt: skip
            assert shop.get(path).status_code == 200, path
        for method, path in (
            ("POST", "/api/simulate"), ("POST", "/api/v1/repos"), ("POST", "/api/events"),
            ("POST", "/api/events/run"), ("PUT", "/api/v1/jobs/1/log"), ("POST", "/nowhere"),
            ("DELETE", "/api/v1/repos/1"), ("GET", "/api/v1/deliveries/1/raw"),
        ):  # fmt: skip
            shop.refused(401, method, path)


def test_nothing_but_health_and_signed_webhooks_answers_on_an_address_without_users(open_shop):
    with open_shop(host="0.0.0.0", webhook_secrets="hook") as shop:
        for path in EVERY_READ:
            shop.refused(401, "GET", path)
        shop.refused(401, "POST", "/api/simulate")
        shop.refused(401, "POST", "/api/events", json={})
        assert shop.get("/health/live").status_code == 200
        assert shop.get("/health").status_code == 200
        assert shop.post("/webhook/github", json={}).status_code == 401


def test_unsigned_delivery_is_refused_on_an_open_address(open_shop):
    with open_shop(host="0.0.0.0", allow_anonymous="viewer") as shop:
        answer = shop.post(
            "/webhook/github", json=run_delivery(), headers={"X-GitHub-Event": "workflow_run"}
        )
        assert answer.status_code == 401
        assert shop.read("/api/runs") == []
