"""Asking as a GitHub App, of a stand-in that checks signatures and lets tokens end."""

import pytest

from pulseboard import clock
from pulseboard.collect.github import app as apps
from pulseboard.collect.github.answers import Later, Purpose, Refused
from pulseboard.collect.github.app import AppKey
from pulseboard.collect.github.auth import AppItself
from pulseboard.collect.github.connecting import connect
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.config import load_settings
from pulseboard.vocabulary import FeedState
from tests.collect.github.hub import frozen_clock
from tests.github_fake.apps import private_key
from tests.github_fake.hub import FakeGitHub

RUNS = "/repos/acme/api/actions/runs"
ASKED = {"repository": "acme/api", "purpose": Purpose.POLL}


@pytest.fixture
def hands(monkeypatch):
    with frozen_clock(monkeypatch, clock.now() // clock.SECOND * clock.SECOND) as hands:
        yield hands


@pytest.fixture
def hub():
    with FakeGitHub() as hub:
        hub.app(id=77).install("acme", id=501)
        hub.repository("acme/api", private=True).run()
        yield hub


@pytest.fixture
def ask(database, tmp_path):
    opened = []

    def ask(hub, **given):
        given = {"github_app_id": 77, "github_app_private_key": private_key()} | given
        settings = load_settings(github_api_url=hub.url, data=tmp_path, **given)
        etags = EtagShelf(database)
        opened.append(connect(settings, database=database, etags=etags, sleep=lambda _: None))
        return opened[-1]

    yield ask
    for github in opened:
        github.close()


def test_private_repository_is_seen_by_the_installation_of_its_owner(hub, ask):
    github = ask(hub)
    for _ in range(3):
        assert github.get(RUNS, **ASKED).status == 200

    # Listed once, one token, three questions.
    assert hub.asked == [
        "/app/installations?per_page=100", "/app/installations/501/access_tokens", *[RUNS] * 3,
    ]  # fmt: skip
    assert {one.name for one in github.budget.snapshot()} == {"GitHub App", "GitHub App on acme"}


def test_token_is_used_to_the_end_of_its_hour_and_then_renewed(hub, ask, hands):
    github = ask(hub)
    github.get(RUNS, **ASKED)
    hands.forward(minutes=56)
    github.get(RUNS, **ASKED)
    assert hub.count("access_tokens") == 1
    hands.forward(minutes=2)
    github.get(RUNS, **ASKED)
    assert hub.count("access_tokens") == 2


def test_version_of_an_answer_ends_with_its_token(hub, ask, hands):
    github = ask(hub)
    etags = github._etags
    with etags.gathering():
        assert not github.get(RUNS, conditional=True, **ASKED).not_modified
        etags.save()
        assert github.get(RUNS, conditional=True, **ASKED).not_modified
        hands.forward(minutes=58)
        assert not github.get(RUNS, conditional=True, **ASKED).not_modified


def test_token_that_was_revoked_is_replaced_without_anybody_noticing(hub, ask):
    github = ask(hub)
    github.get(RUNS, **ASKED)
    (token,) = hub.apps[77].installations[0].issued
    del hub.accounts[token]

    assert github.get(RUNS, **ASKED).status == 200
    assert hub.count("access_tokens") == 2


@pytest.mark.parametrize("skew", [clock.HOUR, -clock.HOUR, 40 * clock.SECOND])
def test_clock_that_is_off_by_any_time_is_made_up_for(ask, skew):
    with FakeGitHub(skew=skew) as hub:
        hub.app(id=77).install("acme")
        hub.repository("acme/api", private=True)
        github = ask(hub)

        assert github.get("/repos/acme/api", **ASKED).status == 200
        # A JWT of the wrong hour costs one request, once.
        assert hub.count("/app/installations?") <= 2


def test_key_that_belongs_to_no_app_is_refused_in_words(hub, ask):
    with pytest.raises(Refused) as refused:
        ask(hub, github_app_id=78).get(RUNS, **ASKED)

    assert refused.value.state is FeedState.UNAUTHORISED
    assert "private key of the GitHub App" in refused.value.words
    assert "GITHUB_APP_PRIVATE_KEY" in refused.value.next_step
    assert "GITHUB_TOKEN" not in refused.value.detail
    assert hub.count("/app/installations") == 1


def test_key_that_is_none_is_refused_with_what_to_do(hub, ask):
    with pytest.raises(Refused) as refused:
        ask(hub, github_app_private_key="-----BEGIN KEY-----").get(RUNS, **ASKED)

    assert "GITHUB_APP_PRIVATE_KEY" in refused.value.next_step
    assert hub.asked == []


def test_suspended_installation_sees_nothing_and_is_not_tried(hub, ask):
    hub.apps[77].installations[0].suspended_at = clock.now()
    with pytest.raises(Refused) as refused:
        ask(hub).get(RUNS, **ASKED)

    assert refused.value.state is FeedState.NOT_FOUND
    assert refused.value.next_step == (
        "Look at the spelling. If it is private: the GitHub App is suspended there. Have it"
        " unsuspended in the settings of acme, or set GITHUB_TOKEN."
    )
    assert hub.count("access_tokens") == 0


@pytest.mark.parametrize("number", [501, 502])
def test_repository_of_an_account_without_the_app_says_where_it_is_wanted(hub, ask, number):
    hub.apps[77].installations[:] = []
    if number == 502:
        hub.apps[77].install("elsewhere", id=number)
    with pytest.raises(Refused) as refused:
        ask(hub).get(RUNS, **ASKED)

    assert refused.value.state is FeedState.NOT_FOUND
    assert refused.value.next_step == (
        "Look at the spelling. If it is private: the GitHub App is not installed there. Install it"
        " on acme, or set GITHUB_TOKEN."
    )


def test_repository_that_an_installation_does_not_see_says_where_to_look(hub, ask):
    with pytest.raises(Refused) as refused:
        ask(hub).get("/repos/acme/hidden", repository="acme/hidden", purpose=Purpose.POLL)

    assert refused.value.next_step == (
        "Look at the spelling, and at acme whether the App is let in there."
    )


@pytest.mark.parametrize(
    ("is_suspended", "words"),
    [
        (True, "The GitHub App is suspended on acme. Have it unsuspended in the settings of acme"),
        (False, "The GitHub App is no longer installed on acme. Install it on acme"),
    ],
)
def test_app_that_an_account_has_just_thrown_out_is_said_to_be_so(hub, ask, is_suspended, words):
    github = ask(hub)
    github.get(RUNS, **ASKED)
    (place,) = hub.apps[77].installations
    del hub.accounts[place.issued[0]]
    if is_suspended:
        place.suspended_at = clock.now()
    else:
        hub.apps[77].installations.remove(place)
    with pytest.raises(Refused) as refused:
        github.get(RUNS, **ASKED)

    assert refused.value.state is FeedState.FORBIDDEN
    assert refused.value.detail == f"{words}, or set GITHUB_TOKEN."


def test_account_that_installs_the_app_later_is_found_within_a_minute(hub, ask, hands):
    hub.repository("late/api", private=True)
    github, asked = ask(hub), {"repository": "late/api", "purpose": Purpose.POLL}
    with pytest.raises(Refused):
        github.get("/repos/late/api", **asked)
    hub.apps[77].install("late")
    hands.forward(seconds=61)

    assert github.get("/repos/late/api", **asked).status == 200


def test_public_repository_elsewhere_is_read_with_the_limits_of_an_installation(hub, ask):
    hub.accounts.clear()
    hub.repository("other/open")
    github = ask(hub)
    # The stand-in's tokens see their own account only, as if it were private.
    with pytest.raises(Refused):
        github.get("/repos/other/open", repository="other/open", purpose=Purpose.POLL)

    assert hub.count("/app/installations/501/access_tokens") == 1


def test_token_of_the_settings_stands_in_where_the_app_is_not_installed(hub, ask):
    hub.token("ghp_kim")
    hub.repository("other/api", private=True)
    github = ask(hub, github_token="ghp_kim")

    asked = {"repository": "other/api", "purpose": Purpose.POLL}
    assert github.get("/repos/other/api", **asked).status == 200
    assert hub.count("access_tokens") == 0


def test_token_of_the_settings_goes_on_while_the_app_is_out(hub, ask):
    hub.token("ghp_kim")
    with hub.outage("/app/"):
        assert ask(hub, github_token="ghp_kim").get(RUNS, **ASKED).status == 200


def test_outage_of_installations_is_a_later_time(hub, ask):
    with hub.outage("/app/"), pytest.raises(Later):
        ask(hub).get(RUNS, **ASKED)


def test_token_that_is_long_in_coming_is_asked_for_again(hub, ask):
    hub.fail("access_tokens", "html")

    assert ask(hub).get(RUNS, **ASKED).status == 200


def test_deliveries_are_asked_for_by_the_app_itself(hub, ask):
    github = ask(hub)
    (page,) = github.pages("/app/hook/deliveries", repository="acme/api", purpose=Purpose.WEBHOOK)
    failed = hub.deliveries[0]
    github.post(
        f"/app/hook/deliveries/{failed.id}/attempts", repository="acme/api", purpose=Purpose.WEBHOOK
    )

    assert page.status == 200
    assert hub.deliveries[-1].redelivery
    assert hub.count("access_tokens") == 0


def test_without_an_app_its_deliveries_are_refused_in_words(hub, ask):
    github = ask(hub, github_app_id=None, github_app_private_key=None)
    with pytest.raises(Refused, match="no GitHub App"):
        github.get("/app/hook/deliveries", **ASKED)


def test_app_that_is_made_meanwhile_is_found(hub, ask, database, tmp_path, hands):
    github = ask(hub, github_app_id=None, github_app_private_key=None)
    with pytest.raises(Refused):
        github.get(RUNS, **ASKED)
    settings = load_settings(data=tmp_path)
    hub.manifests["code"] = {"name": "x", "default_permissions": {}, "default_events": []}
    with database.writing() as session:
        made = apps._Conversion(
            id=77, slug="pulse", html_url="https://h/apps/pulse", pem=private_key(),
            owner=apps._Owner("acme"),
        )  # fmt: skip
        apps.keep(session, made, settings=settings, at=clock.now())
    hands.forward(seconds=11)

    assert github.get(RUNS, **ASKED).status == 200


def test_signature_is_used_again_until_it_is_about_to_end(hands):
    itself = AppItself(AppKey(77, private_key()))
    first = itself.sign()
    hands.forward(minutes=6)
    assert itself.sign() == first
    hands.forward(minutes=2)
    assert itself.sign() != first


def test_signature_that_was_refused_is_renewed_only_when_the_clock_was_off(hands):
    itself = AppItself(AppKey(77, private_key()))
    first = itself.sign().fingerprint
    itself.hear(clock.now() + 5 * clock.SECOND)
    assert not itself.renew(first)
    itself.hear(clock.now() + clock.HOUR)
    assert itself.renew(first)
    assert not itself.renew(itself.sign().fingerprint)


def test_key_that_cannot_be_decrypted_is_a_state_and_tokens_go_on(hub, ask, database, tmp_path):
    hub.token("ghp_kim")
    made = apps._Conversion(
        id=77, slug="pulse", html_url="https://h/apps/pulse", pem=private_key(),
        owner=apps._Owner("acme"),
    )  # fmt: skip
    with database.writing() as session:
        apps.keep(session, made, settings=load_settings(data=tmp_path), at=clock.now())
    (tmp_path / "secret.key").unlink()
    given = {"github_app_id": None, "github_app_private_key": None, "secret_keys": "another"}

    with pytest.raises(Refused) as refused:
        ask(hub, **given).get(RUNS, **ASKED)
    assert refused.value.state is FeedState.UNAUTHORISED
    assert "PULSEBOARD_SECRET_KEYS" in refused.value.next_step
    assert ask(hub, **given, github_token="ghp_kim").get(RUNS, **ASKED).status == 200
