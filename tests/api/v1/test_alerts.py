"""The API of alerts: what is open, what people do about it, rules, channels and test messages."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from pulseboard import clock
from pulseboard.alerts.rulebook import ensure_starters
from pulseboard.alerts.starting import keep_channels
from pulseboard.config import load_settings
from pulseboard.live.broker import Broker
from pulseboard.model import Alert, Notification
from tests.alerts.sinks import http_sink
from tests.api.conftest import ago, later

ALERTS = "/api/v1/alerts"
RULES = "/api/v1/alert-rules"
CHANNELS = "/api/v1/channels"
PLANNED_END = datetime(2199, 1, 1, tzinfo=UTC)


@pytest.fixture
def rules(database):
    with database.writing() as session:
        ensure_starters(session, threshold=1, at=clock.now())


@pytest.fixture
def alert(shop, rules):
    """A firing alert."""
    shop.deliver(conclusion="failure")
    (found,) = shop.read(ALERTS)["items"]
    return found


def test_a_failure_is_listed_as_firing(shop, alert):
    assert {key: alert[key] for key in ("state", "severity", "message", "repo", "workflow", "branch")} == {
        "state": "firing", "severity": "high", "message": "CI of acme/api on main failed",
        "repo": "acme/api", "workflow": "CI", "branch": "main",
    }  # fmt: skip
    assert alert["rule"] == "Failure on the default branch"
    assert shop.read(ALERTS)["unacknowledged"] == 1
    assert shop.read(ALERTS, repo="acme/api", state="open")["total"] == 1
    assert shop.read(ALERTS, state="resolved")["items"] == []
    assert shop.read(ALERTS, repo="")["total"] == 1
    assert shop.read(ALERTS, severity=["high", "low"], rule=alert["rule_id"])["total"] == 1
    assert shop.read(ALERTS, severity="low")["total"] == 0
    assert shop.read(ALERTS, rule=alert["rule_id"] + 1)["total"] == 0
    shop.refused(422, "GET", ALERTS, params={"severity": "loud"})
    assert shop.read(ALERTS, repo="acme/other")["items"] == []
    shop.refused(422, "GET", ALERTS, params={"state": "burning"})
    shop.refused(404, "GET", f"{ALERTS}/99999")


def test_the_fix_resolves_it(shop, alert):
    shop.deliver(id=1002, number=2)

    (found,) = shop.read(ALERTS, state="resolved")["items"]
    assert (found["id"], found["resolution"]) == (alert["id"], "the condition no longer holds")
    shop.refused(409, "POST", f"{ALERTS}/{alert['id']}/ack")


def test_a_mute_that_ends_later_than_a_date_can_say_is_shown(shop, alert, database):
    with database.writing() as session:
        session.execute(update(Alert).values(muted_until=2**61))
    (found,) = shop.read(ALERTS)["items"]
    assert (found["muted"], found["muted_until"]) == (True, "9999-12-31T23:59:59Z")


@pytest.mark.parametrize("action", ["ack", "resolve"])
def test_how_long_is_asked_only_where_messages_are_muted(shop, alert, action):
    answer = shop.post(f"{ALERTS}/{alert['id']}/{action}", json={"by": "kim", "minutes": 0})

    assert answer.status_code == 200
    shop.refused(422, "POST", f"{ALERTS}/{alert['id']}/mute", json={"minutes": 0})


def test_acknowledging_and_taking_it_back(shop, alert):
    path = f"{ALERTS}/{alert['id']}"
    said = shop.post(f"{path}/ack", json={"note": "rolling back", "by": "kim"}).json()
    assert (said["acknowledged"], said["acknowledged_by"], said["note"]) == (
        True, "kim", "rolling back",
    )  # fmt: skip
    assert said["state"] == "firing"
    assert shop.read(ALERTS)["unacknowledged"] == 0
    assert shop.read(ALERTS, state="acknowledged")["total"] == 1
    assert shop.post(f"{path}/unack").json()["acknowledged"] is False


def test_muting_always_says_until_when(shop, alert):
    path = f"{ALERTS}/{alert['id']}"
    said = shop.post(f"{path}/mute", json={"until": "2199-01-01T00:00:00Z"}).json()
    assert (said["muted"], said["muted_until"]) == (True, "2199-01-01T00:00:00Z")
    assert shop.post(f"{path}/unmute").json()["muted"] is False
    said = shop.post(f"{path}/mute", json={"until": "9999-12-31T23:59:59-12:00"}).json()
    assert (said["muted"], said["muted_until"]) == (True, "9999-01-01T00:00:00Z")
    said = shop.post(f"{path}/mute").json()
    assert (said["muted"], said["muted_until"]) == (True, None)
    shop.refused(422, "POST", f"{path}/mute", json={"until": ago(hours=1)})
    shop.refused(422, "POST", f"{path}/mute", json={"until": "tomorrow"})


def test_resolving_by_hand_says_that_it_still_holds(shop, alert):
    said = shop.post(f"{ALERTS}/{alert['id']}/resolve", json={"by": "kim"}).json()
    assert (said["state"], said["resolution"], said["still_holds"]) == ("resolved", "by kim", True)
    shop.deliver(id=1002, number=2, conclusion="failure")
    assert [found["state"] for found in shop.read(ALERTS)["items"]] == ["firing", "resolved"]


def test_pages_go_on_where_they_ended(shop, rules):
    for number in range(3):
        shop.deliver(
            conclusion="failure", id=number + 1, workflow=f"W{number}", workflow_id=number + 50
        )
    first = shop.read(ALERTS, limit=2)
    second = shop.read(ALERTS, limit=2, cursor=first["next_cursor"])

    assert [len(first["items"]), len(second["items"])] == [2, 1]
    assert (first["total"], second["next_cursor"]) == (3, None)


def test_rules_are_added_changed_and_deleted(shop):
    rule = {"name": "Slow", "kind": "duration", "threshold": 1200, "severity": "low"}
    answer = shop.post(RULES, json=rule)
    assert answer.status_code == 201
    made = answer.json()
    assert made["sentence"] == (
        "When the average duration is over 20 min in the last 10 runs in any workflow of any"
        " repository on the default branch, tell every channel as low."
    )
    assert answer.headers["location"] == f"{RULES}/{made['id']}"
    assert (made["threshold_type"], made["threshold_value"]) == ("duration", 1200)
    shop.refused(409, "POST", RULES, json=rule)
    changed = shop.request("PUT", f"{RULES}/{made['id']}", json=rule | {"enabled": False}).json()
    assert changed["enabled"] is False
    assert shop.request("DELETE", f"{RULES}/{made['id']}").status_code == 204
    shop.refused(404, "GET", f"{RULES}/{made['id']}")


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"threshold": 0}, "threshold", "should be above 0"),
        ({"kind": "success_rate", "threshold": 101}, "threshold", "should be a fraction above 0"),
        ({"threshold": 11}, "threshold", "can never be reached"),
        ({"within_runs": 5, "within_minutes": 5}, "within_runs", "exclude each other"),
        ({"kind": "nonsense"}, "kind", "Input should be"),
        ({"name": ""}, "name", "at least 1 character"),
        ({"message": "{password}"}, "message", "there is no {password}"),
        ({"scope": {"repositories": [" "]}}, "scope.repositories.0", "should be a name"),
    ],
)
def test_rules_that_make_no_sense_are_refused_by_their_field(shop, wrong, field, words):
    rule = {"name": "x", "kind": "flapping"} | wrong
    (error,) = shop.refused(422, "POST", RULES, json=rule)["errors"]
    assert error["field"] == field
    assert words in error["message"]
    (error,) = shop.refused(422, "POST", "/api/v1/settings/alerts", json={"rules": [rule]})[
        "errors"
    ]
    assert error["field"] == f"rules.0.{field}"


def test_nan_is_no_threshold(shop):
    body = b'{"name": "x", "kind": "duration", "threshold": NaN}'
    headers = {"content-type": "application/json"}
    shop.refused(422, "POST", RULES, content=body, headers=headers)


def test_a_rule_says_which_of_its_channels_nobody_goes_by(shop):
    shop.post(CHANNELS, json={"kind": "slack", "name": "Chat", "url": "https://hooks.slack.com/x"})
    wanted = {"name": "x", "kind": "flapping", "threshold": 2}
    made = shop.post(RULES, json=wanted | {"channels": ["chat", "slack", "1", "#gone"]}).json()

    assert made["unknown_channels"] == ["#gone"]
    assert shop.read(f"{RULES}/{made['id']}")["unknown_channels"] == ["#gone"]


def test_settings_merge_rules_by_name(shop, rules):
    before = len(shop.read(RULES)["items"])
    body = {"rules": [
        {"name": "Flapping", "threshold_type": "flapping", "threshold_value": 4, "within_runs": 8,
         "enabled": True},
        {"name": "Mine", "type": "instant_failure"},
    ]}  # fmt: skip
    answer = shop.post("/api/v1/settings/alerts", json=body)
    assert answer.status_code == 200
    found = {rule["name"]: rule for rule in answer.json()["items"]}
    assert len(found) == before + 1
    assert (found["Flapping"]["threshold"], found["Flapping"]["enabled"]) == (4, True)
    shop.refused(400, "POST", "/api/v1/settings/alerts", content=b"{")
    shop.refused(422, "POST", "/api/v1/settings/alerts", json={"rules": [{"name": "x"}]})


def test_what_is_not_said_of_a_rule_that_is_there_stays(shop):
    save = "/api/v1/settings/alerts"
    rule = {"name": "Mine", "kind": "flapping", "threshold": 3, "within_minutes": 30,
            "severity": "low", "enabled": False, "clear_passes": 3,
            "scope": {"repositories": ["acme/*"]}}  # fmt: skip
    shop.post(save, json={"rules": [rule]})

    def change(**fields):
        answer = shop.post(save, json={"rules": [{"name": "Mine"} | fields]})
        assert answer.status_code == 200, answer.text
        (found,) = (item for item in answer.json()["items"] if item["name"] == "Mine")
        return found

    now = change(threshold_value=4)
    assert {key: now[key] for key in rule if key != "scope"} == {
        key: value for key, value in (rule | {"threshold": 4}).items() if key != "scope"
    }
    assert now["scope"]["repositories"] == ["acme/*"]
    assert change(enabled=True)["threshold"] == 4
    now = change(type="flapping", within_runs=8)
    assert (now["within_runs"], now["within_minutes"], now["severity"]) == (8, None, "low")
    # Of another kind it is another rule.
    now = change(kind="duration", threshold=600)
    assert (now["kind"], now["severity"], now["clear_passes"]) == ("duration", "high", 1)
    (error,) = shop.refused(422, "POST", save, json={"rules": [{"name": "Mine", "threshold": -1}]})[
        "errors"
    ]
    assert error["field"] == "rules.0.threshold"


def test_switching_a_rule_off_resolves_what_it_opened(shop, alert):
    rule = shop.read(f"{RULES}/{alert['rule_id']}")
    fields = {key: rule[key] for key in ("name", "kind", "threshold", "scope")}
    shop.request("PUT", f"{RULES}/{alert['rule_id']}", json=fields | {"enabled": False})

    (found,) = shop.read(ALERTS)["items"]
    assert (found["state"], found["resolution"]) == ("resolved", "the rule was switched off")


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_rules_leave_and_return_as_a_file(shop, rules, form):
    exported = shop.get(f"{RULES}/export", params={"format": form})
    assert exported.status_code == 200
    for rule in shop.read(RULES)["items"]:
        shop.request("DELETE", f"{RULES}/{rule['id']}")
    headers = {"content-type": f"application/{form}"}
    answer = shop.post(f"{RULES}/import", content=exported.content, headers=headers)

    assert answer.status_code == 200, answer.text
    assert len(answer.json()["items"]) == 10
    bad = {"content-type": "application/yaml"}
    shop.refused(400, "POST", f"{RULES}/import", content=b"a: [", headers=bad)


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"[" * 5000, 400, "nested more than 20 deep"),
        (b"a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]", 400, "Aliases (*name) are not read"),
        (b"a: 1" + b":1" * 5000, 400, "a word of more than 4000 signs"),
        (b"2020-01-01: a", 400, "The body is not YAML: keys must be str"),
        (b"a: " + b"x" * 256 * 1024, 413, "at most 262144 bytes"),
    ],
)
def test_a_file_that_grows_or_folds_while_it_is_read_is_refused(shop, body, status, words):
    headers = {"content-type": "application/yaml"}
    problem = shop.refused(status, "POST", f"{RULES}/import", content=body, headers=headers)
    assert words in problem["detail"]


def test_a_token_that_was_copied_with_an_invisible_sign_is_refused(shop):
    for wanted in (
        {"kind": "slack", "token": "xoxb-1\u200b2", "channel": "C1"},
        {"kind": "slack", "token": "xoxb-1\x0b2", "channel": "C1"},
        {"kind": "webhook", "url": "https://ops.example.com/", "secret": "k\u200b"},
    ):
        problem = shop.refused(422, "POST", CHANNELS, json={"name": "x", **wanted})
        assert "signs of a plain keyboard only" in problem["errors"][0]["message"]
        assert "xoxb" not in str(problem)


def test_a_preview_counts_what_would_have_fired(shop):
    first = ago(hours=20)
    for number, conclusion in enumerate(["failure", "success", "failure", "failure", "success"]):
        began = later(first, number * 3600)
        shop.deliver(id=number + 1, number=number + 1, conclusion=conclusion, created=began)
    answer = shop.post(f"{RULES}/preview", json={"kind": "consecutive_failures", "threshold": 1})
    assert answer.status_code == 200, answer.text
    said = answer.json()

    assert (said["count"], said["seconds"], said["matched"]) == (2, 3 * 3600, 1)
    assert said["detail"] == "Would have fired 2 times (3 h)."
    assert [firing["repo"] for firing in said["firings"]] == ["acme/api", "acme/api"]
    assert [point["value"] for point in said["series"]] == [1, 0, 1, 2, 0]
    nothing = shop.post(
        f"{RULES}/preview", json={"kind": "flapping", "scope": {"repositories": ["no/*"]}}
    )
    assert nothing.json()["detail"] == "This rule looks at nothing that is stored: check the names."


def test_a_preview_says_over_how_many_workflows_its_time_is_summed(shop):
    first = ago(hours=20)
    for number, workflow in enumerate(["Lint", "Docs"]):
        for offset, conclusion in enumerate(["failure", "success"]):
            known = {"id": 10 * number + offset + 1, "number": offset + 1, "workflow": workflow}
            known |= {"workflow_id": 50 + number, "path": f".github/workflows/{workflow}.yml"}
            shop.deliver(**known, conclusion=conclusion, created=later(first, offset * 3600))
    asked = {"kind": "consecutive_failures", "threshold": 1}
    said = shop.post(f"{RULES}/preview", json=asked).json()

    assert said["detail"] == "Would have fired 2 times (2 h in all, over 2 workflows)."


def test_a_preview_of_an_empty_server_blames_no_names(shop):
    asked = {"kind": "flapping", "scope": {"repositories": [], "workflows": [], "branches": []}}
    said = shop.post(f"{RULES}/preview", json=asked).json()

    assert said["detail"].endswith("nothing that is stored: no run has arrived yet.")


def test_routes_and_windows_are_saved(shop):
    wanted = {
        "routes": [{"repositories": ["acme/*"], "paths": [], "channels": ["ops"]}],
        "windows": [{"name": "move", "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z", "repositories": []}],
    }  # fmt: skip
    assert shop.request("PUT", f"{RULES}/routing", json=wanted).status_code == 200
    assert shop.read(f"{RULES}/routing") == wanted
    wanted["windows"][0]["to"] = "2025-01-01T00:00:00Z"
    shop.refused(422, "PUT", f"{RULES}/routing", json=wanted)


@pytest.mark.parametrize(
    ("verb", "path", "ended"), [("PUT", "routing", {}), ("POST", "import", {"windows": []})]
)
def test_planned_work_that_ends_early_holds_nothing_back(shop, alert, database, verb, path, ended):
    window = {"name": "move", "from": "2026-01-01T00:00:00Z", "to": "2199-01-01T00:00:00Z"}
    shop.request("PUT", f"{RULES}/routing", json={"windows": [window]})
    shop.post(CHANNELS, json={"kind": "slack", "name": "Chat", "url": "https://hooks.slack.com/x"})
    with database.writing() as session:
        session.add(
            Notification(
                alert_id=alert["id"], transition=1, kind="opened", channel_id=1, state="pending",
                tries=0, not_before=clock.to_instant(PLANNED_END), created_at=clock.now(),
            )
        )  # fmt: skip
    assert shop.request(verb, f"{RULES}/{path}", json=ended).status_code == 200
    with database.reading() as session:
        assert session.scalars(select(Notification.not_before)).one() <= clock.now()


def test_channels_never_show_their_secrets(shop):
    wanted = {"kind": "slack", "name": "ops", "token": "xoxb-very-secret", "channel": "C1"}
    answer = shop.post(CHANNELS, json=wanted)
    assert answer.status_code == 201
    assert "very-secret" not in answer.text
    assert answer.json()["config"] == {"channel": "C1"}
    assert answer.json()["promise"].startswith("No duplicates")
    number = answer.json()["id"]
    shop.refused(409, "POST", CHANNELS, json=wanted)
    assert (
        shop.request("PUT", f"{CHANNELS}/{number}", json={"enabled": False}).json()["enabled"]
        is False
    )
    assert shop.request("DELETE", f"{CHANNELS}/{number}").status_code == 204
    assert shop.read(CHANNELS) == {"items": []}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "slack"},
        {"kind": "slack", "token": "xoxb"},
        {"kind": "email", "host": "mail"},
        {"kind": "pigeon", "url": "https://x.example"},
        {"kind": "webhook", "url": "https://x.example/\r\nX-Evil: 1"},
    ],
)
def test_channels_that_lack_something_are_refused(shop, wrong):
    shop.refused(422, "POST", CHANNELS, json={"name": "x"} | wrong)


def test_a_test_message_shows_what_the_channel_answered(open_shop):
    with http_sink() as sink, open_shop(allow_private_targets="127.0.0.0/8") as shop:
        number = shop.post(
            CHANNELS, json={"kind": "webhook", "name": "ops", "url": sink.url}
        ).json()["id"]
        said = shop.post("/api/alerts/test", json={"channel": number, "message": "hello"}).json()
        assert (said["ok"], said["channel"], said["status"], said["detail"]) == (
            True,
            "ops",
            200,
            "ok",
        )
        assert said["latency_ms"] >= 0
        assert sink.bodies[0]["data"]["note"] == "hello"
        refused = shop.post(f"{CHANNELS}/{number}/test")
        assert refused.status_code == 429
        assert 1 <= refused.json()["retry_after"] <= 10
        assert refused.headers["retry-after"] == str(refused.json()["retry_after"])

        other = shop.post(CHANNELS, json={"kind": "slack", "name": "bad", "url": sink.url}).json()[
            "id"
        ]
        sink.says((403, {}, b"invalid_token"))
        said = shop.post(f"{CHANNELS}/{other}/test").json()
        assert (said["ok"], said["status"], said["detail"]) == (
            False,
            403,
            "Slack 403: invalid_token",
        )
        shop.refused(404, "POST", "/api/alerts/test", json={"channel": 4711})
        shop.refused(422, "POST", "/api/alerts/test", json={"channel": True})


def test_a_channel_that_takes_the_place_of_another_can_be_tried_at_once(shop):
    for name in ("first", "second"):
        wanted = {"kind": "webhook", "name": name, "url": "http://localhost:1/"}
        number = shop.post(CHANNELS, json=wanted).json()["id"]
        assert shop.post(f"{CHANNELS}/{number}/test").json()["ok"] is False
        assert shop.request("DELETE", f"{CHANNELS}/{number}").status_code == 204


def test_a_channel_shows_what_became_of_its_last_message(shop, alert, database):
    shop.post(CHANNELS, json={"kind": "webhook", "name": "ops", "url": "https://ops.example.com"})
    (quiet,) = shop.read(CHANNELS)["items"]
    assert (quiet["last_message"], quiet["waiting"]) == (None, 0)
    with database.writing() as session:
        for transition, (state, tries) in enumerate(
            [("failed", 3), ("skipped", 1), ("pending", 0)]
        ):
            session.add(
                Notification(
                    alert_id=alert["id"], transition=transition, kind="opened", state=state,
                    channel_id=quiet["id"], tries=tries, not_before=0, created_at=1,
                    finished_at=None if state == "pending" else 2, detail=f"it {state}",
                )
            )  # fmt: skip
    broken = shop.read(f"{CHANNELS}/{quiet['id']}")

    assert (broken["last_message"]["state"], broken["waiting"]) == ("failed", 1)
    assert broken["last_message"]["detail"] == "it failed"


def test_without_a_channel_a_test_says_what_to_configure(shop):
    assert "SLACK_WEBHOOK_URL" in shop.refused(409, "POST", "/api/alerts/test")["detail"]
    problem = shop.refused(409, "POST", "/api/alerts/test", json={"channel": "email"})
    assert "SMTP_HOST" in problem["detail"]
    shop.refused(400, "POST", "/api/alerts/test", content=b"{")


def test_private_addresses_are_refused_in_the_test_too(shop):
    number = shop.post(
        CHANNELS, json={"kind": "webhook", "name": "x", "url": "http://localhost:1/"}
    ).json()["id"]
    said = shop.post(f"{CHANNELS}/{number}/test").json()

    assert (said["ok"], said["status"]) == (False, None)
    assert "PULSEBOARD_ALLOW_PRIVATE_TARGETS" in said["detail"]


@pytest.mark.parametrize(("url", "words"), [
    ("not a url", "must begin with https://"),
    ("ftp://ops.example.com/x", "must begin with https://"),
    ("https://kim:secret@ops.example.com/x", "no user and no password"),
    ("http://169.254.169.254/x", "not a public address"),
    ("https://[::ffff:169.254.169.254]/", "not a public address"),
    ("https://127.0.0.1:8443/", "PULSEBOARD_ALLOW_PRIVATE_TARGETS"),
])  # fmt: skip
def test_address_that_can_never_work_is_refused_when_it_is_entered(shop, url, words):
    wanted = {"kind": "webhook", "name": "x", "url": url}
    (error,) = shop.refused(422, "POST", CHANNELS, json=wanted)["errors"]
    assert error["field"] == "url"
    assert words in error["message"]
    assert "secret" not in error["message"]


def test_private_address_is_taken_where_its_network_is_allowed(open_shop):
    with open_shop(allow_private_targets="127.0.0.0/8") as shop:
        wanted = {"kind": "webhook", "name": "x", "url": "http://127.0.0.1:9/hook"}
        assert shop.post(CHANNELS, json=wanted).status_code == 201


def test_channels_of_the_environment_come_and_go_with_it(shop, database):
    with_slack = load_settings(
        slack_webhook_url="https://hooks.slack.com/services/x", smtp_host="m", smtp_to="a@b.c"
    )
    with database.writing() as session:
        keep_channels(session, with_slack, at=1)
        keep_channels(session, with_slack, at=2)
    found = shop.read(CHANNELS)["items"]
    assert [(channel["kind"], channel["enabled"]) for channel in found] == [
        ("slack", True),
        ("email", True),
    ]
    shop.refused(409, "DELETE", f"{CHANNELS}/{found[0]['id']}")
    with database.writing() as session:
        keep_channels(session, load_settings(), at=3)
    assert [channel["enabled"] for channel in shop.read(CHANNELS)["items"]] == [False, False]


def test_browsers_hear_what_people_do(open_shop, rules, monkeypatch):
    heard = []
    monkeypatch.setattr(Broker, "tell_alerts", lambda _, change: heard.append(change))
    with open_shop() as shop:
        shop.deliver(conclusion="failure")
        (alert,) = shop.read(ALERTS)["items"]
        for act in ("ack", "unack", "mute", "unmute", "resolve"):
            shop.post(f"{ALERTS}/{alert['id']}/{act}")

    assert {change.ids for change in heard} == {(alert["id"],)}
    counts = [(change.open, change.unacknowledged) for change in heard]
    assert counts == [(1, 1), (1, 0), (1, 1), (1, 0), (1, 1), (0, 0)]


def test_a_headline_with_an_unknown_variable_is_refused_by_its_field(shop):
    said = shop.refused(
        422, "POST", RULES, json={"name": "x", "kind": "flapping", "message": "{sha}"}
    )
    assert [error["field"] for error in said["errors"]] == ["message"]
    assert "there is no {sha}; there are author, branch, commit" in said["errors"][0]["message"]


def test_repository_that_is_not_there_has_no_alerts(shop):
    assert shop.read("/api/v1/alerts", repo="acme/nope")["items"] == []
