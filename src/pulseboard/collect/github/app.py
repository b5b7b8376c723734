"""The GitHub App of this server: from the settings, or made at GitHub and kept in the vault."""

import secrets
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from sqlalchemy.orm import Session

from pulseboard import clock, vault
from pulseboard.collect.github.paths import path_of
from pulseboard.collect.github.verdict import Received, judge
from pulseboard.config import Settings
from pulseboard.db.bulk import lock_for_look_ups
from pulseboard.errors import Forbidden
from pulseboard.model import Setting
from pulseboard.vault import Vault

PRIVATE_KEY: Final = "github-app/private-key"
WEBHOOK_SECRET: Final = "github-app/webhook-secret"  # noqa: S105  # The name of one.
_FACTS: Final = "github/app"
_STATE: Final = "github/app-state"
# How long somebody may take over GitHub's form.
_STATE_LASTS: Final = clock.HOUR
# Nothing that could change anything, and no code.
PERMISSIONS: Final = {"actions": "read", "metadata": "read"}
EVENTS: Final = ("workflow_run", "workflow_job")


class AppKey(NamedTuple):
    """What an App proves with that it is the App."""

    id: int
    pem: str


class AppFacts(Struct):
    """What is known of an App that was made here; `html_url` is its page at GitHub."""

    id: int
    slug: str
    html_url: str
    owner: str
    created_at: int
    has_webhook: bool


class _Owner(Struct):
    login: str


class _Conversion(Struct):
    id: int
    slug: str
    html_url: str
    pem: str
    owner: _Owner
    webhook_secret: str | None = None


class _State(Struct):
    # A fingerprint, as nobody who reads the table should be able to come back with it.
    fingerprint: str
    until: int


_read_facts: Final = msgspec.json.Decoder(AppFacts).decode
_read_state: Final = msgspec.json.Decoder(_State).decode
_read_conversion: Final = msgspec.json.Decoder(_Conversion).decode


def get_app_key(session: Session, settings: Settings) -> AppKey | None:
    """Return the App of the settings, else the one that was made here, or None.

    Raises UnreadableSecret when its key cannot be decrypted.
    """
    pem = settings.read_github_app_key()
    if settings.github_app_id is not None and pem is not None:
        return AppKey(settings.github_app_id, pem.get_secret_value())
    facts = get_app_facts(session)
    stored = None if facts is None else Vault.of(settings).get_secret(session, PRIVATE_KEY)
    return None if facts is None or stored is None else AppKey(facts.id, stored)


def has_app(session: Session, settings: Settings) -> bool:
    """Say whether there is an App; whether its key can be read shows when it is used."""
    return settings.github_app_id is not None or get_app_facts(session) is not None


def get_app_facts(session: Session) -> AppFacts | None:
    """Return what is known of the App that was made here, or None."""
    row = session.get(Setting, _FACTS)
    return None if row is None else _read_facts(row.value)


def get_webhook_secret(session: Session, settings: Settings) -> str | None:
    """Return what the App that was made here signs its deliveries with, or None."""
    return Vault.of(settings).get_secret(session, WEBHOOK_SECRET)


def web_base(api_url: str) -> str:
    """Return where people see the GitHub whose API has this base.

    >>> web_base("https://api.github.com"), web_base("https://ghe.example.org/api/v3")
    ('https://github.com', 'https://ghe.example.org')
    """
    parts = urlsplit(api_url)
    # GitHub itself, and its cloud with a data centre of one's own choice (NAME.ghe.com).
    return f"{parts.scheme}://{parts.netloc.removeprefix('api.')}"


def make_manifest(base_url: str, *, name: str) -> dict[str, object]:
    """Return what GitHub makes the App from; `base_url` is where browsers see this server.

    A server that GitHub cannot reach gets no webhook: it polls as the App.
    """
    manifest: dict[str, object] = {
        "name": name,
        "url": base_url,
        "redirect_url": f"{base_url}/api/v1/github/app/callback",
        "setup_url": f"{base_url}/",
        "public": False,
        "default_permissions": PERMISSIONS,
    }
    if can_be_reached(base_url):
        manifest["hook_attributes"] = {"url": f"{base_url}/webhook/github", "active": True}
        manifest["default_events"] = list(EVENTS)
    return manifest


def can_be_reached(base_url: str) -> bool:
    """Say whether GitHub takes the address for a webhook: it refuses names of this machine."""
    host = (urlsplit(base_url).hostname or "").lower()
    local = host in ("localhost", "::1") or host.startswith("127.") or host.endswith(".localhost")
    return bool(host) and not local


def begin(session: Session, *, at: int) -> str:
    """Return the word with which GitHub sends somebody back; it is good once, for an hour."""
    state = secrets.token_urlsafe(32)
    kept = _State(vault.fingerprint(state), at + _STATE_LASTS)
    _put(session, _STATE, kept, at=at)
    return state


def require_state(session: Session, state: str, *, at: int) -> None:
    """Use up the word that somebody comes back with.

    Raises Forbidden when it is another one, was used before, or is too old.
    """
    lock_for_look_ups(session)
    row = session.get(Setting, _STATE)
    kept = None if row is None else _read_state(row.value)
    if row is None or kept is None or kept.until <= at:
        raise Forbidden("This link was used before or is too old. Begin anew from the settings.")
    if not vault.is_same(vault.fingerprint(state), kept.fingerprint):
        raise Forbidden("This link was not made by this server. Begin anew from the settings.")
    session.delete(row)


def convert(code: str, *, ask: Callable[[str], Received]) -> _Conversion:
    """Fetch the App that GitHub has just made for a code; `ask` sends a POST to a path.

    Raises Later and Refused.
    """
    received = ask(path_of("app-manifests", code, "conversions"))
    about = "an App for this link (it is good once, for an hour)"
    answer = judge(received, about=about, has_token=False, now=clock.now())
    return _read_conversion(answer.body)


def keep(session: Session, made: _Conversion, *, settings: Settings, at: int) -> AppFacts:
    """Store an App: key and secret encrypted; one that was made before is forgotten."""
    safe = Vault.of(settings)
    safe.keep(session, PRIVATE_KEY, made.pem)
    if made.webhook_secret:
        safe.keep(session, WEBHOOK_SECRET, made.webhook_secret)
    else:
        safe.forget(session, WEBHOOK_SECRET)
    facts = AppFacts(
        id=made.id,
        slug=made.slug,
        html_url=made.html_url,
        owner=made.owner.login,
        created_at=at,
        has_webhook=bool(made.webhook_secret),
    )
    _put(session, _FACTS, facts, at=at)
    return facts


def forget(session: Session, settings: Settings) -> bool:
    """Forget the App that was made here; at GitHub it stays. False when there was none."""
    row = session.get(Setting, _FACTS)
    if row is None:
        return False
    session.delete(row)
    safe = Vault.of(settings)
    safe.forget(session, PRIVATE_KEY)
    safe.forget(session, WEBHOOK_SECRET)
    return True


def _put(session: Session, name: str, value: Struct, *, at: int) -> None:
    session.merge(Setting(name=name, value=msgspec.json.encode(value).decode(), updated_at=at))
