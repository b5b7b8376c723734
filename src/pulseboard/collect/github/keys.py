"""Secrets of single repositories and accounts: their webhook's, and the token to ask with."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pulseboard.collect.github import wishes
from pulseboard.collect.github.app import WEBHOOK_SECRET
from pulseboard.collect.github.wishes import Wish
from pulseboard.config import Settings
from pulseboard.model import Repository, Secret
from pulseboard.vault import Vault

_REPOSITORY: Final = "repository"
_ACCOUNT: Final = "account"


class Kind(StrEnum):
    """What a secret is for."""

    WEBHOOK = "webhook-secret"
    TOKEN = "token"  # noqa: S105  # The name of one.


class Stored(NamedTuple):
    """Webhook secrets that are not in the settings: for all, and by name in lower case or owner/*.

    Not by GitHub's id: who knows the secret of one repository could speak of another beside it.
    """

    shared: tuple[bytes, ...] = ()
    own: Mapping[str, bytes] = {}


def keep(session: Session, settings: Settings, wish: Wish, *, kind: Kind, secret: str) -> None:
    """Store a secret of a repository, or of an account as a whole, encrypted."""
    Vault.of(settings).keep(session, _name(wish.owner, wish.repository_id, kind), secret)


def give_up(session: Session, settings: Settings, name: str) -> None:
    """Track a repository or an account no longer, and forget the token to ask for it with.

    Its webhook's secret stays, as what that tells is still taken. Raises NotFound when there is no
    such repository or account.
    """
    wish = wishes.untrack(session, name)
    Vault.of(settings).forget(session, _name(wish.owner, wish.repository_id, Kind.TOKEN))


def _name(owner: str, repository_id: int | None, kind: Kind) -> str:
    if repository_id is None:
        return f"{_ACCOUNT}/{owner.lower()}/{kind}"
    return f"{_REPOSITORY}/{repository_id}/{kind}"


def revision(session: Session) -> tuple[int, int]:
    """Return what changes whenever any stored secret does."""
    row = session.execute(select(func.count(), func.coalesce(func.max(Secret.changed_at), 0))).one()
    return row[0], row[1]


def read_webhook_secrets(session: Session, settings: Settings) -> Stored:
    """Return every webhook secret that is stored.

    Raises UnreadableSecret when one cannot be decrypted.
    """
    safe = Vault.of(settings)
    shared = safe.get_secret(session, WEBHOOK_SECRET)
    own: dict[str, bytes] = {}
    for name in session.scalars(select(Secret.name).where(Secret.name.endswith(Kind.WEBHOOK))):
        place, _, rest = name.partition("/")
        secret = safe.get_secret(session, name)
        if secret is None or place not in (_REPOSITORY, _ACCOUNT):
            continue
        known = _known_as(session, place, rest.rpartition("/")[0])
        if known is not None:
            own[known] = secret.encode()
    return Stored(() if shared is None else (shared.encode(),), own)


def _known_as(session: Session, place: str, name: str) -> str | None:
    if place == _ACCOUNT:
        return f"{name}/*"
    repository = session.get(Repository, int(name))
    return None if repository is None else repository.name_key


def known_by_id(session: Session, provider_id: str) -> str | None:
    """Return the name in lower case of the repository that has an id of GitHub's."""
    found = select(Repository.name_key).where(
        Repository.provider_id == provider_id, ~Repository.demo
    )
    return session.scalar(found)


def has_webhook_secrets(session: Session) -> bool:
    """Say whether any webhook secret is stored, without reading it."""
    found = select(Secret.name).where(Secret.name.endswith(Kind.WEBHOOK))
    return session.scalar(found.limit(1)) is not None


def has_tokens(session: Session) -> bool:
    """Say whether a token of any repository or account is stored."""
    found = select(Secret.name).where(Secret.name.endswith(f"/{Kind.TOKEN}"))
    return session.scalar(found.limit(1)) is not None


def get_token(session: Session, settings: Settings, full_name: str) -> str | None:
    """Return the token to ask for a repository with: its own, else its account's, or None."""
    # Most servers have none, and this is looked up for every request.
    if not has_tokens(session):
        return None
    owner = full_name.partition("/")[0]
    ids = select(Repository.id).where(Repository.name_key == full_name.lower(), ~Repository.demo)
    names = [_name(owner, number, Kind.TOKEN) for number in session.scalars(ids)]
    safe = Vault.of(settings)
    for name in (*names, _name(owner, None, Kind.TOKEN)):
        secret = safe.get_secret(session, name)
        if secret is not None:
            return secret
    return None
