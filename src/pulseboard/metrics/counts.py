"""Which runs count, for what, and the columns and SQL that say so."""

from typing import Final

from pulseboard.vocabulary import Outcome

OUTCOME_COLUMNS: Final = ("success", "failure", "cancelled", "skipped", "other", "open")
COUNT_COLUMNS: Final = ("total", *OUTCOME_COLUMNS, "timed", "duration_sum")
# Outcomes whose durations enter averages and percentiles.
TIMED_OUTCOMES: Final = frozenset({Outcome.SUCCESS, Outcome.FAILURE})

# Written as the partial indexes are: SQLite uses one only for the very words of its condition.
COUNTED_SQL: Final = "latest AND outcome <> 'deleted'"
FAILED_SQL: Final = "latest AND outcome = 'failure'"
TIMED_SQL: Final = "latest AND outcome IN ('success', 'failure') AND duration IS NOT NULL"
# PostgreSQL refuses to add booleans. As an expression it also keeps SQLite from choosing an index
# that begins with demo over the one that knows the time.
LANE_SQL: Final = "(CASE WHEN demo THEN 2 ELSE 0 END + CASE WHEN on_default THEN 1 ELSE 0 END)"

_IS_TIMED: Final = "outcome IN ('success', 'failure')"


def _counted() -> dict[str, str]:
    """Return the SQL of each of COUNT_COLUMNS over rows of runs."""
    found = {"total": "count(*)"}
    for outcome in OUTCOME_COLUMNS:
        found[outcome] = f"count(CASE WHEN outcome = '{outcome}' THEN 1 END)"
    found["timed"] = f"count(CASE WHEN {_IS_TIMED} THEN duration END)"
    duration = f"CASE WHEN {_IS_TIMED} THEN duration END"
    found["duration_sum"] = f"CAST(coalesce(sum({duration}), 0) AS bigint)"
    return found


# Over rows of runs, and over groups of a rollup: PostgreSQL's sums of whole numbers are no such.
COUNTS_SQL: Final = ", ".join(f"{sql} AS {column}" for column, sql in _counted().items())
SUMS_SQL: Final = ", ".join(
    f"CAST(sum({column}) AS bigint) AS {column}" for column in COUNT_COLUMNS
)


def start_sql(column: str, width: int) -> str:
    """Return SQL of the start of the bucket of that width that holds an instant."""
    # The remainder of a negative number is negative in SQL.
    return f"{column} - ({column} % {width} + {width}) % {width}"
