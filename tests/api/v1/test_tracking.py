"""Tracking repositories and asking for a poll, over HTTP."""

import pytest


def tracked(shop):
    return [row["full_name"] for row in shop.read("/api/v1/repos", demo=0)["items"]]


def test_repository_is_tracked_once(shop):
    first = shop.post("/api/v1/repos", json={"full_name": "acme/new"})
    second = shop.post("/api/v1/repos", json={"full_name": "ACME/new"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.headers["location"] == f"/api/v1/repos/{first.json()['id']}"
    assert second.json()["id"] == first.json()["id"]
    assert first.json()["full_name"] == "acme/new"
    assert first.json()["runs"] == 0
    assert tracked(shop) == ["acme/new"]


NOWHERE = ["../..", "../user", "./x", "a/..", "../*", "acme", "a/b/c", "a b/c"]


@pytest.mark.parametrize("name", NOWHERE)
def test_name_that_is_none_of_githubs_is_refused_in_words(shop, name):
    problem = shop.refused(422, "POST", "/api/v1/repos", json={"full_name": name})

    assert problem["errors"] == [
        {
            "field": "full_name",
            "message": "should be owner/name as GitHub gives them, or owner/*",
        }
    ]
    assert tracked(shop) == []


@pytest.mark.parametrize("path", ["..%2F..", "..%2Fuser", ".%2Fx", "a%2F.."])
def test_history_of_no_repository_is_refused(shop, path):
    problem = shop.refused(422, "POST", f"/api/v1/repos/{path}/backfill", json={})

    assert [error["field"] for error in problem["errors"]] == ["repo"]
    assert tracked(shop) == []


@pytest.mark.parametrize("path", ["/api/events", "/api/events/run"])
def test_pushed_repository_may_have_an_odd_name_that_leads_nowhere_else(shop, path):
    run = {"id": "1", "workflow": "w", "pipeline": "w", "status": "success"}
    for name in ("../..", "../user", "./x", "a/..", ".."):
        problem = shop.refused(422, "POST", path, json={**run, "repo": name})
        assert [error["field"] for error in problem["errors"]] == ["repo"]
    for name in ("a/b/c", "a..b/.c", "monorepo"):
        assert shop.post(path, json={**run, "repo": name}).status_code in (200, 201)

    assert tracked(shop) == ["a..b/.c", "a/b/c", "monorepo"]


def test_account_is_tracked_as_a_whole(shop):
    first = shop.post("/api/v1/repos", json={"full_name": "Acme/*"})
    second = shop.post("/api/v1/repos", json={"full_name": "acme/*"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == {"full_name": "acme/*", "looked_at": None, "trouble": None}
    assert shop.read("/api/v1/owners") == {"items": [first.json()]}
    assert shop.request("DELETE", "/api/v1/repos/acme/*").status_code == 204
    assert shop.read("/api/v1/owners") == {"items": []}


def test_repository_that_is_no_longer_tracked_stays_listed(shop):
    shop.post("/api/v1/repos", json={"full_name": "acme/new"})
    assert shop.request("DELETE", "/api/v1/repos/acme/new").status_code == 204
    assert tracked(shop) == ["acme/new"]
    assert shop.post("/api/v1/poll/run").json()["total"] == 0


@pytest.mark.parametrize("name", ["acme/unknown", "4711", "acme/*"])
def test_what_is_not_tracked_cannot_be_given_up(shop, name):
    shop.refused(404, "DELETE", f"/api/v1/repos/{name}")


def test_poll_is_asked_for_and_followed(shop):
    shop.post("/api/v1/repos", json={"full_name": "acme/new"})
    asked = shop.post("/api/v1/poll/run")
    assert asked.status_code == 202
    progress = asked.json()
    assert asked.headers["location"] == f"/api/v1/poll/{progress['id']}"
    assert (progress["state"], progress["total"], progress["done"]) == ("queued", 1, 0)
    assert progress["repositories"][0] == {
        "repo": "acme/new", "repository_id": progress["repositories"][0]["repository_id"],
        "state": None, "words": None, "runs": 0, "finished_at": None,
    }  # fmt: skip
    assert shop.read(f"/api/v1/poll/{progress['id']}") == progress
    for number in (10**30, 0, -(10**30)):
        shop.refused(404, "GET", f"/api/v1/poll/{number}")


def test_poll_without_repositories_is_done(shop):
    progress = shop.post("/api/v1/poll/run").json()
    assert (progress["state"], progress["total"]) == ("done", 0)
    assert progress["finished_at"] == progress["asked_at"]


def test_unknown_poll_is_not_found(shop):
    shop.refused(404, "GET", "/api/v1/poll/99")
    shop.refused(422, "GET", "/api/v1/poll/soon")


def test_runs_of_a_repository_are_of_the_demo_or_not(shop):
    run = shop.push()

    def listed(**params):
        return [one["id"] for one in shop.read("/api/v1/repos/acme/api/runs", **params)["items"]]

    assert (listed(), listed(demo=0), listed(demo=1)) == ([run["id"]], [run["id"]], [])
    problem = shop.refused(422, "GET", "/api/v1/repos/acme/api/runs?demo=banana")
    assert [error["field"] for error in problem["errors"]] == ["demo"]
