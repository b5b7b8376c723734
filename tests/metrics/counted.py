"""The rollups as rows to compare."""

from sqlalchemy import text

from pulseboard.model import FleetBin, FleetCount, WorkflowBin, WorkflowCount

ROLLUPS = (FleetCount, FleetBin, WorkflowCount, WorkflowBin)


def counted_rows(session):
    """Return every rollup row that counts anything, by table and key."""
    found = {}
    for table in ROLLUPS:
        names = [column.name for column in table.__table__.columns]
        counts = names.index("total" if "total" in names else "n")
        rows = session.execute(text(f"SELECT {', '.join(names)} FROM {table.__tablename__}"))
        keys = [names.index(column.name) for column in table.__table__.primary_key]
        found[table.__tablename__] = {
            tuple(row[key] for key in keys): tuple(row) for row in rows if row[counts]
        }
    return found
