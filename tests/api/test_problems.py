"""The one shape of every error."""

import pytest


@pytest.mark.parametrize(
    ("status", "method", "path"),
    [
        (404, "GET", "/nowhere"), (404, "GET", "/api/nowhere"), (404, "GET", "/api/v1/nowhere"),
        (404, "GET", "/api/v1/runs/999999"), (404, "GET", "/api/v1/repos/acme/nowhere"),
        (404, "GET", "/api/v1/repos/acme/nowhere/runs"),
        (404, "GET", "/api/v1/repos/acme%2Fnowhere/workflows"),
        (404, "GET", "/api/v1/deliveries/999/raw"), (404, "GET", "/api/v1/runs/999/raw"),
        (405, "DELETE", "/api/runs"), (405, "GET", "/api/events"), (405, "GET", "/webhook/github"),
        (422, "GET", "/api/v1/runs?limit=0"), (422, "GET", "/api/v1/deliveries/x/raw"),
        (422, "GET", "/api/v1/runs?cursor=nonsense"), (422, "GET", "/api/runs?repo=%00"),
        (422, "GET", "/api/v1/runs/%00"), (422, "GET", "/api/v1/metrics?window=forever"),
        (422, "GET", "/api/v1/runs?sort=colour"), (422, "GET", "/api/v1/facets?field=colour"),
        (422, "GET", "/api/v1/runs?branch=@default&branch=main"),
    ],
)  # fmt: skip
def test_every_error_has_the_one_shape(shop, status, method, path):
    problem = shop.refused(status, method, path)

    assert problem["title"]
    assert problem["detail"].strip()
    if status == 422:
        assert problem["errors"]


def test_refused_method_names_the_allowed_ones(shop):
    assert "GET" in shop.request("DELETE", "/api/runs").headers["allow"]


def test_surprise_answers_500_without_its_inner_life(shop, monkeypatch):
    def break_down(*_args, **_options):
        raise ValueError("the password is hunter2")

    monkeypatch.setattr("pulseboard.api.compat.list_facets", break_down)

    problem = shop.refused(500, "GET", "/api/filters")

    assert "hunter2" not in str(problem)
    assert "log" in problem["detail"]


def test_body_that_is_too_large_answers_413(shop):
    shop.refused(413, "POST", "/api/simulate", content=b" " * 70_000)
    shop.refused(413, "POST", "/api/v1/repos", content=b" " * 70_000)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/metrics?window=forever", None),
        ("GET", "/api/v1/grid/time?tz=Mars/Phobos", None),
        (
            "POST",
            "/api/events",
            {"id": "1", "workflow": "w", "status": "success", "repo": "a", "started_at": "soon"},
        ),
        ("POST", "/api/v1/alert-rules", {"name": "", "kind": "failure"}),
    ],
)
def test_message_of_a_field_is_our_own_sentence(shop, method, path, body):
    problem = shop.refused(422, method, path, **({} if body is None else {"json": body}))

    said = [problem["detail"], *(error["message"] for error in problem["errors"])]
    assert not [text for text in said if "Value error" in text or "Assertion failed" in text]


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/api/runs", "GET, HEAD"), ("/api/events", "POST"), ("/api/v1/channels", "GET, HEAD, POST"),
        ("/api/v1/channels/1", "DELETE, GET, HEAD, PUT"), ("/api/v1/repos", "GET, HEAD, POST"),
    ],
)  # fmt: skip
def test_refused_method_is_answered_with_all_that_the_address_takes(shop, path, methods):
    answer = shop.request("PATCH", path)

    assert (answer.status_code, answer.headers["allow"]) == (405, methods)
