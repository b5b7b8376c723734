"""The values that filters offer, from what is stored."""

from collections import Counter
from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Subquery, and_, func, select, text
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.metrics.scope import Scope
from pulseboard.metrics.sums import totals
from pulseboard.model import Job, Repository, Run, Workflow
from pulseboard.pipelines.filters import LATEST, RunFilter, conditions_of, status_expression
from pulseboard.pipelines.lists import EVERYTHING

# A list of more is no help to anybody; the filters take any name all the same.
MAX_VALUES: Final = 1000
# What has no index of its own is gathered from so many of the newest runs.
NEWEST: Final = 10_000
_NEWEST_WITH_JOBS: Final = 2000
_SHORT: Final = 7
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
    LABEL = "label"
    COMMIT = "commit"


class FacetValue(Struct, frozen=True):
    """A value, how people know it, and how many runs have it."""

    value: str
    label: str
    count: int


def list_facets(session: Session, *, demo: bool) -> Facets:
    """Return what there is to filter by, at most 1,000 values each.

    Actors, and the statuses of runs that are open or came to something unusual, are those of the
    newest 10,000 runs.
    """
    wanted = RunFilter(Scope(demo=demo))
    return Facets(
        repos=_list_names(
            session, select(Repository.full_name).where(Repository.demo == demo).distinct()
        ),
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
            found.value for found in count_values(session, wanted=wanted, field=FacetField.ACTOR)
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
        open_ones = count_values(session, wanted=wanted, field=FacetField.STATUS)
        found |= {one.value for one in open_ones}
    return sorted(found)


def count_values(
    session: Session,
    *,
    wanted: RunFilter,
    field: FacetField,
    part: str = "",
    limit: int = MAX_VALUES,
) -> list[FacetValue]:
    """Return the values of a field among the newest runs of a filter, the commonest first.

    Those are the newest 10,000, for labels of runners the newest 2,000. `part` is what a value, or
    how people know it, has to contain, in any case.
    """
    if field is FacetField.LABEL:
        counted = _count_labels(session, wanted)
    elif field is FacetField.COMMIT:
        counted = _count_commits(session, wanted)
    else:
        counted = _count_column(session, wanted, field)
    found = [one for one in counted if part.lower() in f"{one.value} {one.label}".lower()]
    return sorted(found, key=lambda one: (-one.count, one.value))[:limit]


def _newest(wanted: RunFilter, *columns: Any, most: int = NEWEST) -> Subquery:
    at = clock.now()
    return (
        select(*columns)
        .where(LATEST, *conditions_of(wanted, at=at, are_few=False))
        .order_by(Run.started_at.desc(), Run.id.desc())
        .limit(most)
        .subquery()
    )


def _count_column(session: Session, wanted: RunFilter, field: FacetField) -> list[FacetValue]:
    columns: dict[FacetField, Any] = {
        FacetField.REPO: Run.repository_id,
        FacetField.WORKFLOW: Run.workflow_id,
        FacetField.BRANCH: Run.head_branch,
        FacetField.STATUS: status_expression(at=clock.now()),
        FacetField.EVENT: Run.event,
        FacetField.ACTOR: Run.actor,
    }
    newest = _newest(wanted, columns[field].label("value"))
    rows = session.execute(select(newest.c.value, func.count()).group_by(newest.c.value)).all()
    names = _name_values(session, field, [row[0] for row in rows])
    counted = Counter[str]()
    for value, number in rows:
        name = names.get(value, value)
        if name is not None:
            counted[name] += int(number)
    return [FacetValue(name, name, number) for name, number in counted.items()]


def _count_commits(session: Session, wanted: RunFilter) -> list[FacetValue]:
    newest = _newest(wanted, Run.head_sha, Run.commit_message)
    query = select(newest.c.head_sha, func.max(newest.c.commit_message), func.count())
    rows = session.execute(query.group_by(newest.c.head_sha))
    return [
        FacetValue(sha, f"{sha[:_SHORT]} {title or ''}".rstrip(), number)
        for sha, title, number in rows
        if sha is not None
    ]


def _count_labels(session: Session, wanted: RunFilter) -> list[FacetValue]:
    newest = _newest(wanted, Run.id, Run.attempt, most=_NEWEST_WITH_JOBS)
    query = (
        select(Job.labels, Job.run_id)
        .join(newest, and_(Job.run_id == newest.c.id, Job.attempt == newest.c.attempt))
        .where(Job.labels.is_not(None))
        .distinct()
    )
    # Jobs of one run ask for labels in common.
    runs: dict[str, set[int]] = {}
    for labels, run_id in session.execute(query):
        for label in msgspec.json.decode(labels or "[]", type=list[str]):
            runs.setdefault(label, set()).add(run_id)
    return [FacetValue(label, label, len(found)) for label, found in runs.items()]


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
        case FacetField.LABEL:
            return structs.replace(wanted, labels=())
        case FacetField.COMMIT:
            return structs.replace(wanted, commit=None)


def _name_values(session: Session, field: FacetField, ids: Sequence[Any]) -> dict[Any, str]:
    if field is FacetField.REPO:
        query = select(Repository.id, Repository.full_name).where(Repository.id.in_(ids))
    elif field is FacetField.WORKFLOW:
        query = select(Workflow.id, Workflow.name).where(Workflow.id.in_(ids))
    else:
        return {}
    return {row[0]: row[1] for row in session.execute(query)}
