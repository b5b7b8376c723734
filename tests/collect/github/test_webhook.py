"""The signature of GitHub's webhooks, and what each delivery comes to."""

import hashlib
import hmac
import json
from itertools import permutations
from random import Random
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from pulseboard.collect.github.payload import RunDelivery, decode
from pulseboard.collect.github.webhook import open_delivery, verify
from pulseboard.collect.groupcommit import commit
from pulseboard.collect.normalise import repository_from_github
from pulseboard.collect.records import RepositorySeen
from pulseboard.model import Delivery, Job, Repository, Run, Step
from pulseboard.vocabulary import DeliveryResult, Source
from tests.collect.github.objects import (
    ANY_JSON,
    RECEIVED,
    REPOSITORY,
    a_job,
    a_run,
    delivery,
    read,
)
from tests.realdata import real_folder, webhook_examples

SECRET = b"a secret of ours"
BODY = b'{"zen": "Half measures are as bad as nothing at all."}'


def sign(body, secret=SECRET, algorithm="sha256"):
    return f"{algorithm}={hmac.new(secret, body, getattr(hashlib, algorithm)).hexdigest()}"


def test_signature_over_the_very_bytes_is_accepted():
    assert verify(BODY, sign(BODY), [SECRET])
    assert not verify(BODY + b" ", sign(BODY), [SECRET])


def test_second_secret_is_accepted_while_rotating():
    assert verify(BODY, sign(BODY), [b"the new one", SECRET])
    assert verify(BODY, sign(BODY), [SECRET, b"the new one"])
    assert not verify(BODY, sign(BODY), [b"the new one", b"another"])


@pytest.mark.parametrize(
    "header",
    [
        "",
        "sha256=",
        "sha256=zz",
        "sha256=" + "0" * 64,
        sign(BODY)[:-1],
        sign(BODY) + "0",
        sign(BODY).removeprefix("sha256="),
        sign(BODY, algorithm="sha1"),
        sign(BODY).replace("sha256", "sha1"),
        sign(BODY, secret=b"wrong"),
        "sha256=é" + "0" * 63,
    ],
)
def test_wrong_or_malformed_signature_is_refused(header):
    assert not verify(BODY, header, [SECRET])


def test_without_a_secret_nothing_verifies():
    assert not verify(BODY, sign(BODY, secret=b""), [])


def test_documented_example_of_githubs_verifies():
    vector = json.loads(real_folder("01-webhooks", "signature-vector.json").read_text())
    body, secret = vector["payload"].encode(), vector["secret"].encode()
    assert verify(body, vector["x_hub_signature_256"], [secret])


@pytest.mark.parametrize("action", ["requested", "in_progress", "completed", "never_heard_of"])
def test_run_delivery_is_stored_whatever_its_action(action):
    envelope = read(delivery(action=action, workflow_run=a_run()), event="workflow_run")
    assert (envelope.result, envelope.reason) == (DeliveryResult.STORED, None)
    assert (envelope.event, envelope.action) == ("workflow_run", action)
    (run,) = envelope.runs
    assert (run.run_id, run.status) == ("9001", "completed")
    assert envelope.jobs == []
    assert run.repository == RepositorySeen(
        "acme/api",
        provider_id="700",
        html_url="https://github.com/acme/api",
        default_branch="main",
    )
    assert envelope.repository == run.repository


@pytest.mark.parametrize("action", ["queued", "waiting", "in_progress", "completed", "odd"])
def test_job_delivery_is_stored_whatever_its_action(action):
    envelope = read(delivery(action=action, workflow_job=a_job()), event="workflow_job")
    assert (envelope.result, envelope.action) == (DeliveryResult.STORED, action)
    (job,) = envelope.jobs
    assert (job.job_id, job.run.run_id, job.run.repository.full_name) == (
        "501",
        "9001",
        "acme/api",
    )


