"""Deliveries of the benches are GitHub's own in form and made up in what they tell."""

import json

from bench.deliveries import run_deliveries

from pulseboard.collect.github.webhook import open_delivery
from pulseboard.collect.payloads import compress_all
from pulseboard.collect.train_dictionary import samples
from pulseboard.vocabulary import DeliveryResult
from tests.realdata import webhook_examples


def understood(delivery):
    body = json.dumps(delivery).encode()
    opened = open_delivery(body, event="workflow_run", guid="g", content_type="application/json",
                           headers={}, received_at=1_772_366_400_000_000)  # fmt: skip
    return opened.understand()


def test_each_delivery_tells_of_a_repository_and_a_run_of_its_own():
    assert webhook_examples()
    deliveries = list(run_deliveries(120, seed=5))
    envelopes = [understood(delivery) for delivery in deliveries]
    assert {envelope.result for envelope in envelopes} == {DeliveryResult.STORED}
    assert len({envelope.repository.full_name for envelope in envelopes}) == len(deliveries) > 30
    for delivery, envelope in zip(deliveries, envelopes, strict=True):
        (run,) = envelope.runs
        told = delivery["workflow_run"]
        assert run.repository == envelope.repository
        assert (run.head_branch, run.run_number) == (told["head_branch"], told["run_number"])
        assert run.workflow.name == told["name"]
        assert run.head_repository is None


def test_what_the_dictionary_was_trained_on_is_no_measure_of_it():
    assert webhook_examples()
    ours = [json.dumps(delivery).encode() for delivery in run_deliveries(120, seed=5)]
    made_up = [body for body in samples(120, seed=5) if b'"workflow_run":{' in body]
    packed, packed_made_up = compress_all(ours), compress_all(made_up)
    assert sum(map(len, packed)) / len(packed) > 1.5 * (
        sum(map(len, packed_made_up)) / len(packed_made_up)
    )
