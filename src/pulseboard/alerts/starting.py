"""What a start brings in step with the environment: the starter rules and its channels."""

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.alerts.rereading import read_anew
from pulseboard.alerts.rulebook import ensure_starters
from pulseboard.alerts.watch import Watch
from pulseboard.config import Settings
from pulseboard.db.engine import lock_writer
from pulseboard.db.session import Database
from pulseboard.model import Channel

_log = structlog.get_logger("pulseboard.alerts")
SENDGRID_HOST: Final = "smtp.sendgrid.net"
_NAMES: Final = {"slack": "Slack", "teams": "Teams", "email": "E-mail"}


class _Named(NamedTuple):
    kind: str
    config: dict[str, object]


def prepare_alerts(database: Database, settings: Settings) -> None:
    """Bring rules and channels in step with the environment, whatever was there before."""
    with database.writing() as session:
        lock_writer(session)
        at = clock.now()
        changed = ensure_starters(session, threshold=settings.alert_threshold, at=at)
        # Of what was broken before, nobody is told now; a person who saves a rule is.
        read_anew(session, Watch(settings), changed, at=at, is_news=False)
        keep_channels(session, settings, at=at)
    missing = missing_of_mail(settings)
    if missing is not None:
        _log.warning("alerts.no_mail", reason=missing)


def missing_of_mail(settings: Settings) -> str | None:
    """Say which setting keeps a mail server that is named from being used; None when none does."""
    if not (settings.smtp_host or settings.sendgrid_api_key) or mail_recipients(settings):
        return None
    variable = "SMTP_HOST" if settings.smtp_host else "SENDGRID_API_KEY"
    return (
        f"{variable} is set, but there is nobody to write to, so there is no e-mail channel. Set"
        " SMTP_TO to the recipients' addresses."
    )


def keep_channels(session: Session, settings: Settings, *, at: int) -> None:
    """Keep one channel for each kind that the environment names, and switch off the others."""
    named = {channel.kind: channel for channel in _named_by(settings)}
    stored = {
        row.kind: row for row in session.scalars(select(Channel).where(Channel.from_environment))
    }
    for kind, row in stored.items():
        is_named = kind in named
        if row.enabled != is_named:
            row.enabled, row.updated_at = is_named, at
    for kind, wanted in named.items():
        config = json.dumps(wanted.config)
        if kind in stored:
            stored[kind].config = config
            continue
        session.add(
            Channel(
                kind=kind,
                name=_free_name(session, _NAMES[kind]),
                config=config,
                enabled=True,
                from_environment=True,
                on_doubt="resend",
                created_at=at,
                updated_at=at,
            )
        )
    session.flush()


def _named_by(settings: Settings) -> Iterator[_Named]:
    if settings.slack_webhook_url is not None:
        yield _Named("slack", {})
    if settings.teams_webhook_url is not None:
        yield _Named("teams", {})
    if settings.smtp_host or settings.sendgrid_api_key is not None:
        recipients = mail_recipients(settings)
        if recipients:
            yield _Named("email", {"to": recipients, "from": mail_sender(settings)})


def mail_sender(settings: Settings) -> str:
    """Return who sends: SMTP_FROM, else SMTP_USER, else the first recipient."""
    return settings.smtp_from or settings.smtp_user or next(iter(settings.smtp_to), "")


def mail_recipients(settings: Settings) -> list[str]:
    """Return who is written to; without SMTP_TO it is the sender's own box."""
    own = settings.smtp_from or settings.smtp_user
    return list(settings.smtp_to) or ([own] if own and "@" in own else [])


def _free_name(session: Session, name: str) -> str:
    taken = set(session.scalars(select(Channel.name)))
    if name not in taken:
        return name
    return f"{name} of the environment"
