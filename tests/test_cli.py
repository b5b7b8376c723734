"""The commands as a person runs them: real processes, a real server, a folder of their own."""

import gzip
import http.client
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from pulseboard import __version__
from pulseboard.cli import app
from tests.chaos.servers import free_port


def run_object(number, **facts):
    """Return a workflow run as GitHub's REST API gives it."""
    return {
        "id": 1000 + number,
        "name": "CI",
        "workflow_id": 7,
        "path": ".github/workflows/ci.yml",
        "run_number": number,
        "run_attempt": 1,
        "status": "completed",
        "conclusion": "success",
        "head_branch": "main",
        "head_sha": f"{number:040x}",
        "event": "push",
        "created_at": "2026-03-01T12:00:00Z",
        "run_started_at": "2026-03-01T12:00:00Z",
        "updated_at": "2026-03-01T12:05:00Z",
        "repository": {"id": 1, "full_name": "acme/api", "default_branch": "main"},
        **facts,
    }


def as_lines(objects):
    return "".join(json.dumps(each) + "\n" for each in objects)


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


class Commands:
    """`pulseboard` in a folder of its own, with nobody else's settings."""

    def __init__(self, folder, *, silent_port):
        self.folder = folder
        # No test asks the real GitHub, and none minds what else runs on this machine.
        self._apart = {"GITHUB_API_URL": f"http://127.0.0.1:{silent_port}", "PULSEBOARD_PORT": "0"}
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), **self._apart}

    def run(self, *arguments, **settings):
        """Run a command to its end in this process; it must never show a traceback."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.folder)
            for name, value in (self._apart | settings).items():
                patch.setenv(name, value)
            before = signal.getsignal(signal.SIGTERM)
            done = CliRunner().invoke(app, [*map(str, arguments)])
            # A server that refused to start has left its own behind.
            signal.signal(signal.SIGTERM, before)
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return Done(done.exit_code, done.stdout, done.stderr)

    def run_apart(self, *arguments, stdin=None, **settings):
        """Run a command to its end in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "pulseboard", *map(str, arguments)],
            check=False,
            cwd=self.folder,
            env=self.environment | settings,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert "Traceback" not in done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return path

    def stored_runs(self, where="1 = 1", *, data="data"):
        with closing(sqlite3.connect(self.folder / data / "pulseboard.db")) as connection:
            return connection.execute(f"SELECT count(*) FROM runs WHERE {where}").fetchone()[0]


class Serving:
    """A server that is started, asked and stopped."""

    def __init__(self, commands, *arguments, **settings):
        self.port = free_port()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "pulseboard", "serve", "--port", str(self.port), *arguments],
            cwd=commands.folder,
            env=commands.environment | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __enter__(self):
        # What it prints before its address is about the demo.
        for line in self.process.stdout:
            if "Pulseboard runs at" in line:
                self.greeting = line.strip()
                return self
        raise AssertionError(f"serve ended with {self.process.wait()}")

    def __exit__(self, *exc):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def request(self, path, *, method="GET", body=None, headers=None):
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())

    def stop(self):
        """Ask it to end; return (exit code, seconds it took)."""
        began = time.monotonic()
        self.process.terminate()
        return self.process.wait(timeout=30), time.monotonic() - began


@pytest.fixture
def commands(tmp_path, silent_port):
    return Commands(tmp_path, silent_port=silent_port)


def one_line(text):
    assert text.count("\n") == 1, text
    return text


def test_version_is_printed(commands):
    done = commands.run_apart("--version")

    assert (done.returncode, done.stdout) == (0, f"pulseboard {__version__}\n")


def test_openapi_is_json_and_needs_no_folder(commands):
    done = commands.run("openapi")

    described = json.loads(done.stdout)
    assert described["info"]["version"] == __version__
    assert "/api/runs" in described["paths"]
    assert not [path for path in described["paths"] if "internal" in path]
    assert list(commands.folder.iterdir()) == []


def test_serve_says_where_it_is_and_ends_in_time_on_sigterm(commands):
    with Serving(commands) as server:
        assert server.greeting == (
            f"Pulseboard runs at http://localhost:{server.port}. Stop it with Ctrl+C."
        )
        status, health = server.request("/health")
        assert (status, health["ok"]) == (200, True)

        code, seconds = server.stop()

    assert code == 0
    assert seconds < 5


