"""Badges over HTTP: what they say, how they are kept, and who may see them."""

from xml.etree import ElementTree as ET

import pytest

from tests.api.conftest import ago

SVG = "{http://www.w3.org/2000/svg}"


def says(answer):
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "image/svg+xml"
    root = ET.fromstring(answer.text)
    title = root.find(f"{SVG}title").text
    name, words = [text.text for text in root.iter(f"{SVG}text")]
    assert title == f"{name}: {words}" == root.get("aria-label")
    return words


def test_status_is_a_glyph_and_a_word(shop):
    path = "/badge/acme/api/build.svg"
    assert says(shop.get(path)) == "? unknown"

    shop.push(started_at=ago(hours=5), duration_seconds=60, status="cancelled")
    assert says(shop.get(path)) == "? no data"

    shop.push(started_at=ago(hours=4), duration_seconds=60)
    assert says(shop.get(path)) == "✓ passing"

    shop.push(started_at=ago(hours=3), duration_seconds=60, status="failure")
    assert says(shop.get(path)) == "✕ failing since 2 h"


def test_branch_is_the_default_one_unless_another_is_named(shop):
    shop.push(started_at=ago(hours=2), duration_seconds=60)
    shop.push(started_at=ago(hours=1), duration_seconds=60, status="failure", branch="a/b")

    assert says(shop.get("/badge/acme/api/build.svg")) == "✓ passing"
    named = shop.get("/badge/acme/api/build.svg", params={"branch": "a/b"})
    assert says(named).startswith("✕ failing since")


def test_badge_of_several_branches_is_that_of_all_of_them(shop):
    shop.push(started_at=ago(hours=2), duration_seconds=60)
    shop.push(started_at=ago(hours=1), duration_seconds=60, status="failure", branch="dev")

    for branches in (["main", "dev"], ["dev", "main"]):
        answer = shop.get("/badge/acme/api/build.svg", params={"branch": branches})
        assert says(answer).startswith("✕ failing since")
    mixed = shop.get("/badge/acme/api/build.svg", params={"branch": ["main", "@default"]})
    assert says(mixed) == "? unknown branch"


def test_numbers_are_those_of_the_range(shop):
    for days, seconds, status in ((20, 600, "failure"), (1, 60, "success"), (2, 60, "success")):
        shop.push(started_at=ago(days=days), duration_seconds=seconds, status=status)

    def read(**params):
        return says(shop.get("/badge/acme/api/build.svg", params=params))

    assert read(metric="success_rate") == "✓ 100\u202f%"
    assert read(metric="success_rate", range="30d") == "✕ 66.7\u202f%"
    assert read(metric="success_rate", range="1h") == "? no data"
    assert read(metric="duration") == "◷ 1m 00s"
    assert read(metric="flaky") == "? unknown"


@pytest.mark.parametrize("params", [{"range": "1x", "metric": "duration"}, {"metric": "beauty"},
                                    {"branch": "gone"}, {"style": "round"}])  # fmt: skip
def test_nonsense_never_breaks_the_picture(shop, params):
    shop.push()

    assert says(shop.get("/badge/acme/api/build.svg", params=params))


@pytest.mark.parametrize("name", ["a/b", "<script>&\"'", "سلام", "日本語", "x" * 300])
def test_any_name_makes_a_picture(shop, name):
    shop.push(workflow=name, started_at=ago(hours=1), duration_seconds=1)
    workflow = shop.read("/api/v1/runs")["items"][0]["workflow"]

    answer = shop.get(f"/badge/acme/api/{workflow.replace('%', '%25').replace('?', '%3F')}.svg")

    assert says(answer) == "✓ passing"


def test_repository_without_an_owner_and_workflow_by_its_file(shop):
    shop.push(repo="push", started_at=ago(hours=1), duration_seconds=1)
    shop.deliver(path=".github/workflows/ci.yml", seconds=5)

    assert says(shop.get("/badge/push/build.svg")) == "✓ passing"
    assert says(shop.get("/badge/acme/api/ci.yml.svg")) == "✓ passing"
    assert says(shop.get("/badge/nobody/nothing.svg")) == "? unknown"


def test_badge_is_kept_for_a_minute_and_not_sent_again_unchanged(shop):
    shop.push(started_at=ago(hours=1), duration_seconds=1)

    first = shop.get("/badge/acme/api/build.svg")
    tag = first.headers["etag"]
    again = shop.get("/badge/acme/api/build.svg", headers={"If-None-Match": tag})

    assert first.headers["cache-control"] == "private, max-age=60"
    assert (again.status_code, again.content) == (304, b"")


def test_badges_are_private_until_their_repository_is_switched(open_shop, shop):
    shop.push(started_at=ago(hours=1), duration_seconds=1)
    path = "/badge/acme/api/build.svg"

    with open_shop(host="0.0.0.0", admin_password="correct horse battery") as closed:
        closed.refused(404, "GET", path)
        closed.refused(404, "GET", "/badge/acme/gone/build.svg")

        shop.request("PUT", "/api/v1/repos/acme/api/badges", json={"public": True})

        answer = closed.get(path)
        assert says(answer) == "✓ passing"
        assert answer.headers["cache-control"] == "public, max-age=60"
        assert says(closed.get("/badge/acme/api/gone.svg")) == "? unknown"
