"""Asking for history over HTTP."""

import pytest


def test_backfill_is_asked_for_and_followed(shop):
    answer = shop.post("/api/v1/repos/acme/api/backfill", json={"days": 30})
    assert answer.status_code == 202
    asked = answer.json()
    assert answer.headers["location"] == f"/api/v1/backfills/{asked['id']}"
    assert (asked["repo"], asked["state"], asked["runs"]) == ("acme/api", "waiting", 0)
    assert shop.read(f"/api/v1/backfills/{asked['id']}") == asked
    assert shop.read("/api/v1/backfills")["items"] == [asked]
    assert shop.read("/api/v1/repos/acme/api")["full_name"] == "acme/api"


def test_backfill_takes_ninety_days_unless_told_otherwise(shop):
    asked = shop.post("/api/v1/repos/acme/api/backfill").json()
    assert asked["since"][:10] < asked["until"][:10]
    again = shop.post("/api/v1/repos/acme/api/backfill", json={"days": 90}).json()
    assert again["id"] == asked["id"]


@pytest.mark.parametrize("body", [{"days": 0}, {"days": 401}, {"days": "many"}])
def test_days_that_make_no_sense_are_refused(shop, body):
    problem = shop.refused(422, "POST", "/api/v1/repos/acme/api/backfill", json=body)
    assert problem["errors"][0]["field"] == "days"


def test_backfill_is_stopped_and_taken_up_again(shop):
    asked = shop.post("/api/v1/repos/acme/api/backfill", json={"days": 30}).json()
    address = f"/api/v1/backfills/{asked['id']}"
    stopped = shop.request("DELETE", address)
    assert (stopped.status_code, stopped.json()["state"]) == (200, "stopped")
    assert "goes on from here" in stopped.json()["words"]
    assert shop.read(address) == stopped.json() == shop.request("DELETE", address).json()
    again = shop.post("/api/v1/repos/acme/api/backfill", json={"days": 30}).json()
    assert (again["id"], again["state"], again["words"]) == (asked["id"], "waiting", None)


def test_unknown_backfill_is_not_found(shop):
    shop.refused(404, "DELETE", "/api/v1/backfills/99")
    shop.refused(404, "GET", "/api/v1/backfills/99")
    shop.refused(404, "GET", f"/api/v1/backfills/{-(10**30)}")
    shop.refused(404, "POST", "/api/v1/repos/4711/backfill")
    shop.refused(422, "POST", "/api/v1/repos/a/b/c/backfill")
