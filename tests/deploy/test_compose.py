"""compose.yaml: by the schema of Compose files, and what it promises."""

import re
import subprocess
import sys

from pulseboard.config import Settings, variables_of
from tests.deploy.files import ROOT, read_yaml

COMPOSE = ROOT / "compose.yaml"


def test_compose_file_follows_the_schema():
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            COMPOSE,
        ],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout.strip()) == (0, "ok -- validation done"), done.stdout


def test_up_starts_everything_but_the_observer():
    services = read_yaml(COMPOSE)["services"]
    started = {name for name, service in services.items() if "profiles" not in service}
    assert started == {"db", "redis", "backend", "worker", "nginx"}
    assert services["observer"]["profiles"] == ["observer"]


def test_page_is_on_8080_and_the_observer_on_8089():
    services = read_yaml(COMPOSE)["services"]
    assert services["nginx"]["ports"][0].endswith(":8080")
    assert services["observer"]["ports"] == ["${PULSEBOARD_OBSERVER_PORT:-8089}:8089"]
    assert (
        services["observer"]["environment"]["DATABASE_URL"] == "sqlite:////app/data/ci_observer.db"
    )


def test_only_settings_that_exist_are_set():
    known = {name for field in Settings.model_fields.values() for name in variables_of(field)}
    services = read_yaml(COMPOSE)["services"]
    for name in ("backend", "worker", "observer"):
        # The one that is not ours is the web server's own.
        assert services[name]["environment"].keys() <= known | {"FORWARDED_ALLOW_IPS"}


def test_what_the_file_asks_of_the_environment_is_described():
    """Names that only Compose reads are in docs/deploy.md, the others in docs/settings.md."""
    asked = set(re.findall(r"\$\{(\w+)", COMPOSE.read_text()))
    described = (ROOT / "docs/deploy.md").read_text() + (ROOT / "docs/settings.md").read_text()
    assert {name for name in asked if f"`{name}`" not in described} == set()


def test_one_of_backend_and_worker_does_the_background_work():
    services = read_yaml(COMPOSE)["services"]
    assert services["backend"]["environment"]["PULSEBOARD_BACKGROUND"] == "false"
    assert "PULSEBOARD_BACKGROUND" not in services["worker"]["environment"]
    assert services["worker"]["command"] == ["worker"]


def test_server_believes_nginx_of_tls_and_only_nginx_can_reach_it():
    backend = read_yaml(COMPOSE)["services"]["backend"]
    assert backend["environment"]["FORWARDED_ALLOW_IPS"] == "*"
    assert "ports" not in backend


def test_every_mounted_file_exists():
    for service in read_yaml(COMPOSE)["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith("./") or (ROOT / source).exists(), source
