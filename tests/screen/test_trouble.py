"""Problems as pages, for whoever types an address into a browser."""

import re

import pytest

from pulseboard.screen import pages
from pulseboard.screen.trouble import draw

PERSON = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture(autouse=True)
def _not_built(tmp_path, monkeypatch):
    """What a server says that has no dashboard, which would say some of it itself."""
    monkeypatch.setattr(pages, "BUILT", tmp_path)


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [("/nowhere", 404, "Not found"), ("/wall/none", 404, "Not found"),
     ("/wall/%00", 404, "Not found"), ("/nowhere?q=%00", 404, "Not found"),
     ("/nowhere/%01%1b%7f", 404, "Not found"), ("/nowhere/%ff%c0", 404, "Not found")],
)  # fmt: skip
def test_person_is_shown_a_page(shop, path, status, title):
    answer = shop.get(path, headers=PERSON)

    assert (answer.status_code, answer.headers["content-type"]) == (
        status,
        "text/html; charset=utf-8",
    )
    assert f"<h1>{title}</h1>" in answer.text
    assert answer.headers["x-request-id"] in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_page_of_a_problem_lets_in_its_own_style_and_nothing_else(shop):
    answer = shop.get("/nowhere", headers=PERSON)

    (nonce,) = re.findall(r'<style nonce="([^"]+)">', answer.text)
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'nonce-{nonce}'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/api/nowhere", "/api/v1/runs/%00", "/assets/none.js"])
def test_what_is_for_programs_stays_a_problem(shop, path):
    answer = shop.get(path, headers=PERSON)

    assert answer.headers["content-type"] == "application/problem+json"


def test_program_is_answered_with_a_problem_everywhere(shop):
    assert shop.refused(404, "GET", "/nowhere")["title"] == "Not found"
    assert shop.refused(422, "GET", "/api/runs?repo=%00")["title"] == "Invalid input"


def test_closed_door_is_a_page_too(open_shop):
    with open_shop(host="0.0.0.0") as shop:
        answer = shop.get("/", headers=PERSON)

    assert answer.status_code == 401
    assert "<h1>Unauthorised</h1>" in answer.text


def test_nothing_that_somebody_wrote_becomes_markup():
    page = draw("<b>", "<script>", '"><i>', of="</title>", nonce="n").decode()

    assert "<script>" not in page
    assert "<i>" not in page
    assert "&lt;/title&gt;" in page
