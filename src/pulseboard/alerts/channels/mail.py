"""E-mail over SMTP: text and HTML, one thread an alert, the same Message-ID at every try."""

import asyncio
import html
import socket
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final

import aiosmtplib
from msgspec import Struct

from pulseboard import clock
from pulseboard.alerts.channels.results import NotSent, Sent
from pulseboard.alerts.message import Message, Why, as_text, facts_of, links_of, one_line
from pulseboard.outgoing import Outgoing

_SECONDS: Final = 10.0
_TLS_PORT: Final = 465
_PASSING: Final = range(400, 500)
_SUBJECT: Final = 200


class MailServer(Struct, frozen=True):
    """Where mail is handed in. Without TLS only where the operator allows private networks."""

    host: str
    port: int = 587
    user: str | None = None
    password: str | None = None


class Mail:
    """Hands messages to a mail server."""

    repeats_harmlessly = True

    def __init__(
        self,
        outgoing: Outgoing,
        *,
        server: MailServer,
        sender: str,
        recipients: Sequence[str],
    ) -> None:
        self._outgoing = outgoing
        self._server = server
        self._sender = sender
        self._recipients = list(recipients)

    def send(self, message: Message) -> Sent:
        """Send a message; raises NotSent."""
        letter = self.letter_of(message)
        server = self._server
        addresses, is_private = self._outgoing.find_mail_server(server.host, server.port)
        try:
            connected = socket.create_connection((str(addresses[0]), server.port), _SECONDS)
        except OSError as error:
            raise NotSent(f"{server.host} cannot be reached: {error.strerror or error}") from None
        try:
            said = asyncio.run(
                asyncio.wait_for(self._hand_in(connected, letter, is_private), 2 * _SECONDS)
            )
        except aiosmtplib.SMTPException as error:
            raise _failure(error) from None
        except (TimeoutError, OSError) as error:
            raise NotSent(f"{server.host} did not finish in time", may_have_arrived=True) from error
        finally:
            connected.close()
        return Sent(250, one_line(said, limit=200), ref=letter["Message-ID"])

    async def _hand_in(
        self,
        connected: socket.socket,
        letter: EmailMessage,
        is_private: bool,  # noqa: FBT001
    ) -> str:
        server = self._server
        connected.settimeout(0)
        tls = ssl.create_default_context()
        if is_private:
            # The operator vouches for that network; certificates of its own are usual there.
            tls.check_hostname = False
            tls.verify_mode = ssl.CERT_NONE
        client = aiosmtplib.SMTP(
            hostname=server.host,
            sock=connected,
            timeout=_SECONDS,
            use_tls=server.port == _TLS_PORT,
            start_tls=False,
            tls_context=tls,
        )
        async with client:
            if server.port != _TLS_PORT:
                await client.ehlo()
                if client.supports_extension("starttls"):
                    await client.starttls(server_hostname=server.host, tls_context=tls)
                elif not is_private or server.password:
                    raise aiosmtplib.SMTPResponseException(
                        554, "it offers no STARTTLS, so nothing is sent over it"
                    )
            if server.user and server.password:
                await client.login(server.user, server.password)
            _, said = await client.send_message(
                letter, sender=parseaddr(self._sender)[1], recipients=self._recipients
            )
            return said

    def letter_of(self, message: Message) -> EmailMessage:
        """Write a message as a letter; raises NotSent when an address cannot be used."""
        domain = parseaddr(self._sender)[1].rpartition("@")[2] or "pulseboard.invalid"
        letter = EmailMessage()
        try:
            letter["From"] = self._sender
            letter["To"] = ", ".join(self._recipients)
        except (ValueError, IndexError):
            raise NotSent(
                "An address of sender or recipients cannot be used", is_final=True
            ) from None
        letter["Subject"] = one_line(f"{message.mark} {message.title}", limit=_SUBJECT)
        letter["Date"] = format_datetime(clock.to_datetime(message.at))
        letter["Message-ID"] = f"<{message.id}@{domain}>"
        letter["Auto-Submitted"] = "auto-generated"
        if message.why not in (Why.OPENED, Why.TEST):
            threads = sorted({item.thread for item in message.items if item.thread})
            if threads:
                letter["In-Reply-To"] = threads[0]
                letter["References"] = " ".join(threads[:20])
        letter.set_content(as_text(message))
        letter.add_alternative(_html_of(message), subtype="html")
        return letter

    def find(self, message: Message, *, since: int) -> Sent | None:  # noqa: ARG002
        """A mail server cannot be asked; the Message-ID is the same again."""
        return None


def _failure(error: aiosmtplib.SMTPException) -> NotSent:
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        first = error.recipients[0]
        return _refusal(first.code, f"{first.recipient}: {first.message}")
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return _refusal(error.code, error.message)
    late = isinstance(error, aiosmtplib.SMTPTimeoutError | aiosmtplib.SMTPServerDisconnected)
    return NotSent(f"The mail server: {one_line(str(error), limit=200)}", may_have_arrived=late)


def _refusal(code: int, words: str) -> NotSent:
    return NotSent(
        f"The mail server {code}: {one_line(words, limit=200)}",
        status=code,
        is_final=code not in _PASSING and code >= 500,
    )


def _cell(label: str, words: str) -> str:
    shown = html.escape(words)
    return f"<code>{shown}</code>" if label == "Error" else shown


def _html_of(message: Message) -> str:
    parts = [f"<h2>{html.escape(f'{message.mark} {message.title}')}</h2>"]
    for item in message.listed:
        if len(message.items) > 1 or message.why is Why.TROUBLE:
            parts.append(f"<h3>{html.escape(item.headline)}</h3>")
        rows = "".join(
            f"<tr><th align=left>{html.escape(label)}</th><td>{_cell(label, words)}</td></tr>"
            for label, words in facts_of(item, message)
        )
        parts.append(f"<table>{rows}</table>" if rows else "")
        links = " · ".join(
            f'<a href="{html.escape(url)}">{html.escape(label)}</a>'
            for label, url in links_of(item, message)
        )
        parts.append(f"<p>{links}</p>" if links else "")
    parts += [f"<p><small>{html.escape(note)}</small></p>" for note in message.footnotes]
    if message.all_url:
        parts.append(f'<p><a href="{html.escape(message.all_url)}">All alerts</a></p>')
    return "<!doctype html>\n" + "\n".join(part for part in parts if part)
