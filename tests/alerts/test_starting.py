"""What a start brings in step with the environment, and what it says is missing."""

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from pulseboard.alerts.rulebook import change_rule, read_definition
from pulseboard.alerts.rules import BUILT_IN, Rule
from pulseboard.alerts.starting import missing_of_mail, prepare_alerts
from pulseboard.config import load_settings
from pulseboard.model import AlertRule


@pytest.mark.parametrize(
    "given",
    [{"smtp_host": "mx", "smtp_to": "kim@example.org"}, {"smtp_host": "mx", "smtp_from": "a@b.c"},
     {"smtp_to": "kim@example.org"}, {}],
)  # fmt: skip
def test_mail_with_a_recipient_or_without_a_server_lacks_nothing(given):
    assert missing_of_mail(load_settings(**given)) is None


def test_mail_server_without_a_recipient_is_named_at_the_start(database):
    with capture_logs() as lines:
        prepare_alerts(database, load_settings(smtp_host="mx", smtp_user="kim"))

    (line,) = [line for line in lines if line["event"] == "alerts.no_mail"]
    assert (line["log_level"], "Set SMTP_TO" in line["reason"]) == ("warning", True)
    assert missing_of_mail(load_settings(sendgrid_api_key="SG.x")).startswith("SENDGRID_API_KEY")


def start(database, threshold):
    """Start with an ALERT_THRESHOLD; return kind, threshold and enabled of the built-in rule."""
    prepare_alerts(database, load_settings(alert_threshold=threshold))
    with database.reading() as session:
        rule = read_definition(built_in(session).definition)
        return rule.kind, rule.threshold, rule.enabled


def built_in(session):
    return session.scalars(select(AlertRule).where(AlertRule.name == BUILT_IN)).one()


def test_a_threshold_beyond_the_runs_that_are_read_is_the_greatest_there_is(database):
    assert start(database, 1) == ("consecutive_failures", 1, True)
    assert start(database, 150) == ("consecutive_failures", 100, True)
    assert start(database, 150) == ("consecutive_failures", 100, True)


def test_a_built_in_rule_that_is_of_another_kind_by_now_keeps_its_threshold(database):
    start(database, 1)
    with database.writing() as session:
        rule = Rule(name=BUILT_IN, kind="success_rate", threshold=0.8)
        change_rule(session, built_in(session), rule, at=0)
    assert start(database, 3) == ("success_rate", 0.8, True)


def test_a_rule_that_was_stored_with_an_impossible_threshold_is_mended(database):
    start(database, 1)
    with database.writing() as session:
        row = built_in(session)
        rule = Rule(name=BUILT_IN, kind="success_rate", threshold=0.8, enabled=False)
        row.definition = rule.model_copy(update={"threshold": 3.0}).model_dump_json()
        row.enabled = False
    assert start(database, 1) == ("consecutive_failures", 1, False)
