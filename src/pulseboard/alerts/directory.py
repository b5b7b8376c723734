"""The channels there are: adding and removing them, and opening one to send on it."""

import json
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.alerts.channels.apprise import Apprise
from pulseboard.alerts.channels.mail import Mail, MailServer
from pulseboard.alerts.channels.results import Channel as Way
from pulseboard.alerts.channels.slack import API, SlackBot, SlackWebhook
from pulseboard.alerts.channels.teams import Teams
from pulseboard.alerts.channels.webhook import Webhook
from pulseboard.alerts.starting import SENDGRID_HOST, mail_recipients, mail_sender
from pulseboard.config import Settings
from pulseboard.errors import Conflict, FieldError, InvalidInput, NotFound
from pulseboard.model import Channel
from pulseboard.outgoing import Outgoing, Refused, parse_address
from pulseboard.vault import Vault

KINDS: Final = ("slack", "email", "teams", "webhook", "apprise")
Line = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\r\n\x00]*$")]


def _can_be_typed(text: str) -> str:
    if not (text.isascii() and text.isprintable()):
        raise ValueError("should hold signs of a plain keyboard only: copy it once more")
    return text


Key = Annotated[Line, AfterValidator(_can_be_typed)]
_SECRETS: Final = ("url", "token", "secret", "password", "urls")
_NEEDS: Final[Mapping[str, str]] = {
    "slack": "url of an incoming webhook, or token and channel of a bot",
    "email": "host and to",
    "teams": "url of a Workflows webhook",
    "webhook": "url",
    "apprise": "urls",
}