@pytest.mark.parametrize(
    ("action", "status", "expected"),
    [
        ("completed", "in_progress", "in_progress"),
        ("in_progress", None, "in_progress"),
        ("requested", None, "requested"),
        ("frobbed", None, "unknown"),
        (None, None, "unknown"),
    ],
)
def test_status_of_the_object_counts_and_the_action_stands_in(action, status, expected):
    body = delivery(action=action, workflow_run=a_run(status=status, conclusion=None))
    assert read(body, event="workflow_run").runs[0].status == expected
    body = delivery(action=action, workflow_job=a_job(status=status, conclusion=None))
    assert read(body, event="workflow_job").jobs[0].status == expected


def test_sender_stands_in_for_the_actor():
    run = a_run(actor=None, triggering_actor=None)
    assert read(delivery(workflow_run=run), event="workflow_run").runs[0].actor == "sam"


def test_workflow_beside_the_run_fills_in_its_name_and_path():
    path = ".github/workflows/ci.yml"
    workflow = {"id": 55, "name": "Continuous", "path": path}
    for title, name in ((path, "Continuous"), (None, "Continuous"), ("CI", "CI")):
        body = delivery(workflow_run=a_run(name=title, workflow_id=None), workflow=workflow)
        seen = read(body, event="workflow_run").runs[0].workflow
        assert (seen.name, seen.path, seen.provider_id) == (name, path, "55")


def test_ping_is_handled_and_needs_no_body_of_ours():
    envelope = read(BODY, event="ping")
    assert (envelope.result, envelope.reason) == (DeliveryResult.IGNORED, "ping")


@pytest.mark.parametrize(
    "event", ["check_run", "check_suite", "deployment", "push", "issues", "never_heard_of"]
)
def test_other_events_are_ignored_with_their_reason(event):
    envelope = read(delivery(action="created"), event=event)
    assert envelope.result is DeliveryResult.IGNORED
    assert envelope.action == "created"
    assert envelope.reason == f"{event} says nothing about a workflow run"
    assert (envelope.repository, envelope.runs, envelope.jobs) == (None, [], [])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (delivery(workflow_run=a_run())[:-10], "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[]", "not an object"),
        (b"null", "not an object"),
        (b'"text"', "not an object"),
        (b"{}", "workflow_run is missing"),
        (delivery(workflow_run=None), "workflow_run is missing"),
        (delivery(workflow_run=[a_run()]), "workflow_run is missing"),
        (delivery(workflow_run={}), "id: it is missing"),
        (delivery(workflow_run=a_run(id=None)), "id: it is missing"),
        (delivery(workflow_run=a_run(run_attempt=0)), "run_attempt"),
        (delivery(workflow_run=a_run(run_attempt=100_001)), "run_attempt"),
        (b'{"workflow_run": {"id": 5}}', "repository is missing"),
        (b'{"workflow_run": {"id": NaN}}', "not JSON"),
        (b'{"x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}", "nested too deeply"),
        (b'{"x": ' + b'{"x":' * 10_000 + b"1" + b"}" * 10_001, "nested too deeply"),
    ],
)
def test_unreadable_delivery_is_kept_with_its_reason(body, reason):
    envelope = read(body, event="workflow_run")
    assert envelope.result is DeliveryResult.UNPARSABLE
    assert reason in (envelope.reason or "")
    assert (envelope.body, envelope.runs) == (body, [])


@pytest.mark.parametrize("job", [None, [], "text", 5, {}, {"id": 1, "name": "x"}])
def test_null_or_odd_job_is_kept_with_its_reason(job):
    envelope = read(delivery(workflow_job=job), event="workflow_job")
    assert envelope.result is DeliveryResult.UNPARSABLE
    assert envelope.reason


def test_delivery_without_the_name_of_its_event_is_kept():
    envelope = read(delivery(workflow_run=a_run()), event=None)
    assert envelope.result is DeliveryResult.UNPARSABLE
    assert (envelope.event, envelope.reason) == ("unknown", "X-GitHub-Event is missing")


