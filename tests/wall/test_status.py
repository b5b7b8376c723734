"""The wall over HTTP: what it says, how big it is, and who may see it."""

import gzip
import re

import pytest

from pulseboard.errors import Unavailable
from tests.api.conftest import ago


def page(shop, path="/wall", **params):
    answer = shop.get(path, params=params)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return answer


def tiles(text):
    found = re.findall(r'<article class="tile (\w+)">.*?<div>(.*?)</div></article>', text)
    return [(family, re.sub(r"<[^>]+>", "|", inner).strip("|")) for family, inner in found]


def test_green_wall_is_one_tile(shop):
    for name in ("a", "b"):
        shop.push(workflow=name, started_at=ago(hours=1), duration_seconds=60)

    text = page(shop).text

    assert "<h1>all 2 green</h1>" in text
    ((family, words),) = tiles(text)
    assert family == "ok"
    assert words.startswith("2 workflows||GREEN||last event")


def test_red_tiles_come_first_red_longest_at_the_top(shop):
    sha = "a1b2c3d4" * 5
    shop.push(workflow="new", started_at=ago(minutes=40), duration_seconds=60, status="failure")
    shop.push(workflow="old", started_at=ago(hours=5), duration_seconds=60, status="failure",
              commit=sha, triggered_by="kim")  # fmt: skip
    shop.push(workflow="fixed", started_at=ago(hours=9), duration_seconds=60, status="failure")
    shop.push(workflow="fixed", status="running", started_at=ago(minutes=2))
    shop.push(workflow="fine", started_at=ago(hours=1), duration_seconds=60)

    text = page(shop).text

    assert "<h1>3 of 4 red</h1>" in text
    assert [family for family, _ in tiles(text)] == ["fail", "fail", "run", "ok"]
    first, second, fix, green = [words for _, words in tiles(text)]
    assert first == "api||old||FAILED 4 h 59 m||since a1b2c3d · kim"
    assert second.startswith("api||new||FAILED 39 m||")
    assert fix.startswith("api||fixed||FIX RUNNING||red 8 h 59 m")
    assert green.startswith("1 workflow||GREEN")


def test_more_than_fits_is_cut_into_pages(shop):
    for number in range(8):
        shop.push(workflow=f"w{number}", started_at=ago(hours=number + 1), duration_seconds=60,
                  status="failure")  # fmt: skip

    text = page(shop).text

    assert text.count("<section") == 2
    assert [words for family, words in tiles(text) if family == "rest"] == ["+3 red", "+5 red"]
    assert 'content="15;url=?page=2"' in text
    assert "1/2" in text
    assert "2/2" in page(shop, page=2).text


def test_wall_is_one_small_document_that_asks_nobody_else(shop):
    for number in range(60):
        shop.push(workflow="w" * 200 + str(number), started_at=ago(hours=1), duration_seconds=60,
                  status="failure", repo=f"acme/{number}")  # fmt: skip

    answer = page(shop, cols=3)

    assert len(gzip.compress(answer.content)) < 30 * 1024
    assert not re.search(r"(?:src|href)=|url\((?!\?)|https?:|@import", answer.text)
    assert len(re.search(r"<script[^>]*>(.*?)</script>", answer.text, re.DOTALL)[1]) <= 3 * 1024
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    (nonce,) = set(re.findall(r'nonce="([^"]+)"', answer.text))
    policy = answer.headers["content-security-policy"]
    assert f"script-src 'nonce-{nonce}'" in policy
    assert "unsafe" not in policy


def test_wall_works_without_javascript(shop):
    text = page(shop).text

    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in text
    assert "No finished run yet" in text


def test_letters_can_be_read_from_five_metres(shop):
    shop.push(status="failure", started_at=ago(hours=1), duration_seconds=60)

    css = page(shop).text

    for name in (".name", ".state", "header h1"):
        size = re.search(re.escape(name) + r"\{font-size:([\d.]+)vh", css)
        assert float(size[1]) >= 6.5
    assert float(re.search(r"\.more\{font-size:([\d.]+)vh", css)[1]) >= 4.6


@pytest.mark.parametrize(("scale", "size"), [("0.8", "5.28"), ("9", "9.24"), ("x", "6.6"),
                                             ("nan", "6.6")])  # fmt: skip
