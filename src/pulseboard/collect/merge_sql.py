"""The merge rule as one INSERT … ON CONFLICT statement, the same text on SQLite and PostgreSQL."""

from collections.abc import Mapping
from typing import Final

from pulseboard.collect.merge import JOB_JOINS, RUN_JOINS, STEP_JOINS, Join
from pulseboard.db.bulk import Upsert
from pulseboard.model import Job, Run, Step


def _set_clause(table: str, column: str, rule: Join) -> str:
    mine, theirs = f"{table}.{column}", f"excluded.{column}"
    match rule:
        case Join.CLOCK:
            return f"CASE WHEN excluded.clock > {table}.clock THEN {theirs} ELSE {mine} END"
        case Join.MAX:
            return f"CASE WHEN {mine} IS NULL OR {theirs} > {mine} THEN {theirs} ELSE {mine} END"
        case Join.MIN:
            return f"CASE WHEN {mine} IS NULL OR {theirs} < {mine} THEN {theirs} ELSE {mine} END"
        case Join.ALL:
            return f"{mine} AND {theirs}"
        case Join.LAST:
            return theirs


def _merge_into(
    table: type[Run | Job | Step], *, key: tuple[str, ...], rules: Mapping[str, Join]
) -> Upsert:
    name = table.__tablename__
    updates = {column: _set_clause(name, column, rule) for column, rule in rules.items()}
    return Upsert(table, conflict=key, updates=updates)


MERGE_RUNS: Final = _merge_into(
    Run, key=("repository_id", "provider_run_id", "attempt"), rules=RUN_JOINS
)
MERGE_JOBS: Final = _merge_into(Job, key=("repository_id", "provider_job_id"), rules=JOB_JOINS)
MERGE_STEPS: Final = _merge_into(Step, key=("job_id", "number"), rules=STEP_JOINS)
