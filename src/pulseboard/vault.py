"""Secrets at rest: encrypting them, reading them back, comparing and fingerprinting them."""

import base64
import binascii
import hashlib
import hmac
import json
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Final, Self

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.config import Settings
from pulseboard.errors import ConfigurationError
from pulseboard.model import Secret

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

KEY_FILE: Final = "secret.key"
_FERNET_BYTES: Final = 32
# Guessing a key that people thought up must cost something at each try: 16 MB and some 50 ms.
_SCRYPT: Final = {"n": 2**14, "r": 8, "p": 1, "dklen": _FERNET_BYTES}
_SALT: Final = b"pulseboard secret keys"
_TABLE, _COLUMN = Secret.__tablename__, "value"


class UnreadableSecret(ConfigurationError):
    """A stored secret belongs to another key, or does not belong where it lies."""

    title = "Unreadable secret"


class Vault:
    """Encrypts with the newest key and reads with every one.

    Keys are PULSEBOARD_SECRET_KEYS, the newest first, then the one of the key file in the data
    folder; that file is made when a secret is kept and there is no key at all.
    """

    def __init__(self, keys: Sequence[str], *, key_file: Path) -> None:
        self._keys = tuple(keys)
        self._key_file = key_file
        self._fernets: list[Fernet] = []

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return the vault of these settings; nothing is read yet."""
        keys = [key.get_secret_value() for key in settings.secret_keys]
        return cls(keys, key_file=settings.data / KEY_FILE)

    def encrypt(self, secret: str, *, table: str, column: str, row: str) -> bytes:
        """Return the secret encrypted for one place; it can be read back only there."""
        sealed = _context(table, column, row) + secret.encode()
        return self._open(making=True)[0].encrypt(sealed)

    def decrypt(self, encrypted: bytes, *, table: str, column: str, row: str) -> str:
        """Return what was encrypted for that place.

        Raises UnreadableSecret when no key fits or it was moved here from another place.
        """
        found = (_decrypt(fernet, encrypted) for fernet in self._open())
        sealed = next((sealed for sealed in found if sealed is not None), None)
        if sealed is None:
            raise UnreadableSecret(
                f"The secret {row!r} was stored with another key. Add the key it was stored with to"
                f" PULSEBOARD_SECRET_KEYS, or put the file {self._key_file} back; without either,"
                " enter the secret anew."
            )
        context = _context(table, column, row)
        if not sealed.startswith(context):
            raise UnreadableSecret(
                f"What is stored as the secret {row!r} was stored as another one. Somebody has"
                " changed the database by hand: enter the secret anew."
            )
        return sealed[len(context) :].decode()

    def keep(self, session: Session, name: str, secret: str) -> None:
        """Store a secret under a name, in place of the one it had."""
        value = self.encrypt(secret, table=_TABLE, column=_COLUMN, row=name)
        session.merge(Secret(name=name, value=value, changed_at=clock.now()))

    def get_secret(self, session: Session, name: str) -> str | None:
        """Return the secret of that name, or None."""
        value = session.scalar(select(Secret.value).where(Secret.name == name))
        if value is None:
            return None
        return self.decrypt(value, table=_TABLE, column=_COLUMN, row=name)

    def forget(self, session: Session, name: str) -> None:
        """Delete the secret of that name, if there is one."""
        session.execute(delete(Secret).where(Secret.name == name))

    def renew(self, session: Session) -> int:
        """Encrypt with the newest key what an older one encrypted; return how much that was.

        Raises UnreadableSecret when something belongs to a key that is not there.
        """
        renewed = 0
        for row in session.scalars(select(Secret).order_by(Secret.name)).all():
            secret = self.decrypt(row.value, table=_TABLE, column=_COLUMN, row=row.name)
            if _decrypt(self._open()[0], row.value) is None:
                row.value = self.encrypt(secret, table=_TABLE, column=_COLUMN, row=row.name)
                renewed += 1
        return renewed

    def _open(self, *, making: bool = False) -> list["Fernet"]:
        if not self._fernets:
            keys = [_stretch(key) for key in self._keys]
            found = self._read_key_file()
            if found is None and not keys and making:
                found = self._make_key_file()
            self._fernets = [_load().Fernet(key) for key in (*keys, *([found] if found else []))]
        return self._fernets

    def _read_key_file(self) -> bytes | None:
        try:
            key = self._key_file.read_bytes().strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigurationError(
                f"The key file {self._key_file} cannot be read: {error.strerror}."
            ) from None
        if not _is_fernet(key):
            raise ConfigurationError(
                f"The file {self._key_file} does not hold a key. Put back the one that belongs"
                " there; if it is lost, delete the file and enter your secrets anew."
            )
        return key

    def _make_key_file(self) -> bytes:
        key = base64.urlsafe_b64encode(os.urandom(_FERNET_BYTES))
        folder = self._key_file.parent
        try:
            folder.mkdir(parents=True, exist_ok=True)
            # Only its owner may read such a file. It comes to its name whole or not at all, and
            # never over one that another process has just made.
            with tempfile.NamedTemporaryFile(dir=folder, prefix=KEY_FILE) as draft:
                draft.write(key + b"\n")
                draft.flush()
                os.fsync(draft.fileno())
                os.link(draft.name, self._key_file)
        except FileExistsError:
            return self._read_key_file() or key
        except OSError as error:
            raise ConfigurationError(
                f"The key file {self._key_file} cannot be made: {error.strerror}. Give this user"
                " the right to write there, or set PULSEBOARD_SECRET_KEYS."
            ) from None
        return key


def is_same(given: str, expected: str) -> bool:
    """Compare two secrets in a time that says nothing about where they differ."""
    return hmac.compare_digest(given.encode(), expected.encode())


def fingerprint(secret: str) -> str:
    """Return 64 characters that stand for a random secret where it must not be kept itself."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _decrypt(fernet: "Fernet", encrypted: bytes) -> bytes | None:
    try:
        return fernet.decrypt(encrypted)
    except _load().InvalidToken:
        return None


def _load() -> ModuleType:
    # 7 MB of memory that only those need who keep secrets.
    from cryptography import fernet  # noqa: PLC0415

    return fernet


def _context(table: str, column: str, row: str) -> bytes:
    # JSON ends by itself, so that no two places share a beginning.
    return json.dumps([table, column, row]).encode()


def _stretch(key: str) -> bytes:
    raw = key.encode()
    if _is_fernet(raw):
        return raw
    return base64.urlsafe_b64encode(hashlib.scrypt(raw, salt=_SALT, **_SCRYPT))


def _is_fernet(key: bytes) -> bool:
    try:
        return len(base64.b64decode(key, altchars=b"-_", validate=True)) == _FERNET_BYTES
    except (binascii.Error, ValueError):
        return False