def test_half_surrogates_and_stray_bytes_do_not_lose_the_delivery():
    body = delivery(workflow_run=a_run(display_title="TITLE", head_branch="BRANCH"))
    body = body.replace(b"TITLE", b"cut here \\ud83d").replace(b"BRANCH", b"b\xff")
    (run,) = read(body, event="workflow_run").runs
    assert (run.title, run.head_branch) == ("cut here ?", "b\ufffd")


def test_of_a_repeated_key_the_last_counts():
    body = delivery(workflow_run=a_run()).replace(b'"id": 9001', b'"id": 1, "id": 9002')
    assert read(body, event="workflow_run").runs[0].run_id == "9002"


def test_thousands_of_digits_are_refused_only_where_they_matter():
    digits = b"9" * 5000
    body = delivery(workflow_run=a_run())
    elsewhere = body.replace(b'"id": 9001', b'"id": 9001, "check_suite_id": ' + digits)
    assert read(elsewhere, event="workflow_run").result is DeliveryResult.STORED
    as_id = body.replace(b'"id": 9001', b'"id": ' + digits)
    assert read(as_id, event="workflow_run").result is DeliveryResult.UNPARSABLE


@pytest.mark.parametrize(
    "content_type",
    ["application/x-www-form-urlencoded", "Application/X-WWW-Form-Urlencoded; charset=utf-8"],
)
def test_form_encoded_delivery_is_read_and_kept_as_it_came(content_type):
    inner = delivery(workflow_run=a_run(display_title="a+b & é = 100%"))
    body = urlencode({"payload": inner.decode(), "other": "1"}).encode()
    envelope = read(body, event="workflow_run", content_type=content_type)
    assert envelope.runs[0].title == "a+b & é = 100%"
    assert envelope.body == body


def test_form_without_a_payload_is_kept_with_its_reason():
    envelope = read(
        b"other=1", event="workflow_run", content_type="application/x-www-form-urlencoded"
    )
    assert envelope.reason == "the body is a form without a payload field"


@pytest.mark.parametrize("content_type", [None, "", "text/plain", "application/json; charset=x"])
def test_json_is_read_under_any_other_content_type(content_type):
    body = delivery(workflow_run=a_run())
    envelope = read(body, event="workflow_run", content_type=content_type)
    assert envelope.result is DeliveryResult.STORED


def test_delivery_keeps_its_guid_and_headers():
    envelope = read(BODY, event="ping", guid="72d3162e", headers={"user-agent": "x"})
    assert (envelope.guid, envelope.headers) == ("72d3162e", '{"user-agent":"x"}')
    assert (envelope.source, envelope.received_at) == (Source.WEBHOOK, RECEIVED)


@pytest.mark.parametrize("guid", [None, "", "g" * 201])
def test_delivery_without_a_usable_guid_is_known_by_its_bytes(guid):
    first = read(BODY, event="ping", guid=guid)
    assert first.guid == read(BODY, event="ping", guid=guid).guid
    assert first.guid != read(BODY, event="push", guid=guid).guid
    assert first.guid != read(BODY + b" ", event="ping", guid=guid).guid


def test_every_example_of_githubs_is_stored_or_ignored():
    stored = 0
    groups = [group for path in webhook_examples() for group in json.loads(path.read_text())]
    for group in groups:
        for example in group["examples"]:
            envelope = read(json.dumps(example).encode(), event=group["name"])
            if group["name"] in ("workflow_run", "workflow_job"):
                assert envelope.result is DeliveryResult.STORED, envelope.reason
                stored += 1
            else:
                assert envelope.result is DeliveryResult.IGNORED, envelope.reason
    assert stored > 10


