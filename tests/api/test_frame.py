"""What surrounds every request: its id, its headers, its line in the journal."""

import pytest
from structlog.testing import capture_logs


def test_request_id_of_the_caller_is_kept(shop):
    good = shop.get("/api/config", headers={"X-Request-ID": "abc123"})
    odd = shop.get("/api/config", headers={"X-Request-ID": b'x"\r\n<script>'[:2]})

    assert good.headers["x-request-id"] == "abc123"
    assert odd.headers["x-request-id"] != 'x"'


def test_head_answers_like_get(shop):
    answer = shop.request("HEAD", "/api/config")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/api/config", "/nowhere", "/health"])
def test_every_answer_carries_the_security_headers(shop, path):
    headers = shop.get(path).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


def lines_of(shop, method, path, **options):
    """Return the lines that a request leaves in the journal."""
    with capture_logs() as lines:
        shop.request(method, path, **options)
    return [line for line in lines if line["event"] == "request"]


def test_request_leaves_one_line_without_what_was_asked(shop):
    (line,) = lines_of(
        shop, "GET", "/api/runs?repo=acme/secret", headers={"Authorization": "Bearer hunter2"}
    )

    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/runs", 200)
    assert line["ms"] >= 0
    assert len(line["request_id"]) == 32
    assert "secret" not in str(line)
    assert "hunter2" not in str(line)


def test_line_of_a_push_names_its_delivery_and_not_its_body(shop):
    event = {"id": "1", "workflow": "hunter2", "status": "success", "repo": "acme/api"}

    (line,) = lines_of(shop, "POST", "/api/events", json=event)

    (delivery,) = shop.read("/api/v1/ingest/events")["items"]
    assert line["delivery_id"] == delivery["id"]
    assert "hunter2" not in str(line)


def test_refused_request_leaves_its_line_too(shop):
    (line,) = lines_of(shop, "GET", "/api/config", headers={"Host": "evil.example"})

    assert line["status"] == 421


def test_watchers_are_not_worth_a_line_at_the_usual_level(shop):
    (line,) = lines_of(shop, "GET", "/health")

    assert line["log_level"] == "debug"
