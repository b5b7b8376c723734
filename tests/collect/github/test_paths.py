"""Addresses within GitHub's API: no name leads out of its place."""

import pytest

from pulseboard.collect.github.answers import Refused
from pulseboard.collect.github.paths import (
    job_log_path,
    path_of,
    repository_path,
    run_path,
    run_paths,
)


@pytest.mark.parametrize("name", ["../..", "../user", "./x", "a/..", "..", "a/../b"])
def test_name_that_leads_elsewhere_is_never_asked_for(name):
    with pytest.raises(Refused, match="nothing that is called"):
        repository_path(name)


def test_every_part_is_escaped():
    assert path_of("orgs", "a?b#c", "repos") == "/orgs/a%3Fb%23c/repos"
    assert repository_path("acme/a b") == "/repos/acme/a%20b"
    assert run_path("acme/api", "1/../2?x") == "/repos/acme/api/actions/runs/1%2F..%2F2%3Fx"
    assert job_log_path("acme/api", "push:1") == "/repos/acme/api/actions/jobs/push%3A1/logs"
    assert run_paths("acme/...", ["ci/x.yml"]) == [
        "/repos/acme/.../actions/workflows/ci%2Fx.yml/runs"
    ]
    with pytest.raises(Refused):
        run_path("acme/api", "..")
