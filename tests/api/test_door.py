"""The webhook door: what it refuses, what it keeps, and that nobody's delivery breaks it."""

import asyncio
import hashlib
import hmac
import json
from itertools import count

import pytest

from pulseboard.api import door
from pulseboard.api.door import WebhookDoor
from pulseboard.api.refused import REMEMBERED, RefusedDeliveries
from pulseboard.errors import Unavailable
from tests.api.conftest import job_delivery, run_delivery
from tests.realdata import real_folder, webhook_examples

SECRET = "It's a Secret to Everybody"
_numbers = count()


def sign(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def send(shop, body, *, event="workflow_run", guid=None, secret=SECRET, **headers):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {
        "Content-Type": "application/json",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": guid or f"door-{next(_numbers)}",
        "X-Hub-Signature-256": sign(body, secret),
        **headers,
    }
    return shop.post("/webhook/github", content=body, headers=sent)


@pytest.fixture
def signed(open_shop):
    with open_shop(webhook_secrets=f"old secret,{SECRET}") as shop:
        yield shop


def test_delivery_is_stored_before_it_is_acknowledged(signed):
    answer = send(signed, run_delivery(id=7), guid="g-7")

    assert (answer.status_code, answer.json()) == (202, {"delivery": 1, "result": "stored"})
    assert [run["run_id"] for run in signed.read("/api/runs")] == ["7"]


def test_second_address_is_the_same_door(signed):
    body = json.dumps(run_delivery(id=8)).encode()
    headers = {"X-GitHub-Event": "workflow_run", "X-Hub-Signature-256": sign(body)}

    answer = signed.post("/api/v1/webhooks/github", content=body, headers=headers)

    assert answer.status_code == 202


def test_same_delivery_twice_counts_once(signed):
    send(signed, run_delivery(id=9), guid="twice")

    answer = send(signed, run_delivery(id=9), guid="twice")

    assert answer.json() == {"delivery": 1, "result": "duplicate"}
    assert signed.read("/api/metrics/summary")["total"] == 1


def test_both_secrets_are_good_while_rotating(signed):
    assert send(signed, run_delivery(id=1), secret="old secret").status_code == 202


@pytest.mark.parametrize(
    "signature",
    ["", "sha256=", "sha256=00", "sha1=abc", "nonsense", "sha256=" + "0" * 64, "sha256=é"],
)
def test_wrong_or_malformed_signature_stores_nothing(signed, signature):
    body = json.dumps(run_delivery()).encode()
    headers = {"X-GitHub-Event": "workflow_run", "X-Hub-Signature-256": signature.encode()}

    problem = signed.refused(401, "POST", "/webhook/github", content=body, headers=headers)

    assert "X-Hub-Signature-256" in problem["detail"]
    assert signed.read("/api/v1/ingest/events")["items"] == []


def test_missing_signature_says_what_to_set(signed):
    problem = signed.refused(401, "POST", "/webhook/github", content=b"{}")

    assert "GITHUB_WEBHOOK_SECRET" in problem["detail"]


def test_body_that_was_altered_is_refused(signed):
    body = json.dumps(run_delivery()).encode()
    headers = {"X-Hub-Signature-256": sign(body)}

    signed.refused(401, "POST", "/webhook/github", content=body + b" ", headers=headers)


def test_unsigned_delivery_is_taken_on_loopback_only_and_from_no_foreign_page(shop, open_shop):
    body = json.dumps(run_delivery()).encode()
    headers = {"X-GitHub-Event": "workflow_run"}

    assert shop.post("/webhook/github", content=body, headers=headers).status_code == 202
    foreign = {**headers, "Origin": "https://evil.example"}
    shop.refused(401, "POST", "/webhook/github", content=body, headers=foreign)
    shop.refused(
        401, "POST", "/webhook/github", content=body, headers={**headers, "Host": "evil.example"}
    )
    with open_shop(host="0.0.0.0", allow_anonymous="viewer") as exposed:
        exposed.refused(401, "POST", "/webhook/github", content=body, headers=headers)


def test_ping_is_answered_200(signed):
    answer = send(signed, {"zen": "Keep it logically awesome."}, event="ping")

    assert (answer.status_code, answer.json()["result"]) == (200, "ignored")


@pytest.mark.parametrize(
    ("body", "event", "result"),
    [
        (b"", "workflow_run", "unparsable"),
        (b'{"action": "comp', "workflow_run", "unparsable"),
        (b"[" * 10_000 + b"]" * 10_000, "workflow_run", "unparsable"),
        (b'{"workflow_job": null}', "workflow_job", "unparsable"),
        (b'{"workflow_run": {"id": NaN}}', "workflow_run", "unparsable"),
        (b"\xff\xfe", "workflow_run", "unparsable"),
        (b'{"action": "created"}', "star", "ignored"),
    ],
)
def test_what_cannot_be_understood_is_kept_with_its_reason(signed, body, event, result):
    answer = send(signed, body, event=event)

    assert (answer.status_code, answer.json()["result"]) == (202, result)
    assert answer.json()["reason"]
    (kept,) = signed.read("/api/v1/ingest/events")["items"]
    assert (kept["result"], kept["event"]) == (result, event)


def test_raw_body_comes_back_byte_for_byte(signed):
    body = json.dumps(job_delivery(), indent=3).encode() + b" \n"
    number = send(signed, body, event="workflow_job").json()["delivery"]

    assert signed.get(f"/api/v1/deliveries/{number}/raw").content == body


def test_body_over_the_limit_is_refused_unread(signed):
    headers = {"Content-Length": str(26 * 1024 * 1024)}

    signed.refused(413, "POST", "/webhook/github", content=b"{}", headers=headers)


def test_compressed_body_is_refused(signed):
    headers = {"Content-Encoding": "gzip"}

    signed.refused(415, "POST", "/webhook/github", content=b"{}", headers=headers)


def test_form_encoded_delivery_is_signed_over_the_form(signed):
    from urllib.parse import urlencode

    body = urlencode({"payload": json.dumps(run_delivery(id=12))}).encode()

    answer = send(signed, body, **{"Content-Type": "application/x-www-form-urlencoded"})

    assert answer.json()["result"] == "stored"


def test_every_example_of_githubs_is_answered_and_kept(signed):
    results = []
    for path in webhook_examples():
        for group in json.loads(path.read_text()):
            for example in group["examples"]:
                answer = send(signed, example, event=group["name"])
                assert answer.status_code in (200, 202)
                results.append(answer.json()["result"])

    assert set(results) == {"stored", "ignored"}
    assert results.count("stored") > 10


def test_real_deliveries_are_answered_and_kept(signed):
    folder = real_folder("01-webhooks")
    for path in sorted(folder.glob("**/*.json")):
        if path.name == "signature-vector.json":
            continue
        found = json.loads(path.read_text())
        event = found.get("event", path.stem) if isinstance(found, dict) else path.stem
        payload = found.get("payload", found) if isinstance(found, dict) else found
        answer = send(signed, payload, event=event)
        assert answer.status_code in (200, 202)
        assert answer.json()["result"] in ("stored", "ignored", "unparsable")


def test_refused_delivery_leaves_its_reason_and_nothing_else(signed):
    send(signed, run_delivery(id=7), secret="wrong", guid="bad-signature")
    send(signed, run_delivery(id=7), event="push", guid="x" * 500, **{"Content-Encoding": "gzip"})

    page = signed.read("/api/v1/ingest/events")

    assert page["items"] == []
    packed, unsigned = page["refused"]
    assert (unsigned["status"], unsigned["event"]) == (401, "workflow_run")
    assert unsigned["guid"] == "bad-signature"
    assert "does not match" in unsigned["reason"]
    assert (packed["status"], packed["event"], packed["guid"]) == (415, "push", "x" * 100)
    assert signed.read("/api/v1/ingest/events", result="stored")["refused"] == []


def test_refused_deliveries_are_the_newest_hundred():
    refused = RefusedDeliveries()
    for number in range(REMEMBERED + 20):
        refused.note(at=number, status=401, reason="", event=None, guid=None)

    assert [one.received_at for one in refused.newest_first()] == list(range(119, 19, -1))


def test_bodies_that_arrive_at_once_have_one_room_together(monkeypatch):
    monkeypatch.setattr(door, "_MAX_HELD", 100)
    entrance = WebhookDoor(None, intake=None, secrets=None, takes_unsigned=lambda _: False,
                           refused=RefusedDeliveries())  # fmt: skip
    arrived = asyncio.Event()

    async def slow():
        await arrived.wait()
        return {"type": "http.request", "body": b"y" * 10}

    async def quick():
        return {"type": "http.request", "body": b"x" * 60}

    async def send():
        begun = asyncio.create_task(entrance._read_on(b"y" * 50, slow))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable, match="at once"):
            await entrance._read_on(b"x", quick)
        arrived.set()
        first = await begun
        # There is room again.
        return first, await entrance._read_on(b"x", quick)

    assert asyncio.run(send()) == (b"y" * 60, b"x" * 61)
