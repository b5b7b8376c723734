"""What a check of tokens, Apps and repositories says, asked of a stand-in."""

import pytest

from pulseboard import clock
from pulseboard.cli.checks import Mark
from pulseboard.cli.online import check_github_online
from pulseboard.collect.github import app
from pulseboard.config import load_settings
from tests.github_fake.apps import private_key
from tests.github_fake.hub import FakeGitHub


@pytest.fixture
def hub():
    with FakeGitHub() as hub:
        hub.repository("acme/api", private=True).run()
        yield hub


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.setenv("PULSEBOARD_DATA", str(tmp_path))


def look(hub, **settings):
    found = check_github_online(load_settings(github_api_url=hub.url, **settings))
    return [(finding.mark, finding.subject, finding.text) for finding in found]


def test_good_token_is_let_in_with_what_it_has_left(hub):
    hub.token("ghp_good", scopes=["repo", "read:org"])

    assert look(hub, github_token="ghp_good", repos="acme/api") == [
        (Mark.FINE, "GitHub", ("token is let in with the scopes repo, read:org;"
         " 5,000 of 5,000 requests are left.")),
        (Mark.FINE, "GitHub's clock", "agrees with this one."),
    ]  # fmt: skip


def test_token_without_the_scope_is_told_which(hub):
    hub.token("ghp_narrow", scopes=["read:user"])
    token, repository, _ = look(hub, github_token="ghp_narrow", repos="acme/api")

    assert token[0] is Mark.LOOK
    assert token[2].endswith("Private ones need the scope repo.")
    assert repository[:2] == (Mark.FAILS, "Repository")
    assert "give the token the scope repo" in repository[2]


def test_app_that_is_no_longer_at_github_fails(hub):
    hub.app(id=77)
    with hub.outage("/app", status=404):
        ((mark, _, words),) = look(hub, github_app_id=77, github_app_private_key=private_key())

    assert mark is Mark.FAILS
    assert "GitHub knows no such GitHub App" in words
    assert "GITHUB_APP_ID" in words


def test_revoked_token_fails_and_the_other_is_fine(hub):
    hub.token("ghp_good", sees={"acme/api"})
    first, second, _ = look(hub, github_tokens="ghp_gone,ghp_good")

    assert (first[0], second[0]) == (Mark.FAILS, Mark.FINE)
    assert "does not accept the token (Bad credentials)" in first[2]
    assert "ghp_" not in first[2] + second[2]
    assert second[2].endswith("What it may read shows at the first poll.")


def test_app_is_let_in_by_its_name_and_needs_to_read_actions(hub):
    hub.app(id=77, slug="pulse")
    hub.app(id=78, slug="narrow", permissions={"metadata": "read"})
    given = {"github_app_private_key": private_key()}

    assert look(hub, github_app_id=77, **given)[0][2] == "GitHub App is let in as pulse."
    assert "actions (read)" in look(hub, github_app_id=78, **given)[0][2]
    assert look(hub, github_app_id=79, **given)[0][0] is Mark.FAILS


def test_app_made_with_a_click_is_tried_too(hub, database, database_address, tmp_path):
    made = hub.app(id=77, slug="pulse")
    settings = {"data": tmp_path, "database_url": database_address}
    with database.writing() as session:
        conversion = app._Conversion(
            id=77, slug="pulse", html_url="https://github.com/apps/pulse", pem=made.pem,
            owner=app._Owner("acme"), webhook_secret="hook",
        )  # fmt: skip
        app.keep(session, conversion, settings=load_settings(**settings), at=clock.now())

    assert look(hub, **settings)[0] == (Mark.FINE, "GitHub", "GitHub App is let in as pulse.")
    (tmp_path / "secret.key").unlink()
    assert look(hub, **settings)[0][:2] == (Mark.FAILS, "GitHub App")


def test_without_a_token_and_an_app_nothing_is_asked(hub):
    assert look(hub) == []
    assert hub.asked == []


def test_clock_that_is_off_is_seen():
    with FakeGitHub(skew=-10 * clock.MINUTE) as hub:
        hub.token("ghp_good")
        *_, (mark, _, words) = look(hub, github_token="ghp_good")

    assert mark is Mark.LOOK
    assert "s behind this one" in words


def test_github_that_does_not_answer_is_something_to_look_at(hub):
    with hub.outage():
        found = look(hub, github_token="ghp_good", repos="acme/api")

    assert [mark for mark, _, _ in found] == [Mark.LOOK]


def test_enterprise_server_without_limits_lets_in(hub):
    hub.token("ghp_good")
    hub.fail("/rate_limit", status=404)

    assert look(hub, github_token="ghp_good")[0][2] == "token is let in, and nothing is limited."