def test_repositories_are_read_as_another_product_reads_them():
    """None of go-scm's events is a run's, but each golden answer names the repository."""
    agreed = 0
    for path in sorted(real_folder("01-webhooks", "go-scm").glob("*.json")):
        body = path.read_bytes()
        assert read(body, event=path.stem).result is DeliveryResult.IGNORED
        golden = json.loads(path.with_suffix(".json.golden").read_text() or "null")
        expected = (golden or {}).get("Repo") or {}
        seen = repository_from_github(decode(body, RunDelivery).repository)
        if seen is None or not expected.get("FullName"):
            continue
        agreed += 1
        assert seen.full_name == expected["FullName"], path.name
        assert seen.provider_id == expected["ID"], path.name
        if expected["Branch"]:
            assert seen.default_branch == expected["Branch"], path.name
    assert agreed > 20


def grafana():
    """Return the (event, body) of the six whole deliveries, by the names of their files."""
    found = []
    for path in sorted(real_folder("01-webhooks", "grafana-ci-otel").glob("*/*.json")):
        body = path.read_bytes()
        event = next((name for name in ("workflow_run", "workflow_job") if name in path.name), "")
        if event in json.loads(body):
            found.append((event, body))
    return found


def test_real_two_job_run_comes_out_right_in_any_order_and_twice(database):
    deliveries = grafana()
    assert len(deliveries) == 6
    orders = list(permutations(range(6)))
    for order in [*Random(5).sample(orders, 12), orders[0], orders[-1]]:
        with database.writing() as session:
            for table in (Step, Job, Run, Delivery, Repository):
                session.query(table).delete()
        for number, index in enumerate([*order, *order]):
            event, body = deliveries[index]
            opened = open_delivery(
                body,
                event=event,
                guid=f"{number}",
                content_type="application/json",
                headers={},
                received_at=RECEIVED + number,
            )
            (receipt,) = commit(database, [opened.understand()])
            assert receipt.result is DeliveryResult.STORED
        with database.reading() as session:
            run = session.scalars(select(Run).where(Run.provider_run_id == "6454805877")).one()
            assert (run.attempt, run.status, run.conclusion) == (10, "completed", "success")
            assert (run.run_number, run.head_branch, run.event) == (14, "main", "push")
            jobs = session.scalars(select(Job).where(Job.run_id == run.id)).all()
            assert sorted((job.provider_job_id, job.conclusion) for job in jobs) == [
                ("17556730984", "success"),
                ("17556741424", "success"),
            ]
            assert run.jobs_ended_at == max(job.completed_at or 0 for job in jobs)
            steps = select(func.count()).select_from(Step)
            assert session.scalar(steps) == 21
            other = session.scalars(select(Run).where(Run.provider_run_id == "6454805900")).one()
            assert (other.status, other.conclusion) == ("in_progress", None)


def objects_with_odd_fields(whole):
    """Return a strategy of this object with any of its fields replaced by anything."""
    return st.dictionaries(st.sampled_from(sorted(whole)), ANY_JSON, max_size=5).map(
        lambda changes: {**whole, **changes}
    )


@given(
    st.sampled_from(["workflow_run", "workflow_job"]),
    objects_with_odd_fields(a_run()) | objects_with_odd_fields(a_job()) | ANY_JSON,
    st.just(REPOSITORY) | ANY_JSON,
)
def test_no_body_whatever_raises(event, thing, repository):
    body = json.dumps({"action": "completed", event: thing, "repository": repository}).encode()
    envelope = read(body, event=event)
    assert envelope.result in (DeliveryResult.STORED, DeliveryResult.UNPARSABLE)
    assert bool(envelope.runs or envelope.jobs) == (envelope.result is DeliveryResult.STORED)
    assert (envelope.reason is None) == (envelope.result is DeliveryResult.STORED)


@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise(body):
    assert read(body, event="workflow_job").result is DeliveryResult.UNPARSABLE
    form = read(body, event="workflow_run", content_type="application/x-www-form-urlencoded")
    assert form.result is DeliveryResult.UNPARSABLE
