"""Which runs a list shows, as conditions on rows."""

from typing import Final

from msgspec import Struct
from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal, or_, select
from sqlalchemy import text as sql
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import TextClause

from pulseboard import clock
from pulseboard.metrics.scope import Scope
from pulseboard.model import Job, Run
from pulseboard.vocabulary import Outcome, Phase, Source, Status

# An open run that somebody pushed and never closed: nothing will be heard of it any more.
STALE_AFTER: Final = clock.DAY
# The same of rows that are open; `forgotten_before` is an instant less STALE_AFTER.
FORGOTTEN_SQL: Final = f"(source = '{Source.PUSH}' AND started_at < :forgotten_before)"
# SQLite uses a partial index only for the very words of its condition.
LATEST: Final[TextClause] = sql("runs.latest")
WAITING: Final = (Phase.REQUESTED, Phase.WAITING, Phase.PENDING, Phase.QUEUED)
_OPEN: Final = (*WAITING, Phase.IN_PROGRESS)
_DECIDED: Final = (Outcome.SUCCESS, Outcome.FAILURE, Outcome.CANCELLED, Outcome.SKIPPED)
_SAID_SO: Final = (Status.NEUTRAL, Status.ACTION_REQUIRED, Status.STALE)
_CONCLUSIONS: Final = ("timed_out", "startup_failure")
# Of a provider's own words those that are none of ours.
_PHASES: Final = (*(phase for phase in _OPEN if phase != Phase.QUEUED), Phase.COMPLETED)
STATUS_WORDS: Final = tuple(dict.fromkeys(map(str, (*Status, *_CONCLUSIONS, *_PHASES))))
# Clocks of a run and of its attempt are a little apart at most, and GitHub runs nothing again
# after 30 days. Lists walk along started_at; these bounds keep the walk short.
_EARLY: Final = clock.DAY
_LATE: Final = 31 * clock.DAY
# So many repositories or workflows are read one by one, each along its own index.
MOST_PARTS: Final = 40
_FEWEST_HEX: Final = 7
_MOST_HEX: Final = 64


class RunFilter(Struct, frozen=True):
    """Which runs a list shows; words of one field are alternatives, fields all have to match."""

    scope: Scope
    # Ids of ours.
    ids: tuple[int, ...] = ()
    # Words of STATUS_WORDS: folded ones, or the provider's own.
    statuses: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    # Labels of the runners that its jobs asked for.
    labels: tuple[str, ...] = ()
    # The beginning of a commit id.
    commit: str | None = None
    # Part of a title, branch or workflow-wide number.
    words: str | None = None
    attempts_from: int = 1
    # Created in [start, end).
    start: int | None = None
    end: int | None = None

    @property
    def is_scope_only(self) -> bool:
        """Say whether counts that are kept can answer how many runs match."""
        narrowed = (
            self.ids or self.events or self.actors or self.labels or self.commit or self.words
        )
        return not (narrowed or self.statuses or self.attempts_from > 1 or self.scope.branches)


def conditions_of(wanted: RunFilter, *, at: int, are_few: bool) -> list[ColumnElement[bool]]:
    """Return the conditions on runs; `at` is the instant at which what is stale is judged.

    They are spelt so that the right index is used without anybody's statistics. Few runs are found
    by their branch or creation and then sorted. Of many, the newest are met soonest by walking
    back along started_at.
    """
    found = [*_conditions_of_scope(wanted.scope, are_few=are_few)]
    if wanted.ids:
        found.append(Run.id.in_(wanted.ids))
    if wanted.statuses:
        status = status_expression(at=at)
        found.append(or_(*(_has_status(word, status) for word in wanted.statuses)))
    for column, words in ((Run.event, wanted.events), (Run.actor, wanted.actors)):
        if words:
            found.append(column.in_(words))
    if wanted.labels:
        found.append(or_(*map(_has_label, wanted.labels)))
    if wanted.commit:
        found.append(_begins_with(wanted.commit))
    if wanted.words:
        found.append(_says(wanted.words))
    if wanted.attempts_from > 1:
        found.append(Run.attempt >= wanted.attempts_from)
    return found + conditions_of_window(wanted.start, wanted.end, is_walk=not are_few)


