"""Throwing the counts away and making them again from the runs."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from pulseboard.metrics import tables
from pulseboard.metrics.counts import (
    COUNT_COLUMNS,
    COUNTED_SQL,
    COUNTS_SQL,
    FAILED_SQL,
    LANE_SQL,
    SUMS_SQL,
    TIMED_SQL,
    start_sql,
)
from pulseboard.metrics.stats import bin_sql
from pulseboard.metrics.tiers import (
    FAILURE_TIERS,
    FLEET_BIN_TIERS,
    FLEET_TIERS,
    WIDTHS,
    WORKFLOW_BIN_TIERS,
    WORKFLOW_TIERS,
    Tier,
)

_TABLES: Final = (
    "rollup_fleet",
    "rollup_fleet_bins",
    "rollup_workflows",
    "rollup_workflow_bins",
    "rollup_failures",
)
_ROWS_A_WRITE: Final = 50_000


def recount(session: Session, *, since: int | None = None) -> None:
    """Make every count again from the runs; the writer lock must be held.

    `since` is the instant before which runs have been deleted: from the next edge of the widest
    tier on counts are made again, and what lies before it, which nothing could bring back, stays.
    """
    floor, where = "", ""
    if since is not None:
        width = max(WIDTHS.values())
        edge = -(-since // width) * width
        floor, where = f" WHERE start >= {edge}", f" AND created_at >= {edge}"
    for table in _TABLES:
        session.execute(text(f"DELETE FROM {table}{floor}"))
    _recount_rows(session, "rollup_fleet", FLEET_TIERS, ("lane",), where)
    _recount_rows(session, "rollup_workflows", WORKFLOW_TIERS, ("workflow_id", "lane"), where)
    _recount_workflow_bins(session, where)
    finest = start_sql("created_at", WIDTHS[FLEET_BIN_TIERS[-1]])
    _fill(session, tables.fleet_bins(), f"{finest}, {LANE_SQL}, {bin_sql('duration')}",
          TIMED_SQL + where)  # fmt: skip
    finest = start_sql("created_at", WIDTHS[FAILURE_TIERS[-1]])
    _fill(session, tables.failures(), f"{finest}, {LANE_SQL}, workflow_id", FAILED_SQL + where)


def _recount_rows(
    session: Session, table: str, tiers: Sequence[Tier], keys: Sequence[str], where: str
) -> None:
    """Count the runs by the finest tier, and each wider tier by the one below it."""
    columns = ", ".join(("tier", "start", *keys, *COUNT_COLUMNS))
    groups = ", ".join(str(2 + i) for i in range(1 + len(keys)))
    finest, *wider = reversed(tiers)
    chosen = ", ".join(LANE_SQL if key == "lane" else key for key in keys)
    session.execute(
        text(
            f"INSERT INTO {table} ({columns}) SELECT {int(finest)},"
            f" {start_sql('created_at', WIDTHS[finest])}, {chosen}, {COUNTS_SQL} FROM runs"
            f" WHERE {COUNTED_SQL}{where} GROUP BY {groups}"
        )
    )
    below = finest
    for tier in wider:
        session.execute(
            text(
                f"INSERT INTO {table} ({columns}) SELECT {int(tier)},"
                f" {start_sql('start', WIDTHS[tier])}, {', '.join(keys)}, {SUMS_SQL} FROM {table}"
                f" WHERE tier = {int(below)}{where.replace('created_at', 'start')}"
                f" GROUP BY {groups}"
            )
        )
        below = tier


def _recount_workflow_bins(session: Session, where: str) -> None:
    for tier in WORKFLOW_BIN_TIERS:
        session.execute(
            text(
                "INSERT INTO rollup_workflow_bins (tier, workflow_id, lane, start, bin, n)"
                f" SELECT {int(tier)}, workflow_id, {LANE_SQL},"
                f" {start_sql('created_at', WIDTHS[tier])}, {bin_sql('duration')}, count(*)"
                f" FROM runs WHERE {TIMED_SQL}{where} GROUP BY 2, 3, 4, 5"
            )
        )


def _fill(session: Session, tallies: tables.Tallies, columns: str, where: str) -> None:
    """Count runs by (start of the finest bucket, lane, counter) and put the sums into tallies."""
    counted = session.execute(
        text(f"SELECT {columns}, count(*) FROM runs WHERE {where} GROUP BY 1, 2, 3 ORDER BY 1"),
        # Millions of rows in a large database: they are not to be held all at once.
        execution_options={"stream_results": True},
    )
    for rows in counted.partitions(_ROWS_A_WRITE):
        for start, lane, counter, n in rows:
            tallies.add(start, lane, counter, n)
        tallies.write(session)
