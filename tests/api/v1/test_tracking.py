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
