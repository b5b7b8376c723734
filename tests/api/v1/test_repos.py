"""Repositories and workflows with their numbers."""

import pytest

from tests.api.conftest import ago


def test_repositories_carry_their_numbers_and_how_they_are_fed(shop):
    shop.push(repo="acme/web", started_at=ago(hours=3), duration_seconds=10)
    shop.push(repo="acme/web", started_at=ago(hours=2), duration_seconds=30, status="failure")
    shop.push(repo="acme/web", started_at=ago(days=90), duration_seconds=20)
    shop.deliver(repo="acme/api", conclusion="cancelled")

    page = shop.read("/api/v1/repos")

    assert [row["full_name"] for row in page["items"]] == ["acme/api", "acme/web"]
    assert (page["total"], page["next_cursor"]) == (2, None)
    api, web = page["items"]
    assert (web["runs"], web["success"], web["failure"]) == (3, 2, 1)
    assert web["success_rate"] == pytest.approx(2 / 3, abs=1e-6)
    assert web["avg_duration_seconds"] == 20
    assert (web["failed_24h"], web["last_status"]) == (1, "failure")
    assert (web["fed_by"], web["provider"]) == ("push", "generic")
    assert web["last_event_at"] is not None
    assert (api["fed_by"], api["provider"], api["default_branch"]) == ("webhook", "github", "main")
    assert (api["runs"], api["success_rate"], api["last_status"]) == (1, None, "cancelled")
    recent = shop.read("/api/v1/repos", window="30d")["items"][1]
    assert recent["runs"] == 2


def test_repositories_come_in_pages(shop):
    for name in ("b", "A", "c", "d"):
        shop.push(repo=f"acme/{name}")

    first = shop.read("/api/v1/repos", limit=3)
    second = shop.read("/api/v1/repos", limit=3, cursor=first["next_cursor"])

    names = [row["full_name"] for row in first["items"] + second["items"]]
    assert names == ["acme/A", "acme/b", "acme/c", "acme/d"]
    assert second["next_cursor"] is None


@pytest.mark.parametrize("name", ["acme/api", "acme%2Fapi", "ACME/Api", "{id}"])
def test_repository_goes_by_its_name_or_our_id(shop, name):
    shop.push(repo="acme/api", workflow="build")
    shop.push(repo="acme/web")
    own_id = shop.read("/api/v1/repos")["items"][0]["id"]
    path = f"/api/v1/repos/{name.format(id=own_id)}"

    assert shop.read(path)["full_name"] == "acme/api"
    assert [w["name"] for w in shop.read(f"{path}/workflows")["items"]] == ["build"]
    assert [run["repo"] for run in shop.read(f"{path}/runs")["items"]] == ["acme/api"]


def test_pushed_repository_without_an_owner_is_found_by_name(shop):
    shop.post("/api/events/run", json={"pipeline": "web", "status": "success"})

    assert shop.read("/api/v1/repos/push")["full_name"] == "push"
    assert len(shop.read("/api/v1/repos/push/runs")["items"]) == 1


def test_workflows_carry_their_numbers(shop):
    shop.deliver(id=1, workflow="CI", workflow_id=5)
    shop.deliver(id=2, workflow="CI", workflow_id=5, conclusion="failure")
    shop.deliver(id=3, workflow="Nightly", workflow_id=6, path=".github/workflows/nightly.yml")

    page = shop.read("/api/v1/repos/acme/api/workflows")

    assert page["total"] == 2
    ci, nightly = page["items"]
    assert (ci["name"], ci["path"], ci["workflow_id"]) == ("CI", ".github/workflows/ci.yml", "5")
    assert (ci["runs"], ci["success_rate"], ci["failed_24h"]) == (2, 0.5, 1)
    assert (nightly["runs"], nightly["last_status"]) == (1, "success")


def test_runs_of_a_repository_are_filtered_and_paged(shop):
    pushed = [
        shop.push(repo="acme/api", started_at=ago(hours=i + 1), status=status, duration_seconds=1)
        for i, status in enumerate(["success", "failure", "success"])
    ]
    path = "/api/v1/repos/acme/api/runs"

    assert shop.read(path, status="failure")["total"] == 1
    assert shop.read(path, **{"from": pushed[1]["started_at"]})["total"] == 2
    first = shop.read(path, limit=2)
    second = shop.read(path, limit=2, cursor=first["next_cursor"])
    found = [run["id"] for run in first["items"] + second["items"]]
    assert found == [run["id"] for run in pushed]
    shop.refused(422, "GET", f"{path}?status=bogus")


def test_tracked_repository_is_listed_beside_demo_data_until_something_is_heard(shop):
    shop.simulate(count=1)
    shop.post("/api/v1/repos", json={"full_name": "acme/new"})

    names = [row["full_name"] for row in shop.read("/api/v1/repos")["items"]]

    assert "acme/new" in names


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "full_name"), ({"full_name": "acme"}, "full_name"), ({"full_name": 5}, "full_name"),
        ({"full_name": "a/b/c"}, "full_name"), ({"full_name": "a /b"}, "full_name"),
        ({"full_name": "a/b", "token": ["hunter2"]}, "token"),
    ],
)  # fmt: skip
def test_repository_that_cannot_be_tracked_is_refused_by_field(shop, body, field):
    problem = shop.refused(422, "POST", "/api/v1/repos", json=body)

    assert problem["errors"][0]["field"] == field
    assert "hunter2" not in str(problem)
    assert shop.read("/api/v1/repos")["items"] == []
