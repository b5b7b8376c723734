"""`pulseboard search` finds lines in kept logs."""

from typer.testing import CliRunner

from pulseboard.cli import app
from pulseboard.config import load_settings
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.migrate import migrate
from pulseboard.db.session import Database
from pulseboard.logs.keeping import Keeper
from pulseboard.model import Job, Repository, Run, Workflow

NOON = 1_790_000_000_000_000


def fill(folder):
    settings = load_settings(data=folder)
    engine = make_engine(database_url(settings.database_url_or_default))
    migrate(engine)
    database = Database(engine)
    with database.writing() as session:
        session.add(Repository(id=1, full_name="acme/api", name_key="acme/api", provider="generic", last_event_at=NOON,
                               demo=False, created_at=NOON))  # fmt: skip
        session.add(Workflow(id=1, repository_id=1, name="CI"))
        session.add(Run(id=1, attempt=1, repository_id=1, workflow_id=1, provider_run_id="51",
                        latest=True, demo=False, on_default=True, source="push",
                        status="completed", conclusion="failure", clock=b"", created_at=NOON,
                        updated_at=NOON, rev=1))  # fmt: skip
        session.add(Job(id=1, repository_id=1, run_id=1, attempt=1, name="test", clock=b"",
                        provider_job_id="9", status="completed", conclusion="failure",
                        completed_at=NOON, rev=1))  # fmt: skip
    Keeper.from_settings(database, settings).keep(b"fine\nValueError: nine\n", job_id=1)
    database.close()


def search(folder, *words):
    return CliRunner().invoke(app, ["search", *words, "--data", str(folder)])


def test_search_prints_where_a_line_is_and_ends_with_1_without_one(tmp_path):
    fill(tmp_path)

    found = search(tmp_path, "valueerror")
    assert found.exit_code == 0, found.output
    assert "acme/api CI / test run 1 line 2: ValueError: nine" in found.stdout
    assert "1 line, searched 1 of 1 logs" in found.stderr
    assert search(tmp_path, "valueerror", "--case").exit_code == 1
    assert search(tmp_path, "Value.*nine$", "--regex", "--status", "failure").exit_code == 0
    assert search(tmp_path, "nine", "--repo", "acme/web").exit_code == 1
    assert search(tmp_path, "nine", "--step", "no such").exit_code == 1
    wrong = search(tmp_path, "(", "--regex")
    assert wrong.exit_code == 2
    assert "RE2" in wrong.stderr
    assert "'broken' is none of success, failure" in search(
        tmp_path, "nine", "--status", "broken"
    ).stderr.replace("\n", " ")


def test_search_that_cannot_be_done_ends_with_2(tmp_path):
    nowhere = search(tmp_path / "nowhere", "nine")
    assert nowhere.exit_code == 2
    assert "There is no database" in nowhere.stderr

    (tmp_path / "pulseboard.db").write_bytes(b"no database at all\n" * 100)
    unreadable = search(tmp_path, "nine")
    assert unreadable.exit_code == 2
    assert "The database cannot be used: file is not a database" in unreadable.stderr
    for words in (["alerts", "list"], ["retention", "preview"]):
        refused = CliRunner().invoke(app, [*words, "--data", str(tmp_path)])
        assert (refused.exit_code, refused.stderr) == (1, unreadable.stderr)
    (tmp_path / "pulseboard.db").unlink()

    fill(tmp_path)
    far = search(tmp_path, "nine", "--days", "999999999999")
    assert (far.exit_code, far.stderr.count("\n")) == (2, 1)
    assert far.stderr.startswith("pulseboard: A number is greater")
    for path in (tmp_path / "logs").rglob("*.zst"):
        path.unlink()
    lost = search(tmp_path, "nine")
    assert lost.exit_code == 2
    assert "0 lines, searched 0 of 1 logs; 1 could not be read" in lost.stderr
