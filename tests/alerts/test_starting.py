"""What a start brings in step with the environment, and what it says is missing."""

import pytest
from structlog.testing import capture_logs

from pulseboard.alerts.starting import missing_of_mail, prepare_alerts
from pulseboard.config import load_settings


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