def test_scale_fits_the_screen_and_nonsense_is_ignored(shop, scale, size):
    assert f".name{{font-size:{size}vh" in page(shop, scale=scale, cols="no", tz="Mars").text


def test_text_that_users_set_is_text(shop):
    evil = "<script>alert(1)</script>"
    shop.push(workflow=evil, branch="main", status="failure", triggered_by=evil,
              commit="a" * 40, started_at=ago(hours=1), duration_seconds=1)  # fmt: skip

    text = page(shop).text

    assert evil not in text
    assert "&lt;script&gt;" in text


def test_silence_is_a_warning_and_tiles_lose_their_fill(shop, monkeypatch):
    shop.push(started_at=ago(days=1), duration_seconds=1)
    monkeypatch.setattr("pulseboard.pipelines.feeds._NEVER", -1)
    monkeypatch.setattr("pulseboard.pipelines.feeds._UNKNOWN_RHYTHM", -1)

    text = page(shop).text

    assert "NO DATA FOR" in text
    assert re.search(r'<main class="shift\d stale"', text)


def test_named_wall_shows_its_repositories_and_hides_names(shop):
    for repo in ("acme/api", "acme/web"):
        shop.push(repo=repo, status="failure", commit="b" * 40, triggered_by="kim",
                  started_at=ago(hours=1), duration_seconds=60)  # fmt: skip
    shop.post("/api/v1/walls", json={"name": "Web", "repositories": ["acme/web"],
                                     "hide_names": True})  # fmt: skip

    text = page(shop, "/wall/web").text

    assert "1 of 1 red" in text
    assert [words.split("||")[:2] for _, words in tiles(text)] == [["web", "build"]]
    assert "kim" not in text
    assert "Pulseboard · Web" in text
    shop.refused(404, "GET", "/wall/gone")


def test_token_opens_its_wall_and_no_other(open_shop, shop):
    ids = {}
    for name in ("One", "Two"):
        ids[name] = shop.post("/api/v1/walls", json={"name": name}).json()["id"]
    token = shop.request("PUT", f"/api/v1/walls/{ids['One']}/token").json()["token"]

    with open_shop(host="0.0.0.0", admin_password="correct horse battery") as closed:
        assert page(closed, "/wall/one", t=token).text
        assert "Pulseboard · One" in page(closed, "/wall", t=token).text
        for path in ("/wall", "/wall/one", "/wall/two", "/wall/gone"):
            closed.refused(401, "GET", path)
        closed.refused(401, "GET", "/wall/two", params={"t": token})
        closed.refused(401, "GET", "/wall/one", params={"t": token[:-1]})
        closed.refused(401, "GET", "/api/v1/runs", params={"t": token})

        shop.request("DELETE", f"/api/v1/walls/{ids['One']}/token")
        closed.refused(401, "GET", "/wall/one", params={"t": token})


def test_wrong_token_is_refused_where_none_is_needed(shop):
    for name in ("One", "Two"):
        shop.post("/api/v1/walls", json={"name": name})
    one = shop.get("/api/v1/walls").json()["items"][0]
    token = shop.request("PUT", f"/api/v1/walls/{one['id']}/token").json()["token"]
    assert page(shop).text
    assert page(shop, "/wall/one", t=token).text
    for path, sent in (("/wall", "wrong"), ("/wall/one", token[:-1]), ("/wall/two", token)):
        shop.refused(401, "GET", path, params={"t": sent})

    shop.request("DELETE", f"/api/v1/walls/{one['id']}/token")
    shop.refused(401, "GET", "/wall/one", params={"t": token})
    assert page(shop, "/wall/one").text


def test_viewers_see_walls_without_a_token(open_shop):
    with open_shop(host="0.0.0.0", allow_anonymous="viewer") as shop:
        assert page(shop).text


def test_wall_without_its_database_says_so_and_loads_itself_again(shop, monkeypatch):
    def fail(*_args, **_kwargs):
        raise Unavailable("The database does not answer")

    monkeypatch.setattr("pulseboard.wall.status.judge", fail)

    answer = shop.get("/wall")

    assert answer.status_code == 503
    assert "THE DATABASE IS SILENT" in answer.text
    assert 'http-equiv="refresh"' in answer.text


def test_server_of_a_tv_shows_the_wall_first(open_shop):
    with open_shop(front_page="wall") as shop:
        shop.push(started_at=ago(hours=1), duration_seconds=1)

        assert "all 1 green" in page(shop, "/").text
