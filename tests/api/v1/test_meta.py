"""What a screen needs before anything else, and what its filters offer."""

from tests.api.conftest import ago


def test_meta_says_whether_there_is_data_and_how_it_comes_in(shop):
    empty = shop.read("/api/v1/meta")
    shop.simulate(count=1)
    demo = shop.read("/api/v1/meta")
    shop.push(repo="acme/api")
    real = shop.read("/api/v1/meta")

    assert (empty["has_data"], empty["demo"], empty["ingest"]["status"]) == (False, False, "silent")
    assert (demo["has_data"], demo["demo"]) == (True, True)
    assert (real["has_data"], real["demo"]) == (True, False)
    assert real["ingest"]["status"] == "ok"
    (source,) = real["ingest"]["sources"]
    assert (source["repo"], source["via"]) == ("acme/api", "push")
    assert set(real) >= {
        "app_title",
        "environment",
        "version",
        "server_time",
        "default_tz",
        "features",
    }


def test_meta_says_whether_a_webhook_secret_is_set_and_never_which(open_shop):
    with open_shop() as shop:
        assert shop.read("/api/v1/meta")["has_webhook_secret"] is False
        made = shop.post(
            "/api/v1/repos", json={"full_name": "acme/api", "webhook_secret": "s3cr3t"}
        )
        assert made.status_code == 201
        told = shop.get("/api/v1/meta")
        assert told.json()["has_webhook_secret"] is True
        assert "s3cr3t" not in told.text
    with open_shop(webhook_secrets="0123456789abcdef") as shop:
        told = shop.get("/api/v1/meta")
        assert told.json()["has_webhook_secret"] is True
        assert "0123456789abcdef" not in told.text


def test_facets_count_values_under_the_other_filters(shop):
    for repo, branch, status in (
        ("acme/api", "main", "success"),
        ("acme/api", "main", "failure"),
        ("acme/api", "fix/1", "success"),
        ("acme/web", "main", "failure"),
    ):
        shop.push(repo=repo, branch=branch, status=status, started_at=ago(hours=1))  # fmt: skip

    def facet(field, **params):
        found = shop.read("/api/v1/facets", field=field, **params)
        assert all(value["label"] == value["value"] for value in found)
        return {value["value"]: value["count"] for value in found}

    assert facet("repo") == {"acme/api": 3, "acme/web": 1}
    assert facet("repo", repo="acme/web") == {"acme/api": 3, "acme/web": 1}
    assert facet("branch", repo="acme/web") == {"main": 1}
    assert facet("status", branch="main") == {"failure": 2, "success": 1}
    assert facet("workflow", q="BUI") == {"build": 4}
    assert facet("workflow", q="nothing") == {}
    assert facet("event") == {}


def test_facets_name_the_labels_of_runners_and_the_commits(shop):
    shop.deliver(id=900, sha="a" * 40)
    shop.deliver_job(id=1, run_id=900, name="test")
    shop.deliver_job(id=2, run_id=900, name="lint")
    shop.deliver(id=901, sha="b" * 40)
    shop.deliver_job(id=3, run_id=901)
    shop.push(commit="b" * 40, repo="acme/web")
    shop.push()

    def facet(field, **params):
        found = shop.read("/api/v1/facets", field=field, **params)
        return [(one["value"], one["label"], one["count"]) for one in found]

    assert facet("label") == [
        ("self-hosted", "self-hosted", 2), ("ubuntu-latest", "ubuntu-latest", 2),
    ]  # fmt: skip
    assert facet("label", label="self-hosted", commit="aaaaaaa", q="UBU") == [
        ("ubuntu-latest", "ubuntu-latest", 1)
    ]
    assert facet("commit", commit="aaaaaaa") == [
        ("b" * 40, "bbbbbbb Bump protobuf", 2), ("a" * 40, "aaaaaaa Bump protobuf", 1),
    ]  # fmt: skip
    assert facet("commit", q="aaaaaaaa", label="self-hosted")[0][0] == "a" * 40
    assert facet("commit", q="protobuf", repo="acme/web") == []


def test_filters_are_the_same_on_both_paths(shop):
    shop.push()

    assert shop.read("/api/v1/filters") == shop.read("/api/filters")


def test_everybody_is_administrator_on_loopback_and_viewer_elsewhere(open_shop):
    with open_shop() as shop:
        assert shop.read("/api/v1/me") == {
            "login": None, "name": None, "role": "admin", "preferences": {}
        }  # fmt: skip
    with open_shop(host="0.0.0.0", allow_anonymous="viewer") as shop:
        assert shop.read("/api/v1/me")["role"] == "viewer"
    with open_shop(host="0.0.0.0", admin_password="correct horse battery") as shop:
        shop.refused(401, "GET", "/api/v1/me")
