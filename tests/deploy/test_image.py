"""The Dockerfile, as far as it can be judged without a container engine."""

import shlex

from dockerfile_parse import DockerfileParser

from tests.deploy.files import ROOT


def instructions():
    with (ROOT / "Dockerfile").open("rb") as file:
        return [
            (found["instruction"], found["value"])
            for found in DockerfileParser(fileobj=file).structure
            if found["instruction"] != "COMMENT"
        ]


def test_image_does_not_run_as_root():
    users = [value for name, value in instructions() if name == "USER"]
    assert users == ["10001:10001"]


def test_last_stage_holds_nothing_that_only_builds_need():
    last = [i for i, (name, _) in enumerate(instructions()) if name == "FROM"][-1]
    copies = [value for name, value in instructions()[last:] if name == "COPY"]
    assert copies == ["--from=wheel /app/venv /app/venv"]


def test_everything_copied_from_here_exists():
    for name, value in instructions():
        if name != "COPY" or value.startswith("--from"):
            continue
        *sources, _ = shlex.split(value)
        for source in sources:
            assert (ROOT / source).exists(), source


def test_everything_copied_from_here_is_let_into_the_build():
    let_in = {
        line.removeprefix("!")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    for name, value in instructions():
        if name == "COPY" and not value.startswith("--from"):
            for source in shlex.split(value)[:-1]:
                assert source.split("/")[0] in let_in, source
