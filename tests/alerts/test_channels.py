"""What each channel sends, to real servers on this machine, and what it makes of the answers."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import ssl
from email import message_from_bytes, policy
from importlib.util import find_spec
from ipaddress import ip_network
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jsonschema import Draft6Validator
from slack_sdk.models.blocks import Block

from pulseboard.alerts.channels.mail import Mail, MailServer
from pulseboard.alerts.channels.results import NotSent, retry_after_of
from pulseboard.alerts.channels.slack import SlackBot, SlackWebhook, blocks_of
from pulseboard.alerts.channels.teams import Teams, card_of
from pulseboard.alerts.channels.webhook import Webhook
from pulseboard.alerts.message import Item, Message, Why
from pulseboard.outgoing import Outgoing
from tests.alerts.sinks import http_sink, mail_sink
from tests.factories import NOON

OUT = Outgoing(allowed=[ip_network("127.0.0.0/8")])
EVIL = "CI of <!channel> & *x*\r\nBcc: all@example.org `[a](http://evil)`"


def item(**facts):
    known = {
        "alert_id": 7, "headline": "CI of acme/api on main failed", "repository": "acme/api",
        "since": NOON, "commit": "4d6ee57193c29f", "author": "kim", "error": "step 'pytest' failed",
        "run_url": "http://p/runs/1", "log_url": "http://p/runs/1/jobs/2", "alert_url": "http://p/alerts?id=7",
    }  # fmt: skip
    return Item(**{**known, **facts})


def message(why=Why.OPENED, *items, **facts):
    return Message(id="pulseboard-x-5", why=why, items=items or (item(),), at=NOON, **facts)


MESSAGES = [
    message(),
    message(Why.RESOLVED, item(resolved_at=NOON, resolution="by kim")),
    message(Why.TROUBLE, note="ops could not be told"),
    message(Why.TEST, note="hello"),
    message(Why.OPENED, *(item(headline=f"{EVIL} {n}" * 20, error=EVIL * 300) for n in range(40))),
    message(Why.OPENED, item(headline=EVIL, error=EVIL), is_repeated=True),
]


@pytest.fixture
def sink():
    with http_sink() as running:
        yield running


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A server's context with a certificate that nobody vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize("sent", MESSAGES)
def test_blocks_are_what_slack_takes(sent):
    blocks = blocks_of(sent)

    assert 1 <= len(blocks) <= 50
    for block, parsed in zip(blocks, Block.parse_all(blocks), strict=True):
        parsed.validate_json()
        assert parsed.to_dict()["type"] == block["type"]
    text = json.dumps([block for block in blocks if block["type"] != "header"])
    assert "<!channel>" not in text


def test_slack_says_what_broke_since_when_and_by_whom(sink):
    SlackWebhook(OUT, url=sink.url).send(message())
    (body,) = sink.bodies

    assert body["text"] == "🔴 CI of acme/api on main failed"
    assert body["blocks"][1]["text"]["text"] == (
        "Since: 2026-03-01 12:00 UTC\nCommit: 4d6ee57 by kim\nError: `step 'pytest' failed`\nSeverity: high"
    )
    assert [button["text"]["text"] for button in body["blocks"][2]["elements"]] == [
        "Open the log", "Open the run", "Acknowledge",
    ]  # fmt: skip


def test_slack_that_answers_a_web_page_is_no_webhook(sink):
    sink.says((200, {}, b"<!DOCTYPE html><html>"))
    with pytest.raises(NotSent) as caught:
        SlackWebhook(OUT, url=sink.url).send(message())
    assert caught.value.is_final


def test_the_bot_threads_and_updates_when_it_is_over(sink):
    sink.says((200, {}, b'{"ok": true, "channel": "C1", "ts": "1.5"}'))
    bot = SlackBot(OUT, token="xoxb-1", channel="C1", api=sink.url)
    opened = bot.send(message())
    assert opened.ref == "C1 1.5"
    bot.send(message(Why.RESOLVED, item(thread=opened.ref)))

    paths = [path.rpartition("/")[2] for path, _, _ in sink.received]
    assert paths == ["chat.postMessage", "chat.postMessage", "chat.update"]
    assert sink.bodies[1]["thread_ts"] == sink.bodies[2]["ts"] == "1.5"
    assert sink.bodies[0]["metadata"]["event_payload"] == {"id": "pulseboard-x-5"}
    assert {headers["authorization"] for _, headers, _ in sink.received} == {"Bearer xoxb-1"}


def test_the_bot_can_be_asked_whether_a_message_arrived(sink):
    found = {
        "ok": True,
        "messages": [{"ts": "9.1", "metadata": {"event_payload": {"id": "pulseboard-x-5"}}}],
    }
    sink.says((200, {}, json.dumps(found).encode()), (200, {}, b'{"ok": true, "messages": []}'))
    bot = SlackBot(OUT, token="t", channel="C1", api=sink.url)

    assert bot.find(message(), since=NOON).ref == "C1 9.1"
    assert bot.find(message(), since=NOON) is None


@pytest.mark.parametrize(("word", "final"), [("channel_not_found", True), ("ratelimited", False)])
def test_the_bot_knows_which_refusals_are_final(sink, word, final):
    sink.says((200, {}, json.dumps({"ok": False, "error": word}).encode()))
    with pytest.raises(NotSent) as caught:
        SlackBot(OUT, token="t", channel="C1", api=sink.url).send(message())
    assert (caught.value.is_final, caught.value.detail) == (final, f"Slack says {word}")


@pytest.mark.parametrize("sent", MESSAGES)
def test_teams_gets_a_card_of_its_size(sink, sent):
    sink.says((202, {}, b""))
    result = Teams(OUT, url=sink.url).send(sent)
    (_, _, body) = sink.received[0]
    card = json.loads(body)["attachments"][0]["content"]

    assert result.status == 202
    assert len(body) < 28 * 1024
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    assert "](http" not in json.dumps(card_of(sent))


@pytest.fixture(scope="module")
def card_schema():
    """The official description of Adaptive Cards 1.4, as a package brings it along."""
    folder = find_spec("adaptive_cards").submodule_search_locations[0]
    schema = json.loads((Path(folder) / "schemas" / "schema-1.4.json").read_text("utf-8"))
    return Draft6Validator(schema)


@pytest.mark.parametrize("sent", MESSAGES)
def test_cards_are_what_the_official_schema_describes(card_schema, sent):
    assert [error.message for error in card_schema.iter_errors(card_of(sent))] == []


def test_the_schema_would_notice_what_is_no_card(card_schema):
    card = card_of(message())
    card["body"][0]["wrap"] = "yes"
    assert not card_schema.is_valid(card)
    assert not card_schema.is_valid(card_of(message()) | {"actions": [{"type": "Action.Jump"}]})


def test_the_webhook_is_signed_as_the_standard_says(sink):
    secret = base64.b64encode(b"0123456789abcdef01234567").decode()
    Webhook(OUT, url=sink.url, secrets=[f"whsec_{secret}", "plain text"]).send(message())
    ((_, headers, body),) = sink.received

    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = [
        base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        for key in (b"0123456789abcdef01234567", b"plain text")
    ]
    assert headers["webhook-signature"] == f"v1,{expected[0]} v1,{expected[1]}"
    assert headers["webhook-id"] == "pulseboard-x-5"
    assert json.loads(body)["data"]["alerts"][0]["since"] == "2026-03-01T12:00:00Z"


def mail(port, **facts):
    server = MailServer("127.0.0.1", port, **facts)
    return Mail(
        OUT,
        server=server,
        sender="Pulseboard <ci@acme.test>",
        recipients=["a@acme.test", "b@acme.test"],
    )


def test_mail_is_text_and_html_over_starttls_with_a_login(tls):
    with mail_sink(tls=tls) as letters:
        sent = mail(letters.port, user="kim", password="secret").send(
            message(Why.OPENED, item(headline=EVIL))
        )
        ((over_tls, authenticated, envelope),) = letters.letters

    letter = message_from_bytes(envelope.content, policy=policy.default)
    assert (over_tls, authenticated) == (True, True)
    assert envelope.rcpt_tos == ["a@acme.test", "b@acme.test"]
    assert sent.ref == letter["Message-ID"] == "<pulseboard-x-5@acme.test>"
    assert letter["Bcc"] is None
    assert "CI of <!channel>" in letter["Subject"]
    text, html = (part.get_content() for part in letter.iter_parts())
    assert "Error: step 'pytest' failed" in text
    assert "http://p/alerts?id=7" in text
    assert "&lt;!channel&gt; &amp; *x*" in html


def test_mail_of_one_alert_is_one_thread():
    first = mail(25).letter_of(message())
    last = mail(25).letter_of(message(Why.RESOLVED, item(thread=first["Message-ID"])))

    assert last["References"] == last["In-Reply-To"] == first["Message-ID"]
    assert first["References"] is None


def test_a_relay_of_the_operators_own_needs_no_tls():
    with mail_sink() as letters:
        mail(letters.port).send(message())
        assert len(letters.letters) == 1


def test_a_password_is_never_sent_in_the_clear():
    with mail_sink() as letters, pytest.raises(NotSent) as caught:
        mail(letters.port, user="kim", password="secret").send(message())
    assert "STARTTLS" in caught.value.detail
    assert caught.value.is_final


@pytest.mark.parametrize(
    ("answer", "final"), [("450 greylisted, later", False), ("550 no such box", True)]
)
def test_the_mail_servers_refusals_are_told_apart(answer, final):
    with mail_sink() as letters:
        letters.refuse = answer
        with pytest.raises(NotSent) as caught:
            mail(letters.port).send(message())
    assert caught.value.is_final is final
    assert answer[4:] in caught.value.detail


def test_a_wrong_password_is_final(tls):
    with mail_sink(tls=tls) as letters, pytest.raises(NotSent) as caught:
        mail(letters.port, user="kim", password="wrong").send(message())
    assert (caught.value.status, caught.value.is_final) == (535, True)


def test_nobody_at_the_mail_servers_address_is_tried_again_later():
    with pytest.raises(NotSent) as caught:
        mail(1).send(message())
    assert not caught.value.is_final


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7), ("99999", 3600), ("soon", None), ("", None), ("-1", None)]
)
def test_retry_after_is_read_in_seconds_and_has_an_end(value, seconds):
    found = retry_after_of({"retry-after": value})

    assert found == (None if seconds is None else seconds * 1_000_000)