def test_sigint_ends_serve_as_well(commands):
    with Serving(commands) as server:
        server.process.send_signal(signal.SIGINT)

        assert server.process.wait(timeout=10) == 0


def test_a_sender_that_never_finishes_does_not_hold_the_end_up(commands):
    with Serving(commands) as server, socket.socket() as slow:
        slow.connect(("127.0.0.1", server.port))
        slow.sendall(b"POST /api/events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{")
        # Who came later has been answered, so the first has been heard as well.
        assert server.request("/health/live")[0] == 200

        code, seconds = server.stop()

    assert code == 0
    assert seconds < 5


def test_second_server_on_a_folder_is_refused_with_folder_and_process(commands):
    with Serving(commands) as server:
        done = commands.run("serve", "--port", free_port())

        line = one_line(done.stderr)
        assert done.returncode == 1
        assert str(commands.folder / "data") in line
        assert f"process {server.process.pid}" in line
        assert server.request("/health")[0] == 200


def test_folder_is_free_again_after_kill(commands):
    with Serving(commands) as first:
        first.process.kill()
        first.process.wait()
        with Serving(commands) as second:
            assert second.request("/health")[0] == 200


def test_port_in_use_is_one_line(commands):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = commands.run_apart("serve", "--port", port)

    assert done.returncode == 1
    assert one_line(done.stderr).startswith(f"pulseboard: Port {port} on 127.0.0.1 is in use")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])
def test_listening_beyond_this_machine_is_refused(commands, host):
    done = commands.run("serve", "--host", host, "--port", "0")

    assert done.returncode == 2
    assert "--allow-anonymous=viewer" in one_line(done.stderr)


def test_administrators_password_alone_does_not_open_the_server(commands):
    done = commands.run("serve", "--host", "0.0.0.0", PULSEBOARD_ADMIN_PASSWORD="secret word")

    assert done.returncode == 2
    assert "PULSEBOARD_ADMIN_PASSWORD alone is not enough" in one_line(done.stderr)
    assert "secret word" not in done.stderr


def test_anonymous_viewers_may_read_and_commands_still_write(commands):
    file = commands.write("runs.jsonl", as_lines([run_object(1)]))
    with Serving(commands, "--host", "0.0.0.0", "--allow-anonymous=viewer") as server:
        assert commands.run("import", file).returncode == 0

        assert server.request("/api/runs")[1][0]["run_id"] == "1001"
        assert server.request("/api/simulate", method="POST")[0] == 401


@pytest.mark.parametrize(
    ("arguments", "settings", "words"),
    [
        (["serve", "--port", "0"], {"PULSEBOARD_ENV": "moon"}, "PULSEBOARD_ENV"),
        (["serve", "--host", "no.such.host.invalid"], {}, "no.such.host.invalid"),
        (["serve", "--allow-anonymous", "admin"], {}, "viewer"),
        (["serve", "--port", "0", "--data", "file/data"], {}, "file/data"),
        (["migrate"], {"DATABASE_URL": "mysql://root:hunter2@db/x"}, "postgresql://"),
    ],
)
def test_wrong_setting_is_one_line_and_exit_code_2(commands, arguments, settings, words):
    commands.write("file", "")

    done = commands.run(*arguments, **settings)

    assert done.returncode == 2
    assert words in one_line(done.stderr)
    assert "hunter2" not in done.stderr


def test_database_that_is_out_is_one_line(commands, silent_port):
    url = f"postgresql://me:hunter2@127.0.0.1:{silent_port}/ci"
    done = commands.run("serve", "--port", "0", DATABASE_URL=url)

    assert done.returncode == 1
    assert "database" in one_line(done.stderr)
    assert "hunter2" not in done.stderr


def test_migrate_sets_a_database_up_and_may_be_repeated(commands):
    for _ in range(2):
        done = commands.run("migrate", "--data", "elsewhere")
        assert (done.returncode, done.stdout) == (0, "The database is up to date.\n")
    assert commands.stored_runs(data="elsewhere") == 0


def test_a_database_of_a_newer_version_is_named_by_every_command(commands, database):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    named = {"DATABASE_URL": database.engine.url.render_as_string(hide_password=False)}
    for words in ("migrate", "serve", "simulate", "retention preview", "alerts list"):
        done = commands.run(*words.split(), **named)
        assert done.returncode == 1, words
        assert "made by a newer version" in one_line(done.stderr), words
    done = commands.run("doctor", "--offline", **named)
    assert done.returncode == 1
    assert [line[0] for line in done.stdout.splitlines() if "a newer version" in line] == ["✕"]


