"""How much background work waits, runs and has failed, read from the engine's tables."""

from typing import Final, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.jobs.background import has_tables
from pulseboard.jobs.letters import count_dead_letters

_COUNTS: Final = (
    "SELECT status, count(*), min(created_at) FROM {schema}workflow_status"
    " WHERE status IN ('ENQUEUED', 'DELAYED', 'PENDING', 'ERROR', 'MAX_RECOVERY_ATTEMPTS_EXCEEDED')"
    " GROUP BY status"
)


class Backlog(NamedTuple):
    """Jobs that wait, that wait for a later time, that run, and that failed for good.

    `lag` is how long the job that waits longest has been waiting, in µs; 0 when none waits.
    """

    waiting: int
    delayed: int
    running: int
    failed: int
    lag: int


NO_BACKLOG: Final = Backlog(0, 0, 0, 0, 0)


def read_backlog(session: Session) -> Backlog:
    """Return how much there is to do; reads only."""
    failed = count_dead_letters(session)
    if not has_tables(session):
        return NO_BACKLOG._replace(failed=failed)
    schema = "dbos." if session.get_bind().dialect.name == "postgresql" else ""
    rows = session.execute(text(_COUNTS.format(schema=schema))).all()
    number = {row[0]: int(row[1]) for row in rows}
    # The engine counts in milliseconds.
    oldest = next((int(row[2]) * 1000 for row in rows if row[0] == "ENQUEUED"), None)
    return Backlog(
        waiting=number.get("ENQUEUED", 0),
        delayed=number.get("DELAYED", 0),
        running=number.get("PENDING", 0),
        # What the engine gave up by itself becomes a dead letter within minutes (Engine.tidy).
        failed=failed + number.get("ERROR", 0) + number.get("MAX_RECOVERY_ATTEMPTS_EXCEEDED", 0),
        lag=0 if oldest is None else max(0, clock.now() - oldest),
    )
