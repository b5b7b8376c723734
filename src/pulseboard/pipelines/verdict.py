"""Is it broken, since when, by whom: one answer for the branches of a scope.

Health is that of the default branches unless others are named. A workflow is red on a branch when
its newest finished run there failed. What was not run for ninety days has no say: its last word is
about code that nobody builds any more.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from msgspec import Struct, structs
from sqlalchemy.orm import Session

from pulseboard.metrics.scope import Scope, fetch
from pulseboard.pipelines.feeds import are_all_silent
from pulseboard.pipelines.health import CONSIDERED, MOST_RED, read_health
from pulseboard.pipelines.reds import OWN_SQL, Red, ask, longest_first

# On a branch of more runs its failures are sooner met among all failures, from the newest back.
_FEW: Final = 2000


class State(StrEnum):
    """The verdict in one word; nothing heard for long beats green, since unknown is never green."""

    GREEN = "green"
    RED = "red"
    RECOVERING = "recovering"
    STALE = "stale"
    EMPTY = "empty"


_LAST_HEARD: Final = """SELECT max(CASE WHEN f.tracked AND f.state = 'ok'
    AND f.polled_at > coalesce(r.last_event_at, 0) THEN f.polled_at ELSE r.last_event_at END)
    FROM repositories r LEFT JOIN feeds f ON f.repository_id = r.id"""


class Verdict(Struct, frozen=True):
    """The answer; `red` has the one that has been red longest first."""

    total: int
    red: Sequence[Red]
    # More are red than are listed.
    failing: int
    # The names asked for, else those of the default branches, the most frequent first.
    branches: Sequence[str]
    last_event_at: int | None
    last_failure_at: int | None
    at: int
    # Nothing has been heard for so long that green means nothing.
    is_silent: bool = False
    # The branches were chosen by name.
    are_named: bool = False
    # Every workflow that is red, those without a success for longest first.
    failing_ids: Sequence[int] = ()

    @property
    def branch_label(self) -> str:
        """Name what is judged, as the subject of a sentence."""
        if len(self.branches) == 1:
            return self.branches[0]
        return f"One of {len(self.branches)} branches" if self.are_named else "The default branch"

    @property
    def state(self) -> State:
        """Say it in one word; recovering is what has a newer run under way for all that is red."""
        if not self.failing and self.is_silent:
            return State.STALE
        if not self.total:
            return State.EMPTY
        if not self.failing:
            return State.GREEN
        is_recovering = all(one.is_recovering for one in self.red)
        # Of the reds that are not listed nothing is known.
        is_told = len(self.red) == self.failing
        return State.RECOVERING if is_recovering and is_told else State.RED


def judge(session: Session, *, scope: Scope, at: int) -> Verdict:
    """Judge the branches of a scope as they stand at an instant.

    Of several named branches each is judged by itself, and what they came to is added up.
    """
    if scope.impossible:
        return Verdict(0, (), 0, scope.branches, None, None, at, are_named=bool(scope.branches))
    if len(scope.branches) > 1:
        parts = (structs.replace(scope, branches=(name,)) for name in scope.branches)
        return _join([_judge(session, part, at=at) for part in parts], scope)
    return _judge(session, scope, at=at)


def _judge(session: Session, scope: Scope, *, at: int) -> Verdict:
    health = read_health(session, scope=scope, at=at)
    return Verdict(
        total=health.total,
        red=health.red,
        failing=health.failing,
        branches=scope.branches or _default_branches(session, scope),
        last_event_at=_last_event(session, scope),
        last_failure_at=_last_failure(session, scope, since=at - CONSIDERED),
        at=at,
        is_silent=are_all_silent(session, scope, at=at),
        are_named=bool(scope.branches),
        failing_ids=health.failing_ids,
    )


def _join(parts: Sequence[Verdict], scope: Scope) -> Verdict:
    failures = [part.last_failure_at for part in parts if part.last_failure_at is not None]
    return Verdict(
        total=sum(part.total for part in parts),
        red=longest_first(red for part in parts for red in part.red)[:MOST_RED],
        failing=sum(part.failing for part in parts),
        branches=scope.branches,
        last_event_at=parts[0].last_event_at,
        last_failure_at=max(failures, default=None),
        at=parts[0].at,
        is_silent=parts[0].is_silent,
        are_named=True,
        failing_ids=list(dict.fromkeys(one for part in parts for one in part.failing_ids)),
    )


def _default_branches(session: Session, scope: Scope) -> list[str]:
    """Return the names of the default branches, the most frequent first."""
    chosen = " AND id IN :repositories" if scope.repositories else ""
    rows = ask(
        session,
        "SELECT default_branch, count(*) AS n FROM repositories WHERE demo = :demo"
        f" AND default_branch IS NOT NULL{chosen} GROUP BY default_branch"
        " ORDER BY n DESC, default_branch",
        scope,
    )
    return [row[0] for row in rows]


def _last_event(session: Session, scope: Scope) -> int | None:
    chosen = " AND r.id IN :repositories" if scope.repositories else ""
    # A poll that brought nothing new says that there is nothing new.
    ((at,),) = fetch(session, f"{_LAST_HEARD} WHERE r.demo = :demo{chosen}", scope)
    return None if at is None else int(at)


def _last_failure(session: Session, scope: Scope, *, since: int) -> int | None:
    # Walking back along the index of failures ends at once. An equality would make SQLite take
    # the index that begins with demo or with the branch instead, and read every run there is.
    chosen = ""
    if not scope.branches:
        chosen = " AND on_default"
    elif _are_few(session, scope, since=since):
        chosen = f" AND head_branch = :branch AND {OWN_SQL}"
    else:
        chosen = f" AND coalesce(head_branch, '') = :branch AND {OWN_SQL}"
    if scope.workflows:
        chosen += " AND workflow_id IN :workflows"
    if scope.repositories:
        chosen += " AND repository_id IN :repositories"
    rows = ask(
        session,
        "SELECT completed_at FROM runs WHERE latest AND outcome = 'failure'"
        f" AND NOT (demo <> :demo){chosen} AND completed_at >= :since"
        " ORDER BY completed_at DESC LIMIT 1",
        scope,
        since=since,
    )
    return int(rows[0][0]) if rows else None


def _are_few(session: Session, scope: Scope, *, since: int) -> bool:
    ((count,),) = ask(
        session,
        "SELECT count(*) FROM (SELECT 1 FROM runs WHERE latest AND head_branch = :branch"
        " AND created_at >= :since LIMIT :most) AS newest",
        scope,
        since=since,
        most=_FEW + 1,
    )
    return int(count) <= _FEW