def test_a_database_of_another_program_is_left_alone(commands):
    (commands.folder / "data").mkdir()
    with closing(sqlite3.connect(commands.folder / "data" / "pulseboard.db")) as connection:
        connection.execute("CREATE TABLE runs (id INTEGER)")
    for words in ("migrate", "serve", "import x.json", "retention preview"):
        done = commands.run(*words.split())
        assert done.returncode == 1, words
        assert "a table 'runs' that Pulseboard has not made" in one_line(done.stderr), words
    assert "✕ Database: " in commands.run("doctor", "--offline").stdout


def test_what_only_reads_asks_for_migrate_first(commands):
    (commands.folder / "data").mkdir()
    sqlite3.connect(commands.folder / "data" / "pulseboard.db").close()
    done = commands.run("retention", "preview")
    assert done.returncode == 1
    assert "run `pulseboard migrate` first" in one_line(done.stderr)


def test_demo_is_loaded_once_and_labelled(commands):
    with Serving(commands, "--demo") as server:
        assert server.request("/api/runs?limit=1")[1][0]["source"] == "simulator"
        server.stop()
    loaded = commands.stored_runs("demo")
    assert loaded == commands.stored_runs() > 1000

    with Serving(commands, "--demo") as again:
        again.stop()

    # Only what plays while it runs is added.
    assert commands.stored_runs() - loaded < 20
    done = commands.run("demo", "remove")
    assert done.stdout.startswith("Removed ")
    assert commands.stored_runs() == 0


def test_demo_is_not_loaded_beside_real_runs(commands):
    commands.run("import", commands.write("runs.jsonl", as_lines([run_object(1)])))

    with Serving(commands, "--demo") as server:
        assert [run["run_id"] for run in server.request("/api/runs")[1]] == ["1001"]
        server.stop()

    assert commands.stored_runs("NOT demo") == 1


def test_demo_has_no_place_in_production(commands):
    for arguments in (["serve", "--demo", "--port", "0"], ["simulate"], ["demo", "load"]):
        done = commands.run(*arguments, PULSEBOARD_ENV="production")
        assert done.returncode == 1
        assert "production" in one_line(done.stderr)


def test_simulate_is_the_same_again_with_the_same_seed(commands):
    done = commands.run("simulate", "--count", "8", "--fail-rate", "0.5", "--pipeline", "web")

    assert (done.returncode, done.stdout) == (0, "Made 8 demo runs.\n")
    assert commands.stored_runs("demo AND conclusion = 'failure'") == 4


def test_import_without_a_server_stores_and_repeats_nothing(commands):
    file = commands.write("runs.jsonl", as_lines(run_object(n) for n in range(2500)))

    first = commands.run("import", file)
    second = commands.run("import", file)

    assert first.returncode == second.returncode == 0
    assert first.stdout == "Stored 2,500, known already 0, ignored 0, not understood 0.\n"
    assert second.stdout == "Stored 0, known already 2,500, ignored 0, not understood 0.\n"
    assert commands.stored_runs() == 2500


def test_import_beside_a_server_goes_through_it(commands):
    file = commands.write("runs.jsonl", as_lines(run_object(n) for n in range(30)))
    with Serving(commands) as server:
        done = commands.run("import", file)

        assert done.stdout.startswith("Stored 30, ")
        assert server.request("/health")[1]["ok"]
        summary = server.request("/api/metrics?from=2026-03-01T00:00:00Z&to=2026-03-02T00:00:00Z")
        assert summary[1]["summary"]["total_runs"] == 30


def test_import_reads_standard_input_and_gzip(commands):
    packed = commands.folder / "runs.json.gz"
    packed.write_bytes(gzip.compress(json.dumps([run_object(n) for n in range(3)]).encode()))

    assert commands.run("import", packed).stdout.startswith("Stored 3, ")
    done = commands.run_apart("import", "-", stdin=as_lines([run_object(9)]))
    assert done.stdout.startswith("Stored 1, ")
    assert commands.stored_runs() == 4


