"""Demo data at the push of a button: loaded, shown, and taken away again."""

import os
import time
from types import SimpleNamespace

import pytest

from pulseboard import clock
from pulseboard.api.v1 import internal
from pulseboard.collect import play, stage
from pulseboard.live.broker import Broker
from pulseboard.live.summary import SummaryFeed

FRIDAY = 1_795_186_800 * clock.SECOND  # 2026-11-20T15:00:00Z


@pytest.fixture(autouse=True)
def _short(monkeypatch):
    """Two days are enough of a demo."""
    monkeypatch.setattr(stage.Stage.load, "__kwdefaults__", {"days": 2})
    monkeypatch.setattr(play, "_BATCH", 100)


@pytest.fixture(autouse=True)
def _on_a_friday(monkeypatch):
    """At a weekend two days of the demo are a few runs only."""
    monkeypatch.setattr(clock, "now", lambda: FRIDAY)


def load(shop):
    """Press the button and wait until everything is there."""
    answer = shop.post("/api/v1/demo")
    assert answer.status_code == 202, answer.text
    shares = []
    while (now := shop.read("/api/v1/demo"))["state"] == "loading":
        shares.append(now["share"])
        time.sleep(0.01)
    assert shares == sorted(shares)
    return now


def test_empty_instance_offers_it(shop):
    assert shop.read("/api/v1/demo") == {
        "state": "none", "refused": None, "share": None, "attempts": None
    }  # fmt: skip
    assert shop.read("/api/v1/meta")["demo_state"] == "none"


def test_loaded_and_removed_again(shop):
    assert load(shop)["state"] == "loaded"
    meta = shop.read("/api/v1/meta")
    assert (meta["demo"], meta["demo_state"], meta["has_data"]) == (True, "loaded", True)
    listed = shop.read("/api/v1/runs", branch="@any")
    assert listed["items"]
    assert all(run["demo"] for run in listed["items"])

    removed = shop.request("DELETE", "/api/v1/demo")

    assert removed.json()["runs"] > 100
    assert shop.read("/api/v1/demo")["state"] == "none"
    assert shop.read("/api/v1/runs", branch="@any")["items"] == []
    meta = shop.read("/api/v1/meta")
    assert (meta["demo"], meta["demo_state"], meta["has_data"]) == (False, "none", False)


def test_removed_while_it_is_loading(shop):
    assert shop.post("/api/v1/demo").json()["state"] == "loading"
    assert shop.read("/api/v1/meta")["demo_state"] == "loading"

    assert shop.request("DELETE", "/api/v1/demo").status_code == 200

    assert shop.read("/api/v1/demo")["state"] == "none"
    assert shop.read("/api/v1/runs", branch="@any")["items"] == []


def test_command_that_removes_it_stops_its_loading_too(shop, monkeypatch):
    holder = SimpleNamespace(pid=os.getpid(), key="key")
    monkeypatch.setattr(internal, "lock_paths", lambda *_args, **_options: ["lock"])
    monkeypatch.setattr(internal, "read_holder", lambda _path: holder)
    assert shop.post("/api/v1/demo").json()["state"] == "loading"

    removed = shop.post("/api/v1/internal/demo/remove", headers={"Authorization": "Bearer key"})

    assert removed.status_code == 200
    assert shop.read("/api/v1/demo")["state"] == "none"
    assert shop.read("/api/v1/runs", branch="@any")["items"] == []


def test_everybody_who_looks_on_is_told_that_it_is_gone(shop, monkeypatch):
    told = []
    monkeypatch.setattr(Broker, "tell_anew", lambda _self, why: told.append(why))
    monkeypatch.setattr(SummaryFeed, "tell_anew", lambda _self: told.append("summary"))

    shop.request("DELETE", "/api/v1/demo")
    assert told == []

    shop.simulate()
    told.clear()
    shop.request("DELETE", "/api/v1/demo")
    assert told == ["The demo data was removed; load again what you show.", "summary"]


def test_real_runs_stay_when_it_is_removed(shop):
    load(shop)
    shop.push(id="real")

    meta = shop.read("/api/v1/meta")
    assert (meta["demo"], meta["demo_state"]) == (False, "loaded")
    assert "Real runs" in shop.read("/api/v1/demo")["refused"]
    assert shop.request("DELETE", "/api/v1/demo").json()["runs"] > 100
    assert [run["run_id"] for run in shop.read("/api/runs")] == ["real"]


def test_it_is_not_loaded_among_real_runs(shop):
    shop.push()

    assert "Real runs" in shop.refused(409, "POST", "/api/v1/demo")["detail"]


def test_it_is_not_loaded_in_prod(open_shop):
    with open_shop(environment="prod") as shop:
        assert "prod" in shop.refused(403, "POST", "/api/v1/demo")["detail"]
        assert "prod" in shop.read("/api/v1/demo")["refused"]


def test_reader_may_look_but_not_load(open_shop):
    with open_shop(host="0.0.0.0", allow_anonymous="viewer") as shop:
        assert shop.read("/api/v1/demo")["state"] == "none"
        shop.refused(401, "POST", "/api/v1/demo")
        shop.refused(401, "DELETE", "/api/v1/demo")
