"""Saved views and named walls: kept, changed, forgotten, and refused where they are wrong."""

import pytest

VIEW = {"name": "Red on main", "path": "/runs", "search": "?status=failure", "shared": True,
        "pinned": False}  # fmt: skip


def test_view_is_saved_changed_and_forgotten(shop):
    answer = shop.post("/api/v1/views", json=VIEW)
    assert answer.status_code == 201
    view = answer.json()
    assert {key: view[key] for key in VIEW} == VIEW
    assert view["slug"] == "red-on-main"
    assert answer.headers["location"] == f"/api/v1/views/{view['id']}"

    changed = shop.request(
        "PUT", f"/api/v1/views/{view['id']}", json={**VIEW, "name": "Red", "pinned": True}
    )
    assert changed.status_code == 200
    assert (changed.json()["name"], changed.json()["slug"]) == ("Red", "red-on-main")
    assert shop.read("/api/v1/views/red-on-main") == changed.json()

    assert shop.request("DELETE", f"/api/v1/views/{view['id']}").status_code == 204
    assert shop.read("/api/v1/views") == {"items": []}
    shop.refused(404, "DELETE", f"/api/v1/views/{view['id']}")


def test_views_are_listed_pinned_first_then_by_name(shop):
    for name, pinned in (("b", False), ("a", False), ("z", True)):
        shop.post("/api/v1/views", json={**VIEW, "name": name, "pinned": pinned})

    names = [view["name"] for view in shop.read("/api/v1/views")["items"]]

    assert names == ["z", "a", "b"]


def test_slug_is_made_of_the_name_and_never_twice_the_same(shop):
    names = ["Café – main", "cafe main!", "مرحبا", "日本", "  x  "]

    slugs = [shop.post("/api/v1/views", json={**VIEW, "name": name}).json() for name in names]

    assert [view["slug"] for view in slugs] == ["cafe-main", "cafe-main-2", "view", "view-2", "x"]
    assert slugs[-1]["name"] == "x"


def test_name_that_is_taken_is_refused_in_any_case(shop):
    first = shop.post("/api/v1/views", json=VIEW).json()
    other = shop.post("/api/v1/views", json={**VIEW, "name": "Other"}).json()

    shop.refused(409, "POST", "/api/v1/views", json={**VIEW, "name": "RED ON MAIN"})
    shop.refused(409, "PUT", f"/api/v1/views/{other['id']}", json=VIEW)
    same = shop.request("PUT", f"/api/v1/views/{first['id']}", json=VIEW)
    assert same.status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 81),
        ("path", "https://example.org"),
        ("path", "//example.org"),
        ("path", "/\\example.org"),
        ("path", "/runs?x=1"),
        ("search", "status=failure"),
        ("pinned", "perhaps"),
    ],
)
def test_wrong_field_is_named_and_nothing_is_saved(shop, field, value):
    problem = shop.refused(422, "POST", "/api/v1/views", json={**VIEW, field: value})

    assert [error["field"] for error in problem["errors"]] == [field]
    assert shop.read("/api/v1/views")["items"] == []


def test_viewers_read_views_and_change_none(open_shop):
    with open_shop(host="0.0.0.0", allow_anonymous="viewer") as shop:
        assert shop.read("/api/v1/views") == {"items": []}
        shop.refused(401, "POST", "/api/v1/views", json=VIEW)
        shop.refused(401, "PUT", "/api/v1/walls/1/token")


def test_wall_is_made_changed_and_forgotten(shop):
    wanted = {"name": "Team A", "repositories": ["acme/api"], "columns": 3, "hide_names": True}
    made = shop.post("/api/v1/walls", json=wanted)
    assert made.status_code == 201
    wall = made.json()
    assert {key: wall[key] for key in wanted} == wanted
    assert (wall["path"], wall["has_token"]) == ("/wall/team-a", False)

    path = f"/api/v1/walls/{wall['id']}"
    changed = shop.request("PUT", path, json={**wanted, "name": "Team B", "repositories": []})
    assert (changed.json()["name"], changed.json()["path"]) == ("Team B", "/wall/team-a")
    assert shop.read("/api/v1/walls")["items"] == [changed.json()] == [shop.read(path)]

    assert shop.request("DELETE", path).status_code == 204
    shop.refused(404, "GET", path)
    shop.refused(422, "POST", "/api/v1/walls", json={**wanted, "columns": 4})
    shop.refused(422, "POST", "/api/v1/walls", json={**wanted, "repositories": ["a b"]})


def test_token_of_a_wall_is_shown_once(shop):
    wall = shop.post("/api/v1/walls", json={"name": "TV"}).json()

    given = shop.request("PUT", f"/api/v1/walls/{wall['id']}/token").json()

    assert given["path"] == f"/wall/tv?t={given['token']}"
    assert shop.read(f"/api/v1/walls/{wall['id']}")["has_token"] is True
    assert given["token"] not in shop.get("/api/v1/walls").text
    revoked = shop.request("DELETE", f"/api/v1/walls/{wall['id']}/token")
    assert revoked.status_code == 204
    assert shop.read(f"/api/v1/walls/{wall['id']}")["has_token"] is False


def test_badges_of_a_repository_are_made_public_and_private_again(shop):
    shop.push()
    path = "/api/v1/repos/acme/api/badges"

    assert shop.read(path) == {"public": False}
    for public in (True, True, False):
        assert shop.request("PUT", path, json={"public": public}).json() == {"public": public}
        assert shop.read(path) == {"public": public}
    shop.refused(404, "PUT", "/api/v1/repos/acme/gone/badges", json={"public": True})
    shop.refused(422, "PUT", path, json={})
