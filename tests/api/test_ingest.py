"""The push doors and the simulator's door."""

import hashlib
import hmac
import json

import pytest

from tests.api.conftest import ago, later


def test_pushed_run_answers_201_with_the_resource_and_its_address(shop):
    event = {"id": "run_1", "workflow": "build", "status": "success", "repo": "acme/api",
             "branch": "main", "duration_seconds": 123, "started_at": "2026-01-31T10:00:00Z",
             "triggered_by": "kim", "commit": "abc1234", "meta": {"runner": "ubuntu"}}  # fmt: skip

    answer = shop.post("/api/events", json=event)

    assert answer.status_code == 201
    run = answer.json()
    assert run["run_id"] == "run_1"
    assert (run["workflow"], run["repo"], run["branch"]) == ("build", "acme/api", "main")
    assert (run["status"], run["conclusion"]) == ("success", "success")
    assert (run["duration_seconds"], run["finished_at"]) == (123, "2026-01-31T10:02:03Z")
    assert (run["triggered_by"], run["actor"], run["commit"]) == ("kim", "kim", "abc1234")
    assert run["source"] == "push"
    assert shop.get(answer.headers["location"]).json()["run"]["id"] == run["id"]
    assert shop.get(answer.headers["location"]).json()["run"]["meta"] == {"runner": "ubuntu"}


def test_same_repo_and_id_again_merges_and_answers_200(shop):
    at = ago(minutes=9)
    event = {"id": "run_1", "workflow": "build", "repo": "acme/api"}

    first = shop.post("/api/events", json={**event, "status": "running", "started_at": at})
    second = shop.post(
        "/api/events", json={**event, "status": "failure", "finished_at": later(at, 60)}
    )

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]
    assert (second.json()["status"], second.json()["duration_seconds"]) == ("failure", 60)
    assert len(shop.read("/api/runs")) == 1
    other = shop.post("/api/events", json={**event, "repo": "acme/web", "status": "success"})
    assert other.status_code == 201


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"id": None}, "id"), ({"workflow": ""}, "workflow"), ({"repo": None}, "repo"),
        ({"status": "bogus"}, "status"), ({"status": None}, "status"),
        ({"duration_seconds": -1}, "duration_seconds"), ({"duration_seconds": "x"}, "duration_seconds"),
        ({"started_at": "2026-01-31T10:00:00"}, "started_at"),
        ({"started_at": "1999-01-31T10:00:00Z"}, "started_at"),
        ({"started_at": "2999-01-31T10:00:00Z"}, "started_at"),
        ({"started_at": "2026-01-31T10:00:00Z", "finished_at": "2026-01-31T09:00:00Z"},
         "finished_at"),
    ],
)  # fmt: skip
def test_wrong_field_of_a_push_is_named_and_nothing_is_stored(shop, change, field):
    event = {"id": "1", "workflow": "build", "status": "success", "repo": "acme/api", **change}

    problem = shop.refused(422, "POST", "/api/events", json=event)

    assert field in [error["field"] for error in problem["errors"]]
    assert all(set(error) == {"field", "message"} for error in problem["errors"])
    assert shop.read("/api/runs") == []
    assert shop.read("/api/v1/repos")["items"] == []


@pytest.mark.parametrize("path", ["/api/events", "/api/events/run", "/api/v1/repos"])
@pytest.mark.parametrize("body", [b"", b"{", b"not json", b'{"id": ' + b"[" * 10_000])
def test_body_that_is_not_json_answers_400(shop, path, body):
    shop.refused(400, "POST", path, content=body)


def test_body_of_a_push_that_is_no_object_answers_422(shop):
    shop.refused(422, "POST", "/api/events", content=b"[1]")
    shop.refused(422, "POST", "/api/events/run", content=b'"text"')


def test_pipeline_run_answers_200_with_exactly_its_fields(shop):
    at = ago(minutes=30)
    answer = shop.post(
        "/api/events/run",
        json={"pipeline": "web", "status": "success", "started_at": at, "duration_sec": 7,
              "branch": "main", "commit": "5184f9c", "triggered_by": "octocat"},
    )  # fmt: skip

    assert answer.status_code == 200
    run = answer.json()
    assert isinstance(run.pop("id"), int)
    assert run == {
        "pipeline": "web", "status": "success", "started_at": at, "finished_at": later(at, 7),
        "duration_sec": 7.0, "branch": "main", "commit": "5184f9c", "triggered_by": "octocat",
    }  # fmt: skip
    assert shop.read("/api/runs")[0]["repo"] == "push"


def test_finished_pipeline_run_closes_the_open_one_of_its_kind(shop):
    def post(**fields):
        answer = shop.post("/api/events/run", json={"pipeline": "web", "branch": "main", **fields})
        assert answer.status_code == 200, answer.text
        return answer.json()

    opened = post(status="running", started_at=ago(minutes=5))
    elsewhere = post(status="success", branch="fix/1")
    closed = post(status="failure")
    again = post(status="success")

    assert closed["id"] == opened["id"]
    assert closed["started_at"] == opened["started_at"]
    assert closed["status"] == "failure"
    assert len({opened["id"], elsewhere["id"], again["id"]}) == 3


