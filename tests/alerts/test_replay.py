"""Real histories replayed: how many alerts each starter rule would have sent, and each told once."""

import json
from itertools import islice

import pytest
from sqlalchemy import func, select

from pulseboard import clock
from pulseboard.alerts.backtest import backtest
from pulseboard.alerts.rules import starter_rules
from pulseboard.collect.files import read_file
from pulseboard.collect.groupcommit import commit
from pulseboard.model import Run
from pulseboard.vocabulary import Source
from tests.alerts.conftest import Board
from tests.alerts.sinks import http_sink
from tests.alerts.test_delivery import Post
from tests.collect.github.objects import RECEIVED
from tests.realdata import real_folder
from tests.realdata_histories import ghaminer_objects, linkerd_objects

BMAD = "bmad_simbmad_ecosystem_wf69576399_fixed.csv"
CCPAY = "ccpay_wf6192976_fixed.csv"
# By starter rule, in their order; the last three are about silence and limits, not about runs.
# docs/alerts.md shows the same table.
EXPECTED = {
    BMAD: [7, 6, 0, 0, 1, 0, 0, 0, 0, 0],
    CCPAY: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    "jobs.json": [412, 56, 5, 38, 2, 28, 0, 0, 0, 0],
}


def project(name):
    folder = real_folder("04-run-histories")
    return ghaminer_objects(folder / "ghaminer-10-projects" / "raw" / name)


def linkerd():
    """Every job of linkerd2 as a workflow of its own, as if all had run on the default branch."""
    for told in linkerd_objects(real_folder("04-run-histories") / "linkerd2" / "jobs.json"):
        if "repository" in told:
            home = told["repository"] | {"default_branch": "main"}
            yield told | {"head_branch": "main", "repository": home}


def envelopes(objects, folder):
    path = folder / "history.jsonl"
    path.write_text("\n".join(map(json.dumps, objects)))
    return read_file(path, received_at=RECEIVED)


@pytest.mark.parametrize("name", EXPECTED)
def test_each_starter_rule_would_have_sent_so_many(database, tmp_path, name):
    found = envelopes(linkerd() if name == "jobs.json" else project(name), tmp_path)
    while batch := list(islice(found, 1000)):
        commit(database, batch)

    with database.reading() as session:
        first, last = session.execute(
            select(func.min(Run.created_at), func.max(Run.updated_at))
        ).one()
        counts = [
            len(backtest(session, rule, since=first, at=last, demo=False).firings)
            for rule in starter_rules()
        ]
    assert counts == EXPECTED[name]


def test_a_broken_main_is_told_once_and_so_is_its_fix(database, tmp_path, monkeypatch):
    """The runs of a year come in one by one at their own time, and messages leave in between."""
    on_main = [
        told for told in project(BMAD) if told.get("head_branch") == "main" and "event" in told
    ]
    arriving = sorted(envelopes(on_main, tmp_path), key=lambda each: each.runs[0].updated_at)
    with http_sink() as sink:
        post = Post(Board(database), tmp_path)
        post.channel(url=sink.url)
        changed = []
        post.board.watch.on_change = changed.append
        for told in arriving:
            now = told.runs[0].updated_at
            monkeypatch.setattr(clock, "now", lambda now=now: now)
            told.source = Source.WEBHOOK
            post.board.commit(told)
            if changed:
                post.send()
                changed.clear()
        bodies = sink.bodies

    alerts = post.board.alerts()
    assert len(alerts) == EXPECTED[BMAD][0]
    assert [alert.state for alert in alerts] == ["resolved"] * len(alerts)
    told = [(alert["id"], body["type"]) for body in bodies for alert in body["data"]["alerts"]]
    assert told == [
        (alert.id, kind) for alert in alerts for kind in ("alert.opened", "alert.resolved")
    ]
    with database.reading() as session:
        for alert in alerts:
            begun = session.get_one(Run, (alert.run_id, alert.attempt))
            ended = session.get_one(Run, (alert.resolved_run_id, alert.resolved_attempt))
            assert (begun.outcome, ended.outcome) == ("failure", "success")
            assert ended.completed_at > begun.completed_at
