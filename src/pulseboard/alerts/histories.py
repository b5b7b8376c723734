"""The finished runs that rules are read from, one stream for a workflow and a branch."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from pulseboard.alerts.readings import Result
from pulseboard.alerts.words import Place
from pulseboard.db.bulk import execute, select_in
from pulseboard.db.engine import is_postgresql
from pulseboard.vocabulary import Outcome

_COLUMNS: Final = """id, run_number, attempt, created_at, completed_at, outcome, duration,
    event, workflow_id"""
# An undecided attempt may hide a decided one of the same run.
_WANTED: Final = (
    "latest AND (outcome IN ('success', 'failure') OR (outcome <> 'deleted' AND attempt > 1))"
)
_EARLIER: Final = f"""WITH wanted(run_id) AS ({{rows}})
    SELECT {_COLUMNS} FROM wanted CROSS JOIN runs WHERE id = wanted.run_id
    AND outcome IN ('success', 'failure')"""
_QUEUES: Final = """WITH wanted(run_id, attempt) AS ({rows})
    SELECT j.run_id, j.attempt, j.queue FROM wanted CROSS JOIN jobs j
    WHERE j.run_id = wanted.run_id AND j.attempt = wanted.attempt AND j.queue IS NOT NULL"""
_WORKFLOWS: Final = """WITH wanted(workflow_id) AS ({rows})
    SELECT w.id, w.name, w.path, r.id, r.full_name, r.default_branch, r.demo
    FROM wanted CROSS JOIN workflows w JOIN repositories r ON r.id = w.repository_id
    WHERE w.id = wanted.workflow_id"""


class Stream(NamedTuple):
    """The runs of a workflow on one branch; without a branch on the default one."""

    workflow_id: int
    branch: str | None = None

    @property
    def subject(self) -> str:
        """The name under which alerts of these runs are kept."""
        branch = "" if self.branch is None else f":{self.branch}"
        return f"workflow:{self.workflow_id}{branch}"


def stream_of(subject: str) -> Stream | None:
    """Return the stream of a subject, or None when it is about something else."""
    kind, _, rest = subject.partition(":")
    if kind != "workflow":
        return None
    number, _, branch = rest.partition(":")
    return Stream(int(number), branch or None)


class Told(NamedTuple):
    """A finished attempt and the event that began its run."""

    result: Result
    event: str | None


class Home(NamedTuple):
    """The workflow of a stream and its repository."""

    workflow_id: int
    workflow: str
    path: str | None
    repository_id: int
    repository: str
    default_branch: str | None
    demo: bool

    def place(self, stream: Stream) -> Place:
        """Return the names of what the stream speaks of."""
        return Place(self.repository, self.workflow, stream.branch or self.default_branch)


def homes_of(session: Session, workflow_ids: Sequence[int]) -> dict[int, Home]:
    """Return where these workflows belong, by their numbers."""
    found = select_in(
        session, _WORKFLOWS, [(number,) for number in workflow_ids], types=("bigint",)
    )
    return {row[0]: Home._make((*row[:6], bool(row[6]))) for row in found}


def read_streams(
    session: Session, streams: Sequence[Stream], *, limit: int
) -> dict[Stream, list[Told]]:
    """Return the last `limit` finished runs of each stream and the attempts before their last."""
    found = {stream: [] for stream in streams} if not streams else _read(session, streams, limit)
    hidden = [
        (row[0],)
        for rows in found.values()
        for row in rows
        if row[5] not in (Outcome.SUCCESS, Outcome.FAILURE)
    ]
    earlier: dict[int, list[Any]] = {}
    for row in select_in(session, _EARLIER, hidden, types=("bigint",)):
        earlier.setdefault(row[0], []).append(row)
    return {
        stream: [
            _told(told)
            for row in rows
            for told in (
                [row] if row[5] in (Outcome.SUCCESS, Outcome.FAILURE) else earlier.get(row[0], [])
            )
        ]
        for stream, rows in found.items()
    }


def _read(session: Session, streams: Sequence[Stream], limit: int) -> dict[Stream, list[Any]]:
    if not is_postgresql(session):
        return {stream: _read_one(session, stream, limit) for stream in streams}
    found: dict[Stream, list[Any]] = {stream: [] for stream in streams}
    default = [(s.workflow_id,) for s in streams if s.branch is None]
    for row in select_in(session, _lateral("on_default", limit), default, types=("bigint",)):
        found[Stream(row[8])].append(row)
    named = [(s.workflow_id, s.branch) for s in streams if s.branch is not None]
    sql = _lateral("head_branch = wanted.branch", limit, columns="workflow_id, branch")
    for row in select_in(session, sql, named, types=("bigint", "text")):
        found[Stream(row[8], row[9])].append(row)
    return found


def _lateral(condition: str, limit: int, *, columns: str = "workflow_id") -> str:
    branch = ", wanted.branch" if "branch" in columns else ""
    return f"""WITH wanted({columns}) AS ({{rows}}) SELECT last.*{branch} FROM wanted
        CROSS JOIN LATERAL (SELECT {_COLUMNS} FROM runs WHERE runs.workflow_id = wanted.workflow_id
        AND {condition} AND {_WANTED} ORDER BY created_at DESC LIMIT {limit}) AS last"""


def _read_one(session: Session, stream: Stream, limit: int) -> list[Any]:
    condition, values = "on_default", [stream.workflow_id]
    if stream.branch is not None:
        condition, values = "head_branch = ?", [stream.workflow_id, stream.branch]  # type: ignore[list-item]
    sql = f"""SELECT {_COLUMNS} FROM runs WHERE workflow_id = ? AND {condition} AND {_WANTED}
        ORDER BY created_at DESC LIMIT {limit}"""
    return execute(session, sql, values)


def _told(row: Any) -> Told:
    completed = row[3] if row[4] is None else row[4]
    failed = row[5] == Outcome.FAILURE
    return Told(Result(row[0], row[1] or 0, row[2], row[3], completed, failed, row[6]), row[7])


def with_queues(session: Session, results: Sequence[Result]) -> list[Result]:
    """Return the results with the longest wait of a job of each; a negative wait counts as 0."""
    longest: dict[tuple[int, int], int] = {}
    keys = [(result.run_id, result.attempt) for result in results]
    for run_id, attempt, queue in select_in(session, _QUEUES, keys, types=("bigint", "integer")):
        key = (run_id, attempt)
        longest[key] = max(longest.get(key, 0), queue)
    return [r._replace(queue=longest.get((r.run_id, r.attempt))) for r in results]
