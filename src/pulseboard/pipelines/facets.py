"""The values that filters offer, from what is stored."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

from msgspec import Struct, structs
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.metrics.scope import Scope
from pulseboard.metrics.sums import totals
from pulseboard.model import Repository, Run, Workflow
from pulseboard.pipelines.filters import LATEST, RunFilter, conditions_of, status_expression
from pulseboard.pipelines.lists import EVERYTHING

# A list of more is no help to anybody; the filters take any name all the same.
MAX_VALUES: Final = 1000
# What has no index of its own is gathered from so many of the newest runs.
NEWEST: Final = 10_000
# Steps from branch to branch along the index instead of reading every run. Spelt so that no
# database looks for an index of demo instead.
_OF_LANE: Final = "latest AND CASE WHEN demo THEN 1 ELSE 0 END = :demo"
_BRANCHES: Final = f"""WITH RECURSIVE found(value, n) AS (
    SELECT (SELECT head_branch FROM runs WHERE {_OF_LANE} AND head_branch > ''
        ORDER BY head_branch LIMIT 1), 1
    UNION ALL
    SELECT (SELECT head_branch FROM runs WHERE {_OF_LANE} AND head_branch > found.value
        ORDER BY head_branch LIMIT 1), n + 1
    FROM found WHERE found.value IS NOT NULL AND n < :most)
    SELECT value FROM found WHERE value IS NOT NULL"""
_COUNTED_OUTCOMES: Final = ("success", "failure", "cancelled", "skipped")


class Facets(Struct, frozen=True):
    """Sorted values of each filter."""

    repos: list[str]
    workflows: list[str]
    branches: list[str]
    statuses: list[str]
    actors: list[str]


class FacetField(StrEnum):
    """What the values of one filter are asked for by."""

    REPO = "repo"
    WORKFLOW = "workflow"
    BRANCH = "branch"
    STATUS = "status"
    EVENT = "event"
    ACTOR = "actor"


def list_facets(session: Session, *, demo: bool) -> Facets:
    """Return what there is to filter by, at most 1,000 values each.

    Actors, and the statuses of runs that are open or came to something unusual, are those of the
    newest 10,000 runs.
    """
    wanted = RunFilter(Scope(demo=demo))
    return Facets(
        repos=_list_names(session, select(Repository.full_name).where(Repository.demo == demo)),
        workflows=_list_names(
            session,
            select(Workflow.name)
            .join(Repository, Repository.id == Workflow.repository_id)
            .where(Repository.demo == demo)
            .distinct(),
        ),
        branches=_list_branches(session, demo=demo),
        statuses=_list_statuses(session, wanted),
        actors=sorted(
            value for value, _ in count_values(session, wanted=wanted, field=FacetField.ACTOR)
        ),
    )


def _list_names(session: Session, query: Any) -> list[str]:
    return sorted(session.scalars(query))[:MAX_VALUES]


def _list_branches(session: Session, *, demo: bool) -> list[str]:
    rows = session.execute(text(_BRANCHES), {"demo": int(demo), "most": MAX_VALUES})
    return sorted(row[0] for row in rows)


def _list_statuses(session: Session, wanted: RunFilter) -> list[str]:
    counted = totals(session, scope=wanted.scope, window=EVERYTHING)
    found = {outcome for outcome in _COUNTED_OUTCOMES if getattr(counted, outcome)}
    if counted.open or counted.other:
        found |= dict(count_values(session, wanted=wanted, field=FacetField.STATUS)).keys()
    return sorted(found)


def count_values(
    session: Session,
    *,
    wanted: RunFilter,
    field: FacetField,
    part: str = "",
    limit: int = MAX_VALUES,
) -> list[tuple[str, int]]:
    """Return the values of a field among the newest 10,000 runs of a filter, the commonest first.

    `part` is what a value has to contain, in any case.
    """
    at = clock.now()
    column: Any = {
        FacetField.REPO: Run.repository_id,
        FacetField.WORKFLOW: Run.workflow_id,
        FacetField.BRANCH: Run.head_branch,
        FacetField.STATUS: status_expression(at=at),
        FacetField.EVENT: Run.event,
        FacetField.ACTOR: Run.actor,
    }[field]
    newest = (
        select(column.label("value"))
        .where(LATEST, *conditions_of(wanted, at=at, are_few=False))
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(NEWEST)
        .subquery()
    )
    rows = session.execute(select(newest.c.value, func.count()).group_by(newest.c.value)).all()
    counted = Counter[str]()
    names = _name_values(session, field, [row[0] for row in rows])
    for value, number in rows:
        name = names.get(value, value)
        if name is not None and part.lower() in name.lower():
            counted[name] += int(number)
    return sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:limit]


def without_field(wanted: RunFilter, field: FacetField) -> RunFilter:
    """Return a filter that leaves every value of one field open."""
    scope = wanted.scope
    match field:
        case FacetField.REPO:
            return structs.replace(wanted, scope=structs.replace(scope, repositories=()))
        case FacetField.WORKFLOW:
            return structs.replace(wanted, scope=structs.replace(scope, workflows=()))
        case FacetField.BRANCH:
            open_scope = structs.replace(scope, branches=(), default_only=False)
            return structs.replace(wanted, scope=open_scope)
        case FacetField.STATUS:
            return structs.replace(wanted, statuses=())
        case FacetField.EVENT:
            return structs.replace(wanted, events=())
        case FacetField.ACTOR:
            return structs.replace(wanted, actors=())


def _name_values(session: Session, field: FacetField, ids: Sequence[Any]) -> dict[Any, str]:
    if field is FacetField.REPO:
        query = select(Repository.id, Repository.full_name).where(Repository.id.in_(ids))
    elif field is FacetField.WORKFLOW:
        query = select(Workflow.id, Workflow.name).where(Workflow.id.in_(ids))
    else:
        return {}
    return {row[0]: row[1] for row in session.execute(query)}