def conditions_of_window(
    start: int | None, end: int | None, *, is_walk: bool = True
) -> list[ColumnElement[bool]]:
    """Return the conditions on runs created in [start, end), for a walk along started_at or not."""
    found = []
    if start is not None:
        found.append(Run.created_at >= start)
        if is_walk:
            found.append(Run.started_at >= start - _EARLY)
    if end is not None:
        found.append(Run.created_at < end)
        if is_walk:
            found.append(Run.started_at < end + _LATE)
    return found


def _conditions_of_scope(scope: Scope, *, are_few: bool) -> list[ColumnElement[bool]]:
    ids, column = chosen_ids(scope)
    # Along the index of all runs, unless a shorter way is known.
    is_fleet = not are_few and not 0 < len(ids) <= MOST_PARTS
    found: list[ColumnElement[bool]] = [
        Run.demo == scope.demo if is_fleet else has_demo(scope.demo),
        Run.status != Phase.DELETED,
    ]
    if scope.impossible:
        found.append(false())
    if ids:
        # A sum is in no index.
        found.append((column + 0 if is_fleet else column).in_(ids))
    if scope.branches:
        branch = Run.head_branch if are_few else func.coalesce(Run.head_branch, "")
        found.append(branch.in_(scope.branches))
    if scope.default_only:
        found.append(Run.on_default == True)  # noqa: E712  # SQL, not Python.
    return found


def chosen_ids(scope: Scope) -> tuple[tuple[int, ...], InstrumentedAttribute[int]]:
    """Return the ids that narrow a scope down most, and the column they are of."""
    if scope.workflows:
        # Chosen among those of the repositories, if any.
        return scope.workflows, Run.workflow_id
    return scope.repositories, Run.repository_id


def has_demo(demo: bool) -> ColumnElement[bool]:  # noqa: FBT001  # It is what it compares with.
    """Return the condition on demo by which no index is chosen: half of all runs have it."""
    return case((Run.demo, 1), else_=0) == int(demo)


def status_expression(*, at: int) -> ColumnElement[str]:
    """Return the SQL of the folded status; vocabulary.fold_status says the same of one run."""
    forgotten = and_(
        Run.source == Source.PUSH, Run.started_at < at - STALE_AFTER, Run.status.in_(_OPEN)
    )
    said_so = and_(Run.status == Phase.COMPLETED, Run.conclusion.in_(_SAID_SO))
    return case(
        (forgotten, literal(str(Status.STALE))),
        (Run.outcome.in_(_DECIDED), Run.outcome),
        (said_so, Run.conclusion),
        (Run.status == Phase.IN_PROGRESS, literal(str(Status.RUNNING))),
        (Run.status.in_(WAITING), literal(str(Status.QUEUED))),
        else_=literal(str(Status.UNKNOWN)),
    )


def _has_status(word: str, status: ColumnElement[str]) -> ColumnElement[bool]:
    if word in _CONCLUSIONS:
        return and_(Run.status == Phase.COMPLETED, Run.conclusion == word)
    if word in _PHASES:
        return Run.status == word
    # Spelt so that it can be counted from an index.
    return Run.outcome == word if word in _DECIDED else status == word


def _has_label(label: str) -> ColumnElement[bool]:
    # Labels are kept as a JSON array of strings.
    quoted = '"' + label.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return exists().where(
        Job.run_id == Run.id,
        Job.attempt == Run.attempt,
        Job.labels.contains(quoted, autoescape=True),
    )


def _begins_with(commit: str) -> ColumnElement[bool]:
    # A range finds the beginning of a text by its index, whatever LIKE may do.
    return and_(Run.head_sha >= commit.lower(), Run.head_sha < commit.lower() + "\U0010ffff")


def _says(words: str) -> ColumnElement[bool]:
    part = words.lower()
    spoken = (Run.title, Run.head_branch, Run.actor, Run.commit_author)
    found = [func.lower(column).contains(part, autoescape=True) for column in spoken]
    number = part.removeprefix("#")
    if number.isascii() and number.isdigit() and len(number) < 19:
        found.append(Run.run_number == int(number))
    if _FEWEST_HEX <= len(part) <= _MOST_HEX and not set(part) - set("0123456789abcdef"):
        found.append(_begins_with(part))
    return or_(*found)


def longest_wait() -> ColumnElement[int]:
    """Return the SQL of the longest time that a job of the attempt waited for a runner."""
    waited = case((Job.queue < 0, 0), else_=Job.queue)
    jobs = select(func.max(waited)).where(Job.run_id == Run.id, Job.attempt == Run.attempt)
    return jobs.correlate(Run).scalar_subquery()
