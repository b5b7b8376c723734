"""The databases that benches run on: a file, and a PostgreSQL with its safety switched on."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from tests.postgres import find_programs

from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.migrate import migrate

# As a careful operator would set it for this class of machine; fsync stays on.
_SETTINGS = ("shared_buffers=1GB", "max_wal_size=4GB", "listen_addresses=", "jit=off")


@contextmanager
def postgresql() -> Iterator[str]:
    """Run a PostgreSQL on this disk; yield an address with {name} for the database."""
    programs = find_programs()
    user = "nobody" if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pulseboard-bench-") as folder:
        if user:
            shutil.chown(folder, user)
        data = f"{folder}/data"
        run = {"user": user, "check": True, "cwd": folder, "stdout": subprocess.DEVNULL}
        subprocess.run([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust"], **run)
        settings = " ".join(f"-c {s}" for s in (*_SETTINGS, f"unix_socket_directories={folder}"))
        control = [programs / "pg_ctl", "-D", data, "-l", f"{folder}/log", "-w"]
        subprocess.run([*control, "-o", settings, "start"], **run)
        try:
            yield f"postgresql://postgres@/{{name}}?host={folder}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **run)


def create(address: str, name: str) -> str:
    """Create an empty migrated database of a PostgreSQL and return its URL."""
    engine = make_engine(database_url(address.format(name="postgres")))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return migrated(address.format(name=name))


def sqlite_file(folder: Path, name: str) -> str:
    """Create an empty migrated SQLite file and return its URL."""
    return migrated(f"sqlite:///{folder}/{name}.db")


def migrated(url: str) -> str:
    """Bring a database to the schema and return its URL."""
    engine = make_engine(database_url(url))
    migrate(engine)
    engine.dispose()
    return url
