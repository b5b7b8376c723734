"""Which streams of runs a rule looks at, among all that are stored."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.alerts.histories import Home, Stream, homes_of
from pulseboard.alerts.rules import ANY_BRANCH, DEFAULT_BRANCH, Kind, Rule
from pulseboard.model import IS_LATEST, Run, Workflow

_DEFAULT_ALONE: Final = [DEFAULT_BRANCH]


def find_streams(
    session: Session, rule: Rule, *, since: int, demo: bool | None = None
) -> tuple[list[Stream], dict[int, Home]]:
    """Return the streams of a rule in a fixed order, and the workflows they are of.

    Branches that are not a default one count when something ran on them `since` an instant.
    """
    homes = {
        number: home
        for number, home in homes_of(session, session.scalars(select(Workflow.id)).all()).items()
        if demo in (None, home.demo)
        and rule.scope.covers_workflow(home.repository, name=home.workflow, path=home.path)
    }
    branches = rule.scope.branches or [ANY_BRANCH]
    if branches == _DEFAULT_ALONE or rule.kind is Kind.NO_RUN:
        return [Stream(number) for number in sorted(homes)], homes
    query = select(Run.workflow_id, Run.head_branch, Run.on_default).where(
        IS_LATEST, Run.created_at >= since, Run.head_branch.is_not(None)
    )
    found = {
        Stream(number, None if on_default and DEFAULT_BRANCH in branches else branch)
        for number, branch, on_default in session.execute(query.distinct())
        if number in homes and rule.scope.covers_branch(branch, on_default=on_default)
    }
    return sorted(found, key=lambda stream: (stream.workflow_id, stream.branch or "")), homes
