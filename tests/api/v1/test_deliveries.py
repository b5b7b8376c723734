"""What came in, masked for the screen and as the very bytes."""

import json

from tests.api.conftest import run_delivery


def test_deliveries_are_listed_newest_first_with_what_became_of_them(shop):
    shop.deliver(id=900)
    shop.post("/webhook/github", json={"zen": "x"}, headers={"X-GitHub-Event": "star"})
    shop.post("/webhook/github", content=b"{", headers={"X-GitHub-Event": "workflow_run"})

    page = shop.read("/api/v1/ingest/events")

    assert [row["result"] for row in page["items"]] == ["unparsable", "ignored", "stored"]
    assert [row["event"] for row in page["items"]] == ["workflow_run", "star", "workflow_run"]
    assert all(row["reason"] for row in page["items"][:2])
    assert page["items"][2]["repo"] == "acme/api"
    assert page["items"][2]["run_id"] == shop.read("/api/runs")[0]["id"]
    only = shop.read("/api/v1/ingest/events", result="unparsable")["items"]
    assert [row["result"] for row in only] == ["unparsable"]
    shop.refused(422, "GET", "/api/v1/ingest/events?result=lost")


def test_deliveries_come_in_pages(shop):
    for i in range(5):
        shop.deliver(id=900 + i)
    everything = [row["id"] for row in shop.read("/api/v1/ingest/events")["items"]]

    first = shop.read("/api/v1/ingest/events", limit=3)
    second = shop.read("/api/v1/ingest/events", limit=3, cursor=first["next_cursor"])

    assert [row["id"] for row in first["items"] + second["items"]] == everything
    assert second["next_cursor"] is None


def test_raw_payloads_of_a_run_are_masked(shop):
    body = run_delivery(id=900)
    body["workflow_run"]["display_title"] = "leaked ghp_0123456789abcdefghijABCDEFGHIJ012345"
    body["config"] = {"webhook_secret": "hunter2", "max_tokens": 5, "secret": {"deep": "kept"}}
    headers = {"X-GitHub-Event": "workflow_run", "X-Hub-Signature-256": "sha256=abc",
               "Authorization": "Bearer x"}  # fmt: skip
    shop.post("/webhook/github", json=body, headers=headers)

    answer = shop.get("/api/v1/runs/900/raw")

    (delivery,) = answer.json()["deliveries"]
    assert set(delivery) >= {"id", "event", "action", "received_at", "headers", "body"}
    assert delivery["event"] == "workflow_run"
    assert delivery["action"] == "completed"
    assert delivery["body"]["workflow_run"]["id"] == 900
    assert delivery["body"]["config"] == {
        "webhook_secret": "***", "max_tokens": 5, "secret": {"deep": "kept"},
    }  # fmt: skip
    assert "ghp_" not in answer.text
    assert "sha256=abc" not in answer.text
    assert "Bearer" not in answer.text


def test_raw_payload_is_returned_byte_for_byte(shop):
    body = json.dumps(run_delivery(id=900), indent=3).encode() + b"\n \n"
    answer = shop.post(
        "/webhook/github", content=body, headers={"X-GitHub-Event": "workflow_run"}
    ).json()

    raw = shop.get(f"/api/v1/deliveries/{answer['delivery']}/raw")

    assert raw.content == body
    assert raw.headers["content-disposition"].startswith("attachment")
    assert raw.headers["content-type"] == "application/octet-stream"


def test_form_encoded_payload_is_shown_as_what_it_holds(shop):
    from urllib.parse import urlencode

    body = urlencode({"payload": json.dumps(run_delivery(id=900))}).encode()
    headers = {"X-GitHub-Event": "workflow_run",
               "Content-Type": "application/x-www-form-urlencoded"}  # fmt: skip
    shop.post("/webhook/github", content=body, headers=headers)

    (delivery,) = shop.read("/api/v1/runs/900/raw")["deliveries"]

    assert delivery["body"]["workflow_run"]["id"] == 900
    assert shop.get(f"/api/v1/deliveries/{delivery['id']}/raw").content == body


def test_payload_that_is_too_much_to_show_says_where_it_is(shop, monkeypatch):
    monkeypatch.setattr("pulseboard.api.v1.deliveries._MOST_BYTES", 100)
    shop.deliver(id=900)

    (delivery,) = shop.read("/api/v1/runs/900/raw")["deliveries"]

    assert delivery["body"] is None
    assert f"/api/v1/deliveries/{delivery['id']}/raw" in delivery["reason"]
