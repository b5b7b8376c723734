"""What is handed to Prometheus and Grafana speaks of metrics that exist."""

import json
import re
import shutil
import subprocess

import pytest

from tests.deploy.files import DEPLOY, ROOT, read_yaml

_NAME = re.compile(r"\bpulseboard_[a-z_]+")
# What Prometheus keeps of one histogram or counter.
_PARTS = re.compile(r"_(bucket|sum|count)$")


def known() -> set[str]:
    return set(_NAME.findall((ROOT / "docs/api.md").read_text()))


def asked_by_rules() -> str:
    groups = read_yaml(DEPLOY / "prometheus/rules.yml")["groups"]
    return " ".join(rule["expr"] for group in groups for rule in group["rules"])


def asked_by_dashboard() -> str:
    dashboard = json.loads((DEPLOY / "grafana/pulseboard.json").read_text())
    return " ".join(
        target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])
    )


@pytest.mark.parametrize("asked", [asked_by_rules, asked_by_dashboard])
def test_only_described_metrics_are_asked_for(asked):
    names = {_PARTS.sub("", name) for name in _NAME.findall(asked())}
    assert names
    assert names - known() == set()


def test_panels_do_not_lie_on_each_other():
    taken = set()
    for panel in json.loads((DEPLOY / "grafana/pulseboard.json").read_text())["panels"]:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert (x, y) not in taken, panel["title"]
                taken.add((x, y))


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not on PATH")
def test_prometheus_takes_the_files():
    for kind, name in (("rules", "rules.yml"), ("config", "prometheus.yml")):
        done = subprocess.run(
            ["promtool", "check", kind, name],
            cwd=DEPLOY / "prometheus",
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr + done.stdout
