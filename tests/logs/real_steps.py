"""The steps of the jobs of a real run, as the files of its log archive tell of them."""

import re
import zipfile
from datetime import datetime
from typing import NamedTuple

from tests.realdata import real_folder


class RealStep(NamedTuple):
    """A step that wrote something: when its first line was written, and how many there are."""

    number: int
    name: str
    began: datetime
    lines: int


class RealJob(NamedTuple):
    """A job with its log, its steps, and the first line of each of them by its number."""

    name: str
    log: bytes
    steps: list[RealStep]
    first_lines: dict[int, int]


def read_real_jobs() -> list[RealJob]:
    """Return the jobs of a run of PyTables; skips the test where there is no real data.

    The archive keeps each step in a file of its own as well, without the lines of the log in which
    a runner is waited for.
    """
    path = real_folder("03-logs", "ghalogs-pytables-run200", "log-repacked.zip")
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        folders = sorted({name.split("/")[0] for name in names if "/" in name})
        jobs = [_read_job(archive, folder) for folder in folders]
    return [job for job in jobs if job is not None]


def _read_job(archive: zipfile.ZipFile, name: str) -> RealJob | None:
    steps = []
    for path in archive.namelist():
        found = re.fullmatch(re.escape(name) + r"/(\d+)_(.*)\.txt", path)
        if found is not None:
            rows = archive.read(path).decode("utf-8-sig").splitlines()
            began = datetime.fromisoformat(rows[0][:19] + "Z")
            steps.append(RealStep(int(found[1]), found[2], began, len(rows)))
    steps.sort()
    logs = [archive.read(path) for path in archive.namelist()
            if re.fullmatch(r"\d+_" + re.escape(name) + r"( \(\d+\))?\.txt", path)]  # fmt: skip
    log = max(logs, key=len, default=b"")
    waiting = log.count(b"\n") - sum(step.lines for step in steps)
    if not steps or not 0 <= waiting <= 20:
        return None
    first_lines, here = {}, waiting + 1
    for step in steps:
        first_lines[step.number] = here
        here += step.lines
    return RealJob(name, log, steps, first_lines)
