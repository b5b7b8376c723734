"""db/migrate.py: an empty database becomes the model, once, whoever starts at the same time."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.migrate import current_revision, is_current, migrate, newest_revision
from pulseboard.model import Base


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """The URL of a database with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    address = request.getfixturevalue("postgres_server")
    _administer(address, "CREATE DATABASE nothing_yet TEMPLATE template0")
    yield address.format(name="nothing_yet")
    _administer(address, "DROP DATABASE nothing_yet WITH (FORCE)")


def _administer(address, statement):
    engine = make_engine(database_url(address.format(name="postgres")))
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def engine(empty_url):
    made = make_engine(database_url(empty_url))
    yield made
    made.dispose()


def test_an_empty_database_comes_to_the_newest_revision(engine):
    assert current_revision(engine) is None
    assert not is_current(engine)
    migrate(engine)
    assert current_revision(engine) == newest_revision()
    assert is_current(engine)


def test_migrating_again_changes_nothing(engine):
    migrate(engine)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO counters (name, value) VALUES ('n', 1)"))
    migrate(engine)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT value FROM counters")).scalar_one() == 1


def test_processes_that_migrate_together_take_turns(empty_url):
    engines = [make_engine(database_url(empty_url)) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as pool:
        list(pool.map(migrate, engines))
    assert {current_revision(engine) for engine in engines} == {newest_revision()}
    for engine in engines:
        engine.dispose()


def test_a_migration_that_fails_leaves_the_database_as_it_was(engine):
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE runs (odd INTEGER)"))
    with pytest.raises(Exception, match="runs"):
        migrate(engine)
    assert inspect(engine).get_table_names() == ["runs"]


def test_the_migrated_schema_is_the_model(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)
    if database.engine.dialect.name == "sqlite":
        # SQLite does not tell which columns of an index descend; the next test compares them.
        found = [change for change in found if not str(change[0]).endswith("_index")]
    assert found == []


def test_generated_columns_and_indexes_are_those_of_the_model(database, tmp_path):
    # Alembic compares neither the expression of a generated column nor the condition of an index,
    # so a database made from the model itself is laid beside the migrated one.
    if database.engine.dialect.name == "sqlite":
        made = make_engine(database_url(f"sqlite:///{tmp_path / 'model.db'}"))
        Base.metadata.create_all(made)
        expected = _definitions(made)
        made.dispose()
        assert _definitions(database.engine) == expected
        return
    migrated = _definitions(database.engine)
    with database.engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
        Base.metadata.create_all(connection)
    assert migrated == _definitions(database.engine)


def _definitions(engine):
    """What generates each column, and the text of each index."""
    inspector = inspect(engine)
    found = {
        (table, column["name"]): " ".join(column["computed"]["sqltext"].split())
        for table in Base.metadata.tables
        for column in inspector.get_columns(table)
        if "computed" in column
    }
    query = (
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        if engine.dialect.name == "sqlite"
        else "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " AND tablename <> 'alembic_version'"
    )
    with engine.connect() as connection:
        rows = connection.execute(text(query)).all()
    assert len(found) >= 7
    return found | {row[0]: " ".join(row[1].split()) for row in rows}


def test_migrations_run_from_any_folder(tmp_path):
    code = (
        "from pulseboard.db.engine import database_url, make_engine\n"
        "from pulseboard.db.migrate import migrate\n"
        "migrate(make_engine(database_url('sqlite:///here.db')))\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=tmp_path, check=True)
    assert (tmp_path / "here.db").exists()