def test_import_names_what_it_could_not_understand_and_stores_the_rest(commands):
    lines = as_lines([run_object(1)]) + '{"what": 1}\n' + as_lines([run_object(2)]) + '{"id": 3'
    file = commands.write("runs.jsonl", lines)

    done = commands.run("import", file)

    assert done.returncode == 1
    assert done.stdout == "Stored 2, known already 0, ignored 0, not understood 2.\n"
    assert f"{file}, line 2: " in done.stderr
    assert f"{file}, line 4: " in done.stderr


def test_import_of_what_is_no_file_says_so_and_goes_on(commands):
    good = commands.write("runs.jsonl", as_lines([run_object(1)]))
    empty = commands.write("empty.json", "")

    done = commands.run("import", "missing.json", commands.folder, empty, good)

    assert done.returncode == 1
    assert done.stdout.startswith("Stored 1, ")
    assert "missing.json: it cannot be read: No such file or directory" in done.stderr
    assert f"{commands.folder}: it cannot be read: Is a directory" in done.stderr
    assert f"{empty}: it is empty" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
@pytest.mark.parametrize("words", ["openapi", "doctor --offline", "retention preview"])
def test_output_that_nothing_takes_is_one_line(commands, words):
    assert commands.run("migrate").returncode == 0
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pulseboard", *words.split()],
            check=False,
            cwd=commands.folder,
            env=commands.environment,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert (done.returncode, one_line(done.stderr)) == (
        1,
        "pulseboard: The disk is full: make room, then try again.\n",
    )


def test_doctor_speaks_on_a_terminal_that_knows_ascii_only(commands):
    done = commands.run_apart("doctor", "--offline", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("\\u2713 Configuration: every setting can be read.\n")


def test_import_of_a_standard_input_that_is_closed_says_so(commands):
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m pulseboard import - <&-"],
        check=False,
        cwd=commands.folder,
        env=commands.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert one_line(done.stderr) == "  standard input: it cannot be read: it is closed\n"


def test_what_was_read_of_a_gzip_file_that_is_cut_off_stays(commands):
    whole = gzip.compress(
        as_lines(run_object(n, name=os.urandom(99).hex()) for n in range(900)).encode()
    )
    cut = commands.folder / "cut.jsonl.gz"
    cut.write_bytes(whole[: len(whole) // 2])

    done = commands.run("import", cut)

    assert done.returncode == 1
    assert f"{cut}: it is no whole gzip file" in done.stderr
    assert 300 < commands.stored_runs() < 600


def test_internal_routes_want_the_key_of_the_lock_file(commands):
    with Serving(commands) as server:
        lock = json.loads((commands.folder / "data" / "pulseboard.lock").read_text())
        path = "/api/v1/internal/demo/remove"

        def ask(key):
            headers = {"Authorization": f"Bearer {key}"} if key else {}
            return server.request(path, method="POST", headers=headers)[0]

        assert [ask(None), ask("wrong"), ask(lock["key"])] == [401, 401, 200]


def test_server_of_another_version_is_named_as_the_reason(commands):
    with Serving(commands) as server:
        lock = json.loads((commands.folder / "data" / "pulseboard.lock").read_text())
        status, problem = server.request(
            "/api/v1/internal/envelopes",
            method="POST",
            body=b"\x93\x01\x02\x03",
            headers={"Authorization": f"Bearer {lock['key']}"},
        )

    assert (status, problem["title"]) == (400, "Malformed body")


def test_commands_that_write_take_turns(commands):
    source = "from pathlib import Path\nimport time\nfrom pulseboard.db.lock import Lock\n"
    source += "with Lock(Path('data/pulseboard.lock'), command='import'):\n"
    source += "    print('held', flush=True)\n    time.sleep(60)\n"
    holder = subprocess.Popen(
        [sys.executable, "-c", source],
        cwd=commands.folder,
        env=commands.environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    with holder:
        assert holder.stdout.readline() == "held\n"
        done = commands.run("simulate")
        holder.kill()

    assert done.returncode == 1
    assert f"process {holder.pid} (pulseboard import)" in one_line(done.stderr)


def test_doctor_finds_nothing_wrong_with_a_fresh_start(commands):
    done = commands.run("doctor")

    assert done.returncode == 0
    assert "✕" not in done.stdout
    assert "! GitHub token: none is set" in done.stdout
    # It has changed nothing.
    assert list(commands.folder.iterdir()) == []


def test_doctor_sees_the_running_server(commands):
    with Serving(commands) as server:
        done = commands.run("doctor")

    assert done.returncode == 0
    assert f"✓ Server: process {server.process.pid} answers at" in done.stdout
    assert "is up to date and can be written" in done.stdout


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"PULSEBOARD_HOST": "0.0.0.0"}, "✕ Access: Listening on 0.0.0.0"),
        ({"PULSEBOARD_DATA": "/proc/none"}, "✕ Data folder: cannot write to /proc"),
        ({"REFRESH_SECONDS": "soon"}, "✕ Configuration: REFRESH_SECONDS"),
        ({"PULSEBOARD_LOG_REDACT": "("}, "✕ Logs: PULSEBOARD_LOG_REDACT holds '('"),
        ({"DATABASE_URL": "sqlite:////proc/none/x.db"}, "cannot be made in /proc ("),
        ({"GITHUB_APP_ID": "7"}, "✕ GitHub App: "),
        (
            {"DATABASE_URL": "postgresql://me:hunter2@/ci?host=/nowhere"},
            "✕ Database: postgresql://me:***@/ci?host=",
        ),
        (
            {"DATABASE_URL": "postgresql://me@/ci?host=/nowhere&password=hunter2"},
            "✕ Database: postgresql://me@/ci?host=%2Fnowhere cannot be used (",
        ),
    ],
)
def test_doctor_fails_with_what_to_do(commands, settings, line):
    done = commands.run("doctor", **settings)

    assert done.returncode == 1
    assert line in done.stdout
    assert "hunter2" not in done.stdout + done.stderr


