"""The values that filters offer, from what is stored."""

from typing import Any, Final

from msgspec import Struct
from sqlalchemy import text
from sqlalchemy.orm import Session

from pulseboard.vocabulary import Status, fold_status

# A list of more is no help to anybody; the API's filters take any name all the same.
MAX_VALUES: Final = 1000


class Facets(Struct, frozen=True):
    """Sorted values of each filter."""

    repos: list[str]
    workflows: list[str]
    branches: list[str]
    statuses: list[str]
    actors: list[str]


def list_facets(session: Session, *, demo: bool) -> Facets:
    """Return what there is to filter by, at most 1,000 values each."""
    return Facets(
        repos=_names(session, "SELECT full_name FROM repositories WHERE demo = :demo", demo),
        workflows=_names(
            session,
            "SELECT DISTINCT w.name FROM workflows w JOIN repositories r"
            " ON r.id = w.repository_id WHERE r.demo = :demo",
            demo,
        ),
        branches=_walk(session, "head_branch", demo),
        statuses=_statuses(session, demo),
        actors=_walk(session, "actor", demo),
    )


def _names(session: Session, sql: str, demo: bool) -> list[str]:  # noqa: FBT001
    return sorted(row[0] for row in session.execute(text(sql), {"demo": demo}))[:MAX_VALUES]


def _walk(session: Session, column: str, demo: bool) -> list[str]:  # noqa: FBT001
    """Step from value to value along an index instead of reading every run."""
    step = f"(SELECT min({column}) FROM runs WHERE latest AND demo = :demo AND {column} > "
    sql = (
        f"WITH RECURSIVE found(value, n) AS (SELECT {step} ''), 1"
        f" UNION ALL SELECT {step} found.value), n + 1 FROM found"
        " WHERE found.value IS NOT NULL AND n < :most)"
        " SELECT value FROM found WHERE value IS NOT NULL"
    )
    rows: Any = session.execute(text(sql), {"demo": demo, "most": MAX_VALUES})
    return [row[0] for row in rows]


def _statuses(session: Session, demo: bool) -> list[str]:  # noqa: FBT001
    sql = "SELECT DISTINCT status, conclusion FROM runs WHERE latest AND demo = :demo"
    rows = session.execute(text(sql), {"demo": demo})
    return sorted({str(fold_status(row[0], row[1])) for row in rows} - {str(Status.STALE)})