def test_idempotency_key_makes_a_retry_safe(shop):
    body = {"pipeline": "web", "status": "success"}
    headers = {"Idempotency-Key": "retry-1"}

    first = shop.post("/api/events/run", json=body, headers=headers).json()
    second = shop.post("/api/events/run", json=body, headers=headers).json()

    assert first == second
    assert len(shop.read("/api/runs")) == 1


def test_raw_bytes_of_a_push_are_kept(shop):
    body = b'{"id": "1",  "workflow":"b\xc3\xbcild", "status":"success", "repo":"acme/api"}'
    shop.post("/api/events", content=body)

    (delivery,) = shop.read("/api/v1/ingest/events")["items"]

    assert shop.get(f"/api/v1/deliveries/{delivery['id']}/raw").content == body


# Credentials


def signed(body, secret="sign"):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


BODY = json.dumps({"id": "1", "workflow": "b", "status": "success", "repo": "a/b"}).encode()


@pytest.mark.parametrize("path", ["/api/events", "/api/events/run"])
def test_wrong_credential_is_refused_even_on_loopback(open_shop, path):
    body = BODY.replace(b"workflow", b"pipeline") if path.endswith("run") else BODY
    with open_shop(ingest_token="token", ingest_secret="sign") as shop:
        for headers in (
            {"Authorization": "Bearer wrong"},
            {"Authorization": "Basic token"},
            {"Authorization": "token"},
            {"X-Signature-256": signed(body, "other")},
            {"X-Signature-256": "sha256=zz"},
            {"X-Signature-256": signed(body).removeprefix("sha256=")},
            {"Authorization": "Bearer token", "X-Signature-256": signed(body, "other")},
        ):
            shop.refused(401, "POST", path, content=body, headers=headers)
        assert shop.read("/api/runs") == []
        for headers in (
            {"Authorization": "Bearer token"},
            {"X-Signature-256": signed(body)},
            {},
        ):
            assert shop.post(path, content=body, headers=headers).status_code in (200, 201)


def test_push_door_of_an_open_server_asks_for_a_credential(open_shop):
    with open_shop(
        host="0.0.0.0", allow_anonymous="viewer", ingest_token="token", ingest_secret="sign"
    ) as shop:
        shop.refused(401, "POST", "/api/events", content=BODY)
        shop.refused(401, "POST", "/api/events", content=BODY,
                     headers={"Authorization": "Bearer wrong"})  # fmt: skip
        good = {"Authorization": "Bearer token"}
        assert shop.post("/api/events", content=BODY, headers=good).status_code == 201
        good = {"X-Signature-256": signed(BODY)}
        assert shop.post("/api/events", content=BODY, headers=good).status_code == 200


def test_push_door_without_a_configured_credential_is_shut_on_an_open_server(open_shop):
    with open_shop(host="0.0.0.0", allow_anonymous="viewer") as shop:
        shop.refused(401, "POST", "/api/events", content=BODY)
        shop.refused(401, "POST", "/api/events", content=BODY,
                     headers={"Authorization": "Bearer "})  # fmt: skip


# The simulator


def test_simulator_makes_the_runs_asked_for(shop):
    answer = shop.post(
        "/api/simulate?count=8&fail_rate=0.25", json={"pipelines": ["web", "api"]}
    ).json()

    assert answer["created"] == 8 == len(answer["runs"])
    assert {run["pipeline"] for run in answer["runs"]} == {"web", "api"}
    assert sum(run["status"] == "failure" for run in answer["runs"]) == 2
    assert all(run["demo"] for run in answer["runs"])


def test_simulator_needs_no_body(shop):
    assert shop.post("/api/simulate").json()["created"] == 10


@pytest.mark.parametrize(
    ("params", "body", "field"),
    [
        ({"count": 0}, None, "count"), ({"fail_rate": 1.5}, None, "fail_rate"),
        ({"fail_rate": "nan"}, None, "fail_rate"), ({}, {"pipelines": []}, "pipelines"),
        ({}, {"pipelines": ["a", " "]}, "pipelines"), ({}, {"pipelines": "web"}, "pipelines"),
        ({}, {"pipelines": ["a\0"]}, "pipelines.0"),
    ],
)  # fmt: skip
def test_simulator_names_what_makes_no_sense(shop, params, body, field):
    problem = shop.refused(422, "POST", "/api/simulate", params=params, json=body or {})

    assert problem["errors"][0]["field"] == field


def test_simulator_is_refused_in_production(open_shop):
    with open_shop(environment="prod") as shop:
        shop.refused(403, "POST", "/api/simulate")
        assert shop.read("/api/runs", demo=1) == []
