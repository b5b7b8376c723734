"""The rollups as rows to compare."""

from sqlalchemy import text

from pulseboard.metrics.tally import EMPTY
from pulseboard.model import FailureCount, FleetBin, FleetCount, WorkflowBin, WorkflowCount

ROLLUPS = (FleetCount, FleetBin, FailureCount, WorkflowCount, WorkflowBin)


def counted_rows(session):
    """Return every rollup row that counts anything, by table and key."""
    found = {}
    for table in ROLLUPS:
        names = [column.name for column in table.__table__.columns]
        keys = [names.index(column.name) for column in table.__table__.primary_key]
        rows = session.execute(text(f"SELECT {', '.join(names)} FROM {table.__tablename__}"))
        found[table.__tablename__] = {
            tuple(row[key] for key in keys): tuple(row)
            for row in rows
            if any(value not in (0, EMPTY) for at, value in enumerate(row) if at not in keys)
        }
    return found
