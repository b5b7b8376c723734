"""What is polled costs nothing while nothing has changed."""

import pytest

POLLED = ["/api/config", "/api/filters", "/api/runs", "/api/metrics?from=2026-01-01&to=2026-01-03",
          "/api/metrics/summary", "/api/v1/repos", "/api/v1/runs", "/api/v1/metrics",
          "/api/v1/meta", "/api/v1/filters", "/api/v1/overview/kpis"]  # fmt: skip


@pytest.mark.parametrize("path", POLLED)
def test_unchanged_answer_costs_304_and_no_body(shop, path):
    shop.push()
    first = shop.get(path)
    tag = first.headers["etag"]

    again = shop.get(path, headers={"If-None-Match": tag})

    assert tag.startswith('W/"')
    assert first.headers["cache-control"] == "no-cache"
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert shop.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_tags_are_compared_weakly(shop):
    tag = shop.get("/api/runs").headers["etag"]

    for wanted in (tag.removeprefix("W/"), f'"x", {tag}', "*"):
        assert shop.get("/api/runs", headers={"If-None-Match": wanted}).status_code == 304


def test_planned_work_that_is_moved_is_not_said_to_be_unchanged(shop):
    path = "/api/v1/alert-rules/routing"

    def plan(start, end):
        work = {"name": "database", "from": start, "to": end}
        answer = shop.request("PUT", path, json={"routes": [], "windows": [work]})
        assert answer.status_code == 200, answer.text
        return shop.get(path).headers["etag"]

    before = plan("2026-12-01T00:00:00Z", "2026-12-02T00:00:00Z")
    after = plan("2026-12-03T00:00:00Z", "2026-12-05T00:00:00Z")

    again = shop.get(path, headers={"If-None-Match": before})
    assert again.status_code == 200
    assert again.json()["windows"][0]["from"] == "2026-12-03T00:00:00Z"
    assert after != before


def test_what_changes_with_every_second_has_no_tag(shop):
    assert "etag" not in shop.get("/api/v1/settings/retention/preview").headers


@pytest.mark.parametrize("path", ["/api/runs", "/api/v1/runs", "/api/v1/repos", "/api/filters"])
def test_changed_answer_has_another_tag(shop, path):
    shop.push()
    before = shop.get(path).headers["etag"]
    shop.push(workflow="another")

    assert shop.get(path).headers["etag"] != before
    assert shop.get(path, headers={"If-None-Match": before}).status_code == 200