def test_doctor_goes_on_where_the_database_is_down(commands, silent_port):
    nowhere = f"postgresql://me@127.0.0.1:{silent_port}/ci"

    done = commands.run("doctor", DATABASE_URL=nowhere)

    assert "✕ Database: " in done.stdout
    assert "Webhook: " in done.stdout
    assert "Clock: " in done.stdout


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"GITHUB_TOKEN": "hello"}, "! GitHub token: 1 of 1 do not look like GitHub's"),
        ({"GITHUB_TOKEN": "ghp_" + "a" * 36}, "✓ GitHub token: looks right."),
        ({"GITHUB_TOKEN": "ghp_" + "a" * 36}, "! Polling: GH_REPOS is empty"),
        ({"GITHUB_WEBHOOK_SECRET": "xyzzy"}, "! Webhook: a secret is shorter"),
        ({"SMTP_HOST": "mx.example"}, "! E-mail: SMTP_HOST is set, but there is nobody"),
        ({"GITHUB_WEBHOOK_SECRET": "0123456789abcdef"}, "✓ Webhook: 1 secret(s) set."),
    ],
)
def test_doctor_looks_at_secrets_without_showing_them(commands, settings, line):
    done = commands.run("doctor", **settings)

    assert done.returncode == 0
    assert line in done.stdout
    assert not [value for value in settings.values() if value in done.stdout]


def test_doctor_finds_the_port_taken_by_another_program(commands):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = commands.run("doctor", PULSEBOARD_PORT=str(taken.getsockname()[1]))

    assert done.returncode == 1
    assert "✕ Port: Port" in done.stdout


def test_doctor_knows_a_server_on_its_port_for_ours(commands, database_address):
    named = {"DATABASE_URL": database_address}
    with Serving(commands, **named) as server:
        done = commands.run("doctor", "--offline", PULSEBOARD_PORT=str(server.port), **named)
    assert done.returncode == 0, done.stdout
    (line,) = [line for line in done.stdout.splitlines() if " Server: " in line]
    assert line.startswith("✓ ")
    assert line.endswith(f" answers at http://127.0.0.1:{server.port}.")
    assert "Port" not in done.stdout


def test_doctor_doubts_a_clock_that_is_behind_what_was_received(commands):
    commands.run("migrate")
    with closing(sqlite3.connect(commands.folder / "data" / "pulseboard.db")) as connection:
        later = int((time.time() + 3600) * 1_000_000)
        connection.execute(
            "INSERT INTO deliveries (id, guid, source, event, received_at, result, size)"
            " VALUES (1, 'g', 'webhook', 'ping', ?, 'ignored', 2)",
            (later,),
        )
        connection.commit()

    done = commands.run("doctor")

    assert done.returncode == 1
    assert "✕ Clock: " in done.stdout


