"""No secret of a log is kept or found, whichever way the log comes in."""

import pytest
from sqlalchemy import func, select

from pulseboard.logs import grams, index
from pulseboard.logs.frames import FRAME
from pulseboard.model import Log, LogUnit
from tests.api.v1.test_logs import failed_job
from tests.logs.test_redaction import SECRETS

STAMP = "2026-01-01T00:00:00.0000000Z "
BEGIN, END = (f"-----{word} RSA PRIVATE KEY-----" for word in ("BEGIN", "END"))
KEY = "MIIEowIBAAKCAQEAtHVwWm0aFhQd7RkM3Jp9s2YxQvBnLzEc8"
# What stands in a log, what of it is secret, and what is left of the line.
WRITTEN = {
    **{
        f"{kind} {number}": (f"token={secret.decode()};", secret.decode(), "token=***;")
        for kind, some in SECRETS.items()
        for number, secret in enumerate(some, 1)
    },
    "address": ("remote: https://kim:hunter2hunter2@example.org/x.git",
                "kim:hunter2hunter2", "remote: https://***@example.org/x.git"),
    "aws pair": ("AWS_SECRET_ACCESS_KEY: wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab",
                 "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab", "AWS_SECRET_ACCESS_KEY: ***"),
    "key": (f"{BEGIN}\n{STAMP}{KEY}\n{STAMP}{END}", KEY, f"{BEGIN}\n{STAMP}***\n{STAMP}{END}"),
}  # fmt: skip


def put(shop, log):
    _, job = failed_job(shop, log="first")
    answer = shop.request("PUT", f"/api/v1/jobs/{job['id']}/log", content=log.encode())
    assert answer.status_code in (200, 201), answer.text
    return job


def push(shop, log):
    return failed_job(shop, log=log)[1]


def log_with(line):
    """A log with a line that is read in two parts; what is looked for lies where they meet."""
    rest = FRAME - len(STAMP) - len(line) // 2
    return f"{STAMP}{'x' * rest} {line}\n{STAMP}{'end ' * 1000}\n"


@pytest.mark.parametrize("door", [put, push])
def test_secret_is_neither_kept_nor_found(shop, database, tmp_path, door):
    for line, secret, left in WRITTEN.values():
        job = door(shop, log_with(line))

        text = shop.get(f"/api/v1/jobs/{job['id']}/logs").text
        assert text == log_with(line).replace(line, left)
        found = shop.read("/api/v1/logs/search", q=f'"{secret}"')
        assert (found["count"], found["complete"]) == (0, True)
        with database.reading() as session:
            frames = select(func.sum(LogUnit.frames)).where(LogUnit.job_id == job["id"])
            assert session.scalar(frames) == 2
            assert index.find_candidates(session, rows=grams.rows_of(secret.encode())) == []
            assert secret not in "".join(session.scalars(select(Log.outline)))
        files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert not [data for data in files if secret.encode() in data]


def test_secret_in_the_line_that_failed_is_masked_there_too(shop):
    details, job = failed_job(shop, log="fatal: could not read https://kim:hunter2@example.org/x\n")

    assert job["first_error"]["text"] == "fatal: could not read https://***@example.org/x"
    assert "hunter2" not in str(details)