class NewChannel(BaseModel):
    """A channel as it is entered; what is secret is never shown again."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        populate_by_name=True,
        json_schema_extra={
            "example": {"kind": "webhook", "name": "Ops", "url": "https://ops.example.com/hook"}
        },
    )

    kind: Literal["slack", "email", "teams", "webhook", "apprise"]
    name: Line = Field(min_length=1, max_length=80)
    enabled: bool = True
    on_doubt: Literal["resend", "hold"] = Field(
        default="resend", description="When nobody can say whether a message arrived."
    )
    url: Line | None = Field(default=None, description="Secret. Of slack, teams and webhook.")
    token: Key | None = Field(default=None, description="Secret. Of a Slack bot.")
    channel: Line | None = Field(default=None, description="Where a Slack bot posts.")
    api_url: Line | None = Field(default=None, description="Slack's API, where it is another.")
    secret: Key | None = Field(
        default=None, description="Secret. Signs a webhook; two with a comma while rotating."
    )
    host: Line | None = Field(default=None, description="Mail server.")
    port: int = Field(default=587, ge=1, le=65535)
    user: Line | None = None
    password: Line | None = Field(default=None, description="Secret. At the mail server.")
    sender: Line | None = Field(default=None, alias="from")
    to: list[Line] = Field(default_factory=list, max_length=50)
    urls: list[Line] = Field(default_factory=list, max_length=20, description="Secret. Apprise's.")

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        complete = {
            "slack": bool(self.url) or bool(self.token and self.channel),
            "email": bool(self.host and self.to),
            "teams": bool(self.url),
            "webhook": bool(self.url),
            "apprise": bool(self.urls),
        }[self.kind]
        if not complete:
            raise ValueError(f"a channel of kind {self.kind} needs {_NEEDS[self.kind]}")
        return self


def list_channels(session: Session) -> Sequence[Channel]:
    """Return every channel by number."""
    return session.scalars(select(Channel).order_by(Channel.id)).all()


def require_channel(session: Session, number: int) -> Channel:
    """Return one channel; raises NotFound."""
    found = session.get(Channel, number)
    if found is None:
        raise NotFound(f"There is no channel with the number {number}")
    return found


def find_channel(session: Session, wanted: str | int | None) -> Channel:
    """Return the channel of an id, a name or a kind; the first that is on when nothing is named.

    Raises Conflict when there is none, with what to configure.
    """
    channels = list_channels(session)
    on = [channel for channel in channels if channel.enabled]
    if wanted is None or wanted == "":
        found = on
    else:
        word = str(wanted)
        found = [c for c in channels if str(c.id) == word or c.name == word]
        found = found or [c for c in on if c.kind == word]
    if found:
        return found[0]
    if str(wanted).isdigit():
        raise NotFound(f"There is no channel with the number {wanted}")
    raise Conflict(_advice(str(wanted or ""), names=[channel.name for channel in channels]))


def _advice(kind: str, *, names: Sequence[str] = ()) -> str:
    variables = {
        "slack": "set SLACK_WEBHOOK_URL",
        "email": "set SMTP_HOST and SMTP_TO (or SENDGRID_API_KEY)",
        "teams": "set TEAMS_WEBHOOK_URL",
        "webhook": "add one on the page Alerts or by POST /api/v1/channels",
    }
    if kind in variables:
        return f"There is no {kind} channel yet: {variables[kind]}"
    if not kind:
        return (
            "There is no channel yet: set SLACK_WEBHOOK_URL, TEAMS_WEBHOOK_URL or SMTP_HOST, or add"
            " one by POST /api/v1/channels"
        )
    others = f"there are {', '.join(names)}" if names else "there is none yet"
    return f"There is no channel called {kind[:60]!r}: {others}"


def refuse_addresses(outgoing: Outgoing, wanted: NewChannel) -> None:
    """Raise InvalidInput for an address that no message could be sent to.

    Only what can be seen of it: where a name leads is asked when a message is sent, and each time.
    """
    for field, address in (("url", wanted.url), ("api_url", wanted.api_url)):
        if address is None:
            continue
        try:
            host = parse_address(address).host
            if _is_number(host):
                outgoing.check(address)
        except Refused as error:
            wrong = FieldError(field, error.detail)
            raise InvalidInput(f"Please correct: {field}", errors=(wrong,)) from None


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def add_channel(session: Session, wanted: NewChannel, *, vault: Vault, at: int) -> Channel:
    """Add a channel; raises Conflict when its name is taken."""
    if session.scalar(select(Channel.id).where(Channel.name == wanted.name)) is not None:
        raise Conflict(f"There is a channel called {wanted.name!r} already: choose another name")
    told = wanted.model_dump(by_alias=True, exclude_none=True)
    secret = {name: told.pop(name) for name in _SECRETS if told.get(name)}
    config = {
        name: told[name]
        for name in ("channel", "api_url", "host", "port", "user", "from", "to")
        if told.get(name) and (wanted.kind in ("email", "slack"))
    }
    if wanted.kind != "email":
        config.pop("port", None)
    row = Channel(
        kind=wanted.kind,
        name=wanted.name,
        config=json.dumps(config),
        enabled=wanted.enabled,
        from_environment=False,
        on_doubt=wanted.on_doubt,
        created_at=at,
        updated_at=at,
    )
    session.add(row)
    session.flush()
    vault.keep(session, _secret_name(row.id), json.dumps(secret))
    return row


def remove_channel(session: Session, row: Channel, *, vault: Vault) -> None:
    """Delete a channel and what was sent on it; one of the environment goes with its variable."""
    if row.from_environment:
        raise Conflict(f"{row.name} comes from the environment: remove its variable instead")
    vault.forget(session, _secret_name(row.id))
    session.delete(row)
    session.flush()


def _secret_name(number: int) -> str:
    return f"channel/{number}"


class Directory:
    """Opens channels with their secrets."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._vault = Vault.of(settings)
        self._outgoing = Outgoing.of(settings)

    def open(self, session: Session, row: Channel) -> Way:
        """Return the way to send on a channel; raises UnreadableSecret."""
        if row.from_environment:
            return self._of_environment(row.kind)
        kept = self._vault.get_secret(session, _secret_name(row.id))
        secret: dict[str, Any] = json.loads(kept) if kept else {}
        return self._of_people(row.kind, json.loads(row.config), secret)

    def _of_environment(self, kind: str) -> Way:
        settings = self._settings
        if kind == "slack" and settings.slack_webhook_url is not None:
            return SlackWebhook(self._outgoing, url=settings.slack_webhook_url.get_secret_value())
        if kind == "teams" and settings.teams_webhook_url is not None:
            return Teams(self._outgoing, url=settings.teams_webhook_url.get_secret_value())
        if kind == "email" and (settings.smtp_host or settings.sendgrid_api_key is not None):
            return Mail(
                self._outgoing,
                server=self._mail_server(),
                sender=mail_sender(settings),
                recipients=mail_recipients(settings),
            )
        raise Conflict(_advice(kind))

    def _mail_server(self) -> MailServer:
        settings = self._settings
        if settings.sendgrid_api_key is not None:
            # SendGrid's user is this very word; the key is the password.
            key = settings.sendgrid_api_key.get_secret_value()
            return MailServer(SENDGRID_HOST, settings.smtp_port, "apikey", key)
        password = settings.smtp_password
        return MailServer(
            settings.smtp_host or "",
            settings.smtp_port,
            settings.smtp_user,
            password.get_secret_value() if password else None,
        )

    def _of_people(self, kind: str, config: dict[str, Any], secret: dict[str, Any]) -> Way:
        if kind == "slack" and secret.get("token"):
            return SlackBot(
                self._outgoing,
                token=secret["token"],
                channel=config["channel"],
                api=config.get("api_url", API),
            )
        if kind == "slack":
            return SlackWebhook(self._outgoing, url=secret["url"])
        if kind == "teams":
            return Teams(self._outgoing, url=secret["url"])
        if kind == "apprise":
            return Apprise(urls=secret["urls"])
        if kind == "email":
            server = MailServer(
                config["host"], config["port"], config.get("user"), secret.get("password")
            )
            sender = config.get("from") or config.get("user") or config["to"][0]
            return Mail(self._outgoing, server=server, sender=sender, recipients=config["to"])
        secrets = [part.strip() for part in secret.get("secret", "").split(",") if part.strip()]
        return Webhook(self._outgoing, url=secret["url"], secrets=secrets)