def test_retention_is_previewed_and_run_beside_a_server_and_without(commands):
    old = as_lines(run_object(n, created_at="2020-01-01T00:00:00Z") for n in range(5))
    commands.run("import", commands.write("runs.jsonl", old))
    keep = {"PULSEBOARD_RETENTION_RUN_DAYS": "365"}

    shown = commands.run("retention", "preview", **keep).stdout.splitlines()
    assert next(line for line in shown if line.startswith("runs ")).split()[1:5] == [
        "365", "days", "2020-01-01", "5",
    ]  # fmt: skip
    with Serving(commands, **keep) as server:
        forecast = server.request("/api/v1/settings/retention/preview")[1]
        assert {c["kind"]: c["count"] for c in forecast["classes"]}["runs"] == 5
        done = commands.run("retention", "run", **keep)
        assert "runs: 5 deleted" in done.stdout.splitlines()
    assert "runs: 0 deleted" in commands.run("retention", "run", **keep).stdout.splitlines()
    assert commands.stored_runs() == 0


def test_retention_preview_of_an_empty_folder_makes_no_database(commands):
    done = commands.run("retention", "preview")

    assert done.returncode == 1
    assert "There is no database" in one_line(done.stderr)
    assert list(commands.folder.iterdir()) == []


def test_both_databases_take_imports_beside_a_server(commands, database_address):
    file = commands.write("runs.jsonl", as_lines(run_object(n) for n in range(3)))
    named = {"DATABASE_URL": database_address}

    with Serving(commands, **named) as server:
        assert commands.run("import", file, **named).stdout.startswith("Stored 3, ")
        assert len(server.request("/api/runs")[1]) == 3
        assert commands.run("import", file, **named).stdout.startswith("Stored 0, known already 3")


def test_postgresql_is_shared_by_several_servers_and_sqlite_is_not(commands, database_address):
    named = {"DATABASE_URL": database_address}
    with Serving(commands, **named):
        if database_address.startswith("sqlite"):
            # Another data folder does not help: the file itself is locked.
            done = commands.run("serve", "--port", "0", "--data", "other", **named)
            assert done.returncode == 1
            assert "pulseboard.db is in use by process" in one_line(done.stderr)
        else:
            with Serving(commands, **named) as second:
                assert second.request("/health")[0] == 200


def push_to(port, *, path=b"/api/events"):
    """Send a run and do not wait for the answer; return the socket it will come to."""
    body = json.dumps({"id": "1", "workflow": "CI", "status": "success", "repo": "a/b"})
    sender = socket.create_connection(("127.0.0.1", port))
    sender.sendall(
        b"POST "
        + path
        + b" HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
    )
    return sender


def test_a_database_that_stays_locked_does_not_hold_the_end_up(commands):
    with (
        Serving(commands) as server,
        closing(sqlite3.connect(commands.folder / "data" / "pulseboard.db")) as other,
        ExitStack() as senders,
    ):
        other.execute("BEGIN IMMEDIATE")
        pushes = [senders.enter_context(push_to(server.port))]
        # Somebody waits for the next commit, so there is one under way.
        while server.request("/health")[1]["ingest"]["waiting"] == 0:
            pushes.append(senders.enter_context(push_to(server.port)))
        pushes.append(senders.enter_context(push_to(server.port, path=b"/webhook/github")))

        code, seconds = server.stop()

        # What was never committed was never acknowledged either, and everybody is told to send
        # it again; only a webhook that was not read yet when the server ended hears nothing.
        answers = [push.recv(12) for push in pushes]
        assert set(answers[:-1]) == {b"HTTP/1.1 503"}
        assert answers[-1] in (b"HTTP/1.1 503", b"")
    assert code == 1
    assert seconds < 5


def test_pushing_a_run_that_retention_has_deleted_is_a_conflict(commands):
    old = run_object(1, created_at="2020-01-01T00:00:00Z")
    commands.run("import", commands.write("runs.jsonl", as_lines([old])))
    commands.run("retention", "run", PULSEBOARD_RETENTION_RUN_DAYS="365")
    pushed = {"id": "x", "workflow": "CI", "status": "success", "repo": "acme/api"}

    with Serving(commands) as server:
        body = json.dumps(pushed | {"finished_at": "2019-12-31T00:00:00Z"})
        status, problem = server.request("/api/events", method="POST", body=body)

    assert status == 409
    assert "deleted by retention" in problem["detail"]
