"""The verdict and what to fix first, as the screen asks for them."""

from tests.api.conftest import ago

LOG = "collected 3 items\nImportError: cannot import name 'builder'\n"
GOOD, BAD, MENDED = "a" * 40, "b" * 40, "c" * 40


def test_empty_server_has_no_verdict(shop):
    found = shop.read("/api/v1/overview/verdict")

    assert (found["state"], found["failing"], found["total"]) == ("empty", 0, 0)
    assert found["items"] == []
    assert found["first_bad"] is found["last_green"] is found["since"] is None


def test_red_says_since_when_and_by_which_commit(shop):
    shop.push(started_at=ago(hours=5), duration_seconds=60, commit=GOOD)
    bad = shop.push(status="failure", started_at=ago(hours=3), finished_at=ago(hours=2), commit=BAD)
    newest = shop.push(
        status="failure", started_at=ago(hours=1), duration_seconds=60, commit=BAD, log=LOG
    )

    found = shop.read("/api/v1/overview/verdict", branch="@default")

    assert (found["state"], found["failing"], found["total"]) == ("red", 1, 1)
    assert found["branch_label"] == "main"
    assert found["since"] == bad["finished_at"]
    assert found["first_bad"]["run_id"] == bad["id"]
    assert found["first_bad"]["commit"]["sha"] == BAD
    assert found["first_bad"]["untested_between"] == 0
    assert found["last_green"]["commit"]["sha"] == GOOD
    assert found["recovering"] is None
    (item,) = found["items"]
    assert (item["repo"], item["workflow"], item["run_id"]) == ("acme/api", "build", newest["id"])
    assert item["first_error_text"] == "ImportError: cannot import name 'builder'"


def test_newer_run_under_way_is_a_recovery(shop):
    shop.push(status="failure", started_at=ago(hours=3), duration_seconds=60)
    fix = shop.push(status="running", started_at=ago(minutes=1), commit=MENDED)

    found = shop.read("/api/v1/overview/verdict")

    assert found["state"] == "recovering"
    assert found["recovering"]["run_id"] == fix["id"]
    assert found["recovering"]["commit"]["sha"] == MENDED


def test_without_a_branch_health_is_that_of_the_default_branch(shop):
    shop.push(started_at=ago(hours=3), duration_seconds=60)
    shop.push(started_at=ago(hours=2), duration_seconds=60, status="failure", branch="fix/it")

    assert shop.read("/api/v1/overview/verdict")["state"] == "green"
    assert shop.read("/api/v1/overview/verdict", branch="fix/it")["state"] == "red"
    assert shop.read("/api/v1/overview/verdict", repo="acme/gone")["state"] == "empty"


def test_fix_first_is_ordered_by_its_score(shop):
    shop.push(workflow="nightly", started_at=ago(days=3), duration_seconds=60, status="failure")
    for hours in (4, 3, 2):
        shop.push(
            workflow="e2e", started_at=ago(hours=hours), duration_seconds=60, status="failure",
            commit=BAD,
        )  # fmt: skip

    found = shop.read("/api/v1/overview/fix-first", branch="@default")

    assert [(item["rank"], item["title"]) for item in found["items"]] == [
        (1, "e2e fails on main"),
        (2, "nightly fails on main"),
    ]
    first = found["items"][0]
    # 100 for the default branch, 10 × log2(1 + 3) for its failures, 20 because it is new.
    assert first["score"] == 140
    assert first["impact"] == {
        "runs": 3, "branches": 1, "wasted_minutes": None, "blocks_default": True
    }  # fmt: skip
    assert first["commit"]["sha"] == BAD
    assert len(shop.read("/api/v1/overview/fix-first", limit=1)["items"]) == 1


def test_fix_first_blames_no_single_commit_of_a_range(shop):
    shop.push(started_at=ago(hours=5), duration_seconds=60, commit=GOOD)
    shop.push(started_at=ago(hours=4), duration_seconds=60, commit=MENDED, workflow="lint")
    shop.push(status="failure", started_at=ago(hours=3), duration_seconds=60, commit=BAD)

    (item,) = shop.read("/api/v1/overview/fix-first")["items"]

    assert item["commit"] is None
    assert item["subtitle"] == "acme/api · broke between aaaaaaa and bbbbbbb, 1 commit untested"
