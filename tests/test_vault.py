"""Secrets at rest: only the right key reads them, and only where they belong."""

import stat
import threading

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import func, select, update

from pulseboard.config import load_settings
from pulseboard.errors import ConfigurationError
from pulseboard.model import Secret
from pulseboard.vault import KEY_FILE, UnreadableSecret, Vault, fingerprint, is_same

PLACE = {"table": "repositories", "column": "token", "row": "7"}
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def vault_of(tmp_path):
    def make(*keys):
        return Vault(keys, key_file=tmp_path / KEY_FILE)

    return make


def test_what_was_encrypted_comes_back(vault_of):
    vault = vault_of(NEW)
    for secret in ("ghp_123", "", "näïve ☃", "a\0b", "x" * 100_000):
        assert vault.decrypt(vault.encrypt(secret, **PLACE), **PLACE) == secret


def test_the_same_secret_never_looks_the_same(vault_of):
    vault = vault_of(NEW)
    first, second = vault.encrypt("s3cret", **PLACE), vault.encrypt("s3cret", **PLACE)
    assert first != second
    assert b"s3cret" not in first


@pytest.mark.parametrize("change", [{"table": "channels"}, {"column": "secret"}, {"row": "70"}])
def test_a_secret_moved_to_another_place_is_refused(vault_of, change):
    vault = vault_of(NEW)
    moved = vault.encrypt("s3cret", **PLACE)
    with pytest.raises(UnreadableSecret, match="changed the database by hand"):
        vault.decrypt(moved, **PLACE | change)


def test_a_place_cannot_be_spelled_so_that_it_is_another_one(vault_of):
    vault = vault_of(NEW)
    moved = vault.encrypt("s3cret", table="t", column="c", row='1", "x')
    assert vault.decrypt(moved, table="t", column="c", row='1", "x') == "s3cret"
    with pytest.raises(UnreadableSecret):
        vault.decrypt(moved, table="t", column='c", "1', row="x")


def test_an_unknown_key_is_told_with_what_to_do(vault_of):
    encrypted = vault_of(OLD).encrypt("s3cret", **PLACE)
    with pytest.raises(UnreadableSecret, match="Add the key it was stored with to PULSEBOARD_SECR"):
        vault_of(NEW).decrypt(encrypted, **PLACE)
    with pytest.raises(UnreadableSecret):
        vault_of().decrypt(encrypted, **PLACE)
    with pytest.raises(UnreadableSecret):
        vault_of(OLD).decrypt(encrypted[:-4] + b"AAAA", **PLACE)


def test_any_text_is_a_key(vault_of):
    encrypted = vault_of("correct horse").encrypt("s3cret", **PLACE)
    assert vault_of("new one", "correct horse").decrypt(encrypted, **PLACE) == "s3cret"
    with pytest.raises(UnreadableSecret):
        vault_of("correct horses").decrypt(encrypted, **PLACE)


def test_without_a_key_a_file_is_made_that_only_its_owner_reads(vault_of, tmp_path):
    encrypted = vault_of().encrypt("s3cret", **PLACE)
    assert [path.name for path in tmp_path.iterdir()] == [KEY_FILE]
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert vault_of().decrypt(encrypted, **PLACE) == "s3cret"


def test_no_file_is_made_where_there_is_a_key_or_nothing_to_keep(vault_of, tmp_path, database):
    vault_of(NEW).encrypt("s3cret", **PLACE)
    with database.writing() as session:
        assert vault_of().get_secret(session, "any") is None
        assert vault_of().renew(session) == 0
    assert not (tmp_path / KEY_FILE).exists()


def test_keys_set_later_read_what_the_file_encrypted(vault_of):
    encrypted = vault_of().encrypt("s3cret", **PLACE)
    assert vault_of(NEW).decrypt(encrypted, **PLACE) == "s3cret"


def test_vaults_that_make_the_file_together_agree(vault_of):
    encrypted, gate = [], threading.Barrier(4)

    def encrypt():
        vault = vault_of()
        gate.wait()
        encrypted.append(vault.encrypt("s3cret", **PLACE))

    threads = [threading.Thread(target=encrypt) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [vault_of().decrypt(one, **PLACE) for one in encrypted] == ["s3cret"] * 4


def test_a_key_file_that_holds_no_key_is_told(vault_of, tmp_path):
    (tmp_path / KEY_FILE).write_text("half a ke")
    with pytest.raises(ConfigurationError, match="does not hold a key"):
        vault_of().encrypt("s3cret", **PLACE)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be"):
        Vault((), key_file=tmp_path / "file" / KEY_FILE).encrypt("s3cret", **PLACE)


def test_settings_name_the_keys_and_the_folder(tmp_path):
    encrypted = Vault([OLD], key_file=tmp_path / "none").encrypt("s3cret", **PLACE)
    settings = load_settings(data=tmp_path, secret_keys=f"{NEW},{OLD}")
    assert Vault.of(settings).decrypt(encrypted, **PLACE) == "s3cret"
    Vault.of(load_settings(data=tmp_path)).encrypt("x", **PLACE)
    assert (tmp_path / KEY_FILE).exists()


def test_a_secret_is_kept_replaced_and_forgotten(database, vault_of):
    vault = vault_of(NEW)
    with database.writing() as session:
        vault.keep(session, "github-app/key", "one")
    with database.writing() as session:
        vault.keep(session, "github-app/key", "two")
    with database.reading() as session:
        assert vault.get_secret(session, "github-app/key") == "two"
        assert vault.get_secret(session, "github-app") is None
        assert b"two" not in session.scalars(select(Secret.value)).one()
    with database.writing() as session:
        vault.forget(session, "github-app/key")
        assert vault.get_secret(session, "github-app/key") is None


def test_one_secret_does_not_pass_for_another(database, vault_of):
    vault = vault_of(NEW)
    with database.writing() as session:
        vault.keep(session, "harmless", "x")
        vault.keep(session, "webhook", "y")
    with database.writing() as session:
        stolen = select(Secret.value).where(Secret.name == "harmless").scalar_subquery()
        session.execute(update(Secret).where(Secret.name == "webhook").values(value=stolen))
    with database.reading() as session, pytest.raises(UnreadableSecret):
        vault.get_secret(session, "webhook")


def test_renewing_lets_the_old_key_go(database, vault_of):
    with database.writing() as session:
        vault_of(OLD).keep(session, "a", "1")
        vault_of(OLD).keep(session, "b", "2")
        vault_of(NEW).keep(session, "c", "3")
    with database.writing() as session:
        assert vault_of(NEW, OLD).renew(session) == 2
    with database.writing() as session:
        assert vault_of(NEW, OLD).renew(session) == 0
        assert [vault_of(NEW).get_secret(session, name) for name in "abc"] == ["1", "2", "3"]


def test_renewing_with_a_key_missing_changes_nothing(database, vault_of):
    with database.writing() as session:
        vault_of(OLD).keep(session, "a", "1")
        vault_of("gone").keep(session, "b", "2")
    with pytest.raises(UnreadableSecret, match="'b'"), database.writing() as session:
        vault_of(NEW, OLD).renew(session)
    with database.reading() as session:
        assert vault_of(OLD).get_secret(session, "a") == "1"
        assert session.scalar(select(func.count(Secret.name))) == 2


def test_comparing_and_fingerprinting():
    assert is_same("ä1", "ä1")
    assert not is_same("a", "b")
    assert not is_same("a", "aa")
    assert fingerprint("a") == fingerprint("a") != fingerprint("b")
    assert len(fingerprint("a")) == 64
